-- Orders. To try this in the mysql client, first: SET time_zone = '+00:00', @post_on_hold = 0;
--
-- post_status: wc-checkout-draft, auto-draft, draft, wc-pending, wc-failed: not paid. wc-on-hold: the money is to come
-- (@post_on_hold). wc-processing: paid. wc-completed: sent. wc-cancelled. trash. wc-refunded: nothing is left of the order; where
-- a person sets it, WooCommerce adds a refund without lines over the rest, freight included. Statuses of plug-ins are open.
--
-- Coupons are in the lines already. A negative fee is a discount on the whole order.
SELECT
  p.ID AS id,
  p.ID AS number,
  CASE
    WHEN CAST(
      NULLIF((SELECT MAX(m.meta_value) FROM wp_postmeta m WHERE m.post_id = p.ID AND m.meta_key = '_customer_user'), '')
      AS UNSIGNED
    ) > 0
      THEN CONCAT('U', (SELECT MAX(m.meta_value) FROM wp_postmeta m WHERE m.post_id = p.ID AND m.meta_key = '_customer_user'))
    ELSE CONCAT('G', p.ID)
  END AS customer_id,
  p.post_date AS placed_at,
  NULLIF((SELECT MAX(m.meta_value) FROM wp_postmeta m WHERE m.post_id = p.ID AND m.meta_key = '_order_currency'), '') AS currency,
  CASE
    WHEN p.post_status = 'wc-refunded' THEN 'returned'
    WHEN p.post_status IN ('wc-cancelled', 'trash') THEN 'cancelled'
    WHEN p.post_status IN ('wc-processing', 'wc-completed') THEN 'posted'
    WHEN p.post_status = 'wc-on-hold' AND @post_on_hold = 1 THEN 'posted'
    ELSE 'open'
  END AS state,
  NULLIF(CONCAT_WS(', ',
    NULLIF(TRIM(CONCAT_WS(' ',
      (SELECT MAX(m.meta_value) FROM wp_postmeta m WHERE m.post_id = p.ID AND m.meta_key = '_shipping_first_name'),
      (SELECT MAX(m.meta_value) FROM wp_postmeta m WHERE m.post_id = p.ID AND m.meta_key = '_shipping_last_name')
    )), ''),
    NULLIF(TRIM((SELECT MAX(m.meta_value) FROM wp_postmeta m WHERE m.post_id = p.ID AND m.meta_key = '_shipping_company')), ''),
    NULLIF(TRIM((SELECT MAX(m.meta_value) FROM wp_postmeta m WHERE m.post_id = p.ID AND m.meta_key = '_shipping_address_1')), ''),
    NULLIF(TRIM((SELECT MAX(m.meta_value) FROM wp_postmeta m WHERE m.post_id = p.ID AND m.meta_key = '_shipping_address_2')), ''),
    NULLIF(TRIM(CONCAT_WS(' ',
      (SELECT MAX(m.meta_value) FROM wp_postmeta m WHERE m.post_id = p.ID AND m.meta_key = '_shipping_postcode'),
      (SELECT MAX(m.meta_value) FROM wp_postmeta m WHERE m.post_id = p.ID AND m.meta_key = '_shipping_city')
    )), ''),
    NULLIF(TRIM((SELECT MAX(m.meta_value) FROM wp_postmeta m WHERE m.post_id = p.ID AND m.meta_key = '_shipping_state')), ''),
    NULLIF(TRIM((SELECT MAX(m.meta_value) FROM wp_postmeta m WHERE m.post_id = p.ID AND m.meta_key = '_shipping_country')), '')
  ), '') AS ship_to,
  CAST(COALESCE(SUM(
    CASE WHEN CAST(NULLIF(n.meta_value, '') AS DECIMAL(20,6)) < 0
      THEN 0 - CAST(NULLIF(n.meta_value, '') AS DECIMAL(20,6)) - COALESCE(CAST(NULLIF(v.meta_value, '') AS DECIMAL(20,6)), 0)
    END
  ), 0) AS DECIMAL(20,6)) AS discount,
  CAST(COALESCE(
    CAST(NULLIF((SELECT MAX(m.meta_value) FROM wp_postmeta m WHERE m.post_id = p.ID AND m.meta_key = '_order_total'), '') AS DECIMAL(20,6)),
    0
  ) AS DECIMAL(20,6)) AS total
FROM wp_posts p
LEFT JOIN wp_woocommerce_order_items f ON f.order_id = p.ID AND f.order_item_type = 'fee'
LEFT JOIN wp_woocommerce_order_itemmeta n ON n.order_item_id = f.order_item_id AND n.meta_key = '_line_total'
LEFT JOIN wp_woocommerce_order_itemmeta v ON v.order_item_id = f.order_item_id AND v.meta_key = '_line_tax'
WHERE p.post_type = 'shop_order'
GROUP BY p.ID;
