-- A row keeps its entries in the owner index itself: so what it was under is known from the row that is written anyway, and
-- the index needs no second one beside it.
ALTER TABLE mirror ADD COLUMN owners TEXT NOT NULL DEFAULT '[]';   -- JSON array of [index, owner]
UPDATE mirror SET owners = coalesce(
    (SELECT json_group_array(json_array(w.idx, w.owner)) FROM owner w
     WHERE w.stream = mirror.stream AND w.tbl = mirror.tbl AND w.key = mirror.key), '[]');
DROP INDEX owner_by_row;

-- Most entries have no posting date yet when they are written.
DROP INDEX outbox_posted;
CREATE INDEX outbox_posted ON outbox (stream, lane, posting_date) WHERE posting_date IS NOT NULL;
