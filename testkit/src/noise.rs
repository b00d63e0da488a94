use depaudit_model::Checksum;

/// `length` bytes that no compressor shrinks: the same for the same seed, unlike for another.
#[must_use]
pub fn incompressible(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length + 32);
    let mut block = 0_u64;
    while bytes.len() < length {
        let place = [seed.to_le_bytes(), block.to_le_bytes()].concat();
        bytes.extend_from_slice(Checksum::of(&place).as_bytes());
        block += 1;
    }
    bytes.truncate(length);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_bytes_and_its_prefixes() {
        assert_eq!(incompressible(7, 100), incompressible(7, 100));
        assert_eq!(incompressible(7, 100)[..33], incompressible(7, 33));
        assert_ne!(incompressible(7, 100), incompressible(8, 100));
    }
}
