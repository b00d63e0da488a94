use std::path::PathBuf;

use clap::Args;

use super::rule_name::{RuleName, RuleNameParser};
use super::team::NamedTeam;
use crate::facts::FactsArgs;

/// What to scan, and by which rules: the same words for every command that scans.
#[derive(Debug, Clone, Default, Args)]
pub struct RequestArgs {
    /// Folders to scan, each as a team that is called as its folder is; the current one when none is
    /// given. `--team` adds more
    pub paths: Vec<PathBuf>,
    /// A folder to scan, and the name of its team
    #[arg(long, value_name = "NAME=DIR")]
    pub team: Vec<NamedTeam>,
    /// Files and folders to leave out: a pattern for the path below a scanned folder, in which `*`
    /// stays within one part and `**` crosses parts
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// Look at the environment too, as far as Cargo does: for the job that builds
    #[arg(long)]
    pub env: bool,
    /// The policy for all teams, in place of the `depaudit.toml` of each
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Only this rule, by its code or name; repeatable
    #[arg(long, value_name = "RULE", value_parser = RuleNameParser, hide_possible_values = true)]
    pub rule: Vec<RuleName>,
    #[command(flatten)]
    pub facts: FactsArgs,
}
