-- The durable queue of what came in, dead letters that can be tried again, and a cursor for each hook.

-- `xid` is the transaction that put it here. By that a reader knows where what waits begins, and need
-- not pass over what has been handled before (inbound.c), and a watcher what it has been told of
-- (watch.c). What has been handled leaves the index over what waits.
CREATE TABLE inbound (
    event_id    text        NOT NULL COLLATE "C" PRIMARY KEY,
    number      bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    xid         xid8        NOT NULL DEFAULT pg_current_xact_id(),
    topic       text        NOT NULL,
    about       text,
    payload     bytea, -- NULL when it has been handled
    received_at timestamptz NOT NULL,
    handled_at  timestamptz
);
CREATE INDEX inbound_pending ON inbound (xid, number) WHERE handled_at IS NULL;
CREATE INDEX inbound_by_age ON inbound (handled_at) WHERE handled_at IS NOT NULL;

CREATE INDEX inbox_by_age ON inbox (received_at);

-- `retrying` is the transaction that asked for it to be tried again; NULL: nobody does.
ALTER TABLE dead_letters
    ADD event_id text,
    ADD about    text,
    ADD attempts integer NOT NULL DEFAULT 1,
    ADD retrying xid8;
CREATE INDEX dead_letters_by_age ON dead_letters (received_at) WHERE retrying IS NULL;
CREATE INDEX dead_letters_new ON dead_letters (retrying) WHERE retrying IS NOT NULL;
CREATE INDEX dead_letters_retrying ON dead_letters (dead_letter_id) WHERE retrying IS NOT NULL;

-- One cursor stood for all hooks. Each of them begins where it stood.
INSERT INTO cursors (name, xid, id, updated_at)
    SELECT hook.name, c.xid, c.id, c.updated_at
    FROM cursors AS c, (VALUES ('hook:ask_release'), ('hook:ask_restock')) AS hook (name)
    WHERE c.name = 'hooks'
    ON CONFLICT (name) DO NOTHING;
DELETE FROM cursors WHERE name = 'hooks';
