-- The opening of the books: how far it has come, and the orders that the ERP is taken to know without a document.
ALTER TABLE stream ADD COLUMN opening TEXT;  -- JSON, until the stream has a position

-- The first position that the stream had: nothing before it can be replayed. NULL where that was not noted.
ALTER TABLE stream ADD COLUMN beginning TEXT;
ALTER TABLE stream ADD COLUMN unread_before_us INTEGER;  -- where orders were not read at the beginning: when that was

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

-- The mapping that a person has agreed to, where rows are found by another one's already; NULL where it is the stream's own.
ALTER TABLE stream ADD COLUMN agreed TEXT;

-- Differences that a person let the ledger take over without a document.
CREATE TABLE ledger_absorbed (
    stream   TEXT NOT NULL,
    order_id TEXT NOT NULL,
    order_no TEXT NOT NULL,
    at_us    INTEGER NOT NULL,
    reason   TEXT NOT NULL,
    net      TEXT NOT NULL,  -- what was added to what the ERP is taken to know; may be negative
    tax      TEXT NOT NULL,
    total    TEXT NOT NULL,
    mapping  TEXT NOT NULL,
    PRIMARY KEY (stream, order_id, at_us)
) STRICT, WITHOUT ROWID;
