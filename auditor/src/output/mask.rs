//! Hides what proves somebody's identity in a line that is about to be shown.

/// Words that end the name of a key whose value is secret, in a table or in the query of a URL.
const SECRET: [&str; 17] = [
    "token",
    "secret",
    "secret-key",
    "password",
    "passwd",
    "authorization",
    "credential",
    "api-key",
    "api_key",
    "access-key",
    "access_key",
    "?key",
    "&key",
    "?sig",
    "&sig",
    "?pat",
    "&pat",
];

/// The same text with every character of a secret replaced by `*`: the user and password of a URL,
/// and the values of keys such as `token`. The number of characters stays, so columns still count.
pub(super) fn mask(line: &str) -> String {
    let mut characters: Vec<char> = line.chars().collect();
    mask_urls(&mut characters);
    mask_values(&mut characters);
    characters.into_iter().collect()
}

fn mask_urls(line: &mut [char]) {
    let mut from = 0;
    while let Some(at) = find(line, from, &[':', '/', '/']) {
        let start = at + 3;
        let ends = |c: &char| c.is_whitespace() || "/?#\"'`<>".contains(*c);
        let authority = line.iter().skip(start).take_while(|c| !ends(c)).count();
        let user = line.get(start..start + authority).unwrap_or_default();
        if let Some(length) = user.iter().rposition(|c| *c == '@')
            && user.get(..length) != Some(&['g', 'i', 't'])
        {
            hide(line, start, length);
        }
        from = start + authority;
    }
}

fn mask_values(line: &mut [char]) {
    let lower: Vec<char> = line.iter().map(char::to_ascii_lowercase).collect();
    for word in SECRET {
        let word: Vec<char> = word.chars().collect();
        let mut from = 0;
        while let Some(at) = find(&lower, from, &word) {
            from = at + word.len();
            if let Some(start) = value_after_key(line, from) {
                hide(line, start, value_length(line, start, word.starts_with(&['a', 'u'])));
            }
        }
    }
}

/// Where the value begins, when a key ends at `at`.
fn value_after_key(line: &[char], at: usize) -> Option<usize> {
    let skip = |from: usize, what: fn(&char) -> bool| {
        from + line.iter().skip(from).take_while(|c| what(c)).count()
    };
    let separator = skip(at, |c| matches!(c, '"' | '\'' | ' ' | '\t'));
    if !matches!(line.get(separator), Some('=' | ':')) {
        return None;
    }
    Some(skip(separator + 1, |c| matches!(c, ' ' | '\t' | '=')))
}

/// How long a value is: to its closing quote; without quotes to the next space, or where the key
/// is a header of several words to the end of the line.
fn value_length(line: &[char], start: usize, whole_line: bool) -> usize {
    let rest = line.get(start..).unwrap_or_default();
    let end = match rest.first() {
        Some(quote @ ('"' | '\'')) => rest.iter().skip(1).position(|c| c == quote).map(|at| at + 2),
        _ if whole_line => None,
        _ => rest.iter().position(|c| c.is_whitespace() || matches!(c, ',' | '}' | ']')),
    };
    end.unwrap_or(rest.len())
}

fn hide(line: &mut [char], start: usize, length: usize) {
    let secret = line.iter_mut().skip(start).take(length);
    secret.filter(|c| !matches!(c, '"' | '\'')).for_each(|c| *c = '*');
}

fn find(line: &[char], from: usize, what: &[char]) -> Option<usize> {
    let rest = line.get(from..)?;
    rest.windows(what.len()).position(|window| window == what).map(|at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_and_columns_stay() {
        for (line, shown) in [
            ("git = \"https://me:pw@e.org/x\"", "git = \"https://*****@e.org/x\""),
            ("git = \"ssh://git@e.org/x\"", "git = \"ssh://git@e.org/x\""),
            ("token = \"abc\" # why", "token = \"***\" # why"),
            ("a = { token = 'abc', b = 1 }", "a = { token = '***', b = 1 }"),
            (
                "CARGO_REGISTRIES_X_TOKEN=abc cargo build",
                "CARGO_REGISTRIES_X_TOKEN=*** cargo build",
            ),
            ("\"password\": \"é\",", "\"password\": \"*\","),
            ("-H Authorization: Bearer abc", "-H Authorization: **********"),
            ("index = \"https://e.org/x?sig=abc\"", "index = \"https://e.org/x?sig=***\""),
            ("ssh-key = \"0.6\"", "ssh-key = \"0.6\""),
            ("# a token is needed", "# a token is needed"),
            ("https://a@b/ https://c@d/", "https://*@b/ https://*@d/"),
        ] {
            assert_eq!(mask(line), shown);
            assert_eq!(mask(line).chars().count(), line.chars().count());
        }
    }

    #[test]
    fn no_line_is_too_odd() {
        for line in ["", "://", "token=", "token", "token = \"", "a://@", "secret-key='"] {
            assert_eq!(mask(line).chars().count(), line.chars().count(), "{line}");
        }
    }
}
