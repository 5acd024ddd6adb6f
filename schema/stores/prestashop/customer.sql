-- Customers. A guest has a row of his own too (is_guest = 1), a new one for each order; it stays when he registers, so
-- both have one kind of number.
--
-- Phone, address and VAT number are those of the oldest address that is still in use: PrestaShop never rewrites an
-- address that an order has, it marks it as deleted and adds another.
SELECT
  CONCAT('U', c.id_customer) AS id,
  CONCAT('U', c.id_customer) AS number,
  COALESCE(
    NULLIF(TRIM(c.company), ''),
    NULLIF(TRIM(CONCAT_WS(' ', NULLIF(TRIM(c.firstname), ''), NULLIF(TRIM(c.lastname), ''))), ''),
    CONCAT('U', c.id_customer)
  ) AS name,
  NULLIF(TRIM(c.email), '') AS email,
  SUBSTRING_INDEX((
    SELECT GROUP_CONCAT(COALESCE(NULLIF(TRIM(a.phone_mobile), ''), NULLIF(TRIM(a.phone), '')) ORDER BY a.id_address SEPARATOR '\n')
    FROM ps_address a
    WHERE a.id_customer = c.id_customer AND a.deleted = 0
  ), '\n', 1) AS phone,
  SUBSTRING_INDEX((
    SELECT GROUP_CONCAT(
      CONCAT_WS(' ', NULLIF(TRIM(a.address1), ''), NULLIF(TRIM(a.address2), ''), NULLIF(TRIM(a.postcode), ''), NULLIF(TRIM(a.city), ''))
      ORDER BY a.id_address SEPARATOR '\n')
    FROM ps_address a
    WHERE a.id_customer = c.id_customer AND a.deleted = 0
  ), '\n', 1) AS address,
  COALESCE(SUBSTRING_INDEX((
    SELECT GROUP_CONCAT(NULLIF(TRIM(a.vat_number), '') ORDER BY a.id_address SEPARATOR '\n')
    FROM ps_address a
    WHERE a.id_customer = c.id_customer AND a.deleted = 0
  ), '\n', 1), NULLIF(TRIM(c.siret), '')) AS tax_id,
  c.is_guest AS guest
FROM ps_customer c;
