-- What came in from others, and the row that proves that a write can be committed.

CREATE TABLE inbox (
    inbox_id    TEXT    NOT NULL PRIMARY KEY,
    received_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letters (
    dead_letter_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    source         TEXT    NOT NULL,
    topic          TEXT    NOT NULL,
    reason         TEXT    NOT NULL,
    payload        BLOB    NOT NULL,
    received_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE health (
    only       INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    checked_at INTEGER NOT NULL
) STRICT;

INSERT INTO health (only, checked_at) VALUES (1, 0);
