use super::*;
use crate::testing::{central_and_local, local, rule, rules};

fn subject<'a>(package: &'a str, team: &'a str) -> Subject<'a> {
    Subject { package: Some(package), team: Some(team), ..Subject::default() }
}

/// The level of OVR02, and the line that decided, 0 for none.
fn level(policy: &Policy, package: &str, team: &str) -> (Level, u32) {
    let decided = policy.level_of(&rule("OVR02"), &subject(package, team));
    (decided.level, decided.because.place().map_or(0, |place| place.span.line))
}

/// Lines 1 to 3, 4 to 7, 8 to 11, 12 to 16.
const NARROWING: &str = "\
[levels]
override = 'allow'
OVR02 = 'warn'
[[level]]
rule = 'OVR02'
team = 'payments'
level = 'deny'
[[level]]
rule = 'patch-git-unpinned'
package = 'aws-*'
level = 'allow'
[[level]]
rule = 'OVR02'
package = 'aws-*'
team = 'payments'
level = 'warn'
";

#[test]
fn without_a_policy_the_rules_own_level_holds() {
    assert_eq!(level(&Policy::default(), "serde", "payments"), (Level::Deny, 0));
}

#[test]
fn the_most_specific_line_decides() {
    let policy = local(NARROWING);
    assert_eq!(level(&policy, "serde", "search"), (Level::Warn, 3));
    assert_eq!(level(&policy, "serde", "payments"), (Level::Deny, 7));
    assert_eq!(level(&policy, "aws-lc", "search"), (Level::Allow, 11));
    assert_eq!(level(&policy, "aws-lc", "payments"), (Level::Warn, 16));
    let group = policy.level_of(&rule("OVR12"), &subject("serde", "search"));
    assert_eq!(group.because.place().unwrap().span.line, 2);
    let no_package = policy.level_of(&rule("OVR02"), &Subject::default());
    assert_eq!(no_package.level, Level::Warn);
}

#[test]
fn a_package_outdoes_a_team() {
    let policy = local(
        "[[level]]\nrule = 'OVR02'\nteam = 'payments'\nlevel = 'deny'\n\
         [[level]]\nrule = 'OVR02'\npackage = 'aws-lc'\nlevel = 'allow'\n",
    );
    assert_eq!(level(&policy, "aws-lc", "payments"), (Level::Allow, 8));
}

#[test]
fn of_equally_specific_lines_the_strictest_decides() {
    let deny = "[[level]]\nrule = 'OVR02'\npackage = 'aws-*'\nlevel = 'deny'\n";
    let warn = "[[level]]\nrule = 'OVR02'\npackage = '*-lc'\nlevel = 'warn'\n";
    assert_eq!(level(&local(&format!("{deny}{warn}")), "aws-lc", "x"), (Level::Deny, 4));
    assert_eq!(level(&local(&format!("{warn}{deny}")), "aws-lc", "x"), (Level::Deny, 8));
}

#[test]
fn a_repository_tightens_the_central_policy() {
    let policy = central_and_local("levels.OVR02 = 'warn'", "levels.override = 'deny'");
    assert_eq!(level(&policy, "serde", "x"), (Level::Deny, 1));
    assert_eq!(policy.weakenings(), []);
    let decided = policy.level_of(&rule("OVR02"), &Subject::default());
    assert_eq!(&*decided.because.place().unwrap().file, "depaudit.toml");
}

#[test]
fn a_repository_is_free_where_the_central_policy_is_silent() {
    let policy = central_and_local("levels.drift = 'deny'", "levels.OVR02 = 'allow'");
    assert_eq!(level(&policy, "serde", "x"), (Level::Allow, 1));
    assert_eq!(policy.weakenings(), []);
}

