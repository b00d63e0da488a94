//! Pages and JSON API, health and metrics.
//!
//! What operators need ([`operations_router`], [`ledger_router`]), and pages for people: each stands in
//! one layout, and the navigation lists those that there are.

mod access;
mod ledger;
mod openapi;
mod operations;
mod pages;
mod portfolio;

pub use access::{
    Access, AccessParts, AccessSettings, ClientAddress, LOGIN_MARK, SignOnAttempt, SignOnDoor,
    SignOnFailed, TokenDoor, for_own_names, is_loopback, misdirected,
};
pub use ledger::{LedgerDoor, LedgerState, ledger_router};
pub use openapi::openapi_router;
pub use operations::{
    OperationsState, Readiness, ReadinessReport, UpstreamReport, health_router, operations_router,
};
pub use pages::{
    AdvisoriesInForce, AdvisoryBook, Connecting, DeskRefusal, DoorInForce, Following, FormSecret,
    KeptWaiver, PolicyDesk, Proposal, ProposalAbout, Role, Room, Ruling, Rulings, ScanRule, Site,
    Unreadable, Visitor, connect_page_router, nothing_page, pages_router, script_router,
    stylesheet_router, why_door, why_page,
};
pub use portfolio::{
    PortfolioDoor, PortfolioService, PortfolioState, Served, downloads, portfolio_router, receipts,
    unpack_report,
};
