-- Format 1 of PostgreSQL: the tables of format 2 of SQLite (store/sqlite/migrations, which say what each column means).
-- Ids are ordered by their bytes, as there, whatever the language of the database.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- A redirect may be written before its survivor, so references are looked at when the transaction commits.
CREATE TABLE entities (
    id       TEXT COLLATE "C" PRIMARY KEY,
    revision BIGINT NOT NULL,
    state    TEXT NOT NULL,
    redirect TEXT COLLATE "C" REFERENCES entities (id) DEFERRABLE INITIALLY DEFERRED,
    document TEXT NOT NULL,
    CHECK ((state = 'MERGED') = (redirect IS NOT NULL))
);

CREATE INDEX entities_by_revision ON entities (revision, id);
CREATE INDEX entities_by_redirect ON entities (redirect) WHERE redirect IS NOT NULL;

CREATE TABLE history (
    id       TEXT COLLATE "C" NOT NULL REFERENCES entities (id) DEFERRABLE INITIALLY DEFERRED,
    revision BIGINT NOT NULL,
    state    TEXT NOT NULL,
    redirect TEXT COLLATE "C",
    document TEXT NOT NULL,
    PRIMARY KEY (id, revision)
);

CREATE INDEX history_by_revision ON history (revision, id);
CREATE INDEX history_by_redirect ON history (redirect) WHERE redirect IS NOT NULL;

CREATE VIEW versions AS
    SELECT id, revision, state, redirect, document FROM entities
    UNION ALL
    SELECT id, revision, state, redirect, document FROM history;

CREATE VIEW redirects AS
    SELECT id, redirect AS target FROM entities WHERE redirect IS NOT NULL;

CREATE TABLE changes (
    revision   BIGINT PRIMARY KEY,
    time       TEXT NOT NULL,
    verb       TEXT NOT NULL,
    entity_id  TEXT COLLATE "C" REFERENCES entities (id) DEFERRABLE INITIALLY DEFERRED,
    author     TEXT NOT NULL,
    reason     TEXT NOT NULL,
    request_id TEXT COLLATE "C" UNIQUE,
    summary    TEXT NOT NULL,
    digest     TEXT NOT NULL,
    hash       TEXT NOT NULL
);

CREATE TABLE requests (
    id       TEXT COLLATE "C" PRIMARY KEY,
    revision BIGINT NOT NULL,
    digest   TEXT NOT NULL
);

CREATE INDEX requests_by_revision ON requests (revision, id);

CREATE FUNCTION only_grows() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the log of changes only grows'; END $$;

CREATE TRIGGER changes_are_never_rewritten BEFORE UPDATE ON changes FOR EACH STATEMENT EXECUTE FUNCTION only_grows();
CREATE TRIGGER changes_are_never_deleted BEFORE DELETE OR TRUNCATE ON changes
    FOR EACH STATEMENT EXECUTE FUNCTION only_grows();

-- Whoever listens hears of each record when it is committed.
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_notify('normalizer', NEW.revision::text); RETURN NULL; END $$;

CREATE TRIGGER changes_are_told AFTER INSERT ON changes FOR EACH ROW EXECUTE FUNCTION tell();

-- What SQLite calls so: the items of a JSON list of texts.
CREATE FUNCTION json_each(list TEXT) RETURNS TABLE (value TEXT) LANGUAGE sql IMMUTABLE AS
$$ SELECT json_array_elements_text(list::json) $$;
