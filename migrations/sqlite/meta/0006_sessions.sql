-- Who is logged in to the pages (times are milliseconds since 1970). `sha256` is over the 256 random bits
-- of the browser's cookie, which are kept nowhere. A session stands on a token, by its id, and is worth
-- what the token is worth; or on somebody else's word for a person, with a team and a role.
CREATE TABLE session (
    sha256  BLOB PRIMARY KEY CHECK (length(sha256) = 32),
    token   TEXT,
    person  TEXT,
    team    TEXT,
    role    TEXT CHECK (role IN ('reader', 'owner', 'admin')),
    created INTEGER NOT NULL,
    used    INTEGER NOT NULL,
    ends    INTEGER NOT NULL,
    CHECK ((token IS NULL) = (person IS NOT NULL)),
    CHECK ((person IS NULL) = (team IS NULL) AND (person IS NULL) = (role IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX session_by_end ON session (ends);
CREATE INDEX session_by_token ON session (token);
CREATE INDEX session_by_person ON session (person);
