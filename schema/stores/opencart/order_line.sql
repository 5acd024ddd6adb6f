-- Products, and shipping and fees. To try this in the mysql client, first: SET @shipped_statuses = '3,5';
--
-- p.total is without tax, p.tax is that of one piece; the rate is the one that it comes to. The SKU is the product's model. An
-- edit writes every line again with a new id: lines are known by their SKU.
SELECT
  CONCAT('P', p.order_product_id) AS id,
  p.order_id AS order_id,
  'goods' AS kind,
  COALESCE(
    NULLIF(TRIM(REPLACE(REPLACE(REPLACE(REPLACE(
      p.model, '&quot;', '"'), '&lt;', '<'), '&gt;', '>'), '&amp;', '&')), ''),
    CONCAT('OC-', p.product_id)
  ) AS sku,
  REPLACE(REPLACE(REPLACE(REPLACE(
    CONCAT_WS(', ', p.name,
      (SELECT GROUP_CONCAT(CONCAT(x.name, ': ', LEFT(x.value, 40)) ORDER BY x.order_option_id SEPARATOR ', ')
      FROM oc_order_option x WHERE x.order_id = p.order_id AND x.order_product_id = p.order_product_id)),
  '&quot;', '"'), '&lt;', '<'), '&gt;', '>'), '&amp;', '&') AS name,
  p.quantity AS quantity,
  p.total + p.tax * p.quantity AS amount,
  p.tax * p.quantity AS tax,
  -- Four stored digits give a rate of three where the price is high enough.
  CAST(CASE
    WHEN p.price = 0 THEN 0
    WHEN p.price < 2 THEN ROUND(100 * p.tax / p.price, 1)
    WHEN p.price < 12 THEN ROUND(100 * p.tax / p.price, 2)
    ELSE ROUND(100 * p.tax / p.price, 3)
  END AS DECIMAL(7,3)) AS tax_rate,
  CASE WHEN FIND_IN_SET(o.order_status_id, @shipped_statuses) > 0 THEN p.quantity ELSE 0 END AS shipped
