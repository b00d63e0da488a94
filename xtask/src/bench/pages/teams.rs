use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use depaudit_model::{Checksum, Timestamp};
use depaudit_testkit::FakeUpstream;
use semver::Version;
use serde_json::{Value, json};

use super::client::Client;

/// As many as the events of the record are about, and named as these are.
pub(super) const TEAMS: u64 = 32;
pub(super) const CRATES: u64 = 7_000;

/// How many ask for index entries at a time.
const FETCHING: u64 = 16;
const WEEK: Duration = Duration::from_secs(7 * 24 * 3_600);

/// What a team is called.
pub(super) fn name(team: u64) -> String {
    format!("team-{team}")
}

fn crate_name(number: u64) -> String {
    format!("crate-{number}")
}

/// The same for the same numbers, and without a pattern.
fn dice(numbers: [u64; 3], sides: u64) -> u64 {
    let mix = |state: u64, number: u64| {
        let mixed = (state ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ (mixed >> 29)
    };
    numbers.into_iter().fold(0x51_7c_c1_b7, mix) % sides
}

/// A few crates are locked by every team, many by a few, the last ones by one alone.
fn is_locked(team: u64, number: u64) -> bool {
    let rank = CRATES - number;
    let share = rank * rank * rank * 1_000 / (CRATES * CRATES * CRATES);
    number % TEAMS == team || dice([team, number, 0], 1_000) < share
}

/// What a team locks of a crate in a week, counted back from now: every third crate drifts.
fn version(team: u64, number: u64, week: u64) -> Version {
    let drifts = number.is_multiple_of(3);
    let major = if drifts && dice([team, number, 1], 12) == 0 { 2 } else { 1 };
    let minor = if drifts { dice([team, number, 2], 4) } else { 2 };
    let patch = if drifts { dice([team, number, 3 + week / 2], 3) } else { 0 };
    Version::new(major, minor, patch)
}

/// Some locks hold two of them: dependencies that ask for lines that are not compatible.
fn versions(team: u64, number: u64, week: u64) -> Vec<Version> {
    let own = version(team, number, week);
    let other = (number.is_multiple_of(15) && own.major == 1).then(|| Version::new(2, 3, 1));
    std::iter::once(own).chain(other).collect()
}

/// Publishes every version that some team may lock, and a patch behind each line.
pub(super) fn publish(upstream: &FakeUpstream) {
    for number in 0..CRATES {
        let name = crate_name(number);
        for (major, minor, patch) in
            (1..3).flat_map(|a| (0..4).flat_map(move |b| (0..4).map(move |c| (a, b, c))))
        {
            let version = Version::new(major, minor, patch);
            // A release for each month of two years and a bit.
            let (year, month) = (2023 + (major - 1), 1 + minor * 3 + patch % 3);
            let line = json!({
                "name": name, "vers": version.to_string(), "deps": [], "features": {},
                "cksum": Checksum::of(format!("{name} {version}").as_bytes()).to_string(),
                "yanked": false,
                "pubtime": format!("{year}-{month:02}-{:02}T00:00:00Z", 1 + number % 28),
            });
            upstream.add_raw_index_line(&name, line.to_string());
        }
    }
}

/// Lets the server learn what has been published, as builds do.
///
/// # Errors
/// When it refuses an entry.
pub(super) fn fetch_entries(client: &Client, upstream: &FakeUpstream) -> anyhow::Result<()> {
    std::thread::scope(|scope| {
        let fetch = |first: u64| {
            let client = client.clone();
            move || {
                (first..CRATES).step_by(FETCHING as usize).try_for_each(|number| {
                    let path = upstream.index_path(&crate_name(number));
                    client.fetch(&format!("/t/{}/crates-io{path}", name(number % TEAMS)))
                })
            }
        };
        let threads: Vec<_> = (0..FETCHING).map(|first| scope.spawn(fetch(first))).collect();
        threads.into_iter().try_for_each(|thread| {
            thread.join().map_err(|_| anyhow::anyhow!("a thread has panicked"))?
        })
    })
}

/// What a team reports of a week, counted back from now. No two reports are the same.
///
/// # Errors
/// When the clock stands before 1970.
pub(super) fn report(team: u64, week: u16) -> anyhow::Result<Value> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let now = Timestamp::from_millis(i64::try_from(now.as_millis())?);
    let time = now.minus(WEEK * u32::from(week));
    let numbers = (0..CRATES).filter(|number| is_locked(team, *number));
    let week = u64::from(week);
    let locked = numbers.flat_map(|number| {
        versions(team, number, week).into_iter().map(move |it| ((crate_name(number), it), number))
    });
    let locked: BTreeMap<_, _> = locked.collect();
    let mut packages = vec![json!({ "name": "app", "version": "0.1.0", "source": "folder" })];
    let mut overrides = Vec::new();
    for ((name, version), number) in &locked {
        let fork = number % 97 == team % 4;
        let mut package = json!({ "name": name, "version": version });
        if fork {
            let url = format!("https://git.example/{}/{name}", self::name(team));
            package["source"] = json!({ "git": { "url": url, "commit": "c".repeat(40) } });
            overrides.push(patch(name, &url, packages.len(), overrides.len()));
        } else {
            package["source"] = "crates-io".into();
            // Once in a while, somebody's mirror has other bytes.
            let bytes = if number % 701 == team { "other" } else { name };
            package["checksum"] = json!(Checksum::of(format!("{bytes} {version}").as_bytes()));
        }
        packages.push(package);
    }
    let count = packages.len();
    // The application asks for some itself, and each of these for others further down.
    let below = |node: usize, steps: &[usize]| -> Vec<usize> {
        steps.iter().map(|step| node + step).filter(|node| *node < count).collect()
    };
    let edges = |node: usize| match node {
        0 => below(0, &(1..60).map(|step| step * 3).collect::<Vec<_>>()),
        node => below(node, &[1, 7, 31, 101]),
    };
    let binaries = (0..4).map(|one| json!({ "name": format!("{}-{one}", name(team)), "node": 0 }));
    let count_of = u32::try_from(count).context("a report has at most 200,000 packages")?;
    Ok(json!({
        "schema": "depaudit.report/1",
        "origin": { "team": name(team), "repository": "acme/shop", "branch": "main" },
        "time": time,
        "tool": "0.1.0",
        "packages": packages,
        "workspaces": [{
            "folder": ".",
            "nodes": (0..count_of).collect::<Vec<_>>(),
            "edges": (0..count).map(edges).collect::<Vec<_>>(),
            "members": [0],
            "binaries": binaries.collect::<Vec<_>>(),
        }],
        "overrides": overrides,
        "findings": [],
        "counts": { "manifests": 1, "workspaces": 1, "locks": 1, "gaps": 0, "left_out": 0 },
    }))
}

