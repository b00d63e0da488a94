//! One line of an index, as far as a scan looks at it.

use std::borrow::Cow;

use depaudit_auditor::PublishedRelease;
use depaudit_model::Checksum;
use depaudit_model::cargo::{CrateName, Release, parse_version};
use serde::Deserialize;

/// Without dependencies and features, which are most of a line: `tame-index` would build them all,
/// and refuse a crate's whole entry for one line that it does not like.
#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    vers: Cow<'a, str>,
    #[serde(default)]
    yanked: Option<bool>,
    #[serde(borrow, default)]
    pubtime: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    cksum: Option<Cow<'a, str>>,
}

/// Reads a line of the entry of `name`. `None` for what is no such line: it says nothing about any
/// version.
pub fn read(name: &CrateName, line: &[u8]) -> Option<PublishedRelease> {
    let fields: Fields<'_> = serde_json::from_slice(line).ok()?;
    if !fields.name.eq_ignore_ascii_case(name.as_str()) {
        return None;
    }
    Some(PublishedRelease {
        version: parse_version(&fields.vers).ok()?,
        // A line without the field is as good as one that says no: Cargo reads it so.
        yanked: Some(fields.yanked.unwrap_or(false)),
        published: fields.pubtime.and_then(|text| text.parse().ok()),
    })
}

/// The checksum in a line, where the line is that of `release`.
pub fn checksum(release: &Release, line: &[u8]) -> Option<Checksum> {
    let fields: Fields<'_> = serde_json::from_slice(line).ok()?;
    let is_it = fields.name.eq_ignore_ascii_case(release.name.as_str())
        && parse_version(&fields.vers).is_ok_and(|version| version == release.version);
    if is_it { fields.cksum?.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Option<PublishedRelease> {
        read(&"shared".parse().unwrap(), text.as_bytes())
    }

    #[test]
    fn a_line_tells_version_withdrawal_and_age() {
        let found = line(
            r#"{"name":"Shared","vers":"1.2.1","deps":[],"cksum":"","features":{},
                "yanked":true,"pubtime":"2026-01-01T00:00:00Z","later":[1]}"#,
        );
        let found = found.unwrap();
        assert_eq!((found.version.to_string().as_str(), found.yanked), ("1.2.1", Some(true)));
        assert_eq!(found.published, Some("2026-01-01T00:00:00Z".parse().unwrap()));
    }

    #[test]
    fn bad_input_9_what_is_no_line_of_the_crate_says_nothing() {
        for bad in [
            "",
            "{",
            "<html>",
            r#"{"name":"other","vers":"1.0.0"}"#,
            r#"{"name":"shared","vers":"1.x"}"#,
            r#"{"vers":"1.0.0"}"#,
        ] {
            assert_eq!(line(bad), None, "{bad}");
        }
        let odd = line(r#"{"name":"shared","vers":"1.0.0","pubtime":"yesterday"}"#).unwrap();
        assert_eq!((odd.yanked, odd.published), (Some(false), None));
    }
}
