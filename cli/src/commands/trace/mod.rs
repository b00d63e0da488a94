//! `depaudit trace`

mod page;

use std::io::Write;

use anyhow::Context;
use clap::Args;
use depaudit_model::sheet::Sheet;
use depaudit_model::{Clock, RequestId, TeamId};
use depaudit_trace::{Answer, Question, Report, Subject, TITLES, UpstreamIndex, rows};

use crate::args::{DataFolder, Next};
use crate::backend;
use crate::commands::log::Printer;
use crate::exit::Exit;
use crate::facts::IndexViews;
use crate::output::{Out, write_json_line};
use crate::system::SystemClock;
use page::Shown;

/// Trace a crate: who received which bytes, when, from where, under which policy
///
/// Reads the record of a server, also while it runs, and what is stored of the upstream's index; no
/// registry is asked. Says when the bytes were first seen, who received them or was denied, by which
/// rule and under which policy, what replaced them, and where checksums disagreed. A download counts
/// when it was decided, before its first byte; `depaudit log` has how each ended.
///
/// Ends with 1 when nothing is on record.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  depaudit trace serde@1.0.219
  depaudit trace sha256:e3b0c4 --team payments --json
  depaudit trace req-0d5k7nh3v8mgxq2c")]
pub struct TraceArgs {
    /// A crate, one version of it, a digest, of which the first 6 digits do, or a request's id; also as
    /// Cargo prints them: "serde v1.0.219"
    #[arg(value_name = "CRATE[@VERSION]|sha256:DIGEST|ID", required_unless_present = "request")]
    subject: Option<Subject>,
    /// What a request was about: the id that Cargo prints with a refusal
    #[arg(long, value_name = "ID", conflicts_with = "subject")]
    request: Option<RequestId>,
    #[command(flatten)]
    data: DataFolder,
    /// Only what this team received or was denied
    #[arg(long)]
    team: Option<TeamId>,
    /// One JSON object, with every field
    #[arg(long)]
    json: bool,
    /// Comma-separated values: a row for each thing that was decided for somebody
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

/// Runs the command.
///
/// # Errors
/// When there is no record in the folder, it cannot be read, or standard output takes no more.
pub fn run(args: &TraceArgs) -> anyhow::Result<Exit> {
    let log = backend::open_log(&args.data.path)?;
    let index = backend::open_meta(&args.data.path)?.map(IndexViews);
    let index = index.as_ref().map(|it| it as &dyn UpstreamIndex);
    let question = args.question()?;
    let answer = super::block_on(async {
        let traced = depaudit_trace::trace(&*log, index, &question).await;
        traced.context("cannot read the record")
    })?;
    let found = !answer.is_empty();
    let Answer { report, events, .. } = answer;
    let mut out = Out::new();
    if args.json {
        write_json_line(&mut out, &report).context("cannot print the trace")?;
    } else if args.csv {
        sheet(&mut out, &report).context("cannot print the trace")?;
    } else if found {
        if !events.is_empty() {
            Printer::people(Out::columns()).print(&mut out, events)?;
            writeln!(out)?;
        }
        let shown = Shown { room: Out::columns(), data: &args.data.path };
        page::print(&mut out, &report, shown).context("cannot print the trace")?;
    } else {
        writeln!(out, "nothing is on record about it")?;
        if let Subject::Crate(spec) = &question.subject {
            let next = Next::new(["portfolio", "blast", &spec.to_string()]).on(&args.data.path);
            writeln!(out, "who locks it all the same: {next}")?;
        }
    }
    out.flush()?;
    Ok(if found { Exit::Done } else { Exit::Negative })
}

impl TraceArgs {
    fn question(&self) -> anyhow::Result<Question> {
        let request = || self.request.clone().map(Subject::Request);
        let subject = self.subject.clone().or_else(request);
        let subject = subject.context("name what to trace: a crate, a digest or a request")?;
        Ok(Question { subject, team: self.team.clone(), now: SystemClock.now() })
    }
}

fn sheet(out: &mut impl Write, report: &Report) -> std::io::Result<()> {
    let mut sheet = Sheet::new(out, TITLES)?;
    rows(report).try_for_each(|row| sheet.row(row))?;
    sheet.finish()
}
