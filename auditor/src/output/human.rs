use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Write};
use std::path::Path;

use annotate_snippets::{AnnotationKind, Group, Level as Shown, Origin, Renderer, Snippet};
use depaudit_model::terminal::printable;
use depaudit_policy::{self as policy, Level};
use depaudit_portfolio::report::{Comparison, NotCompared, Outcome};

use super::excerpt::of_policy;
use super::{Excerpts, summary};
use crate::report::{
    Finding, Location, LockedIdentity, Override, Place, ScanReport, TeamName, TeamReport,
};

/// A report for people, in the style of rustc: each finding with the text it is about, then every
/// other override, then the summary.
#[derive(Debug, Clone, Copy)]
pub struct Human {
    /// With colours; whoever prints takes them out where they are not wanted.
    pub colour: bool,
    /// The columns of the terminal.
    pub width: usize,
    /// Only findings and the summary.
    pub quiet: bool,
    /// Every finding, however many a rule has.
    pub all: bool,
}

/// How many findings of one rule are shown in full: the first rule to fire everywhere must not hide
/// the others.
const MOST_OF_A_RULE: usize = 5;

impl Human {
    /// Writes the report.
    ///
    /// # Errors
    /// When `out` takes no more.
    pub fn write(self, report: &ScanReport, out: &mut impl Write) -> io::Result<()> {
        let renderer = if self.colour { Renderer::styled() } else { Renderer::plain() };
        let mut page = Page {
            renderer: renderer.term_width(self.width),
            teams: report.teams.iter().map(|team| (&team.team, Team::of(team))).collect(),
            out,
        };
        let mut shown: HashMap<&str, usize> = HashMap::new();
        for finding in report.findings.iter().filter(|finding| is_shown(finding)) {
            let of_rule = shown.entry(finding.code).or_default();
            *of_rule += 1;
            if self.all || *of_rule <= MOST_OF_A_RULE {
                page.finding(finding)?;
            }
        }
        for (code, of_rule) in shown.into_iter().collect::<BTreeMap<_, _>>() {
            if let Some(more @ 1..) = of_rule.checked_sub(MOST_OF_A_RULE)
                && !self.all
            {
                let how = format!("`--rule {code}`, `--all` or `--format json` shows them");
                writeln!(page.out, "and {more} more of {code}: {how}\n")?;
            }
        }
        if !self.quiet {
            let covered = covered(report);
            for team in &report.teams {
                for record in team.overrides.iter().filter(|record| !record.is_ordinary()) {
                    if !covered.contains(&(Some(&team.team), &record.location)) {
                        page.record(&team.team, record)?;
                    }
                }
            }
        }
        let Page { teams, mut out, .. } = page;
        let place = |place: &Place, team: Option<&TeamName>| {
            let team = place.team.as_ref().or(team).and_then(|team| teams.get(team));
            let path = team.map(|team| team.shown(&place.location)).unwrap_or_default();
            format!("{path}:{}", place.location.span.line)
        };
        summary::write(report, place, &mut out)
    }
}

/// Whether a person is to see it. What is waived, was there before, or is allowed is counted.
pub(super) fn is_shown(finding: &Finding) -> bool {
    finding.level != Level::Allow && finding.stands()
}

/// Where shown findings stand.
fn covered(report: &ScanReport) -> HashSet<(Option<&TeamName>, &Location)> {
    let mut covered = HashSet::new();
    for finding in report.findings.iter().filter(|finding| is_shown(finding)) {
        for place in &finding.locations {
            covered.insert((place.team.as_ref().or(finding.team.as_ref()), &place.location));
        }
    }
    covered
}

struct Page<'a, W> {
    renderer: Renderer,
    teams: HashMap<&'a TeamName, Team<'a>>,
    out: W,
}

struct Team<'a> {
    /// The root, as the user named it: paths are shown below it, so that they can be opened.
    root: &'a Path,
    excerpts: Excerpts,
}

