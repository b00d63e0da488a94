-- The record of what happened (audit.sqlite). It stands in a file of its own: it is kept for years
-- and copied away, while the cache's metadata (meta.sqlite) can be made again: from the upstream,
-- and the pins of what was ever stored from the `first-seen` events here. Only the pin of a
-- version that was listed and never fetched is lost with it. Neither waits for the other's writes.

-- What events are about, each once. Events name it by number: an index over a small number costs a
-- fraction of what indexes over names and digests cost with every event, and most events are about
-- something that was asked for before. `crate` is lowercased, so that one search finds every
-- spelling. `sha256` is that of a crate file or of an index view.
CREATE TABLE subject (
    id      INTEGER PRIMARY KEY,
    crate   TEXT,
    version TEXT,
    sha256  BLOB CHECK (length(sha256) = 32)
) STRICT;

CREATE INDEX subject_by_crate ON subject (crate, version, sha256);
CREATE INDEX subject_by_sha256 ON subject (sha256) WHERE sha256 IS NOT NULL;

-- `leaf` is the canonical encoding and the only truth; the columns beside it repeat what is
-- searched for. Times are milliseconds since 1970.
CREATE TABLE event (
    idx     INTEGER PRIMARY KEY,
    time    INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    team    TEXT,
    subject INTEGER REFERENCES subject (id),
    leaf    BLOB NOT NULL
) STRICT;

CREATE INDEX event_by_subject ON event (subject) WHERE subject IS NOT NULL;
CREATE INDEX event_by_team ON event (team) WHERE team IS NOT NULL;
CREATE INDEX event_by_time ON event (time);

-- Who asked: personal data, which may have to be erased while the event stays. The event holds a
-- commitment to it.
CREATE TABLE event_client (
    idx        INTEGER PRIMARY KEY REFERENCES event (idx),
    address    TEXT,
    user_agent TEXT,
    salt       BLOB NOT NULL CHECK (length(salt) = 16)
) STRICT;

CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
BEGIN
    SELECT raise(ABORT, 'events are never changed');
END;

CREATE TRIGGER event_is_never_removed BEFORE DELETE ON event
BEGIN
    SELECT raise(ABORT, 'events are never removed');
END;

CREATE TRIGGER subject_is_never_changed BEFORE UPDATE ON subject
BEGIN
    SELECT raise(ABORT, 'what events are about is never changed');
END;

CREATE TRIGGER subject_is_never_removed BEFORE DELETE ON subject
BEGIN
    SELECT raise(ABORT, 'what events are about is never removed');
END;

-- Also keeps REPLACE from removing an event, which fires no DELETE trigger. ROLLBACK, not ABORT: to
-- undo one statement alone, SQLite would copy each page before that statement touches it, and a
-- batch is written whole or not at all.
CREATE TRIGGER event_comes_next BEFORE INSERT ON event
WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM event)
BEGIN
    SELECT raise(ROLLBACK, 'an event comes right behind the last one');
END;
