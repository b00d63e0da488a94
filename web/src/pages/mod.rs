//! Pages for people: one layout, one stylesheet, no script.
//!
//! Whatever comes from outside is escaped by the templates, and shown by the filter `outside`, so
//! that it can neither become markup nor reorder what stands around it. Should both fail, the content
//! security policy lets nothing run and nothing load but the stylesheet.

mod frame;
mod outside;
mod page;
mod start;
mod stylesheet;
mod why;

pub use frame::Site;
pub use start::start_page_router;
pub use stylesheet::stylesheet_router;
pub use why::why_page;
