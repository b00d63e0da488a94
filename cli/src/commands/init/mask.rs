use std::borrow::Cow;

/// The keys whose values Cargo's book calls credentials.
const SECRET_KEYS: [&str; 3] = ["token", "secret-key", "password"];

/// A line of a Cargo configuration as it may be shown: a diff ends up in CI logs, so the values of
/// credentials, and users and passwords in URLs, become stars. Rather too much is hidden than too
/// little: on such a line, everything behind the key.
pub(super) fn masked(line: &str) -> Cow<'_, str> {
    if let Some(value) = secret_value(line) {
        return Cow::Owned(format!("{} ***", &line[..value]));
    }
    match url_user(line) {
        Some((from, to)) => Cow::Owned(format!("{}***{}", &line[..from], masked(&line[to..]))),
        None => Cow::Borrowed(line),
    }
}

/// Where the value of the first credential begins: behind the `=`.
fn secret_value(line: &str) -> Option<usize> {
    let lower = line.to_ascii_lowercase();
    let key = SECRET_KEYS.iter().filter_map(|key| lower.find(key)).min()?;
    Some(key + lower[key..].find('=')? + 1)
}

/// From where to where the user of the first URL that has one reaches, up to the `@`.
fn url_user(line: &str) -> Option<(usize, usize)> {
    let (mut searched, separator) = (0, "://");
    while let Some(place) = line[searched..].find(separator) {
        let from = searched + place + separator.len();
        let authority = line[from..].split(['/', '"', '\'', '?', '#', ' ']).next()?;
        if let Some(at) = authority.rfind('@') {
            return Some((from, from + at));
        }
        searched = from;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_input_27_credentials_are_not_shown() {
        for line in [
            "token = \"canary\"",
            "registries.x.token=\"canary\"",
            "x = { index = \"i\", token = \"canary\" }",
            "\"Token\" = 'canary'",
            "# token = \"canary\"",
            "secret-key = \"canary\"",
            "index = \"sparse+https://user:canary@host/\"",
            "a = \"http://x/\" # https://canary@host/ https://canary:canary@host",
        ] {
            assert!(!masked(line).contains("canary"), "{}", masked(line));
        }
    }

    #[test]
    fn everything_else_is_shown_as_it_is() {
        for line in ["", "index = \"sparse+http://127.0.0.1:8417/t/a/\"", "# me@example", "[token]"]
        {
            assert_eq!(masked(line), line);
        }
    }
}
