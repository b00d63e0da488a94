use std::fmt;
use std::sync::Arc;

use depaudit_model::cargo::is_crates_io_lock_source;
use serde::{Serialize, Serializer};

use super::CanonicalUrl;

/// What a `[patch.KEY]` or a `[source]` is about, as Cargo compares sources.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceKey {
    /// The registry that is there without configuration, under any of its spellings.
    CratesIo,
    /// A registry or git repository.
    Url(CanonicalUrl),
    /// A name that no configuration within the scan resolves.
    Name(Arc<str>),
}

impl SourceKey {
    /// Reads a key. `index_of` resolves a name of `[registries]`, which only configuration knows.
    pub(crate) fn new<'a>(key: &str, index_of: impl FnOnce(&str) -> Option<&'a str>) -> Self {
        if key == "crates-io" {
            return Self::CratesIo;
        }
        match index_of(key) {
            Some(index) => Self::of_url(index),
            None if key.contains("://") => Self::of_url(key),
            None => Self::Name(key.into()),
        }
    }

    /// The key for a URL.
    pub(crate) fn of_url(url: &str) -> Self {
        let url = CanonicalUrl::new(url);
        if is_crates_io(&url) { Self::CratesIo } else { Self::Url(url) }
    }
}

/// Whether a canonical URL is the default registry's git index. Its sparse index is another
/// source to Cargo, wherever sources are compared.
fn is_crates_io(url: &CanonicalUrl) -> bool {
    is_crates_io_lock_source(&format!("registry+{url}"))
}

impl fmt::Display for SourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CratesIo => f.pad("crates-io"),
            Self::Url(url) => f.pad(url.as_str()),
            Self::Name(name) => f.pad(name),
        }
    }
}

impl Serialize for SourceKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_io_has_many_spellings_and_one_key() {
        let index = tame_index::CRATES_IO_INDEX;
        for key in [
            "crates-io".to_owned(),
            index.to_owned(),
            format!("{index}.git"),
            format!("registry+{index}/"),
            index.replace("https", "http").replace("rust-lang", "Rust-Lang"),
        ] {
            assert_eq!(SourceKey::new(&key, |_| None), SourceKey::CratesIo, "{key}");
        }
    }

    #[test]
    fn what_looks_like_crates_io_to_people_is_another_source_to_cargo() {
        let sparse = tame_index::index::sparse::CRATES_IO_HTTP_INDEX;
        assert!(matches!(SourceKey::new(sparse, |_| None), SourceKey::Url(_)));
    }

    #[test]
    fn a_name_is_resolved_by_configuration() {
        let resolved = SourceKey::new("mine", |_| Some("https://e.org/index/"));
        assert_eq!(resolved.to_string(), "https://e.org/index");
        assert_eq!(SourceKey::new("mine", |_| None), SourceKey::Name("mine".into()));
    }
}
