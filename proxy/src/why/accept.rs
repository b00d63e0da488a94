use http::{HeaderMap, header};

/// Whether a client would rather have HTML than JSON (RFC 9110, 12.5.1). Browsers name the one and not
/// the other; programs name neither, or JSON.
pub(crate) fn prefers_html(headers: &HeaderMap) -> bool {
    weight(headers, "text/html") > weight(headers, "application/json")
}

/// How much a type is wanted, in thousandths: by the most specific range that covers it.
fn weight(headers: &HeaderMap, wanted: &str) -> u16 {
    let values = headers.get_all(header::ACCEPT).iter();
    let lists = values.filter_map(|value| value.to_str().ok());
    let ranges = lists.flat_map(|list| list.split(',')).filter_map(|item| {
        let mut parts = item.split(';');
        let range = parts.next()?.trim();
        let specific = specificity(range, wanted)?;
        let quality = parts.find_map(|part| {
            let (name, quality) = part.trim().split_once('=')?;
            name.trim().eq_ignore_ascii_case("q").then_some(quality)
        });
        Some((specific, quality.map_or(1_000, thousandths)))
    });
    ranges.max().map_or(0, |(_, weight)| weight)
}

/// How closely a range covers a type; `None` where it does not.
fn specificity(range: &str, wanted: &str) -> Option<u8> {
    if range.eq_ignore_ascii_case(wanted) {
        return Some(2);
    }
    match range.split_once('/')? {
        ("*", "*") => Some(0),
        (kind, "*") => {
            let (of, _) = wanted.split_once('/')?;
            kind.eq_ignore_ascii_case(of).then_some(1)
        }
        _ => None,
    }
}

/// A quality value; what is none counts as not wanted.
fn thousandths(text: &str) -> u16 {
    let quality: f32 = text.trim().parse().unwrap_or(0.0);
    // Clamped before, and a NaN is cast to 0.
    (quality.clamp(0.0, 1.0) * 1_000.0) as u16
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn browsers_get_pages_and_programs_json() {
        let html = |accept: &'static str| {
            prefers_html(&HeaderMap::from_iter([(
                header::ACCEPT,
                HeaderValue::from_static(accept),
            )]))
        };
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for yes in [browser, "text/html", "TEXT/*", "*/*;q=0.1, text/html; q=0.2"] {
            assert!(html(yes), "{yes}");
        }
        for no in [
            "",
            "*/*",
            "application/json",
            "text/html, */*",
            "text/html;q=0",
            "text/html;q=x",
            "text/html;q=NaN",
            "text/html;q=0.5, application/*",
        ] {
            assert!(!html(no), "{no}");
        }
        assert!(!prefers_html(&HeaderMap::new()));
    }
}
