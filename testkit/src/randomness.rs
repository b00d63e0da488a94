use std::sync::atomic::{AtomicU64, Ordering};

use depaudit_model::Randomness;

use crate::incompressible;

/// Randomness that a test knows: the first call always gives the same bytes, the second always
/// the same others, and no two calls give equal ones.
#[derive(Debug, Default)]
pub struct CountingRandomness {
    calls: AtomicU64,
}

impl CountingRandomness {
    /// How often bytes were asked for.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

impl Randomness for CountingRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        bytes.copy_from_slice(&incompressible(call, bytes.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_calls_give_the_same_bytes() {
        let draw = |randomness: &CountingRandomness| {
            let mut bytes = [0; 16];
            randomness.fill(&mut bytes);
            bytes
        };
        let (one, other) = (CountingRandomness::default(), CountingRandomness::default());
        let first = draw(&one);
        assert_eq!(first, draw(&other));
        assert_ne!(first, draw(&one));
        assert_eq!(one.calls(), 2);
    }
}
