-- Goods, fees and freight; the items of refunds have the refund's id and are left out by its type.
--
-- An item's values are rows of wp_woocommerce_order_itemmeta: _qty, _line_total and _line_tax (net, and its tax, both after
-- coupons) of goods and fees; cost and total_tax of freight. A fee below zero is order.sql's discount.
--
-- The rate is what the order's tax items say in percent. Which of them apply to a line is in its _line_tax_data (taxes of
-- freight), PHP's a:2:{s:5:"total";a:1:{i:<rate_id>;s:2:"19";}…}: a rate that is there with an empty text does not apply.
-- Orders older than WooCommerce 3.7 do not say it in percent: there it is the quotient, to a tenth of a percent.
--
-- A product's sku is in no row of an order that stays as it is: WC-<id of the variation, or of the product>.
SELECT
  i.order_item_id AS id,
  i.order_id AS order_id,
  CASE WHEN i.order_item_type = 'fee' THEN 'fee' ELSE 'goods' END AS kind,
  CASE WHEN i.order_item_type = 'fee' THEN NULL ELSE CONCAT('WC-', COALESCE(
    MAX(CASE WHEN m.meta_key = '_variation_id' THEN NULLIF(NULLIF(m.meta_value, '0'), '') END),
    MAX(CASE WHEN m.meta_key = '_product_id' THEN NULLIF(NULLIF(m.meta_value, '0'), '') END),
    'OTHER'
  )) END AS sku,
  REPLACE(i.order_item_name, '&amp;', '&') AS name,
  CAST(
    CASE WHEN i.order_item_type = 'fee' THEN 1
      ELSE MAX(CASE WHEN m.meta_key = '_qty' THEN CAST(NULLIF(m.meta_value, '') AS DECIMAL(20,4)) END)
    END AS DECIMAL(20,4)
  ) AS quantity,
  CAST(
    MAX(CASE WHEN m.meta_key = '_line_total' THEN CAST(NULLIF(m.meta_value, '') AS DECIMAL(20,6)) END)
      + COALESCE(MAX(CASE WHEN m.meta_key = '_line_tax' THEN CAST(NULLIF(m.meta_value, '') AS DECIMAL(20,6)) END), 0)
    AS DECIMAL(20,6)
  ) AS amount,
  CAST(
    COALESCE(MAX(CASE WHEN m.meta_key = '_line_tax' THEN CAST(NULLIF(m.meta_value, '') AS DECIMAL(20,6)) END), 0)
    AS DECIMAL(20,6)
  ) AS tax,
  CAST(COALESCE(
    SUM(
      CASE WHEN m.meta_key = '_line_tax_data'
        AND CHAR_LENGTH(
          REPLACE(REPLACE(m.meta_value, CONCAT('i:', r.meta_value, ';s:0:""'), ''), CONCAT('i:', r.meta_value, ';'), '')
        ) < CHAR_LENGTH(REPLACE(m.meta_value, CONCAT('i:', r.meta_value, ';s:0:""'), ''))
        THEN CAST(NULLIF(p.meta_value, '') AS DECIMAL(10,4))
      END
    ),
    ROUND(
      100
        * COALESCE(
          MAX(CASE WHEN m.meta_key = '_line_subtotal_tax' THEN CAST(NULLIF(m.meta_value, '') AS DECIMAL(20,6)) END),
          MAX(CASE WHEN m.meta_key = '_line_tax' THEN CAST(NULLIF(m.meta_value, '') AS DECIMAL(20,6)) END)
        )
        / NULLIF(COALESCE(
          MAX(CASE WHEN m.meta_key = '_line_subtotal' THEN CAST(NULLIF(m.meta_value, '') AS DECIMAL(20,6)) END),
          MAX(CASE WHEN m.meta_key = '_line_total' THEN CAST(NULLIF(m.meta_value, '') AS DECIMAL(20,6)) END)
        ), 0),
      1
    ),
    0
  ) AS DECIMAL(10,4)) AS tax_rate
FROM wp_woocommerce_order_items i
JOIN wp_posts o ON o.ID = i.order_id
LEFT JOIN wp_woocommerce_order_itemmeta m ON m.order_item_id = i.order_item_id
LEFT JOIN wp_woocommerce_order_itemmeta n ON n.order_item_id = i.order_item_id AND n.meta_key = '_line_total'
LEFT JOIN wp_woocommerce_order_items x ON x.order_id = i.order_id AND x.order_item_type = 'tax'
LEFT JOIN wp_woocommerce_order_itemmeta r ON r.order_item_id = x.order_item_id AND r.meta_key = 'rate_id'
LEFT JOIN wp_woocommerce_order_itemmeta p ON p.order_item_id = x.order_item_id AND p.meta_key = 'rate_percent'
WHERE o.post_type = 'shop_order'
  AND i.order_item_type IN ('line_item', 'fee')
  AND NOT (i.order_item_type = 'fee' AND COALESCE(CAST(NULLIF(n.meta_value, '') AS DECIMAL(20,6)), 0) < 0)
GROUP BY i.order_item_id
UNION ALL
SELECT
  i.order_item_id,
  i.order_id,
  'shipping',
  NULL,
  REPLACE(i.order_item_name, '&amp;', '&'),
  CAST(1 AS DECIMAL(20,4)),
  CAST(
    MAX(CASE WHEN m.meta_key = 'cost' THEN CAST(NULLIF(m.meta_value, '') AS DECIMAL(20,6)) END)
      + COALESCE(MAX(CASE WHEN m.meta_key = 'total_tax' THEN CAST(NULLIF(m.meta_value, '') AS DECIMAL(20,6)) END), 0)
    AS DECIMAL(20,6)
  ),
  CAST(
    COALESCE(MAX(CASE WHEN m.meta_key = 'total_tax' THEN CAST(NULLIF(m.meta_value, '') AS DECIMAL(20,6)) END), 0)
    AS DECIMAL(20,6)
  ),
  CAST(COALESCE(
    SUM(
      CASE WHEN m.meta_key = 'taxes'
        AND CHAR_LENGTH(
          REPLACE(REPLACE(m.meta_value, CONCAT('i:', r.meta_value, ';s:0:""'), ''), CONCAT('i:', r.meta_value, ';'), '')
        ) < CHAR_LENGTH(REPLACE(m.meta_value, CONCAT('i:', r.meta_value, ';s:0:""'), ''))
        THEN CAST(NULLIF(p.meta_value, '') AS DECIMAL(10,4))
      END
    ),
    ROUND(
      100 * MAX(CASE WHEN m.meta_key = 'total_tax' THEN CAST(NULLIF(m.meta_value, '') AS DECIMAL(20,6)) END)
        / NULLIF(MAX(CASE WHEN m.meta_key = 'cost' THEN CAST(NULLIF(m.meta_value, '') AS DECIMAL(20,6)) END), 0),
      1
    ),
    0
  ) AS DECIMAL(10,4))
FROM wp_woocommerce_order_items i
JOIN wp_posts o ON o.ID = i.order_id
LEFT JOIN wp_woocommerce_order_itemmeta m ON m.order_item_id = i.order_item_id
LEFT JOIN wp_woocommerce_order_items x ON x.order_id = i.order_id AND x.order_item_type = 'tax'
LEFT JOIN wp_woocommerce_order_itemmeta r ON r.order_item_id = x.order_item_id AND r.meta_key = 'rate_id'
LEFT JOIN wp_woocommerce_order_itemmeta p ON p.order_item_id = x.order_item_id AND p.meta_key = 'rate_percent'
WHERE o.post_type = 'shop_order' AND i.order_item_type = 'shipping'
GROUP BY i.order_item_id;
