-- Identity tokens of CI jobs that were exchanged (times are milliseconds since 1970). `sha256` is over
-- the issuer and the token's `jti`; while it stands here, the same one is not taken again. `token` is
-- the access token that came of it. Both go when neither is worth anything any more.
CREATE TABLE token_exchange (
    sha256 BLOB PRIMARY KEY CHECK (length(sha256) = 32),
    token  TEXT NOT NULL,
    ends   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX token_exchange_by_end ON token_exchange (ends);
