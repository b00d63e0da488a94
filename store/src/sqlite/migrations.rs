use rusqlite::{Connection, TransactionBehavior};

/// What a database file is called and how its format came about.
#[derive(Debug)]
pub(super) struct Format {
    /// The file's name in the data folder.
    pub(super) file: &'static str,
    /// The steps, from an empty file on. A released one is never edited: others have taken it.
    pub(super) steps: &'static [&'static str],
}

/// The events.
pub(super) const AUDIT: Format = Format {
    file: "audit.sqlite",
    steps: &[
        include_str!("../../../migrations/sqlite/audit/0001_events.sql"),
        include_str!("../../../migrations/sqlite/audit/0002_tree.sql"),
        include_str!("../../../migrations/sqlite/audit/0003_tallies.sql"),
        include_str!("../../../migrations/sqlite/audit/0004_few_pages.sql"),
        include_str!("../../../migrations/sqlite/audit/0005_head.sql"),
    ],
};

/// What the cache knows.
pub(super) const META: Format = Format {
    file: "meta.sqlite",
    steps: &[
        include_str!("../../../migrations/sqlite/meta/0001_cache.sql"),
        include_str!("../../../migrations/sqlite/meta/0002_tokens.sql"),
        include_str!("../../../migrations/sqlite/meta/0003_waivers.sql"),
        include_str!("../../../migrations/sqlite/meta/0004_oidc.sql"),
        include_str!("../../../migrations/sqlite/meta/0005_reports.sql"),
        include_str!("../../../migrations/sqlite/meta/0006_sessions.sql"),
        include_str!("../../../migrations/sqlite/meta/0007_what_waivers_lift.sql"),
        include_str!("../../../migrations/sqlite/meta/0008_logins_on_record.sql"),
    ],
};

impl Format {
    /// The format's number: how many steps lead to it.
    pub(super) const fn number(&self) -> u32 {
        // A handful.
        self.steps.len() as u32
    }

    /// The format that a file has, as the last step left it (`PRAGMA user_version`).
    pub(super) fn found(connection: &Connection) -> rusqlite::Result<u32> {
        connection.pragma_query_value(None, "user_version", |row| row.get(0))
    }

    /// Takes the steps that the file has not taken, all or none of them. Gives the number the file
    /// has then: a higher one than [`Format::number`] when a newer depaudit has written it.
    pub(super) fn migrate(&self, connection: &mut Connection) -> rusqlite::Result<u32> {
        // The lock comes first, since another process may be starting at the same time.
        let steps = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found = Self::found(&steps)?;
        if found >= self.number() {
            return Ok(found);
        }
        for step in self.steps.iter().skip(found as usize) {
            steps.execute_batch(step)?;
        }
        steps.pragma_update(None, "user_version", self.number())?;
        steps.commit()?;
        Ok(self.number())
    }
}
