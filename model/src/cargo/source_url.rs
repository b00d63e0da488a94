/// Whether Cargo.lock's `source` names the default registry.
///
/// A lock spells it `registry+` and the git index's URL, whatever protocol or mirror served it;
/// any other spelling fails `--locked`.
#[must_use]
pub fn is_crates_io_lock_source(source: &str) -> bool {
    source.strip_prefix("registry+") == Some(tame_index::CRATES_IO_INDEX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_spelling_counts() {
        let url = tame_index::CRATES_IO_INDEX;
        assert!(is_crates_io_lock_source(&format!("registry+{url}")));
        assert!(!is_crates_io_lock_source(url));
        assert!(!is_crates_io_lock_source(&format!("registry+{url}/")));
        assert!(!is_crates_io_lock_source(tame_index::index::sparse::CRATES_IO_HTTP_INDEX));
    }
}
