-- Accounts in the ERP that a person has named for customers of the store.
CREATE TABLE account_map (
    stream  TEXT NOT NULL,
    id      TEXT NOT NULL,                   -- the customer's key in the store
    account TEXT NOT NULL,                   -- its number in the ERP
    PRIMARY KEY (stream, id)
) STRICT, WITHOUT ROWID;

-- What the ERP calls the store's items.
CREATE TABLE item_map (
    stream TEXT NOT NULL,
    sku    TEXT NOT NULL,                    -- the store's
    item   TEXT NOT NULL,                    -- the ERP's
    unit   TEXT,                             -- the ERP's unit of measure for it, where it is not its default
    PRIMARY KEY (stream, sku)
) STRICT, WITHOUT ROWID;

-- The item that a parked entry waits for: it goes on by itself once the item is known.
ALTER TABLE outbox ADD COLUMN waits_for TEXT;
CREATE INDEX outbox_waits_for ON outbox (stream, waits_for) WHERE waits_for IS NOT NULL;

-- The ERP account that the stream is attached to, and whether its numbers have the stream's name in them.
ALTER TABLE stream ADD COLUMN account TEXT;
ALTER TABLE stream ADD COLUMN names_stream INTEGER NOT NULL DEFAULT 0;

-- A document is posted no earlier than the one before it in its lane.
CREATE INDEX outbox_posted ON outbox (stream, lane, posting_date);
