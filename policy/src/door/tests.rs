use depaudit_model::cargo::CrateName;
use depaudit_model::{RegistryName, TeamId, Timestamp};
use semver::Version;

use super::*;
use crate::testing::parse;
use crate::{Day, Phrase};

struct Case {
    door: Door,
    team: TeamId,
    registry: RegistryName,
    permits: Vec<Permit>,
}

fn case(policy: &str) -> Case {
    Case {
        door: parse(policy).unwrap().door().clone(),
        team: "payments".parse().unwrap(),
        registry: RegistryName::crates_io(),
        permits: Vec::new(),
    }
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn facts() -> ReleaseFacts<'static> {
    ReleaseFacts {
        now: time("2026-06-10T12:00:00Z"),
        published: Known::Yes(time("2026-06-08T12:00:00Z")),
        yanked: false,
        standing: UpstreamStanding::Same,
        approved_before: false,
        advisories: Some(Known::Yes(&[])),
        mends: &[],
        licence: Known::Yes("MIT OR Apache-2.0"),
        size: Known::Yes(10_000),
    }
}

impl Case {
    fn team(mut self, team: &str) -> Self {
        self.team = team.parse().unwrap();
        self
    }

    fn decide(&self, name: &str, version: &str, facts: ReleaseFacts<'_>) -> DoorVerdict {
        let name: CrateName = name.parse().unwrap();
        let about = self.door.about(&self.team, &self.registry, &name, &self.permits);
        about.decide(&version.parse().unwrap(), &facts)
    }

    fn outcome(&self, name: &str, version: &str, facts: ReleaseFacts<'_>) -> Outcome {
        self.decide(name, version, facts).outcome
    }
}

fn rule_of(verdict: &DoorVerdict) -> DoorRule {
    verdict.decided.as_ref().unwrap().rule
}

#[test]
fn without_a_policy_everything_passes_but_wrong_bytes() {
    let case = case("");
    assert_eq!(case.outcome("foo", "1.0.0", facts()), Outcome::Allowed);
    let missing = ReleaseFacts { published: Known::Missing, licence: Known::Missing, ..facts() };
    assert_eq!(case.outcome("foo", "1.0.0", missing), Outcome::Allowed);
    let none = ReleaseFacts { standing: UpstreamStanding::NoChecksum, ..facts() };
    assert_eq!(case.outcome("foo", "1.0.0", none), Outcome::Hard);
}

#[test]
fn a_denied_version_is_blocked_with_its_reason_and_its_replacement() {
    let case = case(
        "[[door.deny]]\npackage = 'left-*'\nversion = '<1.3'\nreason = 'leaks keys'\n\
         replacement = 'right-pad'\n",
    );
    let verdict = case.decide("left-pad", "1.2.0", facts());
    assert_eq!((verdict.outcome, rule_of(&verdict)), (Outcome::Hard, DoorRule::Denied));
    let saw = verdict.decided.unwrap().saw.to_string();
    assert_eq!(saw, "leaks keys; use right-pad (depaudit.toml:1:1)");
    assert_eq!(case.outcome("left-pad", "1.3.0", facts()), Outcome::Allowed);
    assert_eq!(case.outcome("leftpad", "1.2.0", facts()), Outcome::Allowed);
}

#[test]
fn a_young_release_is_held_back_until_it_is_old_enough() {
    let case = case("[door.minimum-age-days]\ncrates-io = 3\n");
    let verdict = case.decide("foo", "1.0.0", facts());
    assert_eq!((verdict.outcome, rule_of(&verdict)), (Outcome::Soft, DoorRule::MinimumAge));
    assert_eq!(verdict.holds_until(), Some(time("2026-06-11T12:00:00Z")));
    let later = ReleaseFacts { now: time("2026-06-11T12:00:00Z"), ..facts() };
    assert_eq!(case.outcome("foo", "1.0.0", later), Outcome::Allowed);
    let a_moment_before = ReleaseFacts { now: time("2026-06-11T11:59:59Z"), ..facts() };
    assert_eq!(case.outcome("foo", "1.0.0", a_moment_before), Outcome::Soft);
}

