-- Orders. To try this in the mysql client, first: SET @posted_statuses = '2,3,5,9,15',
-- @cancelled_statuses = '7,8,10,12,13,14', @returned_statuses = '11';
--
-- Amounts are in the shop's default currency, whatever o.currency_code says. o.total is what is left to pay: store credit
-- (`credit`) and gift vouchers (`voucher`) are ways of paying and no part of the price.
--
-- oc_order_total has the rest. Without tax: sub_total; shipping and fees (handling, low_order_fee, those of plug-ins), above
-- zero; discounts (coupon, reward, those of plug-ins), below zero. Then the tax, a row per rate; and total. No row says whose
-- tax it is: what the tax rows have beyond the products' own tax is that of shipping and fees, less that of the discounts.
SELECT
  o.order_id AS id,
  o.order_id AS number,
  CASE WHEN o.customer_id > 0 THEN CONCAT('U', o.customer_id) ELSE CONCAT('G', o.order_id) END AS customer_id,
  o.date_added AS placed_at,
  CASE
    WHEN FIND_IN_SET(o.order_status_id, @returned_statuses) > 0 THEN 'returned'
    WHEN FIND_IN_SET(o.order_status_id, @cancelled_statuses) > 0 THEN 'cancelled'
    WHEN FIND_IN_SET(o.order_status_id, @posted_statuses) > 0 THEN 'posted'
    ELSE 'open'
  END AS state,
  NULLIF(REPLACE(REPLACE(REPLACE(REPLACE(
    CONCAT_WS(', ',
      NULLIF(TRIM(CONCAT_WS(' ', o.shipping_firstname, o.shipping_lastname)), ''),
      NULLIF(TRIM(o.shipping_company), ''),
      NULLIF(TRIM(o.shipping_address_1), ''),
      NULLIF(TRIM(o.shipping_address_2), ''),
      NULLIF(TRIM(CONCAT_WS(' ', o.shipping_postcode, o.shipping_city)), ''),
      NULLIF(TRIM(o.shipping_zone), ''),
      NULLIF(TRIM(o.shipping_country), '')
    ),
  '&quot;', '"'), '&lt;', '<'), '&gt;', '>'), '&amp;', '&'), '') AS ship_to,
  -- The discounts with their tax: what the tax rows lack of the tax of the products, and of shipping and fees. Whether those
  -- are taxed too, at the highest rate of the products, is what comes closer where the discounts have the products' mean rate.
  CASE
    WHEN SUM(CASE WHEN t.value < 0 AND t.code NOT IN ('credit', 'voucher') THEN 1 ELSE 0 END) > 0
    THEN
      0 - SUM(CASE WHEN t.value < 0 AND t.code NOT IN ('credit', 'voucher') THEN t.value ELSE 0.0000 END)
      - SUM(CASE WHEN t.code = 'tax' THEN t.value ELSE 0.0000 END)
      + COALESCE((SELECT SUM(p.tax * p.quantity) FROM oc_order_product p WHERE p.order_id = o.order_id), 0.0000)
      + CASE
          WHEN SUM(CASE WHEN t.code = 'tax' THEN t.value ELSE 0.0000 END)
            - COALESCE((SELECT SUM(p.tax * p.quantity) FROM oc_order_product p WHERE p.order_id = o.order_id), 0.0000)
            - COALESCE(ROUND(SUM(CASE WHEN t.value < 0 AND t.code NOT IN ('credit', 'voucher') THEN t.value ELSE 0.0000 END)
              * (SELECT SUM(p.tax * p.quantity) FROM oc_order_product p WHERE p.order_id = o.order_id)
              / NULLIF((SELECT SUM(p.total) FROM oc_order_product p WHERE p.order_id = o.order_id), 0), 4), 0.0000)
            > SUM(CASE WHEN t.value > 0 AND t.code NOT IN ('sub_total', 'tax', 'total') THEN t.value ELSE 0.0000 END) * 0.005
              * COALESCE((SELECT MAX(CAST(CASE
                  WHEN p.price < 2 THEN ROUND(100 * p.tax / NULLIF(p.price, 0), 1)
                  WHEN p.price < 12 THEN ROUND(100 * p.tax / p.price, 2)
                  ELSE ROUND(100 * p.tax / p.price, 3)
                END AS DECIMAL(7,3))) FROM oc_order_product p WHERE p.order_id = o.order_id), 0.000)
          THEN ROUND(
            SUM(CASE WHEN t.value > 0 AND t.code NOT IN ('sub_total', 'tax', 'total') THEN t.value ELSE 0.0000 END) * 0.01
            * COALESCE((SELECT MAX(CAST(CASE
                WHEN p.price < 2 THEN ROUND(100 * p.tax / NULLIF(p.price, 0), 1)
                WHEN p.price < 12 THEN ROUND(100 * p.tax / p.price, 2)
                ELSE ROUND(100 * p.tax / p.price, 3)
              END AS DECIMAL(7,3))) FROM oc_order_product p WHERE p.order_id = o.order_id), 0.000), 4)
          ELSE 0.0000
        END
    ELSE 0.0000
  END AS discount,
  -- The header's total before credit and vouchers. OpenCart adds up more digits than it stores: where the stored parts come to
  -- the same cents, their sum stands. The tax of an order without shipping, fees and discounts is that of its products.
  CASE
    WHEN
      ROUND(o.total - SUM(CASE WHEN t.code IN ('credit', 'voucher') THEN t.value ELSE 0.0000 END), 2)
      = ROUND(
        SUM(CASE WHEN t.code IN ('total', 'credit', 'voucher', 'tax') THEN 0.0000 ELSE t.value END)
        + CASE
            WHEN SUM(CASE WHEN t.code IN ('sub_total', 'tax', 'total', 'credit', 'voucher') OR t.value = 0 THEN 0 ELSE 1 END) > 0
            THEN SUM(CASE WHEN t.code = 'tax' THEN t.value ELSE 0.0000 END)
            ELSE COALESCE((SELECT SUM(p.tax * p.quantity) FROM oc_order_product p WHERE p.order_id = o.order_id), 0.0000)
          END, 2)
    THEN
      SUM(CASE WHEN t.code IN ('total', 'credit', 'voucher', 'tax') THEN 0.0000 ELSE t.value END)
      + CASE
          WHEN SUM(CASE WHEN t.code IN ('sub_total', 'tax', 'total', 'credit', 'voucher') OR t.value = 0 THEN 0 ELSE 1 END) > 0
          THEN SUM(CASE WHEN t.code = 'tax' THEN t.value ELSE 0.0000 END)
          ELSE COALESCE((SELECT SUM(p.tax * p.quantity) FROM oc_order_product p WHERE p.order_id = o.order_id), 0.0000)
        END
    ELSE o.total - SUM(CASE WHEN t.code IN ('credit', 'voucher') THEN t.value ELSE 0.0000 END)
  END AS total,
  0 - SUM(CASE WHEN t.code = 'credit' THEN t.value ELSE 0.0000 END) AS tender_credit,
  0 - SUM(CASE WHEN t.code = 'voucher' THEN t.value ELSE 0.0000 END) AS tender_voucher
FROM oc_order o
LEFT JOIN oc_order_total t ON t.order_id = o.order_id
GROUP BY o.order_id;
