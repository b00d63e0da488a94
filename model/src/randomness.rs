/// Where random bytes come from. Passed in, so that a test can know them.
pub trait Randomness: Send + Sync + std::fmt::Debug {
    /// Fills `bytes` with bytes nobody can guess.
    fn fill(&self, bytes: &mut [u8]);
}
