use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};
use url::Url;

use super::key::Key;

/// The cookies of this site. No script can read them, and no other site's form sends them.
#[derive(Debug)]
pub(crate) struct Cookies {
    prefix: &'static str,
    path: String,
    secure: &'static str,
}

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// Who is logged in.
    Session,
    /// To whom the login was shown: another site cannot log anybody in.
    Login,
    /// Whose sign-on is under way elsewhere.
    SignOn,
}

impl Cookie {
    const fn name(self) -> &'static str {
        match self {
            Self::Session => "depaudit-session",
            Self::Login => "depaudit-login",
            Self::SignOn => "depaudit-sign-on",
        }
    }
}

impl Cookies {
    pub(super) fn of(public_url: &Url) -> Self {
        let is_secure = public_url.scheme() == "https";
        let path = public_url.path().trim_end_matches('/');
        // What would end the attribute stands in no sensible address; the whole host is no worse.
        let path = if path.is_empty() || path.contains(';') { "/" } else { path };
        Self {
            // Browsers take both over TLS alone, and the first from nobody but this very host; it asks for
            // the whole of it.
            prefix: match (is_secure, path) {
                (true, "/") => "__Host-",
                (true, _) => "__Secure-",
                (false, _) => "",
            },
            path: path.to_owned(),
            secure: if is_secure { "; Secure" } else { "" },
        }
    }

    /// What a request brings. Two of one name are none: somebody else has set one of them.
    pub(crate) fn read(&self, headers: &HeaderMap, which: Cookie) -> Option<Key> {
        let lists = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
        let mut values = lists.flat_map(|list| list.split(';')).filter_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            (name.strip_prefix(self.prefix)? == which.name()).then_some(value)
        });
        let value = values.next()?;
        if values.next().is_some() { None } else { Key::read(value) }
    }

    pub(crate) fn set(&self, which: Cookie, key: &Key, lasts: Duration) -> HeaderValue {
        let mut value = self.written(which, key.reveal(), lasts.as_secs());
        value.set_sensitive(true);
        value
    }

    /// Has the browser forget it.
    pub(crate) fn clear(&self, which: Cookie) -> HeaderValue {
        self.written(which, "", 0)
    }

    fn written(&self, which: Cookie, value: &str, seconds: u64) -> HeaderValue {
        let (Self { prefix, path, secure }, name) = (self, which.name());
        let text = format!(
            "{prefix}{name}={value}; Max-Age={seconds}; Path={path}; HttpOnly; SameSite=Lax{secure}"
        );
        // A URL's path is visible ASCII, as all the rest is.
        HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
    }
}

#[cfg(test)]
mod tests {
    use depaudit_model::Randomness;

    use super::*;

    #[derive(Debug)]
    struct Sevens;

    impl Randomness for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    #[test]
    fn a_cookie_says_where_it_may_go_and_no_more() {
        let key = Key::generate(&Sevens);
        let set = |url: &str| {
            let cookies = Cookies::of(&url.parse().unwrap());
            let value = cookies.set(Cookie::Session, &key, Duration::from_secs(60));
            value.to_str().unwrap().replace(key.reveal(), "KEY")
        };
        let rest = "KEY; Max-Age=60; Path=";
        assert_eq!(
            set("https://h.example"),
            format!("__Host-depaudit-session={rest}/; HttpOnly; SameSite=Lax; Secure")
        );
        assert_eq!(
            set("https://h.example/deps/"),
            format!("__Secure-depaudit-session={rest}/deps; HttpOnly; SameSite=Lax; Secure")
        );
        assert_eq!(
            set("http://127.0.0.1:8417/"),
            format!("depaudit-session={rest}/; HttpOnly; SameSite=Lax")
        );
    }

    #[test]
    fn a_cookie_is_read_among_others_and_never_from_two() {
        let cookies = Cookies::of(&"https://h.example".parse().unwrap());
        let key = Key::generate(&Sevens);
        let own = format!("__Host-depaudit-session={}", key.reveal());
        let read = |values: &[&str]| {
            let value = |it: &&str| (header::COOKIE, HeaderValue::from_str(it).unwrap());
            let headers: HeaderMap = values.iter().map(value).collect();
            cookies.read(&headers, Cookie::Session).map(|key| key.digest())
        };
        assert_eq!(read(&[&format!("a=b; {own};c")]), Some(key.digest()));
        assert_eq!(read(&["a=b", &own]), Some(key.digest()));
        for none in [
            &["a=b"][..],
            &[&own[7..]],
            &[&own, &own],
            &[&format!("{own}; {own}")],
            &[&own.to_uppercase()],
            &["__Host-depaudit-session="],
        ] {
            assert_eq!(read(none), None, "{none:?}");
        }
    }
}
