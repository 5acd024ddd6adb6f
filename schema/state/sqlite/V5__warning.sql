-- What the store's server would warn of in the values that an order is made of: a number cut from a text.
ALTER TABLE ledger_order ADD COLUMN warning TEXT;
