-- What came in and waits to be handled, more of each dead letter, and a cursor for each hook.

CREATE TABLE inbound (
    number      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, -- rises in the order of coming
    event_id    TEXT    NOT NULL UNIQUE,
    topic       TEXT    NOT NULL,
    about       TEXT,                                       -- an order's id, say
    payload     BLOB    NOT NULL,                           -- empty once it was handled
    received_at INTEGER NOT NULL,
    handled_at  INTEGER                                     -- null: it waits
) STRICT;

CREATE INDEX inbound_pending ON inbound (number) WHERE handled_at IS NULL;
CREATE INDEX inbound_by_age ON inbound (handled_at) WHERE handled_at IS NOT NULL;
CREATE INDEX inbox_by_age ON inbox (received_at);

ALTER TABLE dead_letters ADD COLUMN event_id TEXT;
ALTER TABLE dead_letters ADD COLUMN about TEXT;
ALTER TABLE dead_letters ADD COLUMN attempts INTEGER NOT NULL DEFAULT 1;
ALTER TABLE dead_letters ADD COLUMN retrying INTEGER NOT NULL DEFAULT 0; -- 1: to be tried again

CREATE INDEX dead_letters_retrying ON dead_letters (dead_letter_id) WHERE retrying = 1;
CREATE INDEX dead_letters_by_source ON dead_letters (source, dead_letter_id);
CREATE INDEX dead_letters_by_age ON dead_letters (received_at) WHERE retrying = 0;

-- All hooks had one cursor. Each goes on where it stood: these are the ones that were shipped.
INSERT OR IGNORE INTO cursors (name, position, updated_at)
    SELECT hook.column1, position, updated_at
    FROM cursors, (VALUES ('hook:ask_release'), ('hook:ask_restock')) AS hook
    WHERE name = 'hooks';
DELETE FROM cursors WHERE name = 'hooks';
