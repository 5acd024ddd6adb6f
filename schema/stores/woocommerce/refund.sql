-- Refunds: rows like an order's, with a negative total. It is 0 at first and set once the lines are there.
SELECT
  r.id AS id,
  r.parent_order_id AS order_id,
  FALSE AS included,
  CAST(ABS(COALESCE(r.total_amount, 0)) AS DECIMAL(20,6)) AS amount
FROM wp_wc_orders r
WHERE r.type = 'shop_order_refund';
