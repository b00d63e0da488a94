//! What is sent and answered, and is no type of this room. No code makes these: their fields are those of
//! the types that do.
#![allow(dead_code, reason = "they describe, and nobody reads them")]

use utoipa::ToSchema;

/// A scan's report, `depaudit.report/1`, as `depaudit scan --write-report` writes it.
#[derive(ToSchema)]
pub(super) struct SentReport {
    /// The form: `depaudit.report/1`.
    schema: String,
    /// Team, repository, branch and commit.
    #[schema(value_type = Object)]
    origin: (),
    /// When the scan ran.
    time: String,
    /// The version of depaudit that scanned.
    tool: String,
    /// Every locked package, each once, in ascending order.
    #[schema(value_type = Vec<Object>)]
    packages: (),
    /// Every lock, in the order of their folders.
    #[schema(value_type = Vec<Object>)]
    workspaces: (),
    /// The overrides.
    #[schema(value_type = Vec<Object>)]
    overrides: (),
    /// The findings, in numbers.
    #[schema(value_type = Vec<Object>)]
    findings: (),
    /// How many of each thing there are.
    #[schema(value_type = Object)]
    counts: (),
}

/// What whoever reports is told.
#[derive(ToSchema)]
pub(super) struct Receipt {
    /// The digest of the report.
    digest: String,
    /// Whether it is new; the same report twice is no error.
    new: bool,
}

/// A waiver at the proxy's doors.
#[derive(ToSchema)]
pub(super) struct Waiver {
    /// What it is called.
    id: String,
    /// Versions of a crate; or an advisory stands there.
    release: Option<WaivedRelease>,
    /// An advisory, whatever it is about.
    advisory: Option<String>,
    /// For which registry's crates.
    registry: String,
    /// For which team; absent for all.
    team: Option<String>,
    /// Who answers for it.
    owner: String,
    /// Why.
    reason: String,
    /// Where more is said.
    link: Option<String>,
    /// The beginning of the first day on which it does not hold any more.
    expires: String,
    /// Who asked for it.
    proposed: Act,
    /// Who granted it; it opens nothing before that.
    granted: Option<Act>,
    /// Who ended it before its day.
    ended: Option<Act>,
    /// Why.
    ended_for: Option<String>,
}

/// Versions of a crate.
#[derive(ToSchema)]
pub(super) struct WaivedRelease {
    /// The crate.
    #[schema(rename = "crate")]
    name: String,
    /// Its versions; `*` for every one.
    version: String,
    /// The rules that it lifts, by name. Where a draft names none: every rule but `checksum`, which nothing
    /// lifts, and `upstream-changed`, which has to be named.
    lifts: Option<Vec<String>>,
}

/// Somebody did something.
#[derive(ToSchema)]
pub(super) struct Act {
    /// Who: a token's id and name, or an operator on the machine.
    by: String,
    /// When.
    at: String,
}

/// A waiver that is asked for.
#[derive(ToSchema)]
pub(super) struct Draft {
    /// What it is for.
    about: DraftAbout,
    /// For which registry's crates; `crates-io` when absent.
    registry: Option<String>,
    /// Who answers for it.
    owner: String,
    /// Why.
    reason: String,
    /// Where more is said.
    link: Option<String>,
    /// The first day on which it does not hold any more.
    expires: String,
}

/// What a waiver is asked for: one of the two.
#[derive(ToSchema)]
pub(super) struct DraftAbout {
    /// Versions of a crate.
    release: Option<WaivedRelease>,
    /// An advisory, whatever it is about.
    advisory: Option<String>,
}

/// Why a waiver is ended.
#[derive(ToSchema)]
pub(super) struct End {
    /// Why.
    reason: Option<String>,
}

/// A release that was denied and asked for, and waits to be looked at.
#[derive(ToSchema)]
pub(super) struct Waiting {
    /// Whose registry's it is.
    registry: String,
    /// The crate.
    #[schema(rename = "crate")]
    name: String,
    /// The version.
    version: String,
    /// Its checksum.
    sha256: String,
    /// The rule that denies it.
    rule: String,
    /// What the refusal said, where no other team was refused it, too.
    reason: String,
    /// When it was first asked for.
    first_asked: String,
    /// And last.
    last_asked: String,
    /// How often.
    times: u64,
    /// By whom.
    teams: Vec<String>,
    /// The packed size, where the bytes were fetched once.
    bytes: Option<u64>,
    /// When it was published, where the stored index tells.
    published: Option<String>,
    /// The advisories about it.
    advisories: Vec<String>,
    /// The newest version that passes.
    newest_allowed: Option<String>,
    /// Its packed size, where it was fetched.
    newest_allowed_bytes: Option<u64>,
}

/// A release that is taken out of the queue.
#[derive(ToSchema)]
pub(super) struct Dismiss {
    /// `crates-io` when absent.
    registry: Option<String>,
    /// The crate.
    #[schema(rename = "crate")]
    name: String,
    /// The version.
    version: String,
    /// Why.
    reason: String,
}

/// A CI job's identity token; it may stand behind `Bearer` in `Authorization` instead.
#[derive(ToSchema)]
pub(super) struct Identity {
    /// The token.
    subject_token: Option<String>,
}

/// What it is exchanged for (RFC 8693, section 2.2.1).
#[derive(ToSchema)]
pub(super) struct Exchanged {
    /// The token.
    access_token: String,
    /// What kind of one.
    issued_token_type: String,
    /// How it is shown.
    token_type: String,
    /// For how many seconds it holds.
    expires_in: u64,
    /// What it is for.
    scope: String,
    /// Whose it is.
    team: String,
}

/// Which rules looked at a crate, and what they saw: `depaudit.why/1`.
#[derive(ToSchema)]
pub(super) struct Why {
    /// The form: `depaudit.why/1`.
    schema: String,
    /// For which team.
    team: String,
    /// In which registry.
    registry: String,
    /// The crate.
    #[schema(rename = "crate")]
    name: String,
    /// The digest of the policy in force.
    policy: Option<String>,
    /// Since when it is in force here.
    since: String,
    /// When the upstream last confirmed the index entry that this goes by.
    confirmed: Option<String>,
    /// The newest version that passes.
    newest_allowed: Option<String>,
    /// The waivers that hold now.
    #[schema(value_type = Option<Vec<Object>>)]
    waivers: (),
    /// The name itself is refused, whatever the version.
    name_refused: Option<String>,
    /// The version that was asked about.
    #[schema(value_type = Option<Object>)]
    release: (),
    /// Every version, the newest first, where none was asked about.
    #[schema(value_type = Option<Vec<Object>>)]
    versions: (),
}
