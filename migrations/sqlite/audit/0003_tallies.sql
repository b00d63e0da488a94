-- What a trace asks for, kept with each event, since counting a million of them takes seconds. Both
-- tables repeat what stands in the leaves and can be made again from them; the leaves are the truth.

-- How often what was decided for whom. Empty texts and blobs stand for what is absent: a primary key
-- has no NULL. `first` and `last` are times, the others the indices of the events.
CREATE TABLE tally (
    subject   INTEGER NOT NULL REFERENCES subject (id),
    team      TEXT NOT NULL,
    registry  TEXT NOT NULL,
    principal TEXT NOT NULL,
    decision  TEXT NOT NULL,
    rule      TEXT NOT NULL,
    waiver    TEXT NOT NULL,
    policy    BLOB NOT NULL CHECK (length(policy) IN (0, 32)),
    count     INTEGER NOT NULL,
    first     INTEGER NOT NULL,
    last      INTEGER NOT NULL,
    first_idx INTEGER NOT NULL,
    last_idx  INTEGER NOT NULL,
    PRIMARY KEY (subject, team, registry, principal, decision, rule, waiver, policy)
) STRICT, WITHOUT ROWID;

-- Which events a request led to. Request ids begin with the time, so this table grows at its end.
CREATE TABLE request (
    id  TEXT NOT NULL,
    idx INTEGER NOT NULL,
    PRIMARY KEY (id, idx)
) STRICT, WITHOUT ROWID;

-- The few events about a crate that are neither a view nor a download. A query has to repeat this
-- condition word for word.
CREATE INDEX event_by_incident ON event (subject)
WHERE subject IS NOT NULL AND kind NOT IN ('index-served', 'download-decided', 'download-finished');

INSERT INTO tally
SELECT subject, team, registry, principal, decision, rule, waiver, policy,
       sum(count), min(time), max(time), min(idx), max(idx)
FROM (
    SELECT idx, time, subject, team,
           coalesce(leaf ->> '$.registry', '') AS registry,
           coalesce(leaf ->> '$.principal', '') AS principal,
           leaf ->> '$.decision' AS decision,
           coalesce(leaf ->> '$.rule', '') AS rule,
           coalesce(leaf ->> '$.waiver', '') AS waiver,
           coalesce(unhex(leaf ->> '$.policy'), x'') AS policy,
           coalesce(leaf ->> '$.count', 1) AS count
    FROM (
        SELECT idx, time, subject, team, CAST(leaf AS TEXT) AS leaf FROM event
        WHERE team IS NOT NULL AND subject IS NOT NULL
          AND kind IN ('index-served', 'download-decided')
    )
)
WHERE decision IS NOT NULL
GROUP BY subject, team, registry, principal, decision, rule, waiver, policy;

INSERT INTO request (id, idx)
SELECT CAST(leaf AS TEXT) ->> '$.request_id', idx FROM event
WHERE CAST(leaf AS TEXT) ->> '$.request_id' IS NOT NULL
ORDER BY 1, 2;
