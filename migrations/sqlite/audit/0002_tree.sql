-- The Merkle tree over the events (C2SP tlog-tiles; each leaf is an event's `leaf`). It grows in the
-- transaction that appends the events, so neither is ever there without the other. Hashes are 32
-- bytes each, one behind the other.

-- Full tiles, which never change: 256 hashes each.
CREATE TABLE tile (
    level  INTEGER NOT NULL CHECK (level BETWEEN 0 AND 7),
    idx    INTEGER NOT NULL,
    hashes BLOB NOT NULL CHECK (length(hashes) = 8192),
    PRIMARY KEY (level, idx)
) STRICT;

CREATE TRIGGER tile_is_never_changed BEFORE UPDATE ON tile
BEGIN
    SELECT raise(ABORT, 'full tiles are never changed');
END;

CREATE TRIGGER tile_is_never_removed BEFORE DELETE ON tile
BEGIN
    SELECT raise(ABORT, 'full tiles are never removed');
END;

-- The right edge: the one tile of each level that is not full. So the state of the tree is read at
-- start, however long the log is.
CREATE TABLE edge (
    level  INTEGER PRIMARY KEY CHECK (level BETWEEN 0 AND 7),
    hashes BLOB NOT NULL CHECK (length(hashes) % 32 = 0 AND length(hashes) < 8192)
) STRICT;

-- What was signed, as it was signed. The newest is served; older ones are kept where another key
-- took over, and one for each day.
CREATE TABLE checkpoint (
    size INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    kept INTEGER NOT NULL CHECK (kept IN (0, 1)),
    note TEXT NOT NULL
) STRICT;
