//! `depaudit policy test`

mod case;
mod page;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;
use depaudit_policy::PolicyFile;
use toml::Spanned;

use super::load::read_policy_text;
use crate::door::DoorFiles;
use crate::exit::Exit;
use crate::output::{Out, write_json_line};

use case::{Cases, Decided};
use page::Page;

/// How many cases one file may hold.
const MOST_CASES: usize = PolicyFile::MOST_ENTRIES;

/// Try the door of a policy on releases that you describe
///
/// Each `[[case]]` of the file describes a release, the team that asks and the day on which it asks,
/// and says what should become of it: `allowed`, `soft` (yanked in the index, served to locked
/// builds), `hard` (refused) or `would-deny` (a rule in dry run objects), and by which rule. The
/// releases do not have to exist, and nothing is asked of any registry.
///
/// Ends with 1 when a case comes out otherwise.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  depaudit policy test door-cases.toml --policy depaudit.toml\n\n\
                        A case:\n  [[case]]\n  crate = \"foo\"\n  version = \"1.2.0\"\n  \
                        team = \"payments\"\n  day = 2026-03-01\n  \
                        published = \"2026-02-28T12:00:00Z\"\n  expect = \"soft\"\n  \
                        rule = \"minimum-age\"\n\nA case may also say `name`, `registry`, `yanked`, \
                        `licence`, `size` (in bytes)\nand `newest-before`: the newest older \
                        release that the team may have."
)]
pub struct TestArgs {
    /// The file with the cases
    #[arg(value_name = "CASES.toml")]
    cases: PathBuf,
    /// The server's policy
    #[arg(long, value_name = "FILE", default_value = super::load::FILE_NAME)]
    policy: PathBuf,
    /// A folder or git checkout of the RustSec advisory database
    #[arg(long, value_name = "DIR")]
    advisories: Option<PathBuf>,
    /// One JSON object a case, with everything that each rule saw
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// When a file cannot be used, or the output takes no more.
pub fn run(args: &TestArgs) -> anyhow::Result<Exit> {
    let files =
        DoorFiles { policy: Some(args.policy.clone()), advisories: args.advisories.clone() };
    let (rules, _) = files.read()?;
    let text = read_policy_text(&args.cases)
        .with_context(|| format!("cannot use the cases {}", args.cases.display()))?;
    let cases = parse(&args.cases, &text)?;
    let mut out = Out::new();
    let mut page = Page::new(&args.cases);
    for case in &cases.case {
        let line = line_of(&text, case);
        let decided = Decided::new(&rules, case.get_ref());
        page.count(&decided);
        if args.json {
            write_json_line(&mut out, &decided.row(line))?;
        } else if !decided.passed() {
            page.failure(&mut out, line, &decided)?;
        }
    }
    if !args.json {
        page.end(&mut out)?;
    }
    out.flush()?;
    Ok(if page.all_passed() { Exit::Done } else { Exit::Negative })
}

fn parse(path: &Path, text: &str) -> anyhow::Result<Cases> {
    let shown = path.display();
    let cases: Cases =
        toml::from_str(text).with_context(|| format!("the cases {shown} cannot be used"))?;
    // A test without cases would say that everything is as it should be.
    ensure!(!cases.case.is_empty(), "{shown} holds no `[[case]]`");
    ensure!(cases.case.len() <= MOST_CASES, "{shown} holds more than {MOST_CASES} cases");
    for case in &cases.case {
        if let Err(what) = case.get_ref().check() {
            bail!("{shown}:{}: {what}", line_of(text, case));
        }
    }
    Ok(cases)
}

/// The line on which a case begins, counted from 1.
fn line_of<T>(text: &str, case: &Spanned<T>) -> usize {
    let before = text.get(..case.span().start).unwrap_or_default();
    before.bytes().filter(|byte| *byte == b'\n').count() + 1
}
