use std::fmt;

use depaudit_model::cargo::is_crates_io_lock_source;

use super::Entry;
use crate::address::{Address, AddressError};

/// A registry: crates.io, or an index at some address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Registry {
    /// The registry that Cargo uses when a manifest names none, written `crates-io`.
    CratesIo,
    /// The registry whose index is at this address, whatever protocol serves it.
    Index(Address),
}

/// Why an address cannot stand in a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// It is no address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// It holds a password.
    #[error("an address in a policy holds no password; take it out")]
    Password,
}

impl Registry {
    /// The registry that a manifest, a lock or a configuration names, in any of their spellings;
    /// `None` when the text names none.
    #[must_use]
    pub fn of_source(text: &str) -> Option<Self> {
        if text == "crates-io" {
            return Some(Self::CratesIo);
        }
        let address: Address = text.parse().ok()?;
        let is_crates_io = is_crates_io_lock_source(&format!("registry+{address}"));
        Some(if is_crates_io { Self::CratesIo } else { Self::Index(address) })
    }
}

impl Entry for Registry {
    fn covers(&self, other: &Self) -> bool {
        self == other
    }
}

impl TryFrom<String> for Registry {
    type Error = RegistryError;

    fn try_from(text: String) -> Result<Self, RegistryError> {
        if text != "crates-io" {
            without_password(&text)?;
        }
        Ok(Self::of_source(&text).ok_or(AddressError)?)
    }
}

impl fmt::Display for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CratesIo => f.pad("crates-io"),
            Self::Index(address) => fmt::Display::fmt(address, f),
        }
    }
}

/// A proxy that may stand in for crates.io: the address of the server, under which every index
/// that it serves lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Proxy(Address);

impl Proxy {
    /// Whether the index at this address is one of the proxy's.
    #[must_use]
    pub fn serves(&self, index: &Address) -> bool {
        index.is_within(&self.0)
    }
}

impl Entry for Proxy {
    fn covers(&self, other: &Self) -> bool {
        self.serves(&other.0)
    }
}

impl TryFrom<String> for Proxy {
    type Error = RegistryError;

    fn try_from(text: String) -> Result<Self, RegistryError> {
        without_password(&text).map(Self)
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

fn without_password(text: &str) -> Result<Address, RegistryError> {
    match Address::read(text)? {
        (_, true) => Err(RegistryError::Password),
        (address, false) => Ok(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_io_is_one_registry_however_a_lock_spells_it() {
        let locked = "registry+https://github.com/rust-lang/crates.io-index";
        assert_eq!(Registry::of_source(locked), Some(Registry::CratesIo));
        assert_eq!(Registry::of_source("crates-io"), Some(Registry::CratesIo));
        let other = Registry::of_source("registry+https://github.com/evil/crates.io-index");
        assert_ne!(other, Some(Registry::CratesIo));
    }

    #[test]
    fn a_password_does_not_belong_into_a_policy() {
        let refused = Registry::try_from("https://me:hunter2@e.org/index".to_owned());
        assert_eq!(refused, Err(RegistryError::Password));
        assert!(!RegistryError::Password.to_string().contains("hunter2"));
    }

    #[test]
    fn a_proxy_serves_every_index_below_its_address() {
        let proxy = Proxy::try_from("http://127.0.0.1:8417".to_owned()).unwrap();
        let index = |text: &str| text.parse::<Address>().unwrap();
        assert!(proxy.serves(&index("sparse+http://127.0.0.1:8417/t/a/crates-io/index/")));
        assert!(!proxy.serves(&index("sparse+http://127.0.0.1:8418/t/a/crates-io/index/")));
    }
}
