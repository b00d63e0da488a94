use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// A hash of the Merkle tree (RFC 6962, section 2.1, with SHA-256). Written in base64.
///
/// Not a checksum of anybody's bytes: leaves and inner nodes are hashed behind a byte that says
/// which of the two they are, so that neither can pass for the other.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TreeHash([u8; 32]);

impl TreeHash {
    /// Bytes of a hash.
    pub const LEN: usize = 32;

    /// The root of a tree without leaves: the hash of nothing.
    #[must_use]
    pub fn of_nothing() -> Self {
        Self(Sha256::digest([]).into())
    }

    /// The hash of an entry.
    #[must_use]
    pub fn of_leaf(entry: &[u8]) -> Self {
        Self(Sha256::new().chain_update([0]).chain_update(entry).finalize().into())
    }

    /// The hash of an inner node.
    #[must_use]
    pub fn of_node(left: &Self, right: &Self) -> Self {
        // One buffer, so that the 65 bytes go through the hasher at once.
        let mut bytes = [1; 1 + 2 * Self::LEN];
        bytes[1..=Self::LEN].copy_from_slice(&left.0);
        bytes[1 + Self::LEN..].copy_from_slice(&right.0);
        Self(Sha256::digest(bytes).into())
    }

    /// The root over a run of hashes of one level: the tree that RFC 6962 makes of them.
    #[must_use]
    pub fn over(hashes: &[Self]) -> Self {
        match hashes {
            [] => Self::of_nothing(),
            [one] => *one,
            [left, right] => Self::of_node(left, right),
            _ => {
                // The largest power of two below the length goes to the left.
                let split = 1 << (hashes.len() - 1).ilog2();
                let (left, right) = hashes.split_at(split);
                Self::of_node(&Self::over(left), &Self::over(right))
            }
        }
    }

    /// Takes a hash that was kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for TreeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for TreeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is no hash: 32 bytes in padded base64.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a tree hash is 32 bytes in base64")]
pub struct TreeHashError;

impl FromStr for TreeHash {
    type Err = TreeHashError;

    fn from_str(text: &str) -> Result<Self, TreeHashError> {
        let bytes = STANDARD.decode(text).map_err(|_| TreeHashError)?;
        bytes.try_into().map(Self).map_err(|_| TreeHashError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(hash: TreeHash) -> String {
        hash.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The leaves and roots with which implementations of RFC 6962 test themselves (Go's
    /// `golang.org/x/mod/sumdb/tlog` and Certificate Transparency use the same eight).
    const LEAVES: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    const ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn the_known_roots_come_out() {
        let hashes: Vec<_> = LEAVES.iter().map(|leaf| TreeHash::of_leaf(leaf)).collect();
        for (size, root) in ROOTS.iter().enumerate() {
            assert_eq!(hex(TreeHash::over(&hashes[..size])), *root, "{size} leaves");
        }
    }

    #[test]
    fn a_hash_is_read_as_it_was_written() {
        let hash = TreeHash::of_leaf(b"x");
        assert_eq!(hash.to_string().parse::<TreeHash>(), Ok(hash));
        for wrong in ["", "eA==", "!", &format!("{hash}=")] {
            assert_eq!(wrong.parse::<TreeHash>(), Err(TreeHashError), "{wrong}");
        }
    }
}
