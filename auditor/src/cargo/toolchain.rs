//! `rust-toolchain.toml`: which compiler rustup runs in a folder.

use super::text::Text;
use super::toml::{self, SyntaxError};
use crate::files::RepoPath;
use crate::report::{BlindSpot, BlindSpotKind, Location};

/// A toolchain that is a folder on the machine: nobody can see what it builds. Named channels are
/// rustup's business.
///
/// The file's old form, without an ending, may hold nothing but a channel's name.
pub(crate) fn blind_spot(path: &RepoPath, text: &str) -> Result<Option<BlindSpot>, SyntaxError> {
    if path.name() == "rust-toolchain" && !text.contains('[') {
        return Ok(None);
    }
    let text = Text::new(text);
    let document = toml::parse(&text)?;
    let toolchain = toml::table(&document, "toolchain");
    let Some(folder) = toolchain.and_then(|table| table.get("path")) else { return Ok(None) };
    let location = Location::new(path, text.span(folder.span()));
    Ok(Some(BlindSpot::named(BlindSpotKind::Unprovable, "toolchain.path", &location)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_toolchain_in_a_folder_is_a_blind_spot() {
        let read = |name: &str, text: &str| blind_spot(&RepoPath::root().child(name), text);
        let local = read("rust-toolchain.toml", "[toolchain]\npath = \"/opt/rust\"\n").unwrap();
        assert_eq!(local.unwrap().line, Some(2));
        let channel = "[toolchain]\nchannel = \"1.95\"\n";
        assert_eq!(read("rust-toolchain.toml", channel).unwrap(), None);
        assert_eq!(read("rust-toolchain", "nightly-2026-01-01\n").unwrap(), None);
        assert!(read("rust-toolchain.toml", "[").is_err());
    }
}
