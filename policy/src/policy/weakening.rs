use std::fmt;

use super::limits;
use crate::approved::Entry;
use crate::{Place, Placed, PolicyFile};

/// A line of a repository's policy that would loosen the central one. The central line stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weakening {
    /// The central line: for a list, the list.
    pub central: Place,
    /// The line that would loosen it.
    pub local: Place,
    what: String,
}

/// Says what was attempted, and what stands.
impl fmt::Display for Weakening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

/// Every attempt of a later file to loosen an earlier one.
pub(super) fn find(files: &[PolicyFile]) -> Vec<Weakening> {
    let mut found = Vec::new();
    for (index, local) in files.iter().enumerate() {
        for central in files.iter().take(index) {
            levels(central, local, &mut found);
            numbers(central, local, &mut found);
            let (wide, narrow) = (&central.approved, &local.approved);
            list("registries", wide.registries.as_ref(), narrow.registries.as_ref(), &mut found);
            list("proxies", wide.proxies.as_ref(), narrow.proxies.as_ref(), &mut found);
            list("git-hosts", wide.git_hosts.as_ref(), narrow.git_hosts.as_ref(), &mut found);
        }
    }
    found
}

fn levels(central: &PolicyFile, local: &PolicyFile, found: &mut Vec<Weakening>) {
    for (here, there) in central.levels.loosened_by(&local.levels) {
        let what = format!(
            "{} is set to `{}`, where the central policy says `{}`, which stands",
            there.scope, there.level, here.level
        );
        found.push(Weakening { central: here.place.clone(), local: there.place.clone(), what });
    }
}

fn numbers(central: &PolicyFile, local: &PolicyFile, found: &mut Vec<Weakening>) {
    for limit in &limits::ALL {
        if let (Some(here), Some(there)) = ((limit.set_by)(central), (limit.set_by)(local))
            && (limit.tighter)(here.value, there.value)
        {
            let what = format!(
                "`{}` is set to {}, where the central policy says {}, which stands",
                limit.key, there.value, here.value
            );
            found.push(Weakening { central: here.place.clone(), local: there.place.clone(), what });
        }
    }
}

fn list<T: Entry + fmt::Display>(
    key: &str,
    central: Option<&Placed<Vec<Placed<T>>>>,
    local: Option<&Placed<Vec<Placed<T>>>>,
    found: &mut Vec<Weakening>,
) {
    let (Some(central), Some(local)) = (central, local) else { return };
    for entry in &local.value {
        if !central.value.iter().any(|approved| approved.value.covers(&entry.value)) {
            let what = format!(
                "`approved.{key}` adds `{}`, which the central policy does not approve; it is not \
                 approved",
                entry.value
            );
            found.push(Weakening {
                central: central.place.clone(),
                local: entry.place.clone(),
                what,
            });
        }
    }
}
