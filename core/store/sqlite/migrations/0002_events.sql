-- The stream of committed events, and how far its readers have come.

CREATE TABLE events (
    position    INTEGER NOT NULL PRIMARY KEY, -- 1, 2, ... in commit order
    previous    INTEGER,                      -- the position before it on the same topic
    event_id    BLOB    NOT NULL UNIQUE,
    order_id    BLOB    NOT NULL,
    topic       TEXT    NOT NULL,
    type        TEXT    NOT NULL,
    occurred_at INTEGER NOT NULL,
    traceparent TEXT,
    data        TEXT    NOT NULL              -- JSON
) STRICT;

-- The last position given out on each topic. It outlives the events themselves, so that no
-- position is ever given out twice.
CREATE TABLE heads (
    topic    TEXT    NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE cursors (
    name       TEXT    NOT NULL PRIMARY KEY,
    position   INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What is true of the whole database: 'epoch' names the stream.
CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
