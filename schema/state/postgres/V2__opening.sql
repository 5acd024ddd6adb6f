-- The opening of the books: how far it has come, and the orders that the ERP is taken to know without a document.
ALTER TABLE stream ADD COLUMN opening text;  -- JSON, until the stream has a position

-- The first position that the stream had: nothing before it can be replayed. NULL where that was not noted.
ALTER TABLE stream ADD COLUMN beginning text;
ALTER TABLE stream ADD COLUMN unread_before_us bigint;  -- where orders were not read at the beginning: when that was

CREATE TABLE ledger_opening (
    stream    text NOT NULL,
    order_id  text NOT NULL,
    order_no  text NOT NULL,
    reference text,                          -- what the ERP calls the order, where that is known
    net       text NOT NULL,
    tax       text NOT NULL,
    total     text NOT NULL,
    mapping   text NOT NULL,
    PRIMARY KEY (stream, order_id)
);

-- The transaction that changed a row last, and when the store committed it; NULL where it was only read.
ALTER TABLE mirror ADD COLUMN cut text;
ALTER TABLE mirror ADD COLUMN changed_us bigint;

-- The mapping that a person has agreed to, where rows are found by another one's already; NULL where it is the stream's own.
ALTER TABLE stream ADD COLUMN agreed text;

-- Differences that a person let the ledger take over without a document.
CREATE TABLE ledger_absorbed (
    stream   text NOT NULL,
    order_id text NOT NULL,
    order_no text NOT NULL,
    at_us    bigint NOT NULL,
    reason   text NOT NULL,
    net      text NOT NULL,  -- what was added to what the ERP is taken to know; may be negative
    tax      text NOT NULL,
    total    text NOT NULL,
    mapping  text NOT NULL,
    PRIMARY KEY (stream, order_id, at_us)
);
