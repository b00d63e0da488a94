use super::Policy;
use crate::address::Address;
use crate::approved::{Approval, Registry};
use crate::{Because, Placed, PolicyFile};

/// A list of one file, where it has it.
type List<'p, T> = Option<&'p Placed<Vec<Placed<T>>>>;

impl Policy {
    /// Whether dependencies may come from this registry: `crates-io`, or the address of an index
    /// in any of Cargo's spellings.
    ///
    /// Where no file has a list, crates.io is approved, and nothing else. A file that has a list
    /// approves what stands on it, so crates.io has to stand on it, too.
    #[must_use]
    pub fn approves_registry(&self, registry: &str) -> Approval {
        let registry = Registry::of_source(registry);
        let default = registry == Some(Registry::CratesIo);
        self.approves(
            |file| file.approved.registries.as_ref(),
            |entry| Some(entry) == registry.as_ref(),
            default,
        )
    }

    /// Whether this index may stand in for crates.io: whether it is one of an approved proxy's.
    /// Without a list, none may.
    #[must_use]
    pub fn approves_proxy(&self, index: &str) -> Approval {
        let index: Option<Address> = index.parse().ok();
        self.approves(
            |file| file.approved.proxies.as_ref(),
            |proxy| index.as_ref().is_some_and(|index| proxy.serves(index)),
            false,
        )
    }

    /// Whether dependencies may come from this git repository. Without a list, they may not.
    #[must_use]
    pub fn approves_git(&self, repository: &str) -> Approval {
        let repository: Option<Address> = repository.parse().ok();
        self.approves(
            |file| file.approved.git_hosts.as_ref(),
            |place| repository.as_ref().is_some_and(|repository| place.holds(repository)),
            false,
        )
    }

    /// By the monotonic law, every file that has a list has to approve.
    fn approves<'p, T: 'p>(
        &'p self,
        list: impl Fn(&'p PolicyFile) -> List<'p, T>,
        holds: impl Fn(&T) -> bool,
        default: bool,
    ) -> Approval {
        let mut approval = Approval { approved: default, because: Because::Default };
        for list in self.files.iter().filter_map(list) {
            let Some(entry) = list.value.iter().find(|entry| holds(&entry.value)) else {
                return Approval { approved: false, because: Because::Line(list.place.clone()) };
            };
            approval = Approval { approved: true, because: Because::Line(entry.place.clone()) };
        }
        approval
    }
}