impl<'a> Team<'a> {
    fn of(team: &'a TeamReport) -> Self {
        Self { root: &team.folder, excerpts: Excerpts::new(&team.folder) }
    }

    fn shown(&self, location: &Location) -> String {
        let below = location.path.as_str();
        let path = if self.root == Path::new(".") { below.into() } else { self.root.join(below) };
        plain(&path.to_string_lossy())
    }
}

fn plain(text: &str) -> String {
    printable(text).to_string()
}

impl<W: Write> Page<'_, W> {
    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let level = if finding.level == Level::Deny { Shown::ERROR } else { Shown::WARNING };
        // What is quoted from a repository stays within its line: no escapes, no line that a CI
        // system would take for a command.
        let title = level.primary_title(plain(&finding.message)).id(finding.code);
        let mut group = Group::with_title(title);
        for place in &finding.locations {
            if let Some(team) = place.team.as_ref().or(finding.team.as_ref()) {
                group = self.locate(group, team, &place.location);
            }
        }
        if let Some(line) = &finding.decided_by {
            group = decided(group, finding.level, line);
        }
        if let Some(help) = &finding.help {
            group = group.element(Shown::HELP.message(plain(help)));
        }
        self.group(group)
    }

    fn record(&mut self, team: &TeamName, record: &Override) -> io::Result<()> {
        let group = Group::with_title(Shown::NOTE.primary_title(plain(&describe(record))));
        let group = self.locate(group, team, &record.location);
        self.group(group)
    }

    fn group(&mut self, group: Group<'_>) -> io::Result<()> {
        writeln!(self.out, "{}\n", self.renderer.render(&[group]))
    }

    fn locate<'g>(&mut self, group: Group<'g>, team: &TeamName, location: &Location) -> Group<'g> {
        let Some(team) = self.teams.get_mut(team) else { return group };
        let path = team.shown(location);
        match team.excerpts.at(location) {
            Some(excerpt) => group.element(
                Snippet::source(excerpt.text)
                    .line_start(excerpt.first_line)
                    .path(path)
                    .annotation(AnnotationKind::Primary.span(excerpt.range)),
            ),
            None => group.element(
                Origin::path(path)
                    .line(location.span.line as usize)
                    .char_column(location.span.column as usize),
            ),
        }
    }
}

/// The line of a policy that gave a finding its level.
fn decided<'g>(group: Group<'g>, level: Level, line: &policy::Place) -> Group<'g> {
    match of_policy(line) {
        Some(excerpt) => group.element(
            Snippet::source(excerpt.text)
                .line_start(excerpt.first_line)
                .path(plain(&line.file))
                .annotation(
                    AnnotationKind::Context
                        .span(excerpt.range)
                        .label(format!("this line makes it `{level}`")),
                ),
        ),
        None => group.element(Shown::NOTE.message(format!("{line} makes it `{level}`"))),
    }
}

/// One override in a line.
fn describe(record: &Override) -> String {
    let subject = match (&record.package, &record.source) {
        (Some(package), _) => format!("`{package}`"),
        (None, Some(source)) => format!("`{source}`"),
        (None, None) => "packages".to_owned(),
    };
    let (kind, state) = (record.kind.as_str(), record.state.as_str());
    let mut text = format!("{kind}: {subject} from {}, {state}", record.target);
    for locked in &record.locked {
        text += &match &locked.identity {
            LockedIdentity::Git { commit: Some(commit), .. } => {
                format!(", locked {} at {commit}", locked.version)
            }
            _ => format!(", locked {}", locked.version),
        };
    }
    record.compared.iter().for_each(|comparison| text += &compared(comparison));
    text
}

