-- An entry's whole life, what a person does to it, and what all relays of an ERP account share.

ALTER TABLE outbox ADD COLUMN garbled INTEGER NOT NULL DEFAULT 0;  -- claims that were answered with what is no answer
ALTER TABLE outbox ADD COLUMN absent INTEGER NOT NULL DEFAULT 0;   -- the ERP certainly has nothing of it
ALTER TABLE outbox ADD COLUMN skip TEXT;                           -- by_hand, void, superseded
ALTER TABLE outbox ADD COLUMN told_before TEXT;                    -- of the first document of a plan: the ledger before it, JSON
UPDATE outbox SET garbled = (SELECT count(*) FROM attempt a WHERE a.entry = seq AND a.verdict = 'garbled');

-- A document that was taken out leaves its number to the one that takes its place.
DROP INDEX outbox_number;
CREATE UNIQUE INDEX outbox_number ON outbox (stream, kind, number) WHERE kind <> 'customer' AND state <> 'skipped';
CREATE INDEX outbox_depends ON outbox (depends_on) WHERE depends_on IS NOT NULL AND state NOT IN ('delivered', 'skipped');
-- Retention looks for what is final and not pruned.
CREATE INDEX outbox_unpruned ON outbox (stream, planned_us) WHERE state IN ('delivered', 'skipped') AND payload <> '';

ALTER TABLE stream ADD COLUMN hand INTEGER NOT NULL DEFAULT 0;     -- how often a person has changed the outbox
ALTER TABLE ledger_order ADD COLUMN voided INTEGER NOT NULL DEFAULT 0; -- held until the store changes: a document was voided

-- Whether an ERP account is there, and the theoretical arrival time of the next request to each of its endpoints.
CREATE TABLE erp (
    account       TEXT PRIMARY KEY,
    failures      INTEGER NOT NULL,
    shut_until_us INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE pace (
    account    TEXT NOT NULL,
    endpoint   TEXT NOT NULL,
    arrival_us INTEGER NOT NULL,
    PRIMARY KEY (account, endpoint)
) STRICT, WITHOUT ROWID;
