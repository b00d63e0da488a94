use std::collections::BTreeMap;

use depaudit_policy::door::{Lifting, RuleInForce};
use depaudit_policy::{Because, Day, Expiry, KnownRule, Level, Place, Policy, PolicyFile, Subject};
use serde::Serialize;

/// What is in force, as data. Field names are those of the JSON.
#[derive(Debug, Serialize)]
pub(super) struct Checked {
    /// The files, the central one first.
    pub(super) files: Vec<File>,
    /// The levels that a line sets; of other rules, their own hold.
    pub(super) levels: Vec<LevelLine>,
    pub(super) lists: Vec<List>,
    pub(super) limits: Vec<Limit>,
    pub(super) overrides: Vec<Ending>,
    pub(super) waivers: Vec<Ending>,
    /// What each file says for a server that takes it as its policy.
    pub(super) doors: Vec<AtDoors>,
    /// What would loosen an earlier file, and does not.
    pub(super) weakenings: Vec<Weakened>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) explained: Option<Explained>,
}

#[derive(Debug, Serialize)]
pub(super) struct File {
    pub(super) file: String,
    pub(super) sha256: String,
}

#[derive(Debug, Serialize)]
pub(super) struct LevelLine {
    pub(super) about: String,
    pub(super) level: Level,
    pub(super) place: Place,
}

#[derive(Debug, Serialize)]
pub(super) struct List {
    pub(super) key: &'static str,
    pub(super) entries: Vec<Entry>,
}

#[derive(Debug, Serialize)]
pub(super) struct Entry {
    pub(super) entry: String,
    pub(super) place: Place,
}

#[derive(Debug, Serialize)]
pub(super) struct Limit {
    pub(super) key: &'static str,
    pub(super) value: u16,
    pub(super) decided_by: Option<Place>,
}

/// A declaration or a waiver: something that ends.
#[derive(Debug, Serialize)]
pub(super) struct Ending {
    pub(super) about: String,
    pub(super) owner: Option<String>,
    pub(super) expires: Option<Day>,
    pub(super) state: &'static str,
    pub(super) place: Place,
}

/// What a file says about the doors.
#[derive(Debug, Serialize)]
pub(super) struct AtDoors {
    pub(super) file: String,
    /// A file that extends another one is no server's policy.
    pub(super) extends: bool,
    /// The rules of which a line speaks.
    pub(super) rules: Vec<RuleInForce>,
    /// What is let through against them.
    pub(super) lifting: Vec<Lifting>,
    /// What else it says, by its key.
    pub(super) settings: BTreeMap<&'static str, String>,
}

impl AtDoors {
    /// `None` where it says nothing.
    fn of(file: &PolicyFile) -> Option<Self> {
        let door = file.door();
        // Whether there is a database of advisories, the server is told elsewhere.
        let mut rules = door.rules(true);
        rules.retain(RuleInForce::is_spoken_of);
        let lifting: Vec<_> = door.lifting().collect();
        let settings: BTreeMap<_, _> = door.settings().into_iter().collect();
        let says = !rules.is_empty() || !lifting.is_empty() || !settings.is_empty();
        says.then(|| Self {
            file: file.origin().to_owned(),
            extends: file.extends().is_some(),
            rules,
            lifting,
            settings,
        })
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Weakened {
    pub(super) what: String,
    pub(super) central: Place,
    pub(super) local: Place,
}

/// Why a rule has the level that it has.
#[derive(Debug, Serialize)]
pub(super) struct Explained {
    pub(super) rule: String,
    pub(super) code: String,
    pub(super) level: Level,
    pub(super) decided_by: Option<Place>,
    pub(super) considered: Vec<Considered>,
}

#[derive(Debug, Serialize)]
pub(super) struct Considered {
    pub(super) about: String,
    pub(super) level: Level,
    pub(super) place: Place,
    pub(super) outcome: &'static str,
}

impl Checked {
    pub(super) fn new(policy: &Policy, today: Day, explained: Option<Explained>) -> Self {
        let file = |file: &PolicyFile| File {
            file: file.origin().to_owned(),
            sha256: file.digest().to_string(),
        };
        let levels = policy.level_lines().map(|(scope, level, place)| LevelLine {
            about: scope.to_string(),
            level,
            place: place.clone(),
        });
        let lists = policy.lists().into_iter().map(|list| List {
            key: list.key,
            entries: list
                .entries
                .into_iter()
                .map(|(entry, place)| Entry { entry, place: place.clone() })
                .collect(),
        });
        let limits = policy.limits().into_iter().filter_map(|(key, setting)| {
            let setting = setting?;
            let decided_by = setting.because.place().cloned();
            Some(Limit { key, value: setting.value, decided_by })
        });
        let overrides = policy.declarations().map(|it| Ending {
            about: it.package.to_string(),
            owner: it.owner.as_ref().map(ToString::to_string),
            expires: it.expires.as_ref().map(|day| day.value),
            state: if it.missing().is_empty() { state(it.expiry(today)) } else { "incomplete" },
            place: it.place.clone(),
        });
        let waivers = policy.waivers().map(|it| Ending {
            about: about(it),
            owner: it.owner.as_ref().map(ToString::to_string),
            expires: it.expires.as_ref().map(|day| day.value),
            state: state(Some(it.expiry(today))),
            place: it.place.clone(),
        });
        let weakenings = policy.weakenings().iter().map(|it| Weakened {
            what: it.to_string(),
            central: it.central.clone(),
            local: it.local.clone(),
        });
        Self {
            files: policy.files().iter().map(file).collect(),
            levels: levels.collect(),
            lists: lists.collect(),
            limits: limits.collect(),
            overrides: overrides.collect(),
            waivers: waivers.collect(),
            doors: policy.files().iter().filter_map(AtDoors::of).collect(),
            weakenings: weakenings.collect(),
            explained,
        }
    }
}

const fn state(expiry: Option<Expiry>) -> &'static str {
    match expiry {
        Some(Expiry::Past) => "ended",
        Some(Expiry::Soon { .. }) => "ends soon",
        Some(Expiry::Holds) | None => "holds",
    }
}

fn about(waiver: &depaudit_policy::Waiver) -> String {
    use depaudit_policy::About;
    let rules = match &waiver.about {
        About::Rule(rule) => rule.to_string(),
        About::Group(group) => format!("group {group}"),
        About::Anything => "any rule".to_owned(),
    };
    let narrower = [
        waiver.package.as_ref().map(|it| format!("package {it}")),
        waiver.version.as_ref().map(|it| format!("version {it}")),
        waiver.team.as_ref().map(|it| format!("team {it}")),
        waiver.fingerprint.as_ref().map(|it| format!("finding {it}")),
    ];
    narrower.into_iter().flatten().fold(rules, |all, one| format!("{all}, {one}"))
}

impl Explained {
    pub(super) fn new(policy: &Policy, rule: &KnownRule, subject: &Subject<'_>) -> Self {
        let decided = policy.level_of(rule, subject);
        let considered = policy.explain(rule, subject).into_iter().map(|it| Considered {
            about: it.scope.to_string(),
            level: it.level,
            place: it.place.clone(),
            outcome: it.outcome.why(),
        });
        Self {
            rule: rule.name.to_string(),
            code: rule.code.to_string(),
            level: decided.level,
            decided_by: match decided.because {
                Because::Line(place) => Some(place),
                Because::Default => None,
            },
            considered: considered.collect(),
        }
    }
}
