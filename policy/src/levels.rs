use crate::scope::Scope;
use crate::{KnownRule, Level, Place, Subject};

/// A line that sets a level.
#[derive(Debug, Clone)]
pub(crate) struct LevelLine {
    pub(crate) scope: Scope,
    pub(crate) level: Level,
    pub(crate) place: Place,
}

/// The lines of one file that set levels.
#[derive(Debug, Clone, Default)]
pub(crate) struct Levels(pub(crate) Vec<LevelLine>);

impl Levels {
    /// The line that decides: the most specific, and of equally specific ones the strictest.
    pub(crate) fn deciding(&self, rule: &KnownRule, subject: &Subject<'_>) -> Option<&LevelLine> {
        let matching = self.0.iter().filter(|line| line.scope.matches(rule, subject));
        matching.max_by_key(|line| (line.scope.rank(), line.level))
    }

    /// The lines of `later` that would decide for less where a line of this file decides, each
    /// with the first such line.
    ///
    /// A pair is left out where a more specific line of either file takes the place of its own
    /// wherever the two meet. Where that is so only for a part, the pair is named: one line of
    /// policy should not need another to be harmless.
    pub(crate) fn loosened_by<'a>(
        &'a self,
        later: &'a Self,
    ) -> impl Iterator<Item = (&'a LevelLine, &'a LevelLine)> {
        later.0.iter().filter_map(move |there| {
            let here = self.0.iter().find(|here| {
                there.level < here.level
                    && here.scope.overlaps(&there.scope)
                    && !self.replaces(here, &there.scope)
                    && !later.makes_good(there, here)
            });
            Some((here?, there))
        })
    }

    /// Whether a more specific line decides instead of `line`, wherever `scope` is concerned.
    fn replaces(&self, line: &LevelLine, scope: &Scope) -> bool {
        self.0.iter().any(|it| it.scope.rank() > line.scope.rank() && it.scope.covers(scope))
    }

    /// Whether a more specific line decides instead of `line`, wherever `earlier` does, and for no
    /// less.
    fn makes_good(&self, line: &LevelLine, earlier: &LevelLine) -> bool {
        self.0.iter().any(|it| {
            it.scope.rank() > line.scope.rank()
                && it.level >= earlier.level
                && it.scope.covers(&earlier.scope)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::rule;
    use crate::{Group, Phrase, RuleId, Span};

    const LEVELS: [Level; 3] = [Level::Allow, Level::Warn, Level::Deny];

    /// Every file of one or two lines about one rule, a team and two packages.
    fn files() -> Vec<Levels> {
        let team: Option<Phrase> = Some("x".to_owned().try_into().unwrap());
        let narrowed = |package: Option<&str>, team: &Option<Phrase>| Scope::Rule {
            rule: RuleId::new("OVR02"),
            group: Group::Override,
            package: package.map(|package| package.parse().unwrap()),
            team: team.clone(),
        };
        let scopes = [
            Scope::Group(Group::Override),
            narrowed(None, &None),
            narrowed(None, &team),
            narrowed(Some("a*"), &None),
            narrowed(Some("*b"), &None),
            narrowed(Some("ab"), &team),
        ];
        let line = |scope: &Scope, level| LevelLine {
            scope: scope.clone(),
            level,
            place: Place { file: "test".into(), span: Span::START },
        };
        let lines: Vec<_> =
            scopes.iter().flat_map(|scope| LEVELS.map(|level| line(scope, level))).collect();
        let pairs =
            lines.iter().flat_map(|one| lines.iter().map(|other| vec![one.clone(), other.clone()]));
        pairs.filter(|pair| pair[0].scope != pair[1].scope).map(Levels).collect()
    }

    #[test]
    fn every_loosening_that_would_act_is_found() {
        let rule = rule("OVR02");
        let mut subjects = Vec::new();
        for package in [None, Some("a"), Some("b"), Some("ab"), Some("c")] {
            for team in [None, Some("x"), Some("y")] {
                subjects.push(Subject { package, team, ..Subject::default() });
            }
        }
        let files = files();
        let mut acting = 0;
        for central in &files {
            for local in &files {
                let would_act = subjects.iter().any(|subject| {
                    let deciding = |levels: &Levels| Some(levels.deciding(&rule, subject)?.level);
                    matches!((deciding(central), deciding(local)), (Some(c), Some(l)) if l < c)
                });
                acting += usize::from(would_act);
                assert!(!would_act || central.loosened_by(local).next().is_some());
            }
        }
        assert!(acting > 10_000, "{acting}");
    }
}
