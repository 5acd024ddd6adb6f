-- What a credit memo takes off the lines of its order; which rows of a product count is explained in order_line.sql.
--
-- Freight and fixed product taxes only lose value: their quantity is 0.
SELECT
  CAST(c.entity_id AS CHAR) AS id,
  c.parent_id AS refund_id,
  CAST(c.order_item_id AS CHAR) AS line_id,
  COALESCE(NULLIF(TRIM(i.sku), ''), CONCAT('M2-', i.product_id), CONCAT('M2-ITEM-', i.item_id)) AS sku,
  c.qty AS quantity,
  COALESCE(c.row_total, 0) - COALESCE(c.discount_amount, 0) + COALESCE(c.tax_amount, 0)
    + COALESCE(c.discount_tax_compensation_amount, 0) AS amount,
  COALESCE(c.tax_amount, 0) AS tax
FROM sales_creditmemo_item c
JOIN sales_creditmemo m ON m.entity_id = c.parent_id
JOIN sales_order_item i ON i.item_id = c.order_item_id
LEFT JOIN sales_order_item p ON p.item_id = i.parent_item_id
WHERE m.state = 2
  AND c.qty > 0
  AND CASE
    WHEN i.parent_item_id IS NOT NULL
      THEN CASE WHEN p.product_type = 'bundle'
        AND JSON_UNQUOTE(JSON_EXTRACT(p.product_options, '$.product_calculations')) = '0' THEN 1 ELSE 0 END
    WHEN i.product_type = 'bundle'
      THEN CASE WHEN JSON_UNQUOTE(JSON_EXTRACT(i.product_options, '$.product_calculations')) = '0' THEN 0 ELSE 1 END
    ELSE 1
  END = 1
UNION ALL
SELECT
  CONCAT('W', c.entity_id),
  c.parent_id,
  CONCAT('W', c.order_item_id),
  NULL,
  0,
  c.weee_tax_applied_row_amount,
  0
FROM sales_creditmemo_item c
JOIN sales_creditmemo m ON m.entity_id = c.parent_id
JOIN sales_order_item i ON i.item_id = c.order_item_id
LEFT JOIN sales_order_item p ON p.item_id = i.parent_item_id
WHERE m.state = 2
  AND c.weee_tax_applied_row_amount > 0
  AND CASE
    WHEN i.parent_item_id IS NOT NULL
      THEN CASE WHEN p.product_type = 'bundle'
        AND JSON_UNQUOTE(JSON_EXTRACT(p.product_options, '$.product_calculations')) = '0' THEN 1 ELSE 0 END
    WHEN i.product_type = 'bundle'
      THEN CASE WHEN JSON_UNQUOTE(JSON_EXTRACT(i.product_options, '$.product_calculations')) = '0' THEN 0 ELSE 1 END
    ELSE 1
  END = 1
UNION ALL
-- A memo's discount and its compensation are those of its items and of its freight together.
SELECT
  CONCAT('S', m.entity_id),
  m.entity_id,
  CONCAT('S', m.order_id),
  NULL,
  0,
  m.shipping_amount + COALESCE(m.shipping_tax_amount, 0)
    + COALESCE(m.discount_amount, 0)
    + COALESCE((SELECT SUM(c.discount_amount) FROM sales_creditmemo_item c WHERE c.parent_id = m.entity_id), 0)
    + COALESCE(m.discount_tax_compensation_amount, 0)
    - COALESCE((SELECT SUM(c.discount_tax_compensation_amount) FROM sales_creditmemo_item c WHERE c.parent_id = m.entity_id), 0),
  COALESCE(m.shipping_tax_amount, 0)
FROM sales_creditmemo m
WHERE m.state = 2
  AND m.shipping_amount > 0;
