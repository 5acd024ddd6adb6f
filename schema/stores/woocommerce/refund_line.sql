-- What a refund takes off the lines of its order: goods, fees and freight, written with negative values.
--
-- Freight and fees have no quantity, and neither have goods whose money alone is given back (_qty 0): they lose value.
-- A refund may have no lines at all; deleted refunds leave theirs behind, which the join leaves out.
SELECT
  i.order_item_id AS id,
  i.order_id AS refund_id,
  MAX(CASE WHEN m.meta_key = '_refunded_item_id' THEN m.meta_value END) AS line_id,
  CASE WHEN i.order_item_type = 'fee' THEN NULL ELSE CONCAT('WC-', COALESCE(
    MAX(CASE WHEN m.meta_key = '_variation_id' THEN NULLIF(NULLIF(m.meta_value, '0'), '') END),
    MAX(CASE WHEN m.meta_key = '_product_id' THEN NULLIF(NULLIF(m.meta_value, '0'), '') END),
    'OTHER'
  )) END AS sku,
  CAST(
    CASE WHEN i.order_item_type = 'fee' THEN 0
      ELSE ABS(COALESCE(MAX(CASE WHEN m.meta_key = '_qty' THEN CAST(NULLIF(m.meta_value, '') AS DECIMAL(20,4)) END), 0))
    END AS DECIMAL(20,4)
  ) AS quantity,
  CAST(
    0 - COALESCE(MAX(CASE WHEN m.meta_key = '_line_total' THEN CAST(NULLIF(m.meta_value, '') AS DECIMAL(20,6)) END), 0)
      - COALESCE(MAX(CASE WHEN m.meta_key = '_line_tax' THEN CAST(NULLIF(m.meta_value, '') AS DECIMAL(20,6)) END), 0)
    AS DECIMAL(20,6)
  ) AS amount,
  CAST(
    0 - COALESCE(MAX(CASE WHEN m.meta_key = '_line_tax' THEN CAST(NULLIF(m.meta_value, '') AS DECIMAL(20,6)) END), 0)
    AS DECIMAL(20,6)
  ) AS tax
FROM wp_woocommerce_order_items i
JOIN wp_wc_orders r ON r.id = i.order_id
LEFT JOIN wp_woocommerce_order_itemmeta m ON m.order_item_id = i.order_item_id
WHERE r.type = 'shop_order_refund' AND i.order_item_type IN ('line_item', 'fee')
GROUP BY i.order_item_id
UNION ALL
SELECT
  i.order_item_id,
  i.order_id,
  MAX(CASE WHEN m.meta_key = '_refunded_item_id' THEN m.meta_value END),
  NULL,
  CAST(0 AS DECIMAL(20,4)),
  CAST(
    0 - COALESCE(MAX(CASE WHEN m.meta_key = 'cost' THEN CAST(NULLIF(m.meta_value, '') AS DECIMAL(20,6)) END), 0)
      - COALESCE(MAX(CASE WHEN m.meta_key = 'total_tax' THEN CAST(NULLIF(m.meta_value, '') AS DECIMAL(20,6)) END), 0)
    AS DECIMAL(20,6)
  ),
  CAST(
    0 - COALESCE(MAX(CASE WHEN m.meta_key = 'total_tax' THEN CAST(NULLIF(m.meta_value, '') AS DECIMAL(20,6)) END), 0)
    AS DECIMAL(20,6)
  )
FROM wp_woocommerce_order_items i
JOIN wp_wc_orders r ON r.id = i.order_id
LEFT JOIN wp_woocommerce_order_itemmeta m ON m.order_item_id = i.order_item_id
WHERE r.type = 'shop_order_refund' AND i.order_item_type = 'shipping'
GROUP BY i.order_item_id;
