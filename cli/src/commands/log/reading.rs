use depaudit_store::{AuditLog, EventFilter, EventOrder, StoredEvent};

/// How many events are read, and held in memory, together.
const PAGE: usize = 1_000;

/// How much of the record to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Everything that matches, however much it is.
    All,
    /// The newest that match.
    Newest(usize),
}

/// Hands what matches to `show`, oldest first, and returns the index to go on from: nothing before
/// it is left to show.
///
/// # Errors
/// When the log cannot be read, or `show` fails.
pub(super) async fn read(
    log: &dyn AuditLog,
    filter: &EventFilter,
    extent: Extent,
    mut show: impl FnMut(Vec<StoredEvent>) -> std::io::Result<()>,
) -> anyhow::Result<u64> {
    // Asked for before reading: what is appended meanwhile is either read here or lies behind it.
    let length = log.length().await?;
    let mut filter = filter.clone();
    match extent {
        Extent::Newest(most) => {
            let mut page = log.read(&filter, EventOrder::NewestFirst, most).await?;
            page.reverse();
            filter.from = behind(&page, filter.from);
            show(page)?;
        }
        Extent::All => loop {
            let page = log.read(&filter, EventOrder::OldestFirst, PAGE).await?;
            let last = page.len() < PAGE;
            filter.from = behind(&page, filter.from);
            show(page)?;
            if last {
                break;
            }
        },
    }
    Ok(filter.from.max(length))
}

/// The index behind the last event of a page.
fn behind(page: &[StoredEvent], otherwise: u64) -> u64 {
    page.last().map_or(otherwise, |event| event.index.saturating_add(1))
}
