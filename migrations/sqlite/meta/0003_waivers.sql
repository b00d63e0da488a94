-- Waivers at the proxy's doors (times are milliseconds since 1970; `expires` is the beginning of the
-- first day on which it does not hold any more). Every change is an event first. Nothing is deleted.
CREATE TABLE waiver (
    id          TEXT PRIMARY KEY,
    registry    TEXT NOT NULL,
    team        TEXT,
    crate       TEXT,
    requirement TEXT,
    advisory    TEXT,
    owner       TEXT NOT NULL,
    reason      TEXT NOT NULL,
    link        TEXT,
    expires     INTEGER NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed    INTEGER NOT NULL,
    granted_by  TEXT,
    granted     INTEGER,
    ended_by    TEXT,
    ended       INTEGER,
    ended_for   TEXT,
    CHECK ((advisory IS NULL) = (crate IS NOT NULL AND requirement IS NOT NULL)),
    CHECK ((granted IS NULL) = (granted_by IS NULL)),
    CHECK ((ended IS NULL) = (ended_by IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER waiver_stays_ended BEFORE UPDATE ON waiver
WHEN OLD.ended IS NOT NULL
BEGIN
    SELECT raise(ABORT, 'a waiver that ended stays ended');
END;

CREATE TRIGGER waiver_is_never_removed BEFORE DELETE ON waiver
BEGIN
    SELECT raise(ABORT, 'waivers are never removed');
END;

-- What was blocked hard, and somebody asked for: it waits for somebody to look at it.
CREATE TABLE review (
    registry TEXT NOT NULL,
    crate    TEXT NOT NULL,
    version  TEXT NOT NULL,
    name     TEXT NOT NULL,
    sha256   BLOB NOT NULL CHECK (length(sha256) = 32),
    rule     TEXT NOT NULL,
    reason   TEXT NOT NULL,
    first    INTEGER NOT NULL,
    last     INTEGER NOT NULL,
    times    INTEGER NOT NULL,
    teams    TEXT NOT NULL,
    PRIMARY KEY (registry, crate, version)
) STRICT, WITHOUT ROWID;

CREATE INDEX review_by_last ON review (last);
