-- The state database of ledgertap, SQLite.
-- Times are microseconds since 1970-01-01 UTC. Amounts are decimal text. `stream` names one store attached to one ERP account.

CREATE TABLE stream (
    name        TEXT PRIMARY KEY,
    epoch       INTEGER NOT NULL,            -- of the latest capture session; older ones cannot commit
    position    TEXT,                        -- where the binlog goes on; NULL before the first commit
    clock_us    INTEGER NOT NULL DEFAULT 0,  -- the capture clock
    cut         TEXT,                        -- the last source transaction that capture has seen
    footprint   TEXT NOT NULL,               -- the mirrored tables and columns, JSON
    mapping     TEXT NOT NULL                -- version of the mapping of the latest session
) STRICT;

CREATE TABLE mirror (
    stream TEXT NOT NULL,
    tbl    TEXT NOT NULL,
    key    TEXT NOT NULL,                    -- JSON array of the key's values
    row    TEXT NOT NULL,                    -- JSON array, in the order of the footprint's columns
    PRIMARY KEY (stream, tbl, key)
) STRICT, WITHOUT ROWID;

-- Which rows a document is made of: the mapping's join keys, evaluated.
CREATE TABLE owner (
    stream TEXT NOT NULL,
    idx    TEXT NOT NULL,                    -- order_line.order_id
    owner  TEXT NOT NULL,                    -- 17
    tbl    TEXT NOT NULL,
    key    TEXT NOT NULL,
    PRIMARY KEY (stream, idx, owner, tbl, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX owner_by_row ON owner (stream, tbl, key);

CREATE TABLE ledger_order (
    stream    TEXT NOT NULL,
    id        TEXT NOT NULL,                 -- the order's key in the store
    number    TEXT NOT NULL,
    told      TEXT NOT NULL,                 -- what the ERP has been told, JSON
    net       TEXT NOT NULL,
    tax       TEXT NOT NULL,
    total     TEXT NOT NULL,
    held      TEXT,                          -- why it is not a document yet
    waits_for TEXT,                          -- the customer that it is held for
    older     INTEGER NOT NULL DEFAULT 0,    -- was there before the stream began
    PRIMARY KEY (stream, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_order_held ON ledger_order (stream, id) WHERE held IS NOT NULL;

CREATE TABLE ledger_customer (
    stream      TEXT NOT NULL,
    id          TEXT NOT NULL,
    number      TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    entry       INTEGER NOT NULL,            -- the outbox entry that told it last
    PRIMARY KEY (stream, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE dirty (
    stream   TEXT NOT NULL,
    kind     TEXT NOT NULL,                  -- customer, order
    id       TEXT NOT NULL,
    since_us INTEGER NOT NULL,               -- its last change, by the capture clock
    PRIMARY KEY (stream, kind, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
    seq            INTEGER PRIMARY KEY AUTOINCREMENT,
    stream         TEXT NOT NULL,
    lane           TEXT NOT NULL,
    kind           TEXT NOT NULL,
    number         TEXT NOT NULL,
    payload        TEXT NOT NULL,            -- the document, JSON
    fingerprint    TEXT NOT NULL,
    depends_on     INTEGER REFERENCES outbox (seq),
    state          TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'unknown', 'delivered', 'parked', 'skipped')),
    not_before_us  INTEGER NOT NULL,
    claim          INTEGER NOT NULL DEFAULT 0,
    claimed_us     INTEGER,                  -- the first claim
    lease_until_us INTEGER,
    maybe_sent     INTEGER NOT NULL DEFAULT 0,
    attempts       INTEGER NOT NULL DEFAULT 0,
    posting_date   TEXT,                     -- fixed at the first claim
    said           TEXT,                     -- what the last attempt said
    reference      TEXT,                     -- the ERP's own
    erp_net        TEXT,
    erp_tax        TEXT,
    erp_total      TEXT,
    cut            TEXT NOT NULL,            -- the last source transaction that the plan saw
    changed_us     INTEGER NOT NULL,         -- the document's last change, by the capture clock
    planned_us     INTEGER NOT NULL,
    delivered_us   INTEGER
) STRICT;
CREATE UNIQUE INDEX outbox_number ON outbox (stream, kind, number) WHERE kind <> 'customer';
CREATE INDEX outbox_open ON outbox (stream, seq) WHERE state NOT IN ('delivered', 'skipped');
CREATE INDEX outbox_lane ON outbox (stream, lane, seq) WHERE state NOT IN ('delivered', 'skipped');

-- What has been told, entry by entry; outlives the outbox's payloads.
CREATE TABLE ledger_entry (
    entry    INTEGER PRIMARY KEY,            -- the outbox entry
    stream   TEXT NOT NULL,
    order_id TEXT NOT NULL,
    order_no TEXT NOT NULL,
    number   TEXT NOT NULL,
    kind     TEXT NOT NULL,
    reason   TEXT,                           -- of a credit note
    net      TEXT NOT NULL,
    tax      TEXT NOT NULL,
    total    TEXT NOT NULL,
    cut      TEXT NOT NULL,
    mapping  TEXT NOT NULL
) STRICT;
CREATE INDEX ledger_entry_order ON ledger_entry (stream, order_id);

CREATE TABLE attempt (
    entry       INTEGER NOT NULL REFERENCES outbox (seq),
    claim       INTEGER NOT NULL,
    at_us       INTEGER NOT NULL,
    duration_us INTEGER NOT NULL,
    verdict     TEXT NOT NULL,
    said        TEXT,
    PRIMARY KEY (entry, claim)
) STRICT, WITHOUT ROWID;
