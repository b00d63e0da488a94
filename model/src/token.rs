use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::{Checksum, Randomness, Secret};

/// A token that opens the proxy to a team: `depaudit_`, 192 random bits and a checksum of 32, in
/// hexadecimal digits.
///
/// The prefix lets people and secret scanners recognise it; the checksum tells a mistyped token from
/// a revoked one without asking a store. It is shown once, when it is made; kept is its
/// [digest](Self::digest).
#[derive(Clone)]
pub struct AccessToken(Secret);

/// The text is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a token is `{}` and {} hexadecimal digits, copied whole", AccessToken::PREFIX, 2 * (RANDOM + CHECK))]
pub struct AccessTokenError;

/// Bytes of randomness.
const RANDOM: usize = 24;
/// Bytes of checksum.
const CHECK: usize = 4;

impl AccessToken {
    /// What every token begins with.
    pub const PREFIX: &str = "depaudit_";

    /// Makes a token.
    #[must_use]
    pub fn generate(randomness: &dyn Randomness) -> Self {
        let mut bytes = [0; RANDOM];
        randomness.fill(&mut bytes);
        let mut text = String::from(Self::PREFIX);
        hex(&bytes, &mut text);
        let check = check(&text);
        text.push_str(&check);
        Self(Secret::new(text))
    }

    /// The token itself. Whoever calls this shows it to its owner, once, and to nobody else.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.reveal()
    }

    /// The token as a secret that is sent elsewhere.
    #[must_use]
    pub fn into_secret(self) -> Secret {
        self.0
    }

    /// A text that is shown, without what could be a token in it: whoever puts one where none belongs
    /// does not find it in every place that repeats what was sent.
    #[must_use]
    pub fn mask(text: &str) -> Cow<'_, str> {
        let mut parts = text.split(Self::PREFIX);
        let first = parts.next().unwrap_or_default();
        let mut masked = first.to_owned();
        let mut found = false;
        for part in parts {
            masked.push_str(Self::PREFIX);
            let digits = part.find(|it: char| !it.is_ascii_hexdigit()).unwrap_or(part.len());
            // Less than a third of one is the name of something.
            if digits * 3 >= 2 * (RANDOM + CHECK) {
                found = true;
                masked.push_str("(hidden)");
                masked.push_str(part.get(digits..).unwrap_or_default());
            } else {
                masked.push_str(part);
            }
        }
        if found { Cow::Owned(masked) } else { Cow::Borrowed(text) }
    }

    /// What is kept of it. 192 random bits need no slow hash: there is nothing to guess.
    #[must_use]
    pub fn digest(&self) -> Checksum {
        Checksum::of(self.0.reveal().as_bytes())
    }
}

impl FromStr for AccessToken {
    type Err = AccessTokenError;

    fn from_str(text: &str) -> Result<Self, AccessTokenError> {
        let digits = text.strip_prefix(Self::PREFIX).ok_or(AccessTokenError)?;
        let lowercase = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() != 2 * (RANDOM + CHECK) || !digits.bytes().all(lowercase) {
            return Err(AccessTokenError);
        }
        let (body, written) = text.split_at(Self::PREFIX.len() + 2 * RANDOM);
        // A checksum is no secret, so how long this takes tells nothing.
        if check(body) == written {
            Ok(Self(Secret::new(text.to_owned())))
        } else {
            Err(AccessTokenError)
        }
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(hidden)", Self::PREFIX)
    }
}

fn check(text: &str) -> String {
    let mut written = String::new();
    hex(Checksum::of(text.as_bytes()).as_bytes().split_at(CHECK).0, &mut written);
    written
}

fn hex(bytes: &[u8], out: &mut String) {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    for byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 15)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Sevens;

    impl Randomness for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    #[test]
    fn a_token_is_read_as_it_was_shown_and_a_mistyped_one_is_not() {
        let token = AccessToken::generate(&Sevens);
        let text = token.expose().to_owned();
        assert_eq!(text.len(), AccessToken::PREFIX.len() + 56);
        assert!(text.starts_with("depaudit_070707"));
        assert_eq!(text.parse::<AccessToken>().unwrap().digest(), token.digest());
        for bad in [
            "",
            "depaudit_",
            &text[1..],
            &text.replacen("07", "08", 1),
            &text.to_uppercase(),
            &format!("{text} "),
            &format!("{text}0"),
        ] {
            assert_eq!(bad.parse::<AccessToken>().unwrap_err(), AccessTokenError, "{bad:?}");
        }
    }

    #[test]
    fn bad_input_27_what_is_repeated_holds_no_token() {
        let token = AccessToken::generate(&Sevens);
        let text = token.expose();
        let told = format!("no `{text}` and no {} here", &text[..40]);
        assert_eq!(
            AccessToken::mask(&told),
            "no `depaudit_(hidden)` and no depaudit_(hidden) here"
        );
        for plain in ["depaudit_web", "depaudit_", "", "depaudit_deadbeef é"] {
            assert!(matches!(AccessToken::mask(plain), Cow::Borrowed(same) if same == plain));
        }
    }

    #[test]
    fn a_token_is_not_shown_by_accident() {
        let token = AccessToken::generate(&Sevens);
        assert_eq!(format!("{token:?}"), "depaudit_(hidden)");
    }
}
