//! `depaudit diff`

mod against;
mod folder;
mod page;

use std::io::Write;

use anyhow::Context;
use clap::Args;
use depaudit_auditor::difference::{Detail, Difference, compare, with_room};
use depaudit_model::Checksum;
use depaudit_model::cargo::{CrateSpec, PackageFiles, Release};
use serde::Serialize;

use crate::crates::{self, CratesArgs, commit};
use crate::exit::Exit;
use crate::git::Repository;
use crate::output::{Out, wheel, write_json_line};

use against::Against;

/// Show how an override differs from the release that it stands in for
///
/// Compares a release of crates.io with a folder, a commit or another release, file by file, as Cargo
/// would package them: with the manifest that its author wrote, and without what packaging adds. Marks
/// what deserves a second look: build scripts, procedural macros, unsafe code, new dependencies, use of
/// processes and the network, files that are no text.
///
/// The crate comes from --data, from --server, or from Cargo's own cache; its checksum is compared with
/// the registry's. Archives are read in memory; nothing is unpacked, and nothing is executed but the
/// user's own git, where a commit is named. No repository is fetched.
///
/// Ends with 0 when nothing differs, with 1 when something does.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  depaudit diff serde@1.0.219 --against vendor/serde\n  \
                        depaudit diff serde@1.0.219 --against 1.0.218 --stat\n  \
                        depaudit diff serde@1.0.219 --against ../serde-fork#main --json\n\n\
                        The `source` of a locked package names a commit that Cargo has fetched:\n  \
                        depaudit diff serde@1.0.219 --against \
                        'git+https://git.example/serde?branch=main#0123…'")]
pub struct DiffArgs {
    /// The release
    #[arg(value_name = "CRATE@VERSION")]
    release: CrateSpec,
    /// What to compare it with: a folder, another version, `FOLDER#REVISION` for a commit in a
    /// checkout or bare repository, or `URL#COMMIT` for one that Cargo has fetched
    #[arg(long, value_name = "PATH|GIT|VERSION")]
    against: Against,
    #[command(flatten)]
    crates: CratesArgs,
    /// Only the sums, the marks and the names of files
    #[arg(long)]
    stat: bool,
    /// Print JSON (depaudit.diff/1), without what changed within files
    #[arg(long)]
    json: bool,
    /// With --json: what changed within files as well
    #[arg(long, requires = "json", conflicts_with = "stat")]
    include_text: bool,
}

/// What was compared, and what came of it. Field names are those of the JSON.
#[derive(Debug, Serialize)]
struct Answer {
    schema: &'static str,
    release: String,
    /// Where the crate file came from.
    from: String,
    /// The crate file's checksum.
    checksum: Checksum,
    against: String,
    difference: Difference,
}

/// Runs the command; the answer is negative when something differs.
///
/// # Errors
/// When the crate is not at hand, or what it is compared with cannot be read.
pub fn run(args: &DiffArgs) -> anyhow::Result<Exit> {
    let version = args.release.version.clone();
    let version = version.context("name the version too: CRATE@VERSION")?;
    let release = Release { name: args.release.name.clone(), version };
    let answer = with_room(|| answer(args, &release)).context("cannot start a thread")??;
    let mut out = Out::new();
    if args.json {
        write_json_line(&mut out, &answer)?;
    } else {
        page::print(&mut out, &answer, args.stat)?;
    }
    out.flush()?;
    Ok(if answer.difference.is_none() { Exit::Done } else { Exit::Negative })
}

fn answer(args: &DiffArgs, release: &Release) -> anyhow::Result<Answer> {
    let step = wheel(&format!("reading {release}"));
    let found = crates::find(&args.crates, release)?;
    let files = found.files(release)?;
    step.set_message(format!("reading {}", args.against));
    let other = other(args, release, &files)
        .with_context(|| format!("cannot compare with {}", args.against))?;
    step.set_message("comparing");
    let text = if args.json { args.include_text } else { !args.stat };
    let detail = if text { Detail::Text } else { Detail::Counts };
    let difference = compare(&files, &other, detail);
    step.finish_and_clear();
    Ok(Answer {
        schema: "depaudit.diff/1",
        release: release.to_string(),
        from: found.from,
        checksum: found.sha256,
        against: args.against.to_string(),
        difference,
    })
}

fn other(args: &DiffArgs, release: &Release, files: &PackageFiles) -> anyhow::Result<PackageFiles> {
    match &args.against {
        Against::Version(version) => {
            let other = Release { name: release.name.clone(), version: version.clone() };
            crates::find(&args.crates, &other)?.files(&other)
        }
        Against::Folder(path) => folder::package(path, release, files),
        Against::Commit { repository, revision } => {
            commit::package(&Repository::at(repository), revision, release)
        }
        Against::Fetched { url, commit } => {
            commit::package(&commit::fetched(url, commit)?, commit, release)
        }
    }
}
