use std::ops::AddAssign;
use std::str::FromStr;

use proc_macro2::{TokenStream, TokenTree};

/// Types and crates that reach the network, whichever way they are imported.
const NETWORK: [&str; 16] = [
    "TcpListener",
    "TcpStream",
    "ToSocketAddrs",
    "UdpSocket",
    "UnixListener",
    "UnixStream",
    "attohttpc",
    "curl",
    "hyper",
    "isahc",
    "minreq",
    "reqwest",
    "socket2",
    "surf",
    "tungstenite",
    "ureq",
];

/// The same for processes.
const PROCESS: [&str; 4] = ["Command", "execve", "execvp", "posix_spawn"];

/// How often a source says what deserves a second look. Words in comments and strings do not count.
///
/// Counted are words, not meanings: whoever wants to hide behind another crate can. It tells a reader
/// where to look first, and proves nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct RustWords {
    pub(super) unsafe_code: usize,
    pub(super) process: usize,
    pub(super) network: usize,
}

impl AddAssign for RustWords {
    fn add_assign(&mut self, other: Self) {
        self.unsafe_code += other.unsafe_code;
        self.process += other.process;
        self.network += other.network;
    }
}

impl RustWords {
    /// Counts. `None` where the text is no sequence of Rust's tokens.
    pub(super) fn count(source: &str) -> Option<Self> {
        let mut words = Self::default();
        let mut last = Last::default();
        // A list instead of recursion: a stranger chooses how deep groups nest.
        let mut open = vec![TokenStream::from_str(source).ok()?.into_iter()];
        while let Some(tokens) = open.last_mut() {
            match tokens.next() {
                None => {
                    open.pop();
                }
                Some(TokenTree::Group(group)) => {
                    last = Last { in_std: last.std_path, ..Last::default() };
                    open.push(group.stream().into_iter());
                }
                Some(TokenTree::Ident(word)) => {
                    let word = word.to_string();
                    let word = word.strip_prefix("r#").unwrap_or(&word);
                    words.word(word, &last);
                    last = Last { is_std: word == "std", in_std: last.in_std, ..Last::default() };
                }
                Some(TokenTree::Punct(punct)) => last.punct(punct.as_char()),
                Some(TokenTree::Literal(_)) => last = Last::default(),
            }
        }
        Some(words)
    }

    fn word(&mut self, word: &str, last: &Last) {
        // `std::net`, and `net` in `std::{io, net}`.
        let of_std = last.std_path || last.in_std;
        match word {
            "unsafe" => self.unsafe_code += 1,
            "process" if of_std => self.process += 1,
            "net" if of_std => self.network += 1,
            _ if PROCESS.contains(&word) => self.process += 1,
            _ if NETWORK.contains(&word) => self.network += 1,
            _ => {}
        }
    }
}

/// What stands before a token.
#[derive(Debug, Clone, Copy, Default)]
struct Last {
    /// The word `std`.
    is_std: bool,
    /// `std`, and colons behind it.
    std_path: bool,
    /// Within the braces of `std::{`.
    in_std: bool,
}

impl Last {
    fn punct(&mut self, punct: char) {
        let std_path = punct == ':' && (self.is_std || self.std_path);
        let in_std = self.in_std && matches!(punct, ',' | ':' | '*');
        *self = Self { is_std: false, std_path, in_std };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> (usize, usize, usize) {
        let words = RustWords::count(source).unwrap();
        (words.unsafe_code, words.process, words.network)
    }

    #[test]
    fn words_count_in_code_and_in_macros_alone() {
        assert_eq!(
            words("// unsafe\n/// std::net\nfn f() { let _ = \"unsafe std::process\"; }"),
            (0, 0, 0)
        );
        assert_eq!(words("unsafe fn f() { m!(unsafe { x }) }"), (2, 0, 0));
        assert_eq!(words("fn net() {} mod process {} fn g() { r#unsafe_() }"), (0, 0, 0));
    }

    #[test]
    fn processes_and_the_network_are_seen_however_they_are_imported() {
        assert_eq!(words("fn f() { std::process::Command::new(x); }"), (0, 2, 0));
        assert_eq!(words("use std::{io, net, r#process as p};"), (0, 1, 1));
        assert_eq!(words("use ::std::net::{self, TcpStream};"), (0, 0, 2));
        assert_eq!(words("fn f() { reqwest::get(x) }"), (0, 0, 1));
    }

    #[test]
    fn what_is_no_rust_is_not_counted_and_depth_costs_no_stack() {
        assert_eq!(RustWords::count("fn f( {"), None);
        assert_eq!(RustWords::count("\"never ends"), None);
        let depth = 200_000;
        let deep = format!("{}unsafe{}", "(".repeat(depth), ")".repeat(depth));
        assert_eq!(words(&deep), (1, 0, 0));
    }
}
