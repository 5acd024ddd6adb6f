-- Refunds. OpenCart has none with an amount: an order is edited, or set to Refunded. To try this in the mysql client, first:
-- SET @return_complete = 3;
--
-- A completed return says that goods came back, and nothing of money: it is evidence for an edit that takes them off.
--
-- Credit that the order's customer is given with the order's id (by plug-ins: the shop's own form names no order) is a discount
-- that is paid into the account. A transaction below zero is credit in use; one of another customer, or of an affiliate for an
-- order of his own, is commission.
SELECT
  CONCAT('R', r.return_id) AS id,
  r.order_id AS order_id,
  TRUE AS included,
  0 AS amount
FROM oc_return r
WHERE r.order_id > 0 AND r.return_status_id = @return_complete
UNION ALL
SELECT
  CONCAT('C', c.customer_transaction_id),
  c.order_id,
  FALSE,
  CASE WHEN o.customer_id = c.customer_id AND COALESCE(o.affiliate_id, 0) <> c.customer_id THEN c.amount ELSE 0 END
FROM oc_customer_transaction c
LEFT JOIN oc_order o ON o.order_id = c.order_id
WHERE c.order_id > 0 AND c.amount > 0;
