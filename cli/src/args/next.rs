use std::fmt;
use std::path::Path;

use depaudit_model::TeamId;
use depaudit_model::terminal::printable;

use super::ServerUrl;
use crate::config::serve::DEFAULT_DATA;

/// A command of depaudit that somebody is told to run next. It is spelled here alone, so that it works as it
/// is pasted: what this command was told about places, the next one is told as well.
#[derive(Debug, Clone)]
pub struct Next(String);

impl Next {
    /// A command by its words, without `depaudit`.
    pub fn new<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        words.into_iter().fold(Self("depaudit".to_owned()), Self::word)
    }

    fn word(mut self, word: &str) -> Self {
        self.0.push(' ');
        self.0.push_str(&quoted(word));
        self
    }

    /// With a flag.
    #[must_use]
    pub fn flag(self, flag: &str, value: impl fmt::Display) -> Self {
        self.word(flag).word(&value.to_string())
    }

    /// On a data folder, which needs no words where it is the usual one.
    #[must_use]
    pub fn on(self, data: &Path) -> Self {
        if data == Path::new(DEFAULT_DATA) { self } else { self.flag("--data", data.display()) }
    }

    /// Asking a server.
    #[must_use]
    pub fn asking(self, server: &ServerUrl) -> Self {
        self.flag("--server", server)
    }

    /// For a team.
    #[must_use]
    pub fn of_team(self, team: &TeamId) -> Self {
        self.flag("--team", team)
    }
}

impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        printable(&self.0).fmt(f)
    }
}

/// As a shell takes it for one word.
fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@%+=:,./_-".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_the_usual_one_is_not_told() {
        let next = || Next::new(["log", "--crate", "serde@1.0.219"]);
        assert_eq!(next().on(Path::new(DEFAULT_DATA)).to_string(), next().to_string());
        let server = "https://tools.example/depaudit".parse().unwrap();
        let told = next().on(Path::new("/var/lib/depaudit")).asking(&server).to_string();
        assert_eq!(
            told,
            "depaudit log --crate serde@1.0.219 --data /var/lib/depaudit --server \
             https://tools.example/depaudit"
        );
    }

    #[test]
    fn bad_input_45_a_folder_is_one_word_and_moves_no_cursor() {
        let told = |data: &str| Next::new(["log"]).on(Path::new(data)).to_string();
        assert_eq!(told("my data"), "depaudit log --data 'my data'");
        assert_eq!(told("it's; rm -r"), r"depaudit log --data 'it'\''s; rm -r'");
        assert_eq!(told("$(x)"), "depaudit log --data '$(x)'");
        assert_eq!(told("a\u{1b}b"), r"depaudit log --data 'a\u{1b}b'");
        assert_eq!(told(""), "depaudit log --data ''");
    }
}
