-- Format 1: the source of truth of a gazetteer. Nothing here is ever forgotten: a change of an entity moves the version
-- before it to `history`, and `changes` only grows. Whatever can be derived (keys, postings) is not stored here.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- What every id stands for now. `state` is ACTIVE, MERGED or RETIRED; `document` is the canonical JSON of the entity
-- (codec.py); `redirect` is the surviving id of a merged entity, always the last one, so that following it takes one step.
CREATE TABLE entities (
    id       TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    state    TEXT NOT NULL,
    redirect TEXT REFERENCES entities (id),
    document TEXT NOT NULL,
    CHECK ((state = 'MERGED') = (redirect IS NOT NULL))
);

CREATE INDEX entities_by_revision ON entities (revision, id);
CREATE INDEX entities_by_redirect ON entities (redirect) WHERE redirect IS NOT NULL;

-- The versions that `entities` held before. `revision` is the one that made the version, not the one that replaced it:
-- the gazetteer at revision R holds, of each entity, the version with the greatest revision that is not above R.
CREATE TABLE history (
    id       TEXT NOT NULL REFERENCES entities (id),
    revision INTEGER NOT NULL,
    state    TEXT NOT NULL,
    redirect TEXT,
    document TEXT NOT NULL,
    PRIMARY KEY (id, revision)
);

CREATE INDEX history_by_revision ON history (revision, id);

-- Every version that ever was.
CREATE VIEW versions AS
    SELECT id, revision, state, redirect, document FROM entities
    UNION ALL
    SELECT id, revision, state, redirect, document FROM history;

-- Which retired id leads to which surviving one.
CREATE VIEW redirects AS
    SELECT id, redirect AS target FROM entities WHERE redirect IS NOT NULL;

-- The log: one row for each revision, 1, 2, 3 … without a gap. `digest` covers the versions that the revision made,
-- `hash` covers the row and the hash of the row before it (log.py).
CREATE TABLE changes (
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

CREATE TRIGGER changes_are_never_rewritten BEFORE UPDATE ON changes
BEGIN SELECT raise(ABORT, 'the log of changes only grows'); END;

CREATE TRIGGER changes_are_never_deleted BEFORE DELETE ON changes
BEGIN SELECT raise(ABORT, 'the log of changes only grows'); END;

-- The request ids of edits, also of those that changed nothing. `digest` tells what was asked, `revision` is the one
-- whose record covers the row: the edit's own, or the next one (log.py).
CREATE TABLE requests (
    id       TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    digest   TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX requests_by_revision ON requests (revision, id);
