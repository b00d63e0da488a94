use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use depaudit_model::TeamId;
use depaudit_model::cargo::parse_version;
use depaudit_policy::Day;
use depaudit_portfolio::question::{self, Sought, Supposition};
use http::{HeaderMap, header};
use serde::{Deserialize, Serialize};

use super::refused::Refused;
use super::{Asking, PortfolioService};

/// The questions, for whoever mistypes one.
const QUESTIONS: &str = "across, split, drift, one-version, missed-patches, overrides, blast?of=, \
                         what-if?yanked= (or dropped=&at=, leaves=), trend?days=&team=, teams and coverage";
/// After how many days a report is an old one.
pub(crate) const OLD_AFTER_DAYS: u64 = 14;
/// How many days a trend shows where nobody says, and at most.
const TREND_DAYS: i64 = 30;
const MOST_TREND_DAYS: i64 = 400;

/// What a question may be asked with.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    of: Option<String>,
    yanked: Option<String>,
    dropped: Option<String>,
    at: Option<String>,
    leaves: Option<String>,
    days: Option<i64>,
    team: Option<String>,
}

/// `GET /api/v1/portfolio/{question}`
pub(super) async fn answer(
    State(service): State<Arc<PortfolioService>>,
    Path(question): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let visitor = service.state.door.may_read(&headers).await?;
    let (held, receipts) = service.seen().await?.by(&visitor);
    let state = service.state.clone();
    // Facts may block, and a large portfolio takes its time.
    let answered = tokio::task::spawn_blocking(move || {
        ask(&Asking::new(held, Some(receipts), state), &question, &asked)
    });
    let mut response = answered.await.map_err(|_| Refused::Internal)??;
    let private = http::HeaderValue::from_static("private, no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, private);
    Ok(response)
}

fn ask(asking: &Asking, question: &str, asked: &Asked) -> Result<Response, Refused> {
    let (portfolio, facts) = (asking.portfolio(), asking.facts());
    Ok(match question {
        "across" => json(asking.across()),
        "split" => json(asking.split()),
        "drift" => json(&*asking.drift()),
        "one-version" => json(&question::one_version_violations(portfolio, asking.policy())),
        "missed-patches" => json(&*asking.missed()),
        "overrides" => json(&*asking.standing()),
        "blast" => json(&question::blast_radius(portfolio, &sought(asked.of.as_deref())?)),
        "what-if" => json(&question::what_if(portfolio, facts, &supposition(asked)?)),
        "trend" => {
            let days = asked.days.unwrap_or(TREND_DAYS).clamp(1, MOST_TREND_DAYS);
            let trends = asking.trends_of(Day::of(asking.now()).last(days));
            match team(asked.team.as_deref())? {
                Some(team) => json(&trends.of_team(&team)),
                None => json(&trends.all),
            }
        }
        "teams" => json(&asking.teams()),
        "coverage" => json(&asking.coverage()),
        _ => return Err(Refused::Unknown(QUESTIONS)),
    })
}

fn json(answer: &(impl Serialize + ?Sized)) -> Response {
    Json(answer).into_response()
}

fn team(text: Option<&str>) -> Result<Option<TeamId>, Refused> {
    let wrong = |_| Refused::Question("no team can be called that".to_owned());
    text.map(str::parse).transpose().map_err(wrong)
}

fn sought(text: Option<&str>) -> Result<Sought, Refused> {
    let text = text.ok_or_else(|| Refused::Question("ask for something: ?of=NAME".to_owned()))?;
    text.parse().map_err(|error: question::SoughtError| Refused::Question(error.to_string()))
}

fn supposition(asked: &Asked) -> Result<Supposition, Refused> {
    let wrong = || {
        let one = "suppose one thing: ?yanked=NAME@VERSION, ?dropped=NAME (&at=TEAM REPOSITORY FILE:LINE for \
                   one override alone) or ?leaves=OWNER";
        Refused::Question(one.to_owned())
    };
    let place = asked.at.as_deref().map(str::parse).transpose().map_err(|_| wrong())?;
    match (&asked.yanked, &asked.dropped, &asked.leaves) {
        (None, Some(name), None) => {
            let name = name.parse().map_err(|_| wrong())?;
            Ok(match place {
                Some(place) => Supposition::DroppedAt(name, place),
                None => Supposition::Dropped(name),
            })
        }
        _ if place.is_some() => Err(wrong()),
        (Some(release), None, None) => {
            let (name, version) = release.split_once('@').ok_or_else(wrong)?;
            let version = parse_version(version).map_err(|_| wrong())?;
            Ok(Supposition::Yanked(name.parse().map_err(|_| wrong())?, version))
        }
        (None, None, Some(owner)) => Ok(Supposition::Leaves(owner.parse().map_err(|_| wrong())?)),
        _ => Err(wrong()),
    }
}
