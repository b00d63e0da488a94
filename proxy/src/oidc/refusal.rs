/// Why an identity token opens nothing. The log and the metrics tell; the answer never does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There is none.
    Missing,
    /// It is none, or lacks what every one has.
    Malformed,
    /// No such issuer is configured.
    Issuer,
    /// It names no key, or one that its issuer does not have.
    NoKey,
    /// It is signed by another algorithm than its key is for.
    Algorithm,
    /// Its signature is another's.
    Signature,
    /// It is not for this server, or not for this one alone.
    Audience,
    Expired,
    NotYet,
    FromTheFuture,
    /// It was made long ago, whatever its end is.
    TooOld,
    /// It has nothing to tell it from another one by.
    NoJti,
    /// It was exchanged before.
    Replayed,
    /// It is true, and nothing is configured for whom it names.
    Unmapped,
}

impl Refusal {
    /// A word for logs and metrics.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Issuer => "unknown-issuer",
            Self::NoKey => "unknown-key",
            Self::Algorithm => "algorithm",
            Self::Signature => "signature",
            Self::Audience => "audience",
            Self::Expired => "expired",
            Self::NotYet => "not-yet-valid",
            Self::FromTheFuture => "issued-in-the-future",
            Self::TooOld => "too-old",
            Self::NoJti => "no-jti",
            Self::Replayed => "replayed",
            Self::Unmapped => "unmapped",
        }
    }
}
