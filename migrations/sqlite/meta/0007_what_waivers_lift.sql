-- A waiver names the rules that it lifts, with a space between two. Those from before lift what a policy
-- thinks of a release, and no longer that a registry changed or deleted it: that is lifted by name.
ALTER TABLE waiver ADD COLUMN lifts TEXT NOT NULL DEFAULT
    'denied not-allowed internal-name lookalike advisory yanked minimum-age licence size';

-- What was blocked hard and asked for, counted for each team by itself: what one asked for is not
-- another's to see.
ALTER TABLE review RENAME TO review_of_all;
DROP INDEX review_by_last;

CREATE TABLE review (
    registry TEXT NOT NULL,
    crate    TEXT NOT NULL,
    version  TEXT NOT NULL,
    team     TEXT NOT NULL,
    name     TEXT NOT NULL,
    sha256   BLOB NOT NULL CHECK (length(sha256) = 32),
    rule     TEXT NOT NULL,
    reason   TEXT NOT NULL,
    first    INTEGER NOT NULL,
    last     INTEGER NOT NULL,
    times    INTEGER NOT NULL,
    PRIMARY KEY (registry, crate, version, team)
) STRICT, WITHOUT ROWID;

CREATE INDEX review_by_last ON review (last);

-- Of what several teams asked for, nobody knows how often each did: once at least, by the last time.
WITH RECURSIVE split AS (
    SELECT registry, crate, version, '' AS team, teams || ' ' AS rest FROM review_of_all
    UNION ALL
    SELECT registry, crate, version, substr(rest, 1, instr(rest, ' ') - 1),
           substr(rest, instr(rest, ' ') + 1)
    FROM split WHERE rest <> ''
)
INSERT OR IGNORE INTO review
SELECT registry, crate, version, team, name, sha256, rule,
       CASE WHEN teams = team THEN reason ELSE '' END,
       CASE WHEN teams = team THEN first ELSE last END,
       last,
       CASE WHEN teams = team THEN times ELSE 1 END
FROM split JOIN review_of_all USING (registry, crate, version) WHERE team <> '';

DROP TABLE review_of_all;

-- Which event says what policy is in force, and since when it is. The record is the truth: this is where
-- it is looked up in a long one, and a mark that the record does not bear out is none.
CREATE TABLE policy_mark (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    digest BLOB CHECK (length(digest) = 32),
    told   TEXT NOT NULL,
    since  INTEGER NOT NULL,
    idx    INTEGER NOT NULL
) STRICT;
