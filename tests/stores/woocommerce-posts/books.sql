-- Paid orders: their total, less what was refunded; nothing for those that were cancelled or thrown away.
SELECT CAST(p.ID AS CHAR) AS number,
  CAST(IF(p.post_status IN ('wc-cancelled', 'trash'), 0, t.meta_value + COALESCE(SUM(a.meta_value), 0)) AS DECIMAL(20,2)) AS total
FROM wp_posts p
JOIN wp_postmeta d ON d.post_id = p.ID AND d.meta_key = '_date_paid'
JOIN wp_postmeta t ON t.post_id = p.ID AND t.meta_key = '_order_total'
LEFT JOIN wp_posts r ON r.post_parent = p.ID AND r.post_type = 'shop_order_refund'
LEFT JOIN wp_postmeta a ON a.post_id = r.ID AND a.meta_key = '_order_total'
WHERE p.post_type = 'shop_order'
GROUP BY p.ID, p.post_status, t.meta_value
ORDER BY p.ID;
