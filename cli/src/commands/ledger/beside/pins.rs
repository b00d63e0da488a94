use depaudit_model::RegistryName;
use depaudit_store::{MetaStore, PinnedRelease};

use super::Heard;
use super::heard::Key;

/// How many pins are read at a time.
const PAGE: usize = 4_096;

/// The first pin that is not the checksum under which the version was first stored, or that is gone where
/// others of its crate are kept. A version that was listed and never fetched is pinned and not on record; a
/// crate of which nothing is kept has lost all of it, as metadata can be lost, and gets its pins back from
/// the record.
pub(super) async fn other(meta: &dyn MetaStore, heard: &Heard) -> anyhow::Result<Option<String>> {
    if heard.twice.is_some() {
        return Ok(heard.twice.clone());
    }
    let mut after: Option<PinnedRelease> = None;
    let mut met = Met::default();
    loop {
        let mut page = meta.all_pins(after.as_ref(), PAGE).await?;
        for pinned in &page {
            let wrong = met.next(Some(pinned), heard).or_else(|| met.compare(pinned, heard));
            if wrong.is_some() {
                return Ok(wrong);
            }
        }
        let full = page.len() == PAGE;
        after = page.pop();
        if !full {
            return Ok(met.next(None, heard));
        }
    }
}

/// The crate whose pins are being read: they come in a row.
#[derive(Default)]
struct Met {
    /// Its registry and name.
    of: Option<(RegistryName, String)>,
    /// How many of its pins are of versions that were first seen.
    seen: u64,
}

impl Met {
    /// Ends the crate before, where another one comes: has it all its pins?
    fn next(&mut self, pinned: Option<&PinnedRelease>, heard: &Heard) -> Option<String> {
        let next = pinned.map(|it| (it.registry.clone(), it.name.index_key()));
        if self.of == next {
            return None;
        }
        let before = std::mem::replace(&mut self.of, next);
        let seen = std::mem::take(&mut self.seen);
        let (registry, name) = before?;
        let expected = heard.seen.get(&Key::of_crate(&registry, &name)).copied().unwrap_or(0);
        (seen < expected).then(|| {
            format!(
                "what is pinned of {name} of {registry} was removed: {expected} of its versions were first \
                 seen, and {seen} of these are pinned"
            )
        })
    }

    fn compare(&mut self, pinned: &PinnedRelease, heard: &Heard) -> Option<String> {
        let PinnedRelease { registry, name, pin } = pinned;
        let key = Key::of_release(registry, &name.index_key(), &pin.version);
        let (index, checksum) = heard.first_seen.get(&key)?;
        self.seen += 1;
        (*checksum != pin.checksum).then(|| {
            format!(
                "what is pinned was changed: {name} {} of {registry} was first seen with {checksum} (entry \
                 {index}), and {} is pinned",
                pin.version, pin.checksum
            )
        })
    }
}
