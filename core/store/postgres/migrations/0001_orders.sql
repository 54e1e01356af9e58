-- Orders and their items. Money is an integer of minor units.
--
-- No foreign keys: rows of one order are only ever written together, by one statement of ours, and
-- checking that again for each row would cost more than writing it.

CREATE TABLE orders (
    order_id     uuid        NOT NULL, -- version 7: sorts by the time of creation
    user_id      uuid        NOT NULL,
    status       smallint    NOT NULL CHECK (status BETWEEN 0 AND 3),
                             -- 0 PENDING, 1 CONFIRMED, 2 COMPLETED, 3 CANCELLED
    currency     text        NOT NULL,
    total_amount bigint      NOT NULL,
    notes        text,
    reason       text,
    version      bigint      NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    completed_at timestamptz
);

-- One for each shape of list that must not read the orders that it leaves out. Users descend in the
-- last of them, so that no other index has the order that its list asks for. The primary key comes
-- after them: of two indexes that seem as good on a table that is still empty, PostgreSQL takes the
-- younger.
CREATE INDEX orders_by_user ON orders (user_id, order_id);
CREATE INDEX orders_by_status ON orders (status, order_id);
CREATE INDEX orders_by_user_and_status ON orders (user_id DESC, status, order_id);
ALTER TABLE orders ADD PRIMARY KEY (order_id);

CREATE TABLE order_items (
    order_id   uuid     NOT NULL,
    line       smallint NOT NULL, -- 0, 1, ...
    product_id uuid     NOT NULL,
    quantity   bigint   NOT NULL,
    price      bigint   NOT NULL, -- of one unit
    PRIMARY KEY (order_id, line)
);