#[test]
fn a_young_release_that_mends_an_advisory_passes_where_the_policy_says_so() {
    let age = "[door.minimum-age-days]\ncrates-io = 3\n";
    let ids: [Box<str>; 1] = ["RUSTSEC-2026-0001".into()];
    let fix = ReleaseFacts { mends: &ids, ..facts() };
    assert_eq!(case(age).outcome("foo", "1.0.0", fix), Outcome::Soft, "not unless it is said");
    let case = case(&format!("[door]\nyoung-security-fixes = 'allow'\n{age}"));
    let verdict = case.decide("foo", "1.0.0", fix);
    assert_eq!(verdict.outcome, Outcome::Allowed);
    let by = verdict.looked.iter().find_map(|look| match look {
        Look::Exempted { by, .. } => Some(by),
        _ => None,
    });
    assert_eq!(by, Some(&Exemption::Mends(ids.clone().into())), "the verdict says why");
    assert_eq!(case.outcome("foo", "1.0.0", facts()), Outcome::Soft, "it mends nothing");
    let undated = ReleaseFacts { published: Known::Missing, ..fix };
    assert_eq!(case.outcome("foo", "1.0.0", undated), Outcome::Soft, "it may be years old");
    let yanked = ReleaseFacts { yanked: true, ..fix };
    assert_eq!(case.outcome("foo", "1.0.0", yanked), Outcome::Soft, "other rules still look");
}

#[test]
fn a_missing_publish_time_is_not_old_enough_unless_the_policy_says_so() {
    let missing = ReleaseFacts { published: Known::Missing, ..facts() };
    let strict = "[door.minimum-age-days]\ncrates-io = 3\n";
    assert_eq!(case(strict).outcome("foo", "1.0.0", missing), Outcome::Soft);
    let lenient = format!("[door]\nunknown-age = 'allow'\n{strict}");
    assert_eq!(case(&lenient).outcome("foo", "1.0.0", missing), Outcome::Allowed);
}

#[test]
fn modes_and_blocks_differ_by_team() {
    let policy = "[[door.deny]]\npackage = 'foo'\nreason = 'no'\n\
                  [[door.rule]]\nrule = 'denied'\nmode = 'dry-run'\n\
                  [[door.rule]]\nrule = 'denied'\nteam = 'payments'\nblock = 'soft'\n\
                  [[door.rule]]\nrule = 'denied'\nteam = 'free'\nmode = 'off'\n";
    let verdict = case(policy).team("other").decide("foo", "1.0.0", facts());
    assert_eq!(verdict.outcome, Outcome::Allowed);
    assert_eq!(verdict.would_deny().map(|it| it.rule).collect::<Vec<_>>(), [DoorRule::Denied]);
    // A team's line says all of it: what it leaves out is the rule's default, not the other line's.
    assert_eq!(case(policy).outcome("foo", "1.0.0", facts()), Outcome::Soft);
    let free = case(policy).team("free").decide("foo", "1.0.0", facts());
    assert_eq!(free.would_deny().count(), 0);
}

#[test]
fn an_allowed_line_lifts_the_rules_that_it_names() {
    let policy = "[[door.deny]]\npackage = 'foo'\nreason = 'no'\n\
                  [door.minimum-age-days]\ncrates-io = 9\n\
                  [[door.allow]]\npackage = 'foo'\nversion = '^1'\nrules = ['minimum-age']\n\
                  reason = 'ours'\n";
    let verdict = case(policy).decide("foo", "1.0.0", facts());
    assert_eq!(rule_of(&verdict), DoorRule::Denied);
    assert!(verdict.looked.iter().any(|look| matches!(
        look,
        Look::Exempted { objection, by: Exemption::Line(_) }
            if objection.rule == DoorRule::MinimumAge
    )));
    let all = "[[door.deny]]\npackage = 'foo'\nreason = 'no'\n\
               [[door.allow]]\npackage = 'foo'\nreason = 'ours'\n";
    assert_eq!(case(all).outcome("foo", "1.0.0", facts()), Outcome::Allowed);
    let wrong = ReleaseFacts { standing: UpstreamStanding::NoChecksum, ..facts() };
    assert_eq!(case(all).outcome("foo", "1.0.0", wrong), Outcome::Hard);
}

#[test]
fn where_only_the_listed_is_allowed_the_rest_is_blocked() {
    let policy = "[door]\nonly-allowed = true\n\
                  [[door.allow]]\npackage = 'foo'\nversion = '^1'\nreason = 'reviewed'\n";
    assert_eq!(case(policy).outcome("foo", "1.5.0", facts()), Outcome::Allowed);
    assert_eq!(case(policy).outcome("foo", "2.0.0", facts()), Outcome::Hard);
    assert_eq!(case(policy).outcome("bar", "1.0.0", facts()), Outcome::Hard);
}

