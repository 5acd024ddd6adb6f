-- What each order comes to, by the shop's own counters in sales_order: sold, less what was cancelled, less what was refunded.
SELECT
  o.increment_id AS number,
  CAST(CASE
    WHEN o.state = 'canceled' THEN 0
    ELSE o.grand_total - COALESCE(o.total_canceled, 0) - COALESCE(o.total_refunded, 0)
  END AS DECIMAL(20,2)) AS total
FROM sales_order o
WHERE o.state IN ('processing', 'complete', 'closed')
   OR (o.state = 'holded' AND o.hold_before_state IN ('processing', 'complete', 'closed'))
   OR (o.state = 'canceled' AND EXISTS (SELECT 1 FROM sales_order_item i WHERE i.order_id = o.entity_id AND i.qty_shipped > 0))
ORDER BY o.entity_id;
