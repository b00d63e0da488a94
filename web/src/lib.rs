//! Pages and JSON API, health and metrics.
//!
//! For now what operators need: a start page that says what to paste, and the three endpoints that
//! supervisors and Prometheus ask. The portfolio's pages will stand beside them.

mod ledger;
mod operations;
mod start_page;

pub use ledger::{LedgerDoor, LedgerState, ledger_router};
pub use operations::{
    OperationsState, Readiness, ReadinessReport, UpstreamReport, operations_router,
};
pub use start_page::start_page_router;
