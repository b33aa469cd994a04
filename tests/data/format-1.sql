-- A gazetteer as the program of format 1 wrote it; read by test_migrations.py.
BEGIN TRANSACTION;
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
INSERT INTO "changes" VALUES(1,'2026-11-29T10:39:52.041856Z','IMPORT',NULL,'import','the first data','load-1','imported 2 new and 0 changed entities','a567992b7b4fcde3688c84747127101003463e167b76517dca0d259de3bbd7da','59eaf7992da99ca585471e8fc13bc0b9ba7ba53a1d449858e5d0400824b023ec');
INSERT INTO "changes" VALUES(2,'2026-11-29T10:39:52.057807Z','CREATE','x:soudja','ann','a newspaper','create-1','created the place ''Soudja''','8b70ce259bf61af2cd3e901c2d99af05cd97f62c52802887bfcb8cbd1658da33','88c18b547c157a9a3ab7ee4f0bffcf94de2def90df6f371b0dc220a8afcadfb2');
INSERT INTO "changes" VALUES(3,'2026-11-29T10:39:52.069405Z','ADD_NAME','x:sudzha','ann','',NULL,'added the name ''Суджа'' (ru)','2790ec6328fb995a21b4f7c02c2428d6f6b83b7623a8ef38649c94982cc20a7c','260e366f150ffe04035098016dea6812127af74e4ce931316a90507319c2338e');
INSERT INTO "changes" VALUES(4,'2026-11-29T10:39:52.077386Z','UPDATE','x:sudzha','bob','census',NULL,'updated population','3c7265cfe99ed793da3cd615fb561d6985dac77b8dafd56cf4c75f7ba027ea8b','96d8c8a8c6e07eda8edd887cde6112952d951ad7e94c1ce7e340d3c741d0516d');
INSERT INTO "changes" VALUES(5,'2026-11-29T10:39:52.085386Z','REMOVE_NAME','x:kursk','ann','','remove-1','removed the name ''Курск''','79185df535929b6672f1927addd8773d21cc6542e8f4e023b1bf4aad67289a30','25d21e0169068a03ee42ef46fdb073ef52c843c36169428a465897ced6eabfc4');
INSERT INTO "changes" VALUES(6,'2026-11-29T10:39:52.089127Z','CREATE','x:old','ann','',NULL,'created the person ''Old''','2378697d878c6e6d4e3df82d3e33de971041179d534e720e509205a3997a7894','c8403c57d67fe57ba5b1a271c746fff3d2e6326c6b203d9fbeb98c4fa4a767dd');
INSERT INTO "changes" VALUES(7,'2026-11-29T10:39:52.097309Z','RETIRE','x:old','ann','',NULL,'retired','f4c3fdec317ce10890be30038c396aac8d426a392857990638b9f8ac00ecf389','73c66c23247312f7c4cecf2771d4aad33f2569fe94e63d906c5ad89e652ade54');
CREATE TABLE entities (
    id       TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    state    TEXT NOT NULL,
    redirect TEXT REFERENCES entities (id),
    document TEXT NOT NULL,
    CHECK ((state = 'MERGED') = (redirect IS NOT NULL))
);
INSERT INTO "entities" VALUES('x:kursk',5,'ACTIVE',NULL,'{"country":"RU","id":"x:kursk","kind":"city","name":"Kursk","names":[{"kind":"preferred","value":"Kursk"}],"type":"place"}');
INSERT INTO "entities" VALUES('x:sudzha',4,'ACTIVE',NULL,'{"country":"RU","id":"x:sudzha","kind":"city","name":"Sudzha","names":[{"kind":"preferred","value":"Sudzha"},{"language":"ru","source":"map","value":"Суджа"}],"parents":["x:kursk"],"population":6036,"type":"place"}');
INSERT INTO "entities" VALUES('x:soudja',2,'ACTIVE',NULL,'{"id":"x:soudja","name":"Soudja","names":[{"kind":"preferred","language":"fr","value":"Soudja"}],"type":"place"}');
INSERT INTO "entities" VALUES('x:old',7,'RETIRED',NULL,'{"id":"x:old","name":"Old","names":[{"kind":"preferred","value":"Old"}],"type":"person"}');
CREATE TABLE history (
    id       TEXT NOT NULL REFERENCES entities (id),
    revision INTEGER NOT NULL,
    state    TEXT NOT NULL,
    redirect TEXT,
    document TEXT NOT NULL,
    PRIMARY KEY (id, revision)
);
INSERT INTO "history" VALUES('x:sudzha',1,'ACTIVE',NULL,'{"country":"RU","id":"x:sudzha","kind":"city","name":"Sudzha","names":[{"kind":"preferred","value":"Sudzha"}],"parents":["x:kursk"],"type":"place"}');
INSERT INTO "history" VALUES('x:sudzha',3,'ACTIVE',NULL,'{"country":"RU","id":"x:sudzha","kind":"city","name":"Sudzha","names":[{"kind":"preferred","value":"Sudzha"},{"language":"ru","source":"map","value":"Суджа"}],"parents":["x:kursk"],"type":"place"}');
INSERT INTO "history" VALUES('x:kursk',1,'ACTIVE',NULL,'{"country":"RU","id":"x:kursk","kind":"city","name":"Kursk","names":[{"kind":"preferred","value":"Kursk"},{"language":"ru","value":"Курск"}],"type":"place"}');
INSERT INTO "history" VALUES('x:old',6,'ACTIVE',NULL,'{"id":"x:old","name":"Old","names":[{"kind":"preferred","value":"Old"}],"type":"person"}');
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "meta" VALUES('format','1');
CREATE TABLE requests (
    id       TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    digest   TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "requests" VALUES('create-1',2,'e3aeed84bb5350ee284d22122dcd1447ecc10a1d40ad1aa38ed3109961807fc7');
INSERT INTO "requests" VALUES('load-1',1,'eed94b05dcafd0c0c42908127eb9a3e612e39fa4b7c9fee24109190b9aa59425');
INSERT INTO "requests" VALUES('remove-1',5,'e851bf34bf24a452f91e90cb149256d62fcaf6d3c67432d2a5a1abbba2ad7fd8');
CREATE INDEX entities_by_revision ON entities (revision, id);
CREATE INDEX entities_by_redirect ON entities (redirect) WHERE redirect IS NOT NULL;
CREATE INDEX history_by_revision ON history (revision, id);
CREATE VIEW versions AS
    SELECT id, revision, state, redirect, document FROM entities
    UNION ALL
    SELECT id, revision, state, redirect, document FROM history;
CREATE VIEW redirects AS
    SELECT id, redirect AS target FROM entities WHERE redirect IS NOT NULL;
CREATE TRIGGER changes_are_never_rewritten BEFORE UPDATE ON changes
BEGIN SELECT raise(ABORT, 'the log of changes only grows'); END;
CREATE TRIGGER changes_are_never_deleted BEFORE DELETE ON changes
BEGIN SELECT raise(ABORT, 'the log of changes only grows'); END;
CREATE INDEX requests_by_revision ON requests (revision, id);
COMMIT;
