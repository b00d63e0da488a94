//! Where the proxy's rules come from: a policy file and a folder of advisories, read at the start
//! and again when they change.

mod advisories;
mod policy;
mod watch;

pub use watch::{watch, watch_waivers};

use std::path::PathBuf;

use depaudit_policy::Policy;
use depaudit_proxy::door::Rules;

use advisories::AdvisoryFolder;
use policy::PolicyText;

/// The files that the doors go by.
#[derive(Debug, Clone, Default)]
pub struct DoorFiles {
    /// `depaudit.toml` of the server.
    pub policy: Option<PathBuf>,
    /// A folder or git checkout of the RustSec advisory database.
    pub advisories: Option<PathBuf>,
}

impl DoorFiles {
    /// Whether there is anything to read.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.policy.is_none() && self.advisories.is_none()
    }

    /// The policy as it stands there now, for what is no matter of the doors; the defaults where
    /// there is none, or none that can be read: the watch over it says so.
    #[must_use]
    pub fn whole_policy(&self) -> Policy {
        let read = self.policy.as_ref().map(|path| PolicyText::read(path)?.whole(path));
        read.and_then(Result::ok).unwrap_or_default()
    }

    /// Reads everything, as at the start.
    ///
    /// # Errors
    /// When a file or folder that was named cannot be read: a server must not begin with fewer
    /// rules than it was given.
    pub fn read(&self) -> anyhow::Result<(Rules, Seen)> {
        let mut rules = Rules::default();
        let mut seen = Seen::default();
        if let Some(path) = &self.policy {
            let text = PolicyText::read(path)?;
            rules.door = text.door(path)?;
            seen.policy = Some(text);
        }
        if let Some(path) = &self.advisories {
            let folder = AdvisoryFolder::look(path)?;
            rules.advisories = Some(folder.read()?);
            seen.advisories = Some(folder);
        }
        Ok((rules, seen))
    }
}

/// What the rules in force were read from, so that a change is noticed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    policy: Option<PolicyText>,
    advisories: Option<AdvisoryFolder>,
}
