-- Accounts, and one customer for each order of a guest.
SELECT
  CONCAT('U', u.ID) AS id,
  COALESCE(
    NULLIF(CONCAT_WS(', ',
      NULLIF(TRIM(MAX(CASE WHEN m.meta_key = 'billing_company' THEN m.meta_value END)), ''),
      NULLIF(TRIM(CONCAT_WS(' ',
        MAX(CASE WHEN m.meta_key = 'billing_first_name' THEN m.meta_value END),
        MAX(CASE WHEN m.meta_key = 'billing_last_name' THEN m.meta_value END)
      )), '')
    ), ''),
    NULLIF(TRIM(u.display_name), ''),
    CONCAT('U', u.ID)
  ) AS name,
  NULLIF(TRIM(u.user_email), '') AS email,
  NULLIF(TRIM(MAX(CASE WHEN m.meta_key = 'billing_phone' THEN m.meta_value END)), '') AS phone,
  NULLIF(CONCAT_WS(', ',
    NULLIF(TRIM(MAX(CASE WHEN m.meta_key = 'billing_address_1' THEN m.meta_value END)), ''),
    NULLIF(TRIM(MAX(CASE WHEN m.meta_key = 'billing_address_2' THEN m.meta_value END)), ''),
    NULLIF(TRIM(CONCAT_WS(' ',
      MAX(CASE WHEN m.meta_key = 'billing_postcode' THEN m.meta_value END),
      MAX(CASE WHEN m.meta_key = 'billing_city' THEN m.meta_value END)
    )), ''),
    NULLIF(TRIM(MAX(CASE WHEN m.meta_key = 'billing_state' THEN m.meta_value END)), ''),
    NULLIF(TRIM(MAX(CASE WHEN m.meta_key = 'billing_country' THEN m.meta_value END)), '')
  ), '') AS address,
  FALSE AS guest
FROM wp_users u
LEFT JOIN wp_usermeta m ON m.user_id = u.ID
GROUP BY u.ID
UNION ALL
SELECT
  CONCAT('G', o.id),
  COALESCE(
    NULLIF(CONCAT_WS(', ',
      NULLIF(TRIM(b.company), ''),
      NULLIF(TRIM(CONCAT_WS(' ', b.first_name, b.last_name)), '')
    ), ''),
    NULLIF(TRIM(o.billing_email), ''),
    CONCAT('G', o.id)
  ),
  NULLIF(TRIM(o.billing_email), ''),
  NULLIF(TRIM(b.phone), ''),
  NULLIF(CONCAT_WS(', ',
    NULLIF(TRIM(b.address_1), ''),
    NULLIF(TRIM(b.address_2), ''),
    NULLIF(TRIM(CONCAT_WS(' ', b.postcode, b.city)), ''),
    NULLIF(TRIM(b.state), ''),
    NULLIF(TRIM(b.country), '')
  ), ''),
  TRUE
FROM wp_wc_orders o
LEFT JOIN wp_wc_order_addresses b ON b.order_id = o.id AND b.address_type = 'billing'
WHERE o.type = 'shop_order' AND COALESCE(o.customer_id, 0) = 0;
