//! What can be typed, with examples from the record.

use depaudit_model::event::EventKind;
use depaudit_store::{EventFilter, EventOrder};

use super::super::problem::Problem;
use super::super::room::Room;
use super::super::visitor::Visitor;
use super::found::own_team;

/// How many crates that do not agree are offered.
const OFFERED: usize = 5;

/// Something to type, and what it is.
#[derive(Debug)]
pub(super) struct Example {
    pub(super) what: &'static str,
    pub(super) text: String,
}

/// What can be typed: of the newest download, each of its names.
pub(super) async fn examples(room: &Room, visitor: &Visitor) -> Result<Vec<Example>, Problem> {
    let filter = EventFilter {
        team: own_team(visitor).cloned(),
        kinds: vec![EventKind::DownloadDecided],
        ..EventFilter::default()
    };
    let newest = room.state().log.read(&filter, EventOrder::NewestFirst, 1).await?.pop();
    let Some(event) = newest.map(|it| it.event) else { return Ok(Vec::new()) };
    let name = event.name.map(|name| name.to_string()).unwrap_or_default();
    let example = |what, text| Example { what, text };
    let mut examples = vec![example("a crate", name.clone())];
    examples.extend(event.version.map(|it| example("a version of it", format!("{name}@{it}"))));
    examples.extend(event.sha256.map(|it| {
        example("the SHA-256 of its bytes, or how that begins", format!("sha256:{it:.12}"))
    }));
    examples.extend(
        event
            .request_id
            .map(|it| example("a request, as Cargo prints it with a refusal", it.to_string())),
    );
    Ok(examples)
}

/// Releases of which something is wrong today, by what teams report.
pub(super) async fn suspects(room: &Room) -> Result<Vec<String>, Problem> {
    room.ask(|asking| {
        let split = asking.split().iter().filter(|it| !it.is_name_alone());
        let split = split.map(|it| format!("{}@{}", it.name, it.version));
        split.take(OFFERED).collect()
    })
    .await
}
