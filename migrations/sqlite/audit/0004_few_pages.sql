-- An event touches few pages of the file, however long the record is and however events follow each
-- other: each page that a batch touches is written to the WAL and once more to the database.

-- For whom something is decided, and why, each once. Empty texts and blobs stand for what is absent,
-- since in a UNIQUE constraint no NULL equals another.
CREATE TABLE tally_group (
    id        INTEGER PRIMARY KEY,
    team      TEXT NOT NULL,
    registry  TEXT NOT NULL,
    principal TEXT NOT NULL,
    decision  TEXT NOT NULL,
    rule      TEXT NOT NULL,
    waiver    TEXT NOT NULL,
    policy    BLOB NOT NULL CHECK (length(policy) IN (0, 32)),
    UNIQUE (team, registry, principal, decision, rule, waiver, policy)
) STRICT;

INSERT INTO tally_group (team, registry, principal, decision, rule, waiver, policy)
SELECT DISTINCT team, registry, principal, decision, rule, waiver, policy FROM tally;

-- As before, and a row has 30 bytes instead of 120. `first` and `last` are times, the others indices.
CREATE TABLE narrow_tally (
    subject   INTEGER NOT NULL,
    asker     INTEGER NOT NULL,
    count     INTEGER NOT NULL,
    first     INTEGER NOT NULL,
    last      INTEGER NOT NULL,
    first_idx INTEGER NOT NULL,
    last_idx  INTEGER NOT NULL,
    PRIMARY KEY (subject, asker),
    FOREIGN KEY (subject) REFERENCES subject (id),
    FOREIGN KEY (asker) REFERENCES tally_group (id)
) STRICT, WITHOUT ROWID;

INSERT INTO narrow_tally
SELECT subject, id, count, first, last, first_idx, last_idx
FROM tally JOIN tally_group USING (team, registry, principal, decision, rule, waiver, policy)
ORDER BY subject, id;

DROP TABLE tally;
ALTER TABLE narrow_tally RENAME TO tally;

-- By 32,768 events at a time: new entries come among the newest ones, and not all over the index. A query
-- looks into each of these parts, and has to repeat the expression.
DROP INDEX event_by_subject;
CREATE INDEX event_by_subject ON event (idx >> 15, subject) WHERE subject IS NOT NULL;

-- What each 1,000 events are searched by that nothing else finds them by: the latest time up to the
-- last of them, and four bytes of the digest of each one's request id, zeros where it has none. Events
-- behind the last full stretch are few. Made from the leaves; the leaves are the truth.
CREATE TABLE stretch (
    n        INTEGER PRIMARY KEY,
    latest   INTEGER NOT NULL,
    requests BLOB NOT NULL CHECK (length(requests) = 4000)
) STRICT;

CREATE INDEX stretch_by_time ON stretch (latest);

CREATE TRIGGER stretch_is_never_changed BEFORE UPDATE ON stretch
BEGIN
    SELECT raise(ABORT, 'what full stretches are searched by is never changed');
END;

CREATE TRIGGER stretch_is_never_removed BEFORE DELETE ON stretch
BEGIN
    SELECT raise(ABORT, 'what full stretches are searched by is never removed');
END;

DROP TABLE request;
DROP INDEX event_by_time;
