use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;

/// Far beyond what a loaded machine needs, far below what a test runner allows.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until `reached`, and says whether it was within 30 s.
///
/// The waiting is done on the upstream's runtime, whose time runs even where a test has paused its
/// own.
pub(super) async fn until<T: Send + Sync + 'static>(
    runtime: &Handle,
    mut watched: watch::Receiver<T>,
    mut reached: impl FnMut(&T) -> bool + Send + 'static,
) -> bool {
    let waiting = runtime.spawn(async move {
        let outcome =
            tokio::time::timeout(PATIENCE, watched.wait_for(|value| reached(value))).await;
        matches!(outcome, Ok(Ok(_)))
    });
    waiting.await.unwrap_or(false)
}