#[test]
fn a_repository_cannot_loosen_the_central_policy() {
    let central = "[levels]\noverride = 'deny'";
    let policy = central_and_local(
        central,
        "# ours\n[levels]\nOVR02 = 'allow'\n[[level]]\nrule = 'OVR12'\nteam = 'x'\nlevel = 'warn'",
    );
    let decided = policy.level_of(&rule("OVR02"), &subject("serde", "x"));
    assert_eq!(decided.level, Level::Deny);
    assert_eq!(decided.because.place().unwrap().to_string(), "central.toml:2:1");
    let found: Vec<_> =
        policy.weakenings().iter().map(|it| format!("{} {} {it}", it.central, it.local)).collect();
    assert_eq!(
        found,
        [
            "central.toml:2:1 depaudit.toml:3:1 the rule OVR02 is set to `allow`, where the \
             central policy says `deny`, which stands",
            "central.toml:2:1 depaudit.toml:7:9 the rule OVR12 of the team x is set to `warn`, where \
             the central policy says `deny`, which stands",
        ]
    );
}

#[test]
fn what_the_central_policy_itself_allows_is_no_weakening() {
    let central = "[levels]\noverride = 'deny'\nOVR12 = 'allow'";
    let policy = central_and_local(central, "levels.OVR12 = 'allow'");
    assert_eq!(policy.weakenings(), []);
}

#[test]
fn a_lenient_line_that_a_stricter_one_makes_good_is_no_weakening() {
    let local = "[levels]\noverride = 'allow'\nOVR02 = 'deny'";
    assert_eq!(central_and_local("levels.OVR02 = 'deny'", local).weakenings(), []);
    let alone = central_and_local("levels.OVR02 = 'deny'", "levels.override = 'allow'");
    assert_eq!(alone.weakenings().len(), 1);
}

#[test]
fn lines_about_different_packages_or_teams_do_not_meet() {
    let narrow =
        |key: &str, level: &str| format!("[[level]]\nrule = 'OVR02'\n{key}\nlevel = '{level}'");
    let weakened = |central: &str, local: &str| {
        let policy = central_and_local(&narrow(central, "deny"), &narrow(local, "warn"));
        policy.weakenings().len()
    };
    assert_eq!(weakened("package = 'aws-*'", "package = 'gcp-*'"), 0);
    assert_eq!(weakened("package = 'aws-*'", "package = '*-lc'"), 1);
    assert_eq!(weakened("team = 'a'", "team = 'b'"), 0);
    assert_eq!(weakened("team = 'a'", "package = 'serde'"), 1);
}

#[test]
fn the_rule_that_guards_the_central_policy_cannot_be_lowered() {
    let policy = central_and_local("", "levels.POL01 = 'allow'");
    assert_eq!(policy.level_of(&rule("POL01"), &Subject::default()).level, Level::Deny);
    assert_eq!(policy.weakenings().len(), 1);
    assert_eq!(policy.weakenings()[0].central.to_string(), "central.toml:1:1");

    let policy = central_and_local("levels.POL01 = 'warn'", "");
    assert_eq!(policy.level_of(&rule("POL01"), &Subject::default()).level, Level::Warn);
}

#[test]
fn numbers_move_only_in_the_tighter_direction() {
    let central = "[drift]\nminimum-age-days = 7\nmissed-patch-days = 30\nlibyear-budget = 20\n\
                   [waivers]\nmax-days = 90";
    let tighter = "[drift]\nminimum-age-days = 14\nmissed-patch-days = 7\nlibyear-budget = 10\n\
                   [waivers]\nmax-days = 30";
    let values = |policy: &Policy| {
        let age = policy.minimum_age().unwrap().value;
        let budget = policy.libyear_budget().unwrap().value;
        [age, policy.missed_patch().value, budget, policy.longest_waiver().value]
    };
    let policy = central_and_local(central, tighter);
    assert_eq!(values(&policy), [14, 7, 10, 30]);
    assert_eq!(policy.weakenings(), []);

    let policy = central_and_local(tighter, central);
    assert_eq!(values(&policy), [14, 7, 10, 30]);
    let lines: Vec<_> = policy.weakenings().iter().map(|it| it.local.span.line).collect();
    assert_eq!(lines, [2, 3, 4, 6]);
    let what = policy.weakenings()[0].to_string();
    assert!(what.starts_with("`drift.minimum-age-days` is set to 7, where"), "{what}");

    // Alone, a repository may also choose what is looser than the default.
    assert_eq!(local("waivers.max-days = 365").longest_waiver().value, 365);
}

