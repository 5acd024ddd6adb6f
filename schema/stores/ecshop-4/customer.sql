-- Registered users, and one customer for each order of a guest. The tax number stands on the order: a user has none.
SELECT
  CONCAT('U', u.user_id) AS id,
  COALESCE(NULLIF(TRIM(u.user_name), ''), CONCAT('U', u.user_id)) AS name,
  NULLIF(TRIM(u.email), '') AS email,
  COALESCE(NULLIF(TRIM(u.mobile_phone), ''), NULLIF(TRIM(u.home_phone), '')) AS phone,
  NULL AS tax_id,
  FALSE AS guest
FROM ecs_users u
UNION ALL
SELECT
  CONCAT('G', o.order_id),
  COALESCE(NULLIF(TRIM(o.consignee), ''), CONCAT('G', o.order_id)),
  NULLIF(TRIM(o.email), ''),
  COALESCE(NULLIF(TRIM(o.mobile), ''), NULLIF(TRIM(o.tel), '')),
  NULLIF(TRIM(o.tax_num), ''),
  TRUE
FROM ecs_order_info o
WHERE o.user_id = 0;
