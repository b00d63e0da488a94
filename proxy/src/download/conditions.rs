//! What a client's `If-None-Match` and `Range` come to (RFC 9110, sections 13 and 14).

use http::{HeaderMap, Method, header};

/// How a document is to be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Plan {
    /// All of it.
    Whole,
    /// The client has it.
    NotModified,
    /// The bytes from the first up to, and not including, the second.
    Part(u64, u64),
    /// There are no such bytes.
    Unsatisfiable,
}

/// Decides for a document with this strong ETag and size.
///
/// A range that is malformed, or asks for several parts, is ignored, as the RFC allows: the whole
/// document is never wrong.
pub(super) fn plan(method: &Method, headers: &HeaderMap, etag: &str, size: u64) -> Plan {
    if none_match(headers, &[etag]) {
        return Plan::NotModified;
    }
    let Some(range) = headers.get(header::RANGE).and_then(|value| value.to_str().ok()) else {
        return Plan::Whole;
    };
    // Ranges are defined for GET alone; a part is only good beside other parts of the same bytes.
    let same =
        headers.get(header::IF_RANGE).is_none_or(|value| value.as_bytes() == etag.as_bytes());
    if method != Method::GET || !same {
        return Plan::Whole;
    }
    parse(range, size).unwrap_or(Plan::Whole)
}

/// Whether `If-None-Match` names one of `etags`; weak and strong validators compare alike there.
pub(crate) fn none_match(headers: &HeaderMap, etags: &[&str]) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter();
    values.filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(',')).any(|item| {
        let item = item.trim();
        item == "*" || etags.contains(&item.strip_prefix("W/").unwrap_or(item))
    })
}

fn parse(range: &str, size: u64) -> Option<Plan> {
    let (unit, set) = range.split_once('=')?;
    if !unit.eq_ignore_ascii_case("bytes") || set.contains(',') {
        return None;
    }
    let (first, last) = set.trim().split_once('-')?;
    let (begin, end) = match (first, last) {
        ("", suffix) => (size.saturating_sub(number(suffix)?), size),
        (first, "") => (number(first)?, size),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            if first > last {
                return None;
            }
            (first, last.saturating_add(1).min(size))
        }
    };
    Some(if begin < end { Plan::Part(begin, end) } else { Plan::Unsatisfiable })
}

/// Digits alone; a number beyond what there can be is as large as can be.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const ETAG: &str = "\"abc\"";

    fn planned(headers: &[(header::HeaderName, &'static str)]) -> Plan {
        let headers =
            headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
        plan(&Method::GET, &headers.collect(), ETAG, 100)
    }

    #[test]
    fn bad_input_29_ranges() {
        for (range, expected) in [
            ("bytes=0-9", Plan::Part(0, 10)),
            ("bytes=90-", Plan::Part(90, 100)),
            ("bytes=-5", Plan::Part(95, 100)),
            ("bytes=-500", Plan::Part(0, 100)),
            ("bytes=99-99999999999999999999999", Plan::Part(99, 100)),
            ("BYTES=0-0", Plan::Part(0, 1)),
            ("bytes=100-", Plan::Unsatisfiable),
            ("bytes=99999999999999999999999-", Plan::Unsatisfiable),
            ("bytes=-0", Plan::Unsatisfiable),
            ("bytes=9-0", Plan::Whole),
            ("bytes=0-1,5-6", Plan::Whole),
            ("bytes=a-b", Plan::Whole),
            ("bytes=-", Plan::Whole),
            ("bytes=+1-2", Plan::Whole),
            ("lines=0-9", Plan::Whole),
            ("bytes", Plan::Whole),
        ] {
            assert_eq!(planned(&[(header::RANGE, range)]), expected, "{range}");
        }
    }

    #[test]
    fn bad_input_29_if_none_match() {
        for hit in ["\"abc\"", "W/\"abc\"", "\"x\", \"abc\"", "*"] {
            assert_eq!(planned(&[(header::IF_NONE_MATCH, hit)]), Plan::NotModified, "{hit}");
        }
        for miss in ["abc", "\"ab\"", "", ",", "\"abc"] {
            assert_eq!(planned(&[(header::IF_NONE_MATCH, miss)]), Plan::Whole, "{miss}");
        }
    }

    #[test]
    fn a_part_of_something_else_is_not_continued() {
        let part = (header::RANGE, "bytes=0-9");
        assert_eq!(planned(&[part.clone(), (header::IF_RANGE, ETAG)]), Plan::Part(0, 10));
        assert_eq!(planned(&[part.clone(), (header::IF_RANGE, "W/\"abc\"")]), Plan::Whole);
        assert_eq!(
            planned(&[part, (header::IF_RANGE, "Sun, 01 Mar 2026 12:00:00 GMT")]),
            Plan::Whole
        );
    }
}
