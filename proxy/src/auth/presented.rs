use depaudit_model::{AccessToken, AccessTokenError};
use http::{HeaderMap, HeaderValue, header};
use url::Url;

/// The token that a request presents: verbatim, as Cargo sends it, or behind `Bearer`.
pub(super) fn token(headers: &HeaderMap) -> Result<Option<AccessToken>, AccessTokenError> {
    authorization(headers)?.map(str::parse).transpose()
}

/// What stands in `Authorization`, without the name of the scheme.
///
/// # Errors
/// Two such headers are none: an intermediary might have looked at the other one.
pub(crate) fn authorization(headers: &HeaderMap) -> Result<Option<&str>, AccessTokenError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(AccessTokenError);
    }
    let text = value.to_str().map_err(|_| AccessTokenError)?;
    // The name of a scheme has no case (RFC 9110, 11.1).
    let bearer = text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    Ok(Some(bearer.map_or(text, |(_, token)| token.trim_start())))
}

/// What a 401 asks for: Cargo's book, "Registry authentication".
pub(super) fn challenge(public_url: &Url) -> HeaderValue {
    let mut login = public_url.clone();
    if let Ok(mut path) = login.path_segments_mut() {
        path.pop_if_empty().push("");
    }
    // A URL is ASCII, and a `"` in it is escaped.
    HeaderValue::try_from(format!("Cargo login_url=\"{login}\""))
        .unwrap_or(HeaderValue::from_static("Cargo"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Sevens;

    impl depaudit_model::Randomness for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    fn read(values: &[&str]) -> Result<bool, AccessTokenError> {
        let value = |value: &&str| (header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        token(&values.iter().map(value).collect()).map(|token| token.is_some())
    }

    #[test]
    fn a_token_comes_verbatim_or_as_a_bearer() {
        let token = AccessToken::generate(&Sevens);
        let text = token.expose();
        assert_eq!(read(&[]), Ok(false));
        for good in [text.to_owned(), format!("Bearer {text}"), format!("bearer  {text}")] {
            assert_eq!(read(&[&good]), Ok(true));
        }
        for bad in [format!("Basic {text}"), format!("{text} {text}"), String::new()] {
            assert_eq!(read(&[&bad]), Err(AccessTokenError), "{bad}");
        }
        assert_eq!(read(&[text, text]), Err(AccessTokenError));
    }

    #[test]
    fn the_challenge_names_one_address_however_it_was_written() {
        for url in ["https://h.example/deps", "https://h.example/deps/"] {
            let challenge = challenge(&url.parse().unwrap());
            assert_eq!(challenge, r#"Cargo login_url="https://h.example/deps/""#);
        }
    }
}
