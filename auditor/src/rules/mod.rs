//! The rules, one file each, and the table of them.

mod drf01_one_version_violation;
mod drf02_missed_patch_release;
mod drf03_too_fresh;
mod drf04_major_skew;
mod drf05_requirement_spread;
mod drf06_yanked;
mod drf07_libyear_budget;
mod lck01_checksum_conflict;
mod lck02_checksum_not_in_ledger;
mod lck03_lock_missing;
mod lck04_lock_stale;
mod lck05_lock_entry_without_checksum;
mod lck06_vendor_tree_differs_from_crate;
mod lck07_build_not_locked;
mod ovr01_patch_path_outside_workspace;
mod ovr02_patch_git_unpinned;
mod ovr03_override_undeclared;
mod ovr04_override_shadows_published;
mod ovr05_override_conflict_across_teams;
mod ovr06_override_missing_upstream_fix;
mod ovr07_override_superseded;
mod ovr08_patch_unused;
mod ovr09_patch_in_non_root;
mod ovr10_override_in_config;
mod ovr11_replace_deprecated;
mod ovr12_patch_to_own_member;
mod ovr13_renamed_package_hides_identity;
mod ovr14_patch_key_ambiguous;
mod pol01_local_policy_weakens_central;
mod rule;
mod scn01_scan_incomplete;
mod sink;
mod src01_registry_not_approved;
mod src02_git_host_not_approved;
mod src03_source_replacement_not_approved;
mod src04_source_differs_across_environments;
mod src05_env_or_flag_override;
mod src06_private_name_on_public_registry;
mod src07_proxy_bypassed;
mod wvr01_waiver_expired;
mod wvr02_waiver_unowned;
mod wvr03_waiver_too_long;
mod wvr04_waiver_too_wide;
mod wvr05_waiver_unused;

pub use depaudit_policy::Group;
pub(crate) use ovr03_override_undeclared::{needs_declaration, source_of};
pub(crate) use pol01_local_policy_weakens_central::policy_weakened;
pub(crate) use rule::Check;
pub use rule::Rule;
pub(crate) use sink::{Draft, Findings, MOST_PLACES, Sink};
pub(crate) use src03_source_replacement_not_approved::leads_to_approved_proxy;
pub(crate) use wvr01_waiver_expired::{Ended, waiver_ends, waiver_identity};
pub(crate) use wvr02_waiver_unowned::waiver_defect;
pub(crate) use wvr05_waiver_unused::waiver_unused;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use depaudit_policy::{KnownRule, RuleId, RuleSet};

use crate::audit::{Across, TeamView, World};

/// Every rule, in the order of their codes.
pub const ALL: &[&Rule] = &[
    &drf01_one_version_violation::RULE,
    &drf02_missed_patch_release::RULE,
    &drf03_too_fresh::RULE,
    &drf04_major_skew::RULE,
    &drf05_requirement_spread::RULE,
    &drf06_yanked::RULE,
    &drf07_libyear_budget::RULE,
    &lck01_checksum_conflict::RULE,
    &lck02_checksum_not_in_ledger::RULE,
    &lck03_lock_missing::RULE,
    &lck04_lock_stale::RULE,
    &lck05_lock_entry_without_checksum::RULE,
    &lck06_vendor_tree_differs_from_crate::RULE,
    &lck07_build_not_locked::RULE,
    &ovr01_patch_path_outside_workspace::RULE,
    &ovr02_patch_git_unpinned::RULE,
    &ovr03_override_undeclared::RULE,
    &ovr04_override_shadows_published::RULE,
    &ovr05_override_conflict_across_teams::RULE,
    &ovr06_override_missing_upstream_fix::RULE,
    &ovr07_override_superseded::RULE,
    &ovr08_patch_unused::RULE,
    &ovr09_patch_in_non_root::RULE,
    &ovr10_override_in_config::RULE,
    &ovr11_replace_deprecated::RULE,
    &ovr12_patch_to_own_member::RULE,
    &ovr13_renamed_package_hides_identity::RULE,
    &ovr14_patch_key_ambiguous::RULE,
    &pol01_local_policy_weakens_central::RULE,
    &scn01_scan_incomplete::RULE,
    &src01_registry_not_approved::RULE,
    &src02_git_host_not_approved::RULE,
    &src03_source_replacement_not_approved::RULE,
    &src04_source_differs_across_environments::RULE,
    &src05_env_or_flag_override::RULE,
    &src06_private_name_on_public_registry::RULE,
    &src07_proxy_bypassed::RULE,
    &wvr01_waiver_expired::RULE,
    &wvr02_waiver_unowned::RULE,
    &wvr03_waiver_too_long::RULE,
    &wvr04_waiver_too_wide::RULE,
    &wvr05_waiver_unused::RULE,
];

/// The code of the rule about the scan's own gaps, which has an exit code of its own.
pub(crate) const SCAN_INCOMPLETE: &str = scn01_scan_incomplete::RULE.code;

/// The rules whose findings the policy itself gives rise to.
pub(crate) const OF_THE_POLICY: [&Rule; 6] = [
    POLICY_WEAKENED,
    WAIVER_EXPIRED,
    WAIVER_UNOWNED,
    WAIVER_TOO_LONG,
    WAIVER_TOO_WIDE,
    WAIVER_UNUSED,
];

pub(crate) const POLICY_WEAKENED: &Rule = &pol01_local_policy_weakens_central::RULE;
pub(crate) const WAIVER_EXPIRED: &Rule = &wvr01_waiver_expired::RULE;
pub(crate) const WAIVER_UNOWNED: &Rule = &wvr02_waiver_unowned::RULE;
pub(crate) const WAIVER_TOO_LONG: &Rule = &wvr03_waiver_too_long::RULE;
pub(crate) const WAIVER_TOO_WIDE: &Rule = &wvr04_waiver_too_wide::RULE;
pub(crate) const WAIVER_UNUSED: &Rule = &wvr05_waiver_unused::RULE;

