-- What reading the binlog exactly needs to keep: whose it is, a large transaction that is half applied, what rows looked like,
-- and rows that are prepared and not committed.

ALTER TABLE stream ADD COLUMN server TEXT;   -- the server that the position was read from, JSON
ALTER TABLE stream ADD COLUMN begun TEXT;    -- id of the transaction of which parts are in the mirror and the last is not

-- The store's tables as they are from a position on; the newest is the one in use.
CREATE TABLE shape (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    stream   TEXT NOT NULL,
    position TEXT NOT NULL,
    shapes   TEXT NOT NULL                   -- JSON
) STRICT;
CREATE INDEX shape_of ON shape (stream, seq);

CREATE TABLE prepared (
    stream  TEXT NOT NULL,
    xid     TEXT NOT NULL,                   -- the XA transaction's name as the binlog prints it
    part    INTEGER NOT NULL,
    changes TEXT NOT NULL,                   -- row changes, JSON
    PRIMARY KEY (stream, xid, part)
) STRICT, WITHOUT ROWID;
