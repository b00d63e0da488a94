use std::sync::Arc;

/// Why a store could not do what it was asked.
///
/// The text is for operators: it names the operation, never SQL, a path or a secret; the cause
/// behind it goes to the log alone. Cloneable, because one failed write answers many waiters.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The backend did not take or give the data (disk full, database gone, I/O error).
    #[error("the store is unavailable: {operation}")]
    Unavailable {
        /// What was being done.
        operation: &'static str,
        /// What the backend said.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// What was stored is not what was read back.
    #[error("the store holds damaged data: {what}")]
    Damaged {
        /// What is wrong.
        what: String,
    },
    /// The bytes handed over do not have the digest they were announced with.
    #[error("the bytes have the digest {actual}, not {expected}")]
    WrongDigest {
        /// The digest that was announced.
        expected: depaudit_model::Checksum,
        /// The digest they have.
        actual: depaudit_model::Checksum,
    },
    /// The store is shutting down and takes nothing any more.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// Wraps what a backend said.
    pub fn unavailable(
        operation: &'static str,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Unavailable { operation, source: Arc::new(source) }
    }
}
