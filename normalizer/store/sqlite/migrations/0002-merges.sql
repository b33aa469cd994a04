-- Format 2: the log knows merges, splits, revivals and reverts, which a program of format 1 cannot read. To undo a merge,
-- and to know whose parents resolve otherwise, all that ever led to an id is looked up.

CREATE INDEX history_by_redirect ON history (redirect) WHERE redirect IS NOT NULL;

-- The first files of format 1 had no requests.
CREATE TABLE IF NOT EXISTS requests (
    id       TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    digest   TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS requests_by_revision ON requests (revision, id);
