use std::fmt;
use std::sync::Arc;

use depaudit_ledger::{Edge, Seal, SealKey};

/// Who vouches for what is appended to a log.
///
/// Behind the newest checkpoint stands what no signature speaks for. So each commit is sealed with a key
/// that follows from the one that signs: events that anybody else put there are told from ours.
pub trait Seals: fmt::Debug + Send + Sync {
    /// The keys, the one that seals now first; those behind it were that before. None where there is no
    /// key yet. Asked with each commit.
    fn keys(&self) -> Arc<[SealKey]>;
}

/// Nobody: nothing is sealed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoSeals;

impl Seals for NoSeals {
    fn keys(&self) -> Arc<[SealKey]> {
        Arc::default()
    }
}

/// What was sealed last.
#[derive(Debug, Clone, Copy)]
pub struct Head {
    /// How many events it is about, as the record has it. The seal has it too.
    pub size: u64,
    /// The seal.
    pub seal: Seal,
}

impl Head {
    /// Whether one of the keys has sealed exactly this log.
    #[must_use]
    pub fn is_of(&self, log: &Edge, keys: &[SealKey]) -> bool {
        keys.iter().any(|key| key.has_made(&self.seal, log))
    }
}