FROM oc_order_product p
LEFT JOIN oc_order o ON o.order_id = p.order_id
UNION ALL
-- Shipping and fees have what the tax rows have beyond the products' tax. Where there are discounts too, that is mixed up with
-- their tax: then they have the products' highest rate or none, as in the discount of order.sql.
SELECT
  CONCAT('T', t.order_total_id),
  t.order_id,
  CASE WHEN t.code = 'shipping' THEN 'shipping' ELSE 'fee' END,
  NULL,
  t.title,
  1,
  t.value + CASE
    WHEN SUM(CASE WHEN u.value < 0 AND u.code NOT IN ('credit', 'voucher') THEN 1 ELSE 0 END) = 0
    THEN ROUND(
      (
        SUM(CASE WHEN u.code = 'tax' THEN u.value ELSE 0.0000 END)
        - COALESCE((SELECT SUM(p.tax * p.quantity) FROM oc_order_product p WHERE p.order_id = t.order_id), 0.0000)
      ) * t.value / SUM(CASE WHEN u.value > 0 AND u.code NOT IN ('sub_total', 'tax', 'total') THEN u.value ELSE 0.0000 END), 4)
    WHEN SUM(CASE WHEN u.code = 'tax' THEN u.value ELSE 0.0000 END)
      - COALESCE((SELECT SUM(p.tax * p.quantity) FROM oc_order_product p WHERE p.order_id = t.order_id), 0.0000)
      - COALESCE(ROUND(SUM(CASE WHEN u.value < 0 AND u.code NOT IN ('credit', 'voucher') THEN u.value ELSE 0.0000 END)
        * (SELECT SUM(p.tax * p.quantity) FROM oc_order_product p WHERE p.order_id = t.order_id)
        / NULLIF((SELECT SUM(p.total) FROM oc_order_product p WHERE p.order_id = t.order_id), 0), 4), 0.0000)
      > SUM(CASE WHEN u.value > 0 AND u.code NOT IN ('sub_total', 'tax', 'total') THEN u.value ELSE 0.0000 END) * 0.005
        * COALESCE((SELECT MAX(CAST(CASE
            WHEN p.price < 2 THEN ROUND(100 * p.tax / NULLIF(p.price, 0), 1)
            WHEN p.price < 12 THEN ROUND(100 * p.tax / p.price, 2)
            ELSE ROUND(100 * p.tax / p.price, 3)
          END AS DECIMAL(7,3))) FROM oc_order_product p WHERE p.order_id = t.order_id), 0.000)
    THEN ROUND(t.value * 0.01
      * COALESCE((SELECT MAX(CAST(CASE
          WHEN p.price < 2 THEN ROUND(100 * p.tax / NULLIF(p.price, 0), 1)
          WHEN p.price < 12 THEN ROUND(100 * p.tax / p.price, 2)
          ELSE ROUND(100 * p.tax / p.price, 3)
        END AS DECIMAL(7,3))) FROM oc_order_product p WHERE p.order_id = t.order_id), 0.000), 4)
    ELSE 0.0000
  END,
  NULL,
  CAST(CASE
    WHEN SUM(CASE WHEN u.value < 0 AND u.code NOT IN ('credit', 'voucher') THEN 1 ELSE 0 END) > 0
    THEN CASE
      WHEN SUM(CASE WHEN u.code = 'tax' THEN u.value ELSE 0.0000 END)
        - COALESCE((SELECT SUM(p.tax * p.quantity) FROM oc_order_product p WHERE p.order_id = t.order_id), 0.0000)
        - COALESCE(ROUND(SUM(CASE WHEN u.value < 0 AND u.code NOT IN ('credit', 'voucher') THEN u.value ELSE 0.0000 END)
          * (SELECT SUM(p.tax * p.quantity) FROM oc_order_product p WHERE p.order_id = t.order_id)
          / NULLIF((SELECT SUM(p.total) FROM oc_order_product p WHERE p.order_id = t.order_id), 0), 4), 0.0000)
        > SUM(CASE WHEN u.value > 0 AND u.code NOT IN ('sub_total', 'tax', 'total') THEN u.value ELSE 0.0000 END) * 0.005
          * COALESCE((SELECT MAX(CAST(CASE
              WHEN p.price < 2 THEN ROUND(100 * p.tax / NULLIF(p.price, 0), 1)
              WHEN p.price < 12 THEN ROUND(100 * p.tax / p.price, 2)
              ELSE ROUND(100 * p.tax / p.price, 3)
            END AS DECIMAL(7,3))) FROM oc_order_product p WHERE p.order_id = t.order_id), 0.000)
      THEN COALESCE((SELECT MAX(CAST(CASE
          WHEN p.price < 2 THEN ROUND(100 * p.tax / NULLIF(p.price, 0), 1)
          WHEN p.price < 12 THEN ROUND(100 * p.tax / p.price, 2)
          ELSE ROUND(100 * p.tax / p.price, 3)
        END AS DECIMAL(7,3))) FROM oc_order_product p WHERE p.order_id = t.order_id), 0.000)
      ELSE 0.000
    END
    -- Within a cent of the products' highest rate, or of none, it is that: the digits that are not stored would blur it.
    WHEN ABS(
      SUM(CASE WHEN u.code = 'tax' THEN u.value ELSE 0.0000 END)
      - COALESCE((SELECT SUM(p.tax * p.quantity) FROM oc_order_product p WHERE p.order_id = t.order_id), 0.0000)
    ) < 0.01 THEN 0.000
    WHEN ABS(
      SUM(CASE WHEN u.code = 'tax' THEN u.value ELSE 0.0000 END)
      - COALESCE((SELECT SUM(p.tax * p.quantity) FROM oc_order_product p WHERE p.order_id = t.order_id), 0.0000)
      - SUM(CASE WHEN u.value > 0 AND u.code NOT IN ('sub_total', 'tax', 'total') THEN u.value ELSE 0.0000 END) * 0.01
        * COALESCE((SELECT MAX(CAST(CASE
            WHEN p.price < 2 THEN ROUND(100 * p.tax / NULLIF(p.price, 0), 1)
            WHEN p.price < 12 THEN ROUND(100 * p.tax / p.price, 2)
            ELSE ROUND(100 * p.tax / p.price, 3)
          END AS DECIMAL(7,3))) FROM oc_order_product p WHERE p.order_id = t.order_id), 0.000)
    ) < 0.01
    THEN COALESCE((SELECT MAX(CAST(CASE
        WHEN p.price < 2 THEN ROUND(100 * p.tax / NULLIF(p.price, 0), 1)
        WHEN p.price < 12 THEN ROUND(100 * p.tax / p.price, 2)
        ELSE ROUND(100 * p.tax / p.price, 3)
      END AS DECIMAL(7,3))) FROM oc_order_product p WHERE p.order_id = t.order_id), 0.000)
    ELSE ROUND(100
      * (
        SUM(CASE WHEN u.code = 'tax' THEN u.value ELSE 0.0000 END)
        - COALESCE((SELECT SUM(p.tax * p.quantity) FROM oc_order_product p WHERE p.order_id = t.order_id), 0.0000)
      ) / SUM(CASE WHEN u.value > 0 AND u.code NOT IN ('sub_total', 'tax', 'total') THEN u.value ELSE 0.0000 END), 2)
  END AS DECIMAL(7,3)),
  0
FROM oc_order_total t
JOIN oc_order_total u ON u.order_id = t.order_id
WHERE t.value > 0 AND t.code NOT IN ('sub_total', 'tax', 'total', 'credit', 'voucher')
GROUP BY t.order_total_id;