/// The rules as a policy knows them: what reading one needs.
#[must_use]
pub fn known() -> &'static RuleSet {
    static KNOWN: LazyLock<RuleSet> = LazyLock::new(|| {
        let known = |rule: &&Rule| KnownRule {
            code: RuleId::new(rule.code),
            name: Cow::Borrowed(rule.name),
            group: rule.group,
            severity: rule.severity,
            level: rule.level,
        };
        // It fails where two rules have one name, which a test rules out.
        RuleSet::new(ALL.iter().map(known).collect()).unwrap_or_default()
    });
    &KNOWN
}

/// The rule with this code or name.
#[must_use]
pub fn find(code_or_name: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.code == code_or_name || rule.name == code_or_name)
}

/// Which rules are to run: all, or those with these codes.
pub(crate) type Selection<'a> = Option<&'a BTreeSet<&'static str>>;

/// Whether findings of the rule with this code are wanted. That something could not be read is
/// told whatever is asked for.
pub(crate) fn is_selected(code: &str, selection: Selection<'_>) -> bool {
    code == SCAN_INCOMPLETE || selection.is_none_or(|codes| codes.contains(code))
}

fn selected(selection: Selection<'_>) -> impl Iterator<Item = &'static Rule> {
    ALL.iter().copied().filter(move |rule| is_selected(rule.code, selection))
}

/// Runs the rules about one team.
pub(crate) fn check_team(view: &TeamView<'_>, selection: Selection<'_>) -> Findings {
    let mut findings = Findings::default();
    for rule in selected(selection) {
        if let Check::Team(check) = rule.check {
            check(view, &mut Sink::new(rule, Some(view.team), &mut findings));
        }
    }
    findings
}

/// Runs the rules that compare teams.
pub(crate) fn check_teams(
    across: &Across<'_>,
    world: World<'_>,
    selection: Selection<'_>,
) -> Findings {
    let mut findings = Findings::default();
    let teams = across.teams();
    for rule in selected(selection) {
        match rule.check {
            Check::Teams(check) => check(teams, world, &mut Sink::new(rule, None, &mut findings)),
            Check::Locks(check) => check(across, world, &mut Sink::new(rule, None, &mut findings)),
            Check::Team(_) | Check::Policy => {}
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_name_is_unique() {
        assert!(ALL.is_sorted_by_key(|rule| rule.code));
        let names: BTreeSet<_> = ALL.iter().flat_map(|rule| [rule.code, rule.name]).collect();
        assert_eq!(names.len(), 2 * ALL.len());
        assert_eq!(known().iter().count(), ALL.len());
        assert_eq!(find("OVR11").map(|rule| rule.name), find("replace-deprecated").map(|r| r.name));
    }

    #[test]
    fn every_file_of_a_rule_is_in_the_table() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/rules");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let on_disk: BTreeSet<_> = files
            .filter_map(|name| Some(name.to_str()?.strip_suffix(".rs")?.to_owned()))
            .filter(|name| !["mod", "rule", "sink"].contains(&name.as_str()))
            .collect();
        let in_table = ALL.iter().map(|rule| format!("{}_{}", rule.code, rule.name));
        let in_table: BTreeSet<_> =
            in_table.map(|name| name.to_lowercase().replace('-', "_")).collect();
        assert_eq!(on_disk, in_table);
    }

    /// The names of a file's tests. What they cover may stand in front: `bad_input_55_fires_on_...`.
    fn stories(source: &str) -> impl Iterator<Item = &str> {
        let lines = source.lines().map(str::trim);
        let tests = lines.clone().zip(lines.skip(1)).filter(|(line, _)| *line == "#[test]");
        tests.filter_map(|(_, line)| line.strip_prefix("fn ")).map(|name| {
            let covered = name.strip_prefix("bad_input_").and_then(|rest| rest.split_once('_'));
            covered.map_or(name, |(_, name)| name)
        })
    }

    /// Which of the two stories that every rule needs a file does not tell.
    fn untold(source: &str) -> Vec<&'static str> {
        let told = |story: &&str| stories(source).any(|name| name.starts_with(story));
        ["fires_", "is_silent_"].into_iter().filter(|story| !told(story)).collect()
    }

    #[test]
    fn every_rule_is_shown_to_fire_and_to_be_silent() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
        for rule in ALL {
            let file = format!("{}_{}", rule.code, rule.name).to_lowercase().replace('-', "_");
            let source = std::fs::read_to_string(folder.join(file).with_extension("rs")).unwrap();
            assert_eq!(untold(&source), Vec::<&str>::new(), "a test lacks in {}", rule.code);
        }
    }

    #[test]
    fn a_rule_that_is_not_shown_to_fire_or_to_be_silent_is_noticed() {
        let fires = "    #[test]\n    fn bad_input_1_fires_on_it() {}\n";
        let silent = "    #[test]\n    fn is_silent_about_it() {}\n";
        assert!(untold(&format!("{fires}{silent}")).is_empty());
        assert_eq!(untold(fires), ["is_silent_"]);
        assert_eq!(untold(silent), ["fires_"]);
        assert_eq!(untold("// fires_ and is_silent_ are names\nfn fires_() {}\n").len(), 2);
    }

    #[test]
    fn every_rule_is_documented_in_the_same_sections() {
        for rule in ALL {
            let headings: Vec<_> =
                rule.documentation.lines().filter(|line| line.starts_with("## ")).collect();
            assert_eq!(headings, Rule::SECTIONS, "{}", rule.code);
        }
    }
}
