-- Orders. To try this in the mysql client, first: SET time_zone = '+00:00', @post_on_hold = 0;
--
-- status: wc-checkout-draft, auto-draft, wc-pending, wc-failed: not paid. wc-on-hold: the money is to come (@post_on_hold).
-- wc-processing: paid. wc-completed: sent. wc-cancelled. trash. wc-refunded: nothing is left of the order; where a person sets
-- it, WooCommerce adds a refund without lines over the rest, freight included. Statuses of plug-ins are open.
--
-- Coupons are in the lines already. A negative fee is a discount on the whole order.
SELECT
  o.id AS id,
  o.id AS number,
  CASE WHEN o.customer_id > 0 THEN CONCAT('U', o.customer_id) ELSE CONCAT('G', o.id) END AS customer_id,
  o.date_created_gmt AS placed_at,
  NULLIF(o.currency, '') AS currency,
  CASE
    WHEN o.status = 'wc-refunded' THEN 'returned'
    WHEN o.status IN ('wc-cancelled', 'trash') THEN 'cancelled'
    WHEN o.status IN ('wc-processing', 'wc-completed') THEN 'posted'
    WHEN o.status = 'wc-on-hold' AND @post_on_hold = 1 THEN 'posted'
    ELSE 'open'
  END AS state,
  NULLIF(
    (SELECT MAX(CONCAT_WS(', ',
      NULLIF(TRIM(CONCAT_WS(' ', a.first_name, a.last_name)), ''),
      NULLIF(TRIM(a.company), ''),
      NULLIF(TRIM(a.address_1), ''),
      NULLIF(TRIM(a.address_2), ''),
      NULLIF(TRIM(CONCAT_WS(' ', a.postcode, a.city)), ''),
      NULLIF(TRIM(a.state), ''),
      NULLIF(TRIM(a.country), '')
    )) FROM wp_wc_order_addresses a WHERE a.order_id = o.id AND a.address_type = 'shipping'),
    ''
  ) AS ship_to,
  CAST(COALESCE(SUM(
    CASE WHEN CAST(NULLIF(n.meta_value, '') AS DECIMAL(20,6)) < 0
      THEN 0 - CAST(NULLIF(n.meta_value, '') AS DECIMAL(20,6)) - COALESCE(CAST(NULLIF(v.meta_value, '') AS DECIMAL(20,6)), 0)
    END
  ), 0) AS DECIMAL(20,6)) AS discount,
  CAST(COALESCE(o.total_amount, 0) AS DECIMAL(20,6)) AS total
FROM wp_wc_orders o
LEFT JOIN wp_woocommerce_order_items f ON f.order_id = o.id AND f.order_item_type = 'fee'
LEFT JOIN wp_woocommerce_order_itemmeta n ON n.order_item_id = f.order_item_id AND n.meta_key = '_line_total'
LEFT JOIN wp_woocommerce_order_itemmeta v ON v.order_item_id = f.order_item_id AND v.meta_key = '_line_tax'
WHERE o.type = 'shop_order'
GROUP BY o.id;