fn patch(name: &str, url: &str, package: usize, before: usize) -> Value {
    json!({
        "kind": "patch", "layer": "manifest", "package": name, "target": url, "state": "used",
        "workspace": ".", "declared": "no", "path": "Cargo.toml", "line": before + 10,
        "locked": [package],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_thousand_crates_are_locked_and_some_by_everybody() {
        let teams_of = |number| (0..TEAMS).filter(|team| is_locked(*team, number)).count();
        assert!((0..CRATES).all(|number| teams_of(number) > 0));
        assert_eq!(teams_of(0), 32);
        let locked: usize = (0..CRATES).map(teams_of).sum();
        assert!((50_000..70_000).contains(&locked), "{locked}");
    }

    #[test]
    fn a_report_is_ordered_and_names_nothing_that_is_not_there() {
        let report = report(3, 1).unwrap();
        let packages = report["packages"].as_array().unwrap();
        let names: Vec<_> = packages.iter().map(|it| it["name"].as_str().unwrap()).collect();
        assert!(names.is_sorted());
        let edges = report["workspaces"][0]["edges"].as_array().unwrap();
        let named = |edge: &Value| edge.as_u64().unwrap() < packages.len() as u64;
        assert!(edges.iter().flat_map(|edges| edges.as_array().unwrap()).all(named));
        for record in report["overrides"].as_array().unwrap() {
            let at = record["locked"][0].as_u64().unwrap();
            assert_eq!(packages[usize::try_from(at).unwrap()]["name"], record["package"]);
        }
        assert!(report["overrides"].as_array().unwrap().len() > 5);
    }
}
