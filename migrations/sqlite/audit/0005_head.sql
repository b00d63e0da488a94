-- How far the record was made by those who hold the ledger's key. Written in the transaction that appends
-- the events: a keyed digest of the tree's right edge behind them. Whoever holds the database and not the
-- key can put events behind the last checkpoint, and cannot put them under this.
CREATE TABLE head (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    size INTEGER NOT NULL,
    seal BLOB NOT NULL CHECK (length(seal) = 32)
) STRICT;