/// What there is to say about how an override differs from a release. A scan's end says which rule
/// lacked facts.
fn compared(comparison: &Comparison) -> String {
    match &comparison.outcome {
        Outcome::Compared(it) if it.totals.is_none() => format!(", the same as {}", it.release),
        Outcome::Compared(it) => format!(", against {}: {}", it.release, it.totals.words()),
        Outcome::NotCompared(NotCompared::NotPublished | NotCompared::NothingKnown) => {
            String::new()
        }
        Outcome::NotCompared(why) => format!(", not compared: {}", why.why()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Repository, lock};

    fn shown(repository: &Repository) -> String {
        let mut out = Vec::new();
        let human = Human { colour: false, width: 100, quiet: false, all: false };
        human.write(&repository.scan(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_finding_shows_file_line_column_and_the_offending_text() {
        let repository = Repository::new().manifest(
            "[dependencies]\nshared = { git = \"https://git.example/s\", branch = \"x\" }\n",
        );
        let shown = shown(&repository);
        assert!(shown.starts_with("error[OVR02]: `shared` follows the branch `x`"), "{shown}");
        assert!(shown.contains("Cargo.toml:5:1"), "{shown}");
        assert!(shown.contains("5 | shared = { git = \"https://git.example/s\""), "{shown}");
        assert!(shown.contains("scan: denied: 1 finding at deny"), "{shown}");
    }

    #[test]
    fn an_override_without_a_finding_is_a_note() {
        let repository = Repository::new()
            .manifest("[dependencies]\ns = { git = \"https://git.example/s\", rev = \"0123\" }\n")
            .file(
                "Cargo.lock",
                &lock(
                    "[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"s\"\n\
                     version = \"1.0.0\"\nsource = \"git+https://git.example/s?rev=0123#0123\"\n",
                ),
            );
        let shown = shown(&repository);
        let note = "note: git-dependency: `s` from https://git.example/s (rev `0123`), used";
        assert!(shown.starts_with(note), "{shown}");
        assert!(shown.contains("scan: clean"), "{shown}");
    }

    #[test]
    fn bad_input_45_escapes_in_a_manifest_do_not_reach_the_terminal() {
        let hostile =
            "a = { git = \"https://e.org/\\u001b[2J\", branch = \"\\u202e\\n::error::x\" }";
        let repository = Repository::new().manifest(&format!("[dependencies]\n{hostile}\n"));
        let shown = shown(&repository);
        let hostile = |c| c != '\n' && depaudit_model::terminal::is_hostile(c);
        assert!(!shown.contains(hostile), "{shown:?}");
        assert!(shown.lines().all(|line| !line.trim_start().starts_with("::")), "{shown}");
    }

    #[test]
    fn the_line_that_decided_is_shown_beside_the_offending_one() {
        let repository = Repository::new()
            .policy("[levels]\nOVR02 = 'warn'\n")
            .manifest("[dependencies]\ns = { git = \"https://git.example/s\" }\n");
        let shown = shown(&repository);
        assert!(shown.starts_with("warning[OVR02]"), "{shown}");
        assert!(shown.contains("depaudit.toml:2"), "{shown}");
        assert!(shown.contains("2 | OVR02 = 'warn'"), "{shown}");
        assert!(shown.contains("this line makes it `warn`"), "{shown}");
    }

    #[test]
    fn many_findings_of_a_rule_are_cut_and_counted() {
        let line = |number| format!("a{number} = {{ git = \"https://git.example/{number}\" }}\n");
        let lines: String = (0..20).map(line).collect();
        let repository = Repository::new().manifest(&format!("[dependencies]\n{lines}"));
        let shown = shown(&repository);
        assert_eq!(shown.matches("error[OVR02]").count(), MOST_OF_A_RULE, "{shown}");
        assert!(shown.contains("and 15 more of OVR02: `--rule OVR02`"), "{shown}");
        assert!(shown.contains("  high      OVR02 patch-git-unpinned  20 deny  "), "{shown}");
    }

    #[test]
    fn credentials_are_not_shown() {
        let repository = Repository::new()
            .manifest("[dependencies]\na = { git = \"https://me:canary@e.org/a\" }\n");
        assert!(!shown(&repository).contains("canary"));
        let json = serde_json::to_string(&repository.scan()).unwrap();
        assert!(!json.contains("canary"), "{json}");
    }
}
