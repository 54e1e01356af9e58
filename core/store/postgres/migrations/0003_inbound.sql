-- What came in from others, the answers that a repeated request gets again, and the row that proves
-- that a write can be committed.

CREATE TABLE inbox (
    inbox_id    text        NOT NULL COLLATE "C" PRIMARY KEY,
    received_at timestamptz NOT NULL
);

CREATE TABLE dead_letters (
    dead_letter_id bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source         text        NOT NULL,
    topic          text        NOT NULL,
    reason         text        NOT NULL,
    payload        bytea       NOT NULL,
    received_at    timestamptz NOT NULL
);

CREATE TABLE idempotency_keys (
    user_id      uuid        NOT NULL,
    key          text        NOT NULL COLLATE "C",
    request_hash bytea       NOT NULL, -- SHA-256
    answer       bytea       NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE health (
    row_number smallint    NOT NULL PRIMARY KEY CHECK (row_number = 1),
    checked_at timestamptz NOT NULL
);

INSERT INTO health (row_number, checked_at) VALUES (1, now());
