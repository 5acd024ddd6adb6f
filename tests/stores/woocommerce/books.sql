-- Paid orders: their total, less what was refunded; nothing for those that were cancelled or thrown away.
SELECT CAST(o.id AS CHAR) AS number,
  CAST(IF(o.status IN ('wc-cancelled', 'trash'), 0, o.total_amount + COALESCE(SUM(r.total_amount), 0)) AS DECIMAL(20,2)) AS total
FROM wp_wc_orders o
JOIN wp_wc_order_operational_data d ON d.order_id = o.id AND d.date_paid_gmt IS NOT NULL
LEFT JOIN wp_wc_orders r ON r.parent_order_id = o.id AND r.type = 'shop_order_refund'
WHERE o.type = 'shop_order'
GROUP BY o.id, o.status, o.total_amount
ORDER BY o.id;
