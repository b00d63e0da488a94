//! The shared words: crate names, checksums, teams, identities, events.
