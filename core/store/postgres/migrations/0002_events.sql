-- The stream of committed events, and how far its readers have come.
--
-- An event's position is (xid, id): the transaction that wrote it, and its number within. Numbers
-- alone would not do: a lower one can be committed later. A transaction below the snapshot's xmin
-- has ended, so readers stop there, and nothing ever appears behind them. The numbers of different
-- sessions need no order, so each may draw a few ahead.

CREATE SEQUENCE event_numbers AS bigint CACHE 32;

CREATE TABLE events (
    xid         xid8        NOT NULL DEFAULT pg_current_xact_id(),
    id          bigint      NOT NULL DEFAULT nextval('event_numbers'),
    event_id    uuid        NOT NULL,
    order_id    uuid        NOT NULL,
    topic       text        NOT NULL COLLATE "C",
    type        text        NOT NULL COLLATE "C",
    occurred_at timestamptz NOT NULL,
    traceparent text,
    data        text        NOT NULL -- JSON
);
ALTER SEQUENCE event_numbers OWNED BY events.id;

-- For the position before an event on the same topic.
CREATE INDEX events_by_topic ON events (topic, xid, id);
ALTER TABLE events ADD PRIMARY KEY (xid, id); -- last, as in 0001

-- The last event of each topic that retention has removed.
CREATE TABLE event_floors (
    topic text   NOT NULL COLLATE "C" PRIMARY KEY,
    xid   xid8   NOT NULL,
    id    bigint NOT NULL
);

CREATE TABLE cursors (
    name       text        NOT NULL COLLATE "C" PRIMARY KEY,
    xid        xid8        NOT NULL,
    id         bigint      NOT NULL,
    updated_at timestamptz NOT NULL
);

-- What is true of the whole database: 'epoch' names the stream, 'schema' is the number of the last
-- migration.
CREATE TABLE meta (
    name  text NOT NULL COLLATE "C" PRIMARY KEY,
    value text NOT NULL
);
