use depaudit_store::{MetaStore, PinnedRelease};

use super::Heard;
use super::heard::Key;

/// How many pins are read at a time.
const PAGE: usize = 4_096;

/// The first pin that is not the checksum under which the version was first stored. A version that was
/// listed and never fetched is pinned and not on record.
pub(super) async fn other(meta: &dyn MetaStore, heard: &Heard) -> anyhow::Result<Option<String>> {
    let mut after: Option<PinnedRelease> = None;
    loop {
        let mut page = meta.all_pins(after.as_ref(), PAGE).await?;
        let wrong = page.iter().find_map(|pinned| {
            let PinnedRelease { registry, name, pin } = pinned;
            let key = Key::of_release(registry, &name.index_key(), &pin.version);
            let (index, checksum) = heard.first_seen.get(&key)?;
            (*checksum != pin.checksum).then(|| {
                format!(
                    "what is pinned was changed: {name} {} of {registry} was first seen with {checksum} \
                     (entry {index}), and {} is pinned",
                    pin.version, pin.checksum
                )
            })
        });
        let full = page.len() == PAGE;
        after = page.pop();
        if wrong.is_some() || !full {
            return Ok(wrong);
        }
    }
}
