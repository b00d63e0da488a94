use std::borrow::Cow;

/// A URL, or a text that should be one, without what proves somebody's identity: the user and
/// password before the `@`. The user name `git` stays, it is everybody's.
pub(crate) fn without_credentials(text: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = text.split_once("://") else { return Cow::Borrowed(text) };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rsplit_once('@') {
        None | Some(("git", _)) => Cow::Borrowed(text),
        Some((user, _)) => {
            let rest = rest.get(user.len()..).unwrap_or_default();
            Cow::Owned(format!("{scheme}://***{rest}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        for (text, shown) in [
            ("https://u:p@example.com/x", "https://***@example.com/x"),
            ("https://token@example.com", "https://***@example.com"),
            ("https://u:p@ss@example.com/x", "https://***@example.com/x"),
            ("ssh://git@example.com/x", "ssh://git@example.com/x"),
            ("https://example.com/a@b", "https://example.com/a@b"),
            ("not a url", "not a url"),
        ] {
            assert_eq!(without_credentials(text), shown);
        }
    }
}
