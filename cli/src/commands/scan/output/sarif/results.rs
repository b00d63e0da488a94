use std::collections::HashMap;

use depaudit_auditor::report::{Finding, Place, Span};

use super::document::{
    ArtifactLocation, Fingerprints, Message, PhysicalLocation, Region, RegionRest,
    ResultProperties, SarifLocation, SarifResult, Suppression,
};
use super::rules::level;
use crate::commands::scan::output::places::PlaceName;
use crate::commands::scan::output::{View, text};

/// How many places of one finding GitHub shows.
const MOST_PLACES: usize = 100;

/// How many of them a message links to.
const MOST_LINKS: usize = 10;

pub(super) fn all(view: &View<'_>, findings: &[&Finding]) -> Vec<SarifResult> {
    let index: HashMap<_, _> =
        view.rules.iter().enumerate().map(|(index, rule)| (rule.code, index)).collect();
    // GitHub tells alerts apart by file and fingerprint; two in one file get different numbers.
    let mut seen: HashMap<_, usize> = HashMap::new();
    let result = |finding: &&Finding| {
        let file = finding.locations.first().map(|place| &place.location.path);
        let ordinal = seen.entry((finding.fingerprint, file.cloned())).or_default();
        *ordinal += 1;
        result(view, finding, index.get(finding.code).copied(), *ordinal)
    };
    findings.iter().map(result).collect()
}

fn result(
    view: &View<'_>,
    finding: &Finding,
    rule_index: Option<usize>,
    ordinal: usize,
) -> SarifResult {
    // GitHub shows the first location alone, and the others where a message links to them.
    let (first, related) = match finding.locations.split_first() {
        None => (location(view.fallback(finding), Span::START), &[][..]),
        Some((first, related)) => (place(view, finding, first), related),
    };
    let related = &related[..related.len().min(MOST_PLACES - 1)];
    let mut text = inert(&text::paragraph(finding));
    for (id, other) in related.iter().enumerate().take(MOST_LINKS) {
        let before = if id == 0 { "\nsee also: " } else { ", " };
        let spot = text::spot(&view.name(finding, other), other);
        text += &format!("{before}[{}]({id})", linked(&spot));
    }
    let left_out = finding.locations.len().saturating_sub(1 + MOST_LINKS);
    if left_out > 0 {
        text += &format!(" and {left_out} more");
    }
    let related_locations = related.iter().enumerate().map(|(id, other)| SarifLocation {
        id: Some(id),
        message: Some(Message { text: inert(&owner(finding, other)) }),
        ..place(view, finding, other)
    });
    let baseline = finding.in_baseline.then_some("it was there before: the baseline lists it");
    let accepted = finding.waived_by.as_deref().or(baseline);
    let short = |text: &str| text::line(text, text::LONGEST);
    SarifResult {
        rule_id: finding.code,
        rule_index,
        level: level(finding.level),
        message: Message { text },
        locations: [first],
        related_locations: related_locations.collect(),
        partial_fingerprints: Fingerprints {
            ours: finding.fingerprint.to_string(),
            github: format!("{}:{ordinal}", finding.fingerprint),
        },
        suppressions: accepted.into_iter().map(suppression).collect(),
        properties: ResultProperties {
            severity: finding.severity.as_str(),
            team: finding.team.as_ref().map(|team| short(team.as_str())),
            package: finding.package.as_ref().map(|package| match &package.version {
                Some(version) => short(&format!("{}@{version}", package.name)),
                None => short(&package.name),
            }),
        },
    }
}

fn suppression(waiver: &str) -> Suppression {
    let justification = inert(&text::line(waiver, text::LONGEST));
    Suppression { kind: "external", status: "accepted", justification }
}

/// Whose file it is.
fn owner(finding: &Finding, place: &Place) -> String {
    let team = place.team.as_ref().or(finding.team.as_ref());
    team.map_or_else(String::new, |team| text::line(team.as_str(), text::LONGEST))
}

fn place(view: &View<'_>, finding: &Finding, place: &Place) -> SarifLocation {
    location(view.name(finding, place), place.location.span)
}

fn location(name: PlaceName<'_>, span: Span) -> SarifLocation {
    // What a whole file is about marks its first line, not an empty spot before it.
    let rest = (span != Span::START).then_some(RegionRest {
        start_column: span.column,
        end_line: span.end_line,
        end_column: span.end_column,
    });
    SarifLocation {
        id: None,
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation {
                uri: name.uri(),
                uri_base_id: name.base.to_owned(),
            },
            region: Region { start_line: span.line, rest },
        },
        message: None,
    }
}

/// Text in which SARIF sees neither a link (`[text](target)`, §3.11.6) nor a placeholder (`{0}`,
/// §3.11.5): a blank parts the characters that would make one. Doubling every brace, as SARIF has
/// it, would show both to readers that know no placeholders, and those are most.
pub(super) fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        out.push(character);
        let behind = text.get(at + character.len_utf8()..).unwrap_or_default();
        let acts = match character {
            '{' => {
                let digits_off = behind.trim_start_matches(|it: char| it.is_ascii_digit());
                digits_off.len() < behind.len() && digits_off.starts_with('}')
            }
            ']' => behind.starts_with('('),
            _ => false,
        };
        if acts {
            out.push(' ');
        }
    }
    out
}

/// The text of a link: brackets in it are escaped (§3.11.6).
fn linked(text: &str) -> String {
    inert(text).replace('\\', r"\\").replace('[', r"\[").replace(']', r"\]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_input_45_a_text_holds_no_link_and_no_placeholder() {
        assert_eq!(inert("[a](javascript:x)"), "[a] (javascript:x)");
        assert_eq!(inert("{0} {12} {1b} {"), "{ 0} { 12} {1b} {");
        let ordinary = "`[[patch.unused]]` of a = { path = \"b\" }, {}";
        assert_eq!(inert(ordinary), ordinary);
        assert_eq!(linked("a[0](1)"), r"a\[0\] (1)");
    }
}