#[test]
fn crates_io_is_approved_unless_a_list_leaves_it_out() {
    let index = "sparse+https://crates.example/index/";
    let policy = Policy::default();
    assert!(policy.approves_registry("crates-io").approved);
    assert!(!policy.approves_registry(index).approved);

    let policy = local("approved.registries = ['https://crates.example/index']");
    assert!(policy.approves_registry(index).approved);
    let refused = policy.approves_registry("crates-io");
    assert_eq!((refused.approved, refused.because.place().is_some()), (false, true));
}

#[test]
fn only_an_approved_proxy_stands_in_for_crates_io() {
    let index = "sparse+https://depaudit.example/t/payments/crates-io/index/";
    assert!(!Policy::default().approves_proxy(index).approved);
    let policy = local("approved.proxies = ['https://depaudit.example']");
    assert!(policy.approves_proxy(index).approved);
    assert!(!policy.approves_proxy("sparse+https://mirror.example/index/").approved);
    assert!(!policy.approves_proxy("no address").approved);
}

#[test]
fn a_repository_approves_less_than_the_central_policy_and_never_more() {
    let policy = central_and_local(
        "[approved]\ngit-hosts = ['git.example', 'github.com/our-org']",
        "[approved]\ngit-hosts = ['github.com/our-org/shared', 'github.com']",
    );
    assert!(policy.approves_git("https://github.com/our-org/shared").approved);
    let elsewhere = policy.approves_git("https://github.com/evil/shared");
    assert_eq!(elsewhere.because.place().unwrap().to_string(), "central.toml:2:13");
    let left_out = policy.approves_git("https://git.example/a");
    assert_eq!(left_out.because.place().unwrap().to_string(), "depaudit.toml:2:13");
    assert!(!left_out.approved);
    let [weakening] = policy.weakenings() else { panic!("{:?}", policy.weakenings()) };
    assert_eq!(weakening.local.to_string(), "depaudit.toml:2:43");
    assert!(weakening.to_string().contains("adds `github.com`, which"), "{weakening}");
}

#[test]
fn one_version_and_internal_packages_add_up() {
    let policy = central_and_local(
        "internal-packages = ['pay-*']\ndrift.one-version = ['tokio']",
        "internal-packages = ['ours']\ndrift.one-version = ['serde*']",
    );
    assert_eq!(policy.one_version("tokio").unwrap().to_string(), "central.toml:2:22");
    assert_eq!(policy.one_version("serde_json").unwrap().to_string(), "depaudit.toml:2:22");
    assert_eq!(policy.one_version("rand"), None);
    assert!(policy.internal("pay-core").is_some() && policy.internal("ours").is_some());
    assert_eq!(policy.internal("serde"), None);
}

#[test]
fn no_later_file_lowers_a_level_whatever_it_says() {
    let centrals = [NARROWING, "levels.override = 'warn'", "levels.OVR02 = 'deny'"];
    let locals = [
        "levels.override = 'allow'",
        "levels.OVR02 = 'allow'",
        "[[level]]\nrule = 'OVR02'\npackage = '*'\nlevel = 'allow'",
        "[[level]]\nrule = 'OVR02'\npackage = 'aws-lc'\nteam = 'payments'\nlevel = 'allow'",
    ];
    for central in centrals {
        for own in locals {
            let joined = central_and_local(central, own);
            let alone = local(central);
            for package in ["aws-lc", "serde"] {
                for team in ["payments", "search"] {
                    let (with, without) =
                        (level(&joined, package, team), level(&alone, package, team));
                    assert!(with.0 >= without.0, "{central} {own} {package} {team}");
                }
            }
        }
    }
    assert_eq!(Policy::combine(Vec::new(), &rules()).files().len(), 0);
}
