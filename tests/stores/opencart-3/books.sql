-- What is owed for each order that was booked: the shop's own rows of totals, but for the ways of paying, less credit that the
-- customer was given for it. An order was booked where its history has one of the statuses 2, 3, 5, 9, 15. Deleted orders are gone.
SELECT
  o.order_id AS number,
  CAST(
    CASE WHEN o.order_status_id IN (7, 8, 10, 11, 12, 13, 14, 16) THEN 0
    ELSE
      ROUND((SELECT SUM(t.value) FROM oc_order_total t
        WHERE t.order_id = o.order_id AND t.code NOT IN ('total', 'credit', 'voucher')), 2)
      - COALESCE((SELECT SUM(c.amount) FROM oc_customer_transaction c
        WHERE c.order_id = o.order_id AND c.customer_id = o.customer_id AND c.amount > 0), 0)
    END
  AS DECIMAL(15,2)) AS total
FROM oc_order o
WHERE EXISTS (
  SELECT 1 FROM oc_order_history h WHERE h.order_id = o.order_id AND h.order_status_id IN (2, 3, 5, 9, 15)
)
ORDER BY o.order_id;
