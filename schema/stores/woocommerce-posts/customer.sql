-- Accounts, and a customer for each order: only a guest's order refers to it.
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
  CONCAT('G', p.ID),
  COALESCE(
    NULLIF(CONCAT_WS(', ',
      NULLIF(TRIM(MAX(CASE WHEN m.meta_key = '_billing_company' THEN m.meta_value END)), ''),
      NULLIF(TRIM(CONCAT_WS(' ',
        MAX(CASE WHEN m.meta_key = '_billing_first_name' THEN m.meta_value END),
        MAX(CASE WHEN m.meta_key = '_billing_last_name' THEN m.meta_value END)
      )), '')
    ), ''),
    NULLIF(TRIM(MAX(CASE WHEN m.meta_key = '_billing_email' THEN m.meta_value END)), ''),
    CONCAT('G', p.ID)
  ),
  NULLIF(TRIM(MAX(CASE WHEN m.meta_key = '_billing_email' THEN m.meta_value END)), ''),
  NULLIF(TRIM(MAX(CASE WHEN m.meta_key = '_billing_phone' THEN m.meta_value END)), ''),
  NULLIF(CONCAT_WS(', ',
    NULLIF(TRIM(MAX(CASE WHEN m.meta_key = '_billing_address_1' THEN m.meta_value END)), ''),
    NULLIF(TRIM(MAX(CASE WHEN m.meta_key = '_billing_address_2' THEN m.meta_value END)), ''),
    NULLIF(TRIM(CONCAT_WS(' ',
      MAX(CASE WHEN m.meta_key = '_billing_postcode' THEN m.meta_value END),
      MAX(CASE WHEN m.meta_key = '_billing_city' THEN m.meta_value END)
    )), ''),
    NULLIF(TRIM(MAX(CASE WHEN m.meta_key = '_billing_state' THEN m.meta_value END)), ''),
    NULLIF(TRIM(MAX(CASE WHEN m.meta_key = '_billing_country' THEN m.meta_value END)), '')
  ), ''),
  TRUE
FROM wp_posts p
LEFT JOIN wp_postmeta m ON m.post_id = p.ID
WHERE p.post_type = 'shop_order'
GROUP BY p.ID;