#[test]
fn advisories_hold_back_and_an_unreadable_database_is_no_absence_of_advisories() {
    let hit =
        AdvisoryHit { id: "RUSTSEC-2026-0001".into(), patched: Vec::new(), informational: false };
    let notice = AdvisoryHit { id: "RUSTSEC-2026-0002".into(), informational: true, ..hit.clone() };
    let with = |hits| ReleaseFacts { advisories: Some(Known::Yes(hits)), ..facts() };
    let hits = [hit];
    assert_eq!(case("").outcome("foo", "1.0.0", with(&hits)), Outcome::Soft);
    let hard = "[[door.rule]]\nrule = 'advisory'\nblock = 'hard'\n";
    assert_eq!(case(hard).outcome("foo", "1.0.0", with(&hits)), Outcome::Hard);
    let notices = [notice];
    assert_eq!(case("").outcome("foo", "1.0.0", with(&notices)), Outcome::Allowed);
    let counted = "[door]\ninformational-advisories = true\n";
    assert_eq!(case(counted).outcome("foo", "1.0.0", with(&notices)), Outcome::Soft);
    let unreadable = ReleaseFacts { advisories: Some(Known::Missing), ..facts() };
    assert_eq!(case("").outcome("foo", "1.0.0", unreadable), Outcome::Soft);
}

#[test]
fn a_permit_opens_the_door_until_its_day() {
    let mut case = case("[[door.deny]]\npackage = 'foo'\nreason = 'no'\n");
    let phrase = |text: &str| Phrase::try_from(text.to_owned()).unwrap();
    case.permits.push(Permit {
        id: "w-1".into(),
        about: PermitAbout::Release {
            name: "foo".parse().unwrap(),
            version: "=1.0.0".parse().unwrap(),
            lifts: Lifted::opinions(),
        },
        registry: RegistryName::crates_io(),
        team: Some("payments".parse().unwrap()),
        owner: phrase("me"),
        reason: phrase("a release tonight"),
        link: None,
        expires: "2026-06-11".parse::<Day>().unwrap(),
    });
    let verdict = case.decide("foo", "1.0.0", facts());
    assert_eq!(verdict.outcome, Outcome::Allowed);
    assert_eq!(verdict.holds_until(), Some(time("2026-06-11T00:00:00Z")));
    let after = ReleaseFacts { now: time("2026-06-11T00:00:00Z"), ..facts() };
    assert_eq!(case.outcome("foo", "1.0.0", after), Outcome::Hard);
    assert_eq!(case.outcome("foo", "1.0.1", facts()), Outcome::Hard);
    assert_eq!(case.team("other").outcome("foo", "1.0.0", facts()), Outcome::Hard);
}

#[test]
fn a_permit_for_an_advisory_opens_what_that_one_closed_and_nothing_else() {
    let one =
        |id: &str, informational| AdvisoryHit { id: id.into(), patched: Vec::new(), informational };
    let policy = "[door]\ninformational-advisories = true\n\
                  [[door.rule]]\nrule = 'advisory'\nblock = 'hard'\n";
    let mut case = case(policy);
    let phrase = |text: &str| Phrase::try_from(text.to_owned()).unwrap();
    case.permits.push(Permit {
        id: "w-1".into(),
        about: PermitAbout::Advisory("RUSTSEC-2026-0001".into()),
        registry: RegistryName::crates_io(),
        team: None,
        owner: phrase("me"),
        reason: phrase("we do not call it"),
        link: None,
        expires: "2026-06-11".parse::<Day>().unwrap(),
    });
    let outcome = |hits: &[AdvisoryHit]| {
        let facts = ReleaseFacts { advisories: Some(Known::Yes(hits)), ..facts() };
        case.outcome("foo", "1.0.0", facts)
    };
    assert_eq!(outcome(&[one("RUSTSEC-2026-0001", false)]), Outcome::Allowed);
    assert_eq!(outcome(&[one("RUSTSEC-2026-0002", true)]), Outcome::Hard);
    let both = [one("RUSTSEC-2026-0001", false), one("RUSTSEC-2026-0002", true)];
    assert_eq!(outcome(&both), Outcome::Hard);
}

