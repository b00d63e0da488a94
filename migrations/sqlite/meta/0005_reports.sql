-- What scans reported (times are milliseconds since 1970). The digest is over the one encoding of a
-- report, whose origin and time are part of it; `body` is that encoding, compressed (gzip).
CREATE TABLE report (
    sha256     BLOB NOT NULL PRIMARY KEY CHECK (length(sha256) = 32),
    team       TEXT NOT NULL,
    repository TEXT NOT NULL,
    branch     TEXT NOT NULL,
    time       INTEGER NOT NULL,
    received   INTEGER NOT NULL,
    body       BLOB NOT NULL
) STRICT;

CREATE INDEX report_by_origin ON report (team, repository, branch, time);
