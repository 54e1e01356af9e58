-- The answers that a request gets again when it is repeated under its idempotency key.

CREATE TABLE idempotency_keys (
    user_id      BLOB    NOT NULL,
    key          TEXT    NOT NULL,
    request_hash BLOB    NOT NULL, -- SHA-256
    answer       BLOB    NOT NULL,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (user_id, key),
    CHECK (length(user_id) = 16 AND length(request_hash) = 32)
) STRICT;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