#[test]
fn bad_input_30_another_spelling_of_a_name_passes_no_deny_line_and_no_internal_name() {
    let policy = "internal-packages = ['acme-*']\n\
                  [[door.deny]]\npackage = 'inflector'\nreason = 'no'\n\
                  [[door.allow]]\npackage = 'fine'\nreason = 'ours'\n";
    let case = case(policy);
    for name in ["inflector", "Inflector", "INFLECTOR", "acme-core", "ACME-core", "Acme_Core"] {
        assert_eq!(case.outcome(name, "1.0.0", facts()), Outcome::Hard, "{name}");
    }
}

#[test]
fn what_the_upstream_took_back_is_blocked_unless_somebody_had_it() {
    let gone = ReleaseFacts { standing: UpstreamStanding::Deleted, ..facts() };
    assert_eq!(case("").outcome("foo", "1.0.0", gone), Outcome::Hard);
    let had = ReleaseFacts { approved_before: true, ..gone };
    assert_eq!(case("").outcome("foo", "1.0.0", had), Outcome::Soft);
}

#[test]
fn licences_sizes_and_names() {
    let policy = "internal-packages = ['acme-*']\n\
                  [door]\nlicences = ['MIT', 'Apache-2.0']\nlargest-crate-bytes = 20000\n\
                  protected-names = ['serde']\ninternal-registries = ['acme']\n";
    let case = case(policy);
    assert_eq!(case.outcome("foo", "1.0.0", facts()), Outcome::Allowed);
    let rule = |name: &str, facts| rule_of(&case.decide(name, "1.0.0", facts));
    let copyleft = ReleaseFacts { licence: Known::Yes("GPL-3.0-only"), ..facts() };
    assert_eq!(rule("foo", copyleft), DoorRule::Licence);
    let nonsense = ReleaseFacts { licence: Known::Yes("do what you like"), ..facts() };
    assert_eq!(rule("foo", nonsense), DoorRule::Licence);
    let unlicensed = ReleaseFacts { licence: Known::Missing, ..facts() };
    assert_eq!(rule("foo", unlicensed), DoorRule::Licence);
    let not_yet = ReleaseFacts { licence: Known::NotYet, size: Known::NotYet, ..facts() };
    assert_eq!(case.outcome("foo", "1.0.0", not_yet), Outcome::Allowed);
    let large = ReleaseFacts { size: Known::Yes(20_001), ..facts() };
    assert_eq!(rule("foo", large), DoorRule::Size);
    assert_eq!(rule("sedre", facts()), DoorRule::Lookalike);
    assert_eq!(rule("acme-core", facts()), DoorRule::InternalName);
}

#[test]
fn a_refusal_fits_into_what_cargo_prints_and_keeps_its_last_line() {
    let long = "x".repeat(900);
    let case = case(&format!(
        "[door]\ncontact = 'security, room 4'\n\
         [[door.deny]]\npackage = 'foo'\nreason = '{long}'\n"
    ));
    let verdict = case.decide("foo", "1.0.0", facts());
    let name = "foo".parse().unwrap();
    let newest = Version::new(0, 9, 0);
    let context = RefusalContext {
        name: &name,
        version: &Version::new(1, 0, 0),
        newest_allowed: Some(&newest),
        newest_is_certain: true,
        since: Some(time("2026-06-01T00:00:00Z")),
        contact: case.door.contact(),
    };
    let refusal = Refusal::of(&verdict, &context).unwrap();
    let text = refusal.as_str();
    assert!(text.chars().count() <= Refusal::LONGEST, "{text}");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("depaudit: foo 1.0.0 is blocked by the rule `denied`"));
    assert_eq!(lines.next_back(), Some("for a waiver, ask security, room 4"));
    assert!(text.contains("newest allowed version: 0.9.0"), "{text}");
    assert!(Refusal::of(&case.decide("bar", "1.0.0", facts()), &context).is_none());
}

#[test]
fn a_rule_set_twice_and_a_misspelt_one_are_errors() {
    let twice = "[[door.rule]]\nrule = 'yanked'\nmode = 'off'\n\
                 [[door.rule]]\nrule = 'yanked'\nmode = 'dry-run'\n";
    assert!(parse(twice).unwrap_err().to_string().contains("set twice"));
    assert!(parse("[[door.rule]]\nrule = 'yankd'\n").is_err());
    assert!(parse("[door]\nlicences = ['MTI']\n").is_err());
    let off = "[[door.rule]]\nrule = 'checksum'\nmode = 'off'\n";
    assert!(parse(off).is_err(), "wrong bytes are no matter of policy");
}
