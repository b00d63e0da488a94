use anyhow::bail;
use depaudit_model::cargo::CrateName;
use depaudit_model::{Clock, RegistryName, TeamId};
use depaudit_policy::Day;
use depaudit_policy::door::{Door, Refusal};

use crate::door::DoorFiles;
use crate::system::SystemClock;

/// In whose name a prefetch asks: it is for no team, so no team's exception opens a name to it.
const TEAM: &str = "depaudit-prefetch";

/// The names that are kept for internal packages: no other registry hears of them.
#[derive(Debug)]
pub(super) struct KeptNames {
    door: Door,
    team: TeamId,
}

impl KeptNames {
    /// Reads the policy, if one is named. Its other rules judge when a crate is served.
    pub(super) fn read(files: &DoorFiles) -> anyhow::Result<Self> {
        let policy = DoorFiles { policy: files.policy.clone(), advisories: None };
        Ok(Self { door: policy.read()?.0.door, team: TEAM.parse()? })
    }

    /// Fails when the registry must not be asked for the name.
    pub(super) fn check(&self, registry: &RegistryName, name: &CrateName) -> anyhow::Result<()> {
        let about = self.door.about(&self.team, registry, name, &[]);
        match about.keeps_the_name(Day::of(SystemClock.now())) {
            Some(objection) => bail!("{}", Refusal::of_name(name, &objection, self.door.contact())),
            None => Ok(()),
        }
    }
}
