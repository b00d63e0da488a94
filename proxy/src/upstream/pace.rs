use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, Stream, StreamExt};

use super::UpstreamError;

/// What a body may cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct BodyBounds {
    /// The most bytes, counted after decoding: a compressed bomb is stopped where it unfolds.
    pub(super) longest: u64,
    /// The least bytes a second, averaged over `window`.
    pub(super) minimum_rate: u64,
    /// Over how much waiting the rate is averaged.
    pub(super) window: Duration,
}

/// Passes `body` on until it breaks a bound; the error is the last item then.
///
/// Only the time spent waiting for the upstream counts, so that a slow disk on our side is not
/// blamed on it.
pub(super) fn bounded<S>(
    body: S,
    bounds: BodyBounds,
) -> BoxStream<'static, Result<Bytes, UpstreamError>>
where
    S: Stream<Item = Result<Bytes, UpstreamError>> + Send + Unpin + 'static,
{
    let state = State { body, bounds, total: 0, waited: Duration::ZERO, in_window: 0, over: false };
    stream::unfold(state, |mut state| async move {
        if state.over {
            return None;
        }
        let item = state.next().await?;
        state.over = item.is_err();
        Some((item, state))
    })
    .boxed()
}

struct State<S> {
    body: S,
    bounds: BodyBounds,
    total: u64,
    waited: Duration,
    in_window: u64,
    over: bool,
}

impl<S> State<S>
where
    S: Stream<Item = Result<Bytes, UpstreamError>> + Unpin,
{
    async fn next(&mut self) -> Option<Result<Bytes, UpstreamError>> {
        loop {
            let left = self.bounds.window.saturating_sub(self.waited);
            let began = Instant::now();
            let item = tokio::time::timeout(left, self.body.next()).await;
            self.waited += began.elapsed();
            if let Ok(item) = item {
                let chunk = match item? {
                    Ok(chunk) => chunk,
                    Err(error) => return Some(Err(error)),
                };
                let length = chunk.len() as u64;
                self.total = self.total.saturating_add(length);
                self.in_window = self.in_window.saturating_add(length);
                if self.total > self.bounds.longest {
                    return Some(Err(UpstreamError::TooLarge(self.bounds.longest)));
                }
                if self.waited < self.bounds.window {
                    return Some(Ok(chunk));
                }
                // A window ended with this chunk: it counts for it.
                if self.window_was_too_slow() {
                    return Some(Err(UpstreamError::TooSlow(self.bounds.minimum_rate)));
                }
                return Some(Ok(chunk));
            }
            if self.window_was_too_slow() {
                return Some(Err(UpstreamError::TooSlow(self.bounds.minimum_rate)));
            }
        }
    }

    fn window_was_too_slow(&mut self) -> bool {
        let seconds = self.waited.as_secs_f64();
        // Exact enough: rates are small next to 2^52.
        #[expect(clippy::cast_precision_loss, reason = "both are far below 2^52")]
        let slow = (self.in_window as f64) < self.bounds.minimum_rate as f64 * seconds;
        self.waited = Duration::ZERO;
        self.in_window = 0;
        slow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(longest: u64, minimum_rate: u64, window: Duration) -> BodyBounds {
        BodyBounds { longest, minimum_rate, window }
    }

    #[tokio::test]
    async fn bad_input_10_an_endless_body_ends_at_the_cap() {
        let endless = stream::repeat_with(|| Ok(Bytes::from_static(&[0; 1024])));
        let items: Vec<_> =
            bounded(Box::pin(endless), bounds(10_000, 0, Duration::from_secs(1))).collect().await;
        assert_eq!(items.len(), 10);
        assert!(matches!(items.last(), Some(Err(UpstreamError::TooLarge(10_000)))));
    }

    #[tokio::test]
    async fn bad_input_14_a_body_that_stalls_is_given_up() {
        let first = stream::iter([Ok(Bytes::from_static(b"x"))]);
        let stalling = first.chain(stream::pending());
        let items: Vec<_> =
            bounded(stalling, bounds(10_000, 1_000, Duration::from_millis(30))).collect().await;
        assert!(matches!(items.last(), Some(Err(UpstreamError::TooSlow(1_000)))), "{items:?}");
    }

    #[tokio::test]
    async fn a_short_body_passes_whole() {
        let body = stream::iter([Ok(Bytes::from_static(b"ab")), Ok(Bytes::from_static(b"c"))]);
        let items: Vec<_> = bounded(body, bounds(3, 1_000_000, Duration::from_secs(5)))
            .map(Result::unwrap)
            .collect()
            .await;
        assert_eq!(items.concat(), b"abc");
    }
}
