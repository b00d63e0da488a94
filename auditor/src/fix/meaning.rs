use toml::{Table, Value};

use super::change::Change;
use super::{declare, modernise};

/// Whether `new` says what `old` says once this has been changed, and nothing else: the edit was
/// made by place, and is looked at by what it means.
pub(super) fn is_as_meant(
    old: &str,
    new: &str,
    keys: &[String],
    package: &str,
    change: &Change,
) -> bool {
    let (Ok(mut meant), Ok(mut said)) = (toml::from_str::<Table>(old), toml::from_str(new)) else {
        return false;
    };
    if apply(&mut meant, keys, package, change).is_none() {
        return false;
    }
    // A table that is left empty may go and may stay.
    prune(&mut meant);
    prune(&mut said);
    meant == said
}

fn apply(document: &mut Table, keys: &[String], package: &str, change: &Change) -> Option<()> {
    match change {
        Change::Declare(source) => return declare::meaning(document, package, source),
        Change::Modernise(source) => {
            modernise::meaning(document, source);
            return Some(());
        }
        Change::Remove | Change::PinCommit(_) | Change::Requirement(_) | Change::Relock(_) => {}
    }
    let (last, above) = keys.split_last()?;
    let mut table = document;
    for key in above {
        table = table.get_mut(key)?.as_table_mut()?;
    }
    match change {
        Change::Remove => drop(table.remove(last)?),
        Change::PinCommit(commit) => {
            let entry = table.get_mut(last)?.as_table_mut()?;
            entry.remove("branch");
            entry.remove("tag");
            entry.insert("rev".to_owned(), Value::from(commit.as_str()));
        }
        Change::Requirement(requirement) => {
            let entry = table.get_mut(last)?;
            let new = Value::from(requirement.as_str());
            match entry.as_table_mut() {
                Some(entry) => drop(entry.insert("version".to_owned(), new)),
                None => *entry = new,
            }
        }
        Change::Modernise(_) | Change::Declare(_) | Change::Relock(_) => return None,
    }
    Some(())
}

fn prune(table: &mut Table) {
    table.retain(|_, value| match value {
        Value::Table(inner) => {
            prune(inner);
            !inner.is_empty()
        }
        _ => true,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_anything_else_is_seen() {
        let keys = ["dependencies", "a"].map(str::to_owned);
        let old = "[dependencies]\na = { git = \"x\", branch = \"m\" }\nb = \"1\"\n";
        let judged =
            |new: &str| is_as_meant(old, new, &keys, "a", &Change::PinCommit("0123".to_owned()));
        assert!(judged("[dependencies]\nb = \"1\"\na = { git = \"x\", rev = \"0123\" }\n"));
        for wrong in [
            "[dependencies]\na = { git = \"x\", rev = \"0123\" }\n",
            "[dependencies]\na = { git = \"x\", branch = \"m\", rev = \"0123\" }\nb = \"1\"\n",
            "[dependencies]\na = { git = \"x\", rev = \"0123\" \nb = \"1\"\n",
        ] {
            assert!(!judged(wrong), "{wrong}");
        }
    }
}
