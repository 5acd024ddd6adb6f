-- The opening of the books: how far it has come, and the orders that the ERP is taken to know without a document.
ALTER TABLE stream ADD COLUMN opening TEXT;  -- JSON, until the stream has a position

CREATE TABLE ledger_opening (
    stream    TEXT NOT NULL,
    order_id  TEXT NOT NULL,
    order_no  TEXT NOT NULL,
    reference TEXT,                          -- what the ERP calls the order, where that is known
    net       TEXT NOT NULL,
    tax       TEXT NOT NULL,
    total     TEXT NOT NULL,
    mapping   TEXT NOT NULL,
    PRIMARY KEY (stream, order_id)
) STRICT, WITHOUT ROWID;

-- The transaction that changed a row last, and when the store committed it; NULL where it was only read.
ALTER TABLE mirror ADD COLUMN cut TEXT;
ALTER TABLE mirror ADD COLUMN changed_us INTEGER;
