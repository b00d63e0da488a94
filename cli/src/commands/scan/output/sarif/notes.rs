use super::MOST_RESULTS;
use super::document::{Invocation, Message, Notification, RuleReference, SarifLevel};
use super::results::inert;
use crate::commands::scan::output::{View, text};

/// How many blind spots are listed: a tree of links that lead outside has as many as it likes.
const MOST_BLIND_SPOTS: usize = 100;

/// What a reader must know of the scan itself: that something could not be read, was not seen, was
/// not evaluated, or does not fit.
pub(super) fn invocation(view: &View<'_>, cut: usize) -> Invocation {
    let mut executed = Vec::new();
    let gaps = view.report.summary.gaps;
    if gaps > 0 {
        let text = format!(
            "not all could be read: {}, which the results of SCN01 name",
            text::count(gaps, "gap")
        );
        executed.push(note(SarifLevel::Error, text));
    }
    if cut > 0 {
        let text = format!(
            "{} left out, the least severe: GitHub takes {MOST_RESULTS} in one run; all of them \
             are in the JSON",
            text::count(cut, "result")
        );
        executed.push(note(SarifLevel::Warning, text));
    }
    for (team, spot) in view.blind_spots().take(MOST_BLIND_SPOTS) {
        let text = format!("{}: {}", text::line(team.as_str(), text::LONGEST), text::unseen(spot));
        executed.push(note(SarifLevel::Note, inert(&text)));
    }
    if let Some(more @ 1..) = view.blind_spots().count().checked_sub(MOST_BLIND_SPOTS) {
        let text = format!("and {} more", text::count(more, "blind spot"));
        executed.push(note(SarifLevel::Note, text));
    }
    Invocation {
        execution_successful: gaps == 0,
        tool_execution_notifications: executed,
        tool_configuration_notifications: unevaluated(view),
    }
}

fn unevaluated(view: &View<'_>) -> Vec<Notification> {
    let rules = view.rules.iter().enumerate();
    let lacking =
        rules.filter_map(|(index, rule)| Some((index, rule, view.unevaluated(rule.code)?)));
    let told = lacking.map(|(index, rule, lacking)| Notification {
        associated_rule: Some(RuleReference { id: rule.code, index }),
        ..note(
            SarifLevel::Warning,
            format!("{} {} was not evaluated completely: {}", rule.code, rule.name, lacking.why()),
        )
    });
    told.collect()
}

const fn note(level: SarifLevel, text: String) -> Notification {
    Notification { level, message: Message { text }, associated_rule: None }
}
