//! What every backend must do: one list of stories for each seam, told on each backend.
//!
//! A new backend is one line in the `contract!` of each file here.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod audit;
mod blobs;
mod clients;
mod meta;
mod reports;
mod sessions;
mod tokens;
mod trace;
mod tree;
mod waivers;

use std::sync::Arc;

/// Somewhere a store can be opened, twice at once and again after it was dropped.
trait Place {
    /// The seam.
    type Store: ?Sized;

    async fn open(&self) -> Arc<Self::Store>;
}

/// Tells each story of the list on each backend, in a place of its own.
macro_rules! contract {
    ($stories:tt $($backend:ident => $place:expr,)+) => {
        $(contract! { @on $backend, $place, $stories })+
    };
    (@on $backend:ident, $place:expr, [$($story:ident,)+]) => {
        mod $backend {
            #[allow(unused_imports, reason = "what a place's expression needs is up to it")]
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $story() {
                    super::$story(&$place).await;
                }
            )+
        }
    };
}
use contract;
