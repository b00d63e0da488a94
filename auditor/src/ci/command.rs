use crate::report::Span;

/// A cargo command in a script.
#[derive(Debug)]
pub(crate) struct CargoCommand {
    /// The words behind `cargo`, quotes taken off.
    pub(crate) words: Vec<Box<str>>,
    /// From `cargo` to the last word.
    pub(crate) span: Span,
}

/// Commands that build, and would change a lock that is behind.
const BUILDING: [&str; 18] = [
    "b", "bench", "build", "c", "check", "clippy", "d", "doc", "fetch", "llvm-cov", "nextest", "r",
    "run", "rustc", "t", "test", "install", "zigbuild",
];

impl CargoCommand {
    /// The words that are cargo's own: those before `--`.
    fn own(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(|word| &**word).take_while(|word| *word != "--")
    }

    /// `build` of `cargo +nightly --locked build`.
    pub(crate) fn subcommand(&self) -> Option<&str> {
        let mut words = self.own();
        while let Some(word) = words.next() {
            match word {
                // Flags before the command that take a value.
                "--config" | "-C" | "-Z" | "--color" => {
                    words.next();
                }
                _ if word.starts_with(['-', '+']) => {}
                _ => return Some(word),
            }
        }
        None
    }

    /// Whether the flag is given, with or without a value behind `=`.
    pub(crate) fn has(&self, flag: &str) -> bool {
        self.own().any(|word| {
            word.strip_prefix(flag).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        })
    }

    /// The value of a flag.
    pub(crate) fn value_of(&self, flag: &str) -> Option<&str> {
        let mut words = self.own();
        while let Some(word) = words.next() {
            match word.strip_prefix(flag) {
                Some("") => return words.next(),
                Some(rest) if rest.starts_with('=') => return rest.strip_prefix('='),
                _ => {}
            }
        }
        None
    }

    /// Whether it builds.
    pub(crate) fn builds(&self) -> bool {
        self.subcommand().is_some_and(|name| BUILDING.contains(&name))
    }

    /// Whether it leaves the lock alone.
    pub(crate) fn is_locked(&self) -> bool {
        self.has("--locked") || self.has("--frozen")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(line: &str) -> CargoCommand {
        CargoCommand { words: line.split(' ').map(Into::into).collect(), span: Span::START }
    }

    #[test]
    fn the_subcommand_stands_behind_toolchain_and_flags() {
        assert_eq!(command("+nightly --config x=1 -q build -p a").subcommand(), Some("build"));
        assert_eq!(command("--version").subcommand(), None);
    }

    #[test]
    fn flags_of_the_program_are_not_cargo_s() {
        assert!(command("run --locked -- x").is_locked());
        assert!(!command("run -- --locked").is_locked());
        assert_eq!(command("add --registry=mine").value_of("--registry"), Some("mine"));
        assert_eq!(command("add --registry mine").value_of("--registry"), Some("mine"));
        assert!(!command("add --registryx mine").has("--registry"));
    }
}
