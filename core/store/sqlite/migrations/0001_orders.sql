-- Orders and their items. Identifiers are the 16 bytes of the UUID, times are milliseconds since
-- 1970 (UTC), money is an integer of minor units.

CREATE TABLE orders (
    order_id     BLOB    NOT NULL PRIMARY KEY, -- version 7: sorts by the time of creation
    user_id      BLOB    NOT NULL,
    status       INTEGER NOT NULL,             -- 0 PENDING, 1 CONFIRMED, 2 COMPLETED, 3 CANCELLED
    currency     TEXT    NOT NULL,
    total_amount INTEGER NOT NULL,
    notes        TEXT,
    reason       TEXT,
    version      INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    completed_at INTEGER,
    CHECK (length(order_id) = 16 AND length(user_id) = 16 AND status BETWEEN 0 AND 3)
) STRICT, WITHOUT ROWID;

-- One for each shape of list that must not read the orders that it leaves out.
CREATE INDEX orders_by_user ON orders (user_id, order_id);
CREATE INDEX orders_by_status ON orders (status, order_id);
CREATE INDEX orders_by_user_and_status ON orders (user_id, status, order_id);

CREATE TABLE order_items (
    order_id   BLOB    NOT NULL REFERENCES orders,
    line       INTEGER NOT NULL, -- 0, 1, ...
    product_id BLOB    NOT NULL,
    quantity   INTEGER NOT NULL,
    price      INTEGER NOT NULL, -- of one unit
    PRIMARY KEY (order_id, line)
) STRICT, WITHOUT ROWID;
