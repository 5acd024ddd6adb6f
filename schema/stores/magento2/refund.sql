-- Credit memos. The order's own amounts stay as they were sold.
--
-- state: 1 open, 2 refunded, 3 cancelled. grand_total is the goods and the freight given back, and adjustment_positive,
-- less adjustment_negative. A memo without items and freight is an adjustment alone: money and no goods.
SELECT
  m.entity_id AS id,
  m.order_id AS order_id,
  FALSE AS included,
  CASE WHEN m.state = 2 THEN COALESCE(m.grand_total, 0) ELSE 0 END AS amount
FROM sales_creditmemo m;
