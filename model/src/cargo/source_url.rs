/// How Cargo.lock names the default registry, whatever protocol or mirror served it.
pub const CRATES_IO_LOCK_SOURCE: &str = tame_index::CRATES_IO_INDEX;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_constant_is_spelled_as_locks_spell_it() {
        assert!(CRATES_IO_LOCK_SOURCE.starts_with("registry+"));
        assert!(CRATES_IO_LOCK_SOURCE.ends_with("/crates.io-index"));
    }
}
