use super::*;
use crate::testing::{parse, rules};
use crate::{Because, Policy, Subject};

const EXAMPLE: &str = include_str!("../../examples/depaudit.toml");

/// Where and why a policy is refused.
fn refused(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn the_example_is_read_and_every_value_knows_its_line() {
    let file = parse(EXAMPLE).unwrap();
    let line_of = |what: &str| {
        let lines = EXAMPLE.lines().position(|line| line.contains(what)).unwrap();
        u32::try_from(lines + 1).unwrap()
    };
    let extends = file.extends().unwrap();
    assert_eq!(extends.reference.value.to_string(), "https://depaudit.example/policy.toml");
    assert!(!extends.accepts(file.digest()));
    assert_eq!(file.declarations[0].place.span.line, line_of("[[override]]"));
    assert_eq!(file.declarations[0].missing(), [""; 0]);
    assert_eq!(file.waivers[0].place.span.line, line_of("[[waiver]]"));
    assert_eq!(file.waivers.len(), 3);

    let policy = Policy::combine(vec![file], &rules());
    let rules = rules();
    let decided = policy.level_of(rules.find("LCK07").unwrap(), &Subject::default());
    let Because::Line(place) = decided.because else { panic!("{decided:?}") };
    assert_eq!((place.span.line, place.span.column), (line_of("LCK07 ="), 1));
    assert_eq!(place.span.end_column, 15);
    assert_eq!(policy.missed_patch().because.place().unwrap().span.line, line_of("missed-patch-d"));
}

#[test]
fn an_empty_file_is_a_policy_that_says_nothing() {
    let policy = Policy::combine(vec![parse("\u{feff}# nothing yet\n").unwrap()], &rules());
    assert_eq!(policy.longest_waiver().value, 180);
    assert_eq!(policy.missed_patch().value, 14);
    assert_eq!((policy.minimum_age(), policy.libyear_budget()), (None, None));
}

#[test]
fn what_is_misspelt_is_refused_with_its_place() {
    for (text, what) in [
        ("levles = {}", "depaudit.toml:1:1: unknown field `levles`"),
        ("[levels]\nOVR99 = 'deny'", "depaudit.toml:2:1: no rule or group is called `OVR99`"),
        ("[levels]\ndrift = 'Deny'", "depaudit.toml:2:9: unknown variant `Deny`"),
        ("[[level]]\nrule = 'drift'\nlevel = 'deny'", "depaudit.toml:2:8: no rule"),
        ("[[level]]\nrule = 'OVR02'", "depaudit.toml:1:1: missing field `level`"),
        ("[[waiver]]\nreason = 'x'\nowners = 'y'", "depaudit.toml:3:1: unknown field `owners`"),
        ("[[waiver]]\nrule = 'OVR02'", "depaudit.toml:1:1: missing field `reason`"),
        ("drift.minimum-age-days = -1", "depaudit.toml:1:26: invalid value"),
        ("drift.one-version = ['a', 'b?']", "depaudit.toml:1:27: a pattern of packages"),
        ("approved.git-hosts = ['https://e.org']", "depaudit.toml:1:23: expected a host"),
        ("extends = 'https://me:pw@e.org/p'", "depaudit.toml:1:11: expected the path"),
        ("extends-sha256 = 'abc'", "depaudit.toml:1:18: a checksum is 64"),
        ("a = ", "depaudit.toml:1:"),
    ] {
        let error = refused(text);
        assert!(error.starts_with(what), "{error}");
    }
}

#[test]
fn a_digest_needs_something_to_digest() {
    let text = format!("extends-sha256 = '{}'", "0".repeat(64));
    assert!(refused(&text).contains("without `extends`"));
}

#[test]
fn a_level_is_set_once() {
    let by_two_names = "[levels]\nOVR02 = 'deny'\npatch-git-unpinned = 'warn'";
    assert!(refused(by_two_names).starts_with("depaudit.toml:3:1: this level is set twice"));
    let narrow = "[[level]]\nrule = 'OVR02'\npackage = 'a*'\nlevel = 'warn'\n";
    assert!(refused(&narrow.repeat(2)).starts_with("depaudit.toml:8:9: this level is set twice"));
}

#[test]
fn days_are_written_as_toml_writes_them() {
    let waiver = |day: &str| format!("[[waiver]]\nreason = 'x'\nexpires = {day}");
    assert!(parse(&waiver("2026-02-28")).is_ok());
    for bad in ["'2026-02-28'", "2026-02-28T00:00:00Z", "2026-02-30", "12:00:00", "20260228"] {
        assert!(refused(&waiver(bad)).starts_with("depaudit.toml:3:"), "{bad}");
    }
}

#[test]
fn a_repository_cannot_excuse_itself() {
    for about in ["rule = 'WVR03'", "group = 'waiver'", "rule = 'local-policy-weakens-central'"] {
        let text = format!("[[waiver]]\nreason = 'x'\n{about}");
        assert!(refused(&text).contains("cannot be waived"), "{about}");
    }
    let both = "[[waiver]]\nreason = 'x'\nrule = 'OVR02'\ngroup = 'override'";
    assert!(refused(both).contains("not both"));
}

#[test]
fn bad_input_41_deep_nesting_is_refused_before_it_is_parsed() {
    let dots = "a.".repeat(79);
    let multiplied =
        format!("[{dots}a]\n{}{dots}a=1{}", format!("{dots}a={{").repeat(78), "}".repeat(78));
    let array = format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    // Brackets in strings and comments close nothing.
    let hidden = format!("a = {}1", "[ \"]\", # ]\n".repeat(100));
    for hostile in [multiplied, array, hidden] {
        assert!(refused(&hostile).contains("nested deeper"));
    }
    // As deep as is let through: fits into the small stack of this thread.
    let inner = format!("{{{dots}a=").repeat(4);
    let deepest = format!("[{dots}a]\n{dots}a={inner}1{}", "}".repeat(4));
    let error = refused(&deepest);
    assert!(error.contains("unknown field"), "{error}");
}

#[test]
fn what_is_too_large_is_not_parsed() {
    let text = format!("# {}", "a".repeat(PolicyFile::LARGEST));
    assert!(refused(&text).contains("at most 1048576 bytes"));
}

#[test]
fn a_policy_has_only_as_much_as_can_be_compared() {
    let names: Vec<_> =
        (0..=PolicyFile::MOST_ENTRIES).map(|number| format!("'a{number}'")).collect();
    let list = |count: usize| format!("internal-packages = [{}]", names[..count].join(","));
    assert!(parse(&list(PolicyFile::MOST_ENTRIES)).is_ok());
    assert!(refused(&list(PolicyFile::MOST_ENTRIES + 1)).contains("more than 5000 of these"));

    let level =
        |name: &String| format!("[[level]]\nrule = 'OVR02'\npackage = {name}\nlevel = 'deny'\n");
    let levels = |count: usize| names[..count].iter().map(level).collect::<String>();
    assert!(parse(&levels(PolicyFile::MOST_LEVELS)).is_ok());
    assert!(refused(&levels(PolicyFile::MOST_LEVELS + 1)).contains("more than 1000 levels"));
}

#[test]
fn bad_input_45_a_message_shows_what_is_hostile_and_is_short() {
    let error = refused("[levels]\n\"\\u001B[31m\\u202E\" = 'deny'");
    assert!(error.contains(r"\u{1b}[31m\u{202e}"), "{error}");
    let error = refused(&format!("[levels]\n{} = 'deny'", "a".repeat(10_000)));
    assert!(error.len() < 500, "{error}");
}

#[test]
fn a_message_repeats_no_password() {
    for text in [
        "approved.registries = ['https://me:hunter2@e.org/index']",
        "approved.proxies = ['https://me:hunter2@e.org']",
        "[[override]]\npackage = 'a'\nsource = 'https://me:hunter2@e.org/a'",
        "[[waiver]]\nreason = 'x'\nlink = 'https://me:hunter2@e.org/a'",
    ] {
        assert!(!refused(text).contains("hunter2"), "{text}");
    }
}
