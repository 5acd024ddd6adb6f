-- Goods, fixed product taxes, freight and what was kept of refunds; amounts after all discounts.
--
-- A row's amount is net less its discount and with its tax: row_total - discount_amount + tax_amount +
-- discount_tax_compensation_amount, which is how the order's grand_total is made up, whether prices are entered with tax or
-- without. Once the rest of an order was cancelled (total_canceled), what was invoiced counts.
--
-- Products of several rows: the price of a configurable product, and of a bundle with a fixed price, is on the parent; its
-- children are the same goods again. A bundle whose price is its parts' (product_calculations 0 in the parent's options) has
-- it on the children, and their sum on the parent again.
SELECT
  CAST(i.item_id AS CHAR) AS id,
  i.order_id AS order_id,
  'goods' AS kind,
  COALESCE(NULLIF(TRIM(i.sku), ''), CONCAT('M2-', i.product_id), CONCAT('M2-ITEM-', i.item_id)) AS sku,
  COALESCE(i.name, '') AS name,
  CASE WHEN o.total_canceled > 0 THEN COALESCE(i.qty_invoiced, 0) ELSE COALESCE(i.qty_ordered, 0) END AS quantity,
  CASE WHEN o.total_canceled > 0
    THEN i.row_invoiced - COALESCE(i.discount_invoiced, 0) + COALESCE(i.tax_invoiced, 0)
      + COALESCE(i.discount_tax_compensation_invoiced, 0)
    ELSE i.row_total - COALESCE(i.discount_amount, 0) + COALESCE(i.tax_amount, 0)
      + COALESCE(i.discount_tax_compensation_amount, 0)
  END AS amount,
  CASE WHEN o.total_canceled > 0 THEN COALESCE(i.tax_invoiced, 0) ELSE COALESCE(i.tax_amount, 0) END AS tax,
  COALESCE(i.tax_percent, 0) AS tax_rate,
  COALESCE(i.qty_shipped, 0) AS shipped
FROM sales_order_item i
JOIN sales_order o ON o.entity_id = i.order_id
LEFT JOIN sales_order_item p ON p.item_id = i.parent_item_id
WHERE CASE
    WHEN i.parent_item_id IS NOT NULL
      THEN CASE WHEN p.product_type = 'bundle'
        AND JSON_UNQUOTE(JSON_EXTRACT(p.product_options, '$.product_calculations')) = '0' THEN 1 ELSE 0 END
    WHEN i.product_type = 'bundle'
      THEN CASE WHEN JSON_UNQUOTE(JSON_EXTRACT(i.product_options, '$.product_calculations')) = '0' THEN 0 ELSE 1 END
    ELSE 1
  END = 1
UNION ALL
-- A fixed product tax (FPT, "weee") stands beside the row's price and bears no tax itself.
SELECT
  CONCAT('W', i.item_id),
  i.order_id,
  'fee',
  NULL,
  CONCAT_WS(' ', 'FPT', i.name),
  1,
  CASE WHEN o.total_canceled > 0
    THEN ROUND(i.weee_tax_applied_row_amount * COALESCE(i.qty_invoiced, 0) / i.qty_ordered, 2)
    ELSE i.weee_tax_applied_row_amount
  END,
  0,
  0,
  0
FROM sales_order_item i
JOIN sales_order o ON o.entity_id = i.order_id
LEFT JOIN sales_order_item p ON p.item_id = i.parent_item_id
WHERE i.weee_tax_applied_row_amount > 0
  AND CASE
    WHEN i.parent_item_id IS NOT NULL
      THEN CASE WHEN p.product_type = 'bundle'
        AND JSON_UNQUOTE(JSON_EXTRACT(p.product_options, '$.product_calculations')) = '0' THEN 1 ELSE 0 END
    WHEN i.product_type = 'bundle'
      THEN CASE WHEN JSON_UNQUOTE(JSON_EXTRACT(i.product_options, '$.product_calculations')) = '0' THEN 0 ELSE 1 END
    ELSE 1
  END = 1
UNION ALL
-- Freight is in the first invoice as a whole or in none. No row of the order has its rate: it is the goods' highest or lowest
-- where that gives the stated tax to a cent, else what the amounts give.
SELECT
  CONCAT('S', o.entity_id),
  o.entity_id,
  'shipping',
  NULL,
  COALESCE(NULLIF(TRIM(o.shipping_description), ''), 'Shipping'),
  1,
  CASE WHEN o.total_canceled > 0 AND COALESCE(o.shipping_invoiced, 0) = 0
    THEN 0
    ELSE o.shipping_amount - COALESCE(o.shipping_discount_amount, 0) + COALESCE(o.shipping_tax_amount, 0)
      + COALESCE(o.shipping_discount_tax_compensation_amount, 0)
  END,
  CASE WHEN o.total_canceled > 0 AND COALESCE(o.shipping_invoiced, 0) = 0
    THEN 0
    ELSE COALESCE(o.shipping_tax_amount, 0)
  END,
  CAST(CASE
    WHEN COALESCE(o.shipping_tax_amount, 0) = 0 THEN 0
    WHEN ABS(
      100 * o.shipping_tax_amount
      - (o.shipping_amount - COALESCE(o.shipping_discount_amount, 0) + COALESCE(o.shipping_discount_tax_compensation_amount, 0))
        * COALESCE((SELECT MAX(x.tax_percent) FROM sales_order_item x WHERE x.order_id = o.entity_id), 0)
    ) <= 1
      THEN COALESCE((SELECT MAX(x.tax_percent) FROM sales_order_item x WHERE x.order_id = o.entity_id), 0)
    WHEN ABS(
      100 * o.shipping_tax_amount
      - (o.shipping_amount - COALESCE(o.shipping_discount_amount, 0) + COALESCE(o.shipping_discount_tax_compensation_amount, 0))
        * COALESCE((SELECT MIN(x.tax_percent) FROM sales_order_item x WHERE x.order_id = o.entity_id AND x.tax_percent > 0), 0)
    ) <= 1
      THEN COALESCE((SELECT MIN(x.tax_percent) FROM sales_order_item x WHERE x.order_id = o.entity_id AND x.tax_percent > 0), 0)
    ELSE COALESCE(ROUND(
      100 * o.shipping_tax_amount
      / NULLIF(o.shipping_amount - COALESCE(o.shipping_discount_amount, 0)
        + COALESCE(o.shipping_discount_tax_compensation_amount, 0), 0),
      2), 0)
  END AS DECIMAL(12,4)),
  0
FROM sales_order o
WHERE o.shipping_amount > 0
UNION ALL
-- What the shop kept of refunds, see order.sql.
SELECT
  CONCAT('F', o.entity_id),
  o.entity_id,
  'fee',
  NULL,
  'Refund fee',
  1,
  o.adjustment_negative - COALESCE(o.adjustment_positive, 0),
  0,
  0,
  0
FROM sales_order o
WHERE o.adjustment_negative > COALESCE(o.adjustment_positive, 0);
