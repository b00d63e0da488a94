use super::source_table::{SourcePlace, SourceTable};
use super::{ConfigFile, RegistryTable, Stack};
use crate::cargo::setting::source_field;
use crate::cargo::source::{GitReference, GitTarget, without_credentials};
use crate::files::RepoPath;
use crate::report::Span;

impl ConfigFile {
    /// What an environment variable sets, as if it stood in the file `path` above all others;
    /// `None` for one that says nothing of where packages come from.
    ///
    /// Cargo heeds `CARGO_SOURCE_*` only for tables that some file defines. That may be the
    /// runner's own file, so it is not asked for here.
    pub(crate) fn of_variable(
        path: &RepoPath,
        stack: &Stack<'_>,
        name: &str,
        value: &str,
    ) -> Option<Self> {
        let (mut sources, mut registries) = (Vec::new(), Vec::new());
        if let Some((source, field)) = source_field(name) {
            sources.push(source_table(source, field, value)?);
        } else {
            let shouted = name.strip_prefix("CARGO_REGISTRIES_")?.strip_suffix("_INDEX")?;
            registries = named(stack, shouted)
                .into_iter()
                .map(|name| RegistryTable {
                    name,
                    index: Some(without_credentials(value).into()),
                    span: Span::START,
                })
                .collect();
        }
        Some(Self {
            path: path.clone(),
            paths: Vec::new(),
            patches: Vec::new(),
            sources,
            registries,
            aliases: Vec::new(),
            env: Vec::new(),
            opaque: Vec::new(),
            includes: Vec::new(),
        })
    }
}

fn source_table(name: &str, field: &str, value: &str) -> Option<SourceTable> {
    let place = match field {
        "REPLACE_WITH" => None,
        "REGISTRY" => Some(SourcePlace::Registry(without_credentials(value).into())),
        "DIRECTORY" => Some(SourcePlace::Directory(value.into())),
        "LOCAL_REGISTRY" => Some(SourcePlace::LocalRegistry(value.into())),
        "GIT" => Some(SourcePlace::Git(Box::new(GitTarget::new(value, GitReference::None, false)))),
        // A branch, tag or revision says nothing without its repository.
        _ => return None,
    };
    Some(SourceTable {
        name: name.into(),
        replace_with: place.is_none().then(|| value.into()),
        place,
        span: Span::START,
    })
}

/// The registries that configuration calls what Cargo shouts in a variable: capitals, and `_` for
/// `-`.
fn named(stack: &Stack<'_>, shouted: &str) -> Vec<Box<str>> {
    let shout = |name: &str| name.to_ascii_uppercase().replace('-', "_");
    let mut names: Vec<Box<str>> =
        stack.names().filter(|name| shout(name) == shouted).map(Into::into).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        names.push(shouted.to_ascii_lowercase().into());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cargo::config::{Chain, ChainEnd, Configs};

    const CONFIG: &str = "[source.crates-io]\nreplace-with = \"my-proxy\"\n\
                          [registries.my-proxy]\nindex = \"sparse+https://a.example/\"\n";

    fn end(name: &str, value: &str) -> String {
        let path = RepoPath::root().child(".cargo").child("config.toml");
        let file = ConfigFile::parse(&path, CONFIG).unwrap();
        let none = Configs::default();
        let stack = Stack::of(&none, &path).under(&[&file]);
        let setting = ConfigFile::of_variable(&path, &stack, name, value).unwrap();
        let stack = Stack::of(&none, &path).under(&[&setting, &file]);
        match stack.chain("crates-io") {
            Some(Chain { end: ChainEnd::Registry(url), .. }) => url.to_owned(),
            Some(Chain { end: ChainEnd::Unknown(name), .. }) => name.to_owned(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_variable_stands_above_the_files() {
        assert_eq!(
            end("CARGO_REGISTRIES_MY_PROXY_INDEX", "https://b.example/"),
            "https://b.example/"
        );
        assert_eq!(end("CARGO_REGISTRIES_OTHER_INDEX", "x"), "sparse+https://a.example/");
        assert_eq!(end("CARGO_SOURCE_crates-io_REPLACE_WITH", "other"), "other");
    }
}
