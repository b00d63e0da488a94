-- Access tokens (times are milliseconds since 1970). Their texts are kept nowhere: `sha256` is over
-- 192 random bits, so there is nothing to guess and no slower hash is needed.
CREATE TABLE token (
    id           TEXT PRIMARY KEY,
    team         TEXT NOT NULL,
    scope        TEXT NOT NULL CHECK (scope IN ('read', 'report', 'admin')),
    name         TEXT NOT NULL,
    sha256       BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
    created      INTEGER NOT NULL,
    expires      INTEGER,
    revoked      INTEGER,
    used         INTEGER,
    rotated_from TEXT REFERENCES token (id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER token_stays_revoked BEFORE UPDATE OF revoked ON token
WHEN OLD.revoked IS NOT NULL AND NEW.revoked IS NOT OLD.revoked
BEGIN
    SELECT raise(ABORT, 'a revoked token stays revoked');
END;
