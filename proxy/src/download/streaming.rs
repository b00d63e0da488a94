use depaudit_policy::door::Door;
use http::request::Parts;
use http::{Method, Version, header};

/// Whether a large crate may be handed over while it arrives.
#[derive(Debug, Clone, Copy)]
pub(super) enum Streaming {
    /// Only when it is here.
    None,
    /// Only when its size is known. An HTTP/1.0 client tells the end of an answer without a length by
    /// the connection's end, and would take a cut answer for a whole one.
    Sized,
    /// Either way: a missing last chunk shows a cut.
    Any,
}

impl Streaming {
    /// What the client of this request can be given.
    pub(super) fn of(request: &Parts) -> Self {
        if request.method != Method::GET || request.headers.contains_key(header::RANGE) {
            Self::None
        } else if request.version < Version::HTTP_11 {
            Self::Sized
        } else {
            Self::Any
        }
    }

    /// What a policy leaves of it: no byte may leave before what the policy asks about is known. A
    /// licence stands in the crate's own manifest, a size is announced or not.
    pub(super) const fn under(self, door: &Door) -> Self {
        match self {
            _ if door.asks_for_licences() => Self::None,
            Self::Any if door.asks_for_content() => Self::Sized,
            other => other,
        }
    }

    /// Whether it may, when this much is known of its size.
    pub(super) const fn allows(self, size: Option<u64>) -> bool {
        match self {
            Self::None => false,
            Self::Sized => size.is_some(),
            Self::Any => true,
        }
    }
}
