-- Registered customers with their default address, and one customer for each order of a guest.
-- OpenCart stores what visitors type with &quot;, &lt;, &gt; and &amp;.
SELECT
  CONCAT('U', c.customer_id) AS id,
  COALESCE(
    NULLIF(TRIM(REPLACE(REPLACE(REPLACE(REPLACE(
      CONCAT_WS(' ', c.firstname, c.lastname),
    '&quot;', '"'), '&lt;', '<'), '&gt;', '>'), '&amp;', '&')), ''),
    CONCAT('U', c.customer_id)
  ) AS name,
  NULLIF(TRIM(c.email), '') AS email,
  NULLIF(TRIM(c.telephone), '') AS phone,
  NULLIF(REPLACE(REPLACE(REPLACE(REPLACE(
    CONCAT_WS(', ',
      NULLIF(TRIM(a.company), ''),
      NULLIF(TRIM(a.address_1), ''),
      NULLIF(TRIM(a.address_2), ''),
      NULLIF(TRIM(CONCAT_WS(' ', a.postcode, a.city)), ''),
      NULLIF(TRIM(z.name), ''),
      NULLIF(TRIM(n.name), '')
    ),
  '&quot;', '"'), '&lt;', '<'), '&gt;', '>'), '&amp;', '&'), '') AS address,
  FALSE AS guest
FROM oc_customer c
LEFT JOIN oc_address a ON a.address_id = c.address_id
LEFT JOIN oc_zone z ON z.zone_id = a.zone_id
LEFT JOIN oc_country n ON n.country_id = a.country_id
UNION ALL
SELECT
  CONCAT('G', o.order_id),
  COALESCE(
    NULLIF(TRIM(REPLACE(REPLACE(REPLACE(REPLACE(
      CONCAT_WS(' ', o.firstname, o.lastname),
    '&quot;', '"'), '&lt;', '<'), '&gt;', '>'), '&amp;', '&')), ''),
    CONCAT('G', o.order_id)
  ),
  NULLIF(TRIM(o.email), ''),
  NULLIF(TRIM(o.telephone), ''),
  NULLIF(REPLACE(REPLACE(REPLACE(REPLACE(
    CONCAT_WS(', ',
      NULLIF(TRIM(o.payment_company), ''),
      NULLIF(TRIM(o.payment_address_1), ''),
      NULLIF(TRIM(o.payment_address_2), ''),
      NULLIF(TRIM(CONCAT_WS(' ', o.payment_postcode, o.payment_city)), ''),
      NULLIF(TRIM(o.payment_zone), ''),
      NULLIF(TRIM(o.payment_country), '')
    ),
  '&quot;', '"'), '&lt;', '<'), '&gt;', '>'), '&amp;', '&'), ''),
  TRUE
FROM oc_order o
WHERE o.customer_id = 0;
