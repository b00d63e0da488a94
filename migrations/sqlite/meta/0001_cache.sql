-- What the proxy knows about registries and the crate files it holds (meta.sqlite; why it is not in
-- one file with the events stands in audit/0001_events.sql). Times are milliseconds since 1970.

CREATE TABLE registry_config (
    registry TEXT PRIMARY KEY,
    body     BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- `crate` is lowercased here and in `pin`: where the index files it.
CREATE TABLE index_entry (
    id            INTEGER PRIMARY KEY,
    registry      TEXT NOT NULL,
    crate         TEXT NOT NULL,
    confirmed     INTEGER NOT NULL,
    etag          TEXT,
    last_modified TEXT,
    size          INTEGER NOT NULL,
    body          BLOB NOT NULL,
    UNIQUE (registry, crate)
) STRICT;

-- So that adding up what is stored reads no bodies.
CREATE INDEX index_entry_by_size ON index_entry (size);

-- The first checksum seen for a version.
CREATE TABLE pin (
    registry TEXT NOT NULL,
    crate    TEXT NOT NULL,
    version  TEXT NOT NULL,
    sha256   BLOB NOT NULL CHECK (length(sha256) = 32),
    PRIMARY KEY (registry, crate, version)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER pin_is_never_changed BEFORE UPDATE ON pin
BEGIN
    SELECT raise(ABORT, 'pins are never changed');
END;

CREATE TRIGGER pin_is_never_removed BEFORE DELETE ON pin
BEGIN
    SELECT raise(ABORT, 'pins are never removed');
END;

-- The first one stays whatever a statement says, REPLACE included, which fires no DELETE trigger.
CREATE TRIGGER pin_stays BEFORE INSERT ON pin
WHEN EXISTS (
    SELECT 1 FROM pin
    WHERE registry = NEW.registry AND crate = NEW.crate AND version = NEW.version
)
BEGIN
    SELECT raise(IGNORE);
END;

CREATE TABLE blob (
    sha256 BLOB PRIMARY KEY CHECK (length(sha256) = 32),
    size   INTEGER NOT NULL,
    used   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX blob_by_use ON blob (used);

-- Two registries, or two crates, may have the same bytes. `name` is as published, `crate` is it
-- lowercased.
CREATE TABLE blob_release (
    sha256   BLOB NOT NULL REFERENCES blob (sha256) ON DELETE CASCADE,
    registry TEXT NOT NULL,
    crate    TEXT NOT NULL,
    name     TEXT NOT NULL,
    version  TEXT NOT NULL,
    stored   INTEGER NOT NULL,
    PRIMARY KEY (sha256, registry, crate, version)
) STRICT, WITHOUT ROWID;

CREATE INDEX blob_release_by_crate ON blob_release (crate, version);
