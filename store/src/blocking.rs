use crate::StoreError;

/// Runs `work`, which waits for a disk, where it holds up no other task.
///
/// `operation` names it in the error, should the work panic or the runtime be shutting down.
pub(crate) async fn blocking<T: Send + 'static>(
    operation: &'static str,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(stopped) => Err(StoreError::unavailable(operation, stopped)),
    }
}
