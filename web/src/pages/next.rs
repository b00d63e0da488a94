use depaudit_model::AccessToken;
use url::{Position, Url};

/// The page that a visitor wanted before the login: its path on this server, and its query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Next(String);

/// The longest of them, in bytes.
const LONGEST: usize = 2_048;

impl Next {
    /// Reads what an address or a form says. `None` for what may lead anywhere else, and for what should
    /// not be repeated.
    pub(super) fn read(text: &str) -> Option<Self> {
        let is_path = text.starts_with('/') && !text.starts_with("//");
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let leads_round = ["/login", "/logout"].iter().any(|page| text.starts_with(page));
        let tells = text.contains(AccessToken::PREFIX);
        (is_path && is_plain && !leads_round && !tells && text.len() <= LONGEST)
            .then(|| Self(text.to_owned()))
    }

    /// As it was read.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Where it is for visitors of the site at `public_url`; `None` where that is not a part of the site.
    pub(super) fn at(&self, public_url: &Url) -> Option<String> {
        let (path, query) = match self.0.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (self.0.as_str(), None),
        };
        let base = public_url.path().trim_end_matches('/');
        let mut url = public_url.clone();
        url.set_path(&[base, path].concat());
        url.set_query(query);
        let found = &url[Position::BeforePath..Position::AfterQuery];
        // `.` and `..` are gone now, and what they led to is looked at.
        let inside = found.strip_prefix(base)?;
        (inside.starts_with('/') && !found.starts_with("//")).then(|| found.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(public_url: &str, text: &str) -> Option<String> {
        Next::read(text)?.at(&public_url.parse().unwrap())
    }

    #[test]
    fn one_comes_back_to_the_page_that_one_wanted() {
        for (public, text, expected) in [
            ("http://127.0.0.1:8417", "/drift?team=a%26b", "/drift?team=a%26b"),
            ("https://t.example/deps", "/", "/deps/"),
            ("https://t.example/deps/", "/crate/a", "/deps/crate/a"),
        ] {
            assert_eq!(at(public, text).as_deref(), Some(expected));
        }
    }

    #[test]
    fn nobody_is_led_anywhere_else() {
        for text in [
            "",
            "drift",
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example/",
            "\\\\evil.example",
            "/.//evil.example/",
            "/..//evil.example/",
            "/%2e//evil.example/",
            "/\t/evil.example",
            "/a\r\nset-cookie: x",
            "/login?next=/",
            "/logout",
            "/drift?token=depaudit_00",
            &format!("/{}", "a".repeat(LONGEST)),
        ] {
            assert_eq!(at("https://h.example", text), None, "{text:?}");
        }
        assert_eq!(at("https://t.example/deps", "/../other"), None);
        assert_eq!(at("https://t.example/deps", "/../depsother"), None);
    }
}
