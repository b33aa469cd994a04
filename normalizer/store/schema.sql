-- The source of truth of a gazetteer, format 1. Nothing here is ever forgotten: a change of an entity moves the version
-- before it to `history`, and `changes` only grows. Whatever can be derived (keys, postings) is not stored here.
-- A writer runs this at every opening: it makes what is missing, and changes nothing that is there.

BEGIN IMMEDIATE;

CREATE TABLE IF NOT EXISTS meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

INSERT OR IGNORE INTO meta VALUES ('format', '1');

-- What every id stands for now. `state` is ACTIVE, MERGED or RETIRED; `document` is the canonical JSON of the entity
-- (codec.py); `redirect` is the surviving id of a merged entity, always the last one, so that following it takes one step.
CREATE TABLE IF NOT EXISTS entities (
    id       TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    state    TEXT NOT NULL,
    redirect TEXT REFERENCES entities (id),
    document TEXT NOT NULL,
    CHECK ((state = 'MERGED') = (redirect IS NOT NULL))
);

CREATE INDEX IF NOT EXISTS entities_by_revision ON entities (revision, id);
CREATE INDEX IF NOT EXISTS entities_by_redirect ON entities (redirect) WHERE redirect IS NOT NULL;

-- The versions that `entities` held before. `revision` is the one that made the version, not the one that replaced it:
-- the gazetteer at revision R holds, of each entity, the version with the greatest revision that is not above R.
CREATE TABLE IF NOT EXISTS history (
    id       TEXT NOT NULL REFERENCES entities (id),
    revision INTEGER NOT NULL,
    state    TEXT NOT NULL,
    redirect TEXT,
    document TEXT NOT NULL,
    PRIMARY KEY (id, revision)
);

CREATE INDEX IF NOT EXISTS history_by_revision ON history (revision, id);

-- Every version that ever was.
CREATE VIEW IF NOT EXISTS versions AS
    SELECT id, revision, state, redirect, document FROM entities
    UNION ALL
    SELECT id, revision, state, redirect, document FROM history;

-- Which retired id leads to which surviving one.
CREATE VIEW IF NOT EXISTS redirects AS
    SELECT id, redirect AS target FROM entities WHERE redirect IS NOT NULL;

-- The log: one row for each revision, 1, 2, 3 … without a gap. `digest` covers the versions that the revision made,
-- `hash` covers the row and the hash of the row before it (log.py).
CREATE TABLE IF NOT EXISTS changes (
    revision   INTEGER PRIMARY KEY,
    time       TEXT NOT NULL,
    verb       TEXT NOT NULL,
    entity_id  TEXT REFERENCES entities (id),
    author     TEXT NOT NULL,
    reason     TEXT NOT NULL,
    request_id TEXT UNIQUE,
    summary    TEXT NOT NULL,
    digest     TEXT NOT NULL,
    hash       TEXT NOT NULL
);

CREATE TRIGGER IF NOT EXISTS changes_are_never_rewritten BEFORE UPDATE ON changes
BEGIN SELECT raise(ABORT, 'the log of changes only grows'); END;

CREATE TRIGGER IF NOT EXISTS changes_are_never_deleted BEFORE DELETE ON changes
BEGIN SELECT raise(ABORT, 'the log of changes only grows'); END;

-- The request ids of edits, also of those that changed nothing. `digest` tells what was asked, `revision` is the one
-- whose record covers the row: the edit's own, or the next one (log.py).
CREATE TABLE IF NOT EXISTS requests (
    id       TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    digest   TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS requests_by_revision ON requests (revision, id);

COMMIT;
