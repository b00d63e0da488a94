//! `depaudit policy check`

mod facts;
mod page;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use depaudit_auditor::rules;
use depaudit_model::Clock;
use depaudit_policy::{Day, Policy, PolicyFile, Subject};

use super::load::{FILE_NAME, Loader};
use crate::commands::scan::RuleName;
use crate::exit::Exit;
use crate::output::{Out, print_warning, write_json_line};
use crate::system::SystemClock;

use facts::{Checked, Explained};

/// Check a policy, and say what is in force and which line decided
///
/// Reads the `depaudit.toml` of a folder, or a policy file, with all that it extends. Ends with 0
/// when it can be used, with 1 when it would loosen the policy that it extends, and with 2 when it
/// is broken.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  depaudit policy check\n  \
                        depaudit policy check --rule missed-patch-release --package aws-lc")]
pub struct CheckArgs {
    /// A folder with a depaudit.toml, or a policy file
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Say which line decides about this rule, and why the others do not
    #[arg(long)]
    rule: Option<RuleName>,
    /// For this package
    #[arg(long, requires = "rule")]
    package: Option<String>,
    /// For this team
    #[arg(long, requires = "rule")]
    team: Option<String>,
    /// As one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// When the policy cannot be used, or the output takes no more.
pub fn run(args: &CheckArgs) -> anyhow::Result<Exit> {
    let mut loader = Loader::new();
    let is_folder = args.path.is_dir();
    let policy =
        if is_folder { loader.of_folder(&args.path)? } else { loader.of_file(&args.path)? };
    loader.warnings.iter().for_each(|warning| print_warning(warning));
    let checked = Checked::new(&policy, Day::of(SystemClock.now()), explained(args, &policy));
    let mut out = Out::new();
    if args.json {
        write_json_line(&mut out, &checked)
    } else {
        page::write(&checked, nothing(&policy, &args.path).as_deref(), &mut out)
    }
    .and_then(|()| std::io::Write::flush(&mut out))
    .context("cannot print the policy")?;
    Ok(if policy.weakenings().is_empty() { Exit::Done } else { Exit::Negative })
}

fn explained(args: &CheckArgs, policy: &Policy) -> Option<Explained> {
    let rule = rules::known().find(args.rule?.code())?;
    let subject = Subject {
        package: args.package.as_deref(),
        team: args.team.as_deref(),
        ..Subject::default()
    };
    Some(Explained::new(policy, rule, &subject))
}

/// What to say where there is no policy.
fn nothing(policy: &Policy, path: &Path) -> Option<String> {
    let none = policy.files().iter().all(|file: &PolicyFile| file.origin().is_empty());
    none.then(|| format!("{} has no {FILE_NAME}: every rule has its own level", path.display()))
}
