use tokio::runtime::Handle;
use tokio::sync::watch;

use super::patience;

/// Holds requests back until the test lets them pass. Dropping it opens it, so that a test which
/// fails does not leave others hanging.
#[derive(Debug)]
pub struct Gate {
    runtime: Handle,
    open: watch::Sender<bool>,
    arrived: watch::Receiver<usize>,
}

impl Gate {
    pub(super) fn new(runtime: Handle) -> (Self, Barrier) {
        let (open, opened) = watch::channel(false);
        let (arrivals, arrived) = watch::channel(0);
        (Self { runtime, open, arrived }, Barrier { open: opened, arrivals })
    }

    /// Lets everybody pass, from now on.
    pub fn open(&self) {
        self.open.send_replace(true);
    }

    /// Waits until `count` requests have come to the gate. For a gate in the middle of a body that
    /// means that its first bytes are on their way.
    ///
    /// # Panics
    /// When they do not come within 30 s.
    pub async fn wait_for(&self, count: usize) {
        let reached =
            patience::until(&self.runtime, self.arrived.clone(), move |seen| *seen >= count).await;
        assert!(reached, "{} of {count} requests came to the gate", *self.arrived.borrow());
    }

    /// [`Gate::wait_for`], for a test without a runtime.
    ///
    /// # Panics
    /// When they do not come within 30 s, or inside a runtime.
    pub fn blocking_wait_for(&self, count: usize) {
        self.runtime.block_on(self.wait_for(count));
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.open();
    }
}

/// The gate's other side, where requests stand.
#[derive(Debug, Clone)]
pub(super) struct Barrier {
    open: watch::Receiver<bool>,
    arrivals: watch::Sender<usize>,
}

impl Barrier {
    pub(super) fn is_open(&self) -> bool {
        *self.open.borrow()
    }

    /// Stands until the gate opens.
    pub(super) async fn pass(mut self) {
        self.arrivals.send_modify(|arrived| *arrived += 1);
        // An error says that the gate is gone, and it opened before.
        let _ = self.open.wait_for(|open| *open).await;
    }
}
