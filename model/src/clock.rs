use crate::Timestamp;

/// Where "now" comes from. Passed in, so that a test can bend it.
///
/// It may jump backwards (an operator sets the machine's clock): whoever measures an age from it
/// treats a negative age as "too old to trust", never as fresh.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The present moment, in UTC.
    fn now(&self) -> Timestamp;
}
