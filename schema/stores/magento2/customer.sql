-- Accounts, and one customer for each order of a guest.
--
-- An account's phone and address are those of its default billing address, a guest's those of the order's. An order whose
-- account was deleted has no customer_id any more; what the ERP was told of it stays with the account's customer.
SELECT
  CONCAT('U', c.entity_id) AS id,
  COALESCE(
    NULLIF(CONCAT_WS(' ', NULLIF(TRIM(c.firstname), ''), NULLIF(TRIM(c.middlename), ''), NULLIF(TRIM(c.lastname), '')), ''),
    CONCAT('U', c.entity_id)
  ) AS name,
  NULLIF(TRIM(c.email), '') AS email,
  NULLIF(TRIM(a.telephone), '') AS phone,
  CONCAT_WS(', ',
    NULLIF(TRIM(a.company), ''),
    NULLIF(TRIM(REPLACE(REPLACE(a.street, '\r', ''), '\n', ' ')), ''),
    NULLIF(CONCAT_WS(' ', NULLIF(TRIM(a.postcode), ''), NULLIF(TRIM(a.city), '')), ''),
    NULLIF(TRIM(a.region), ''),
    NULLIF(TRIM(a.country_id), '')
  ) AS address,
  COALESCE(NULLIF(TRIM(c.taxvat), ''), NULLIF(TRIM(a.vat_id), '')) AS tax_id,
  FALSE AS guest
FROM customer_entity c
LEFT JOIN customer_address_entity a ON a.entity_id = c.default_billing AND a.parent_id = c.entity_id
UNION ALL
SELECT
  CONCAT('G', o.entity_id),
  COALESCE(
    NULLIF(CONCAT_WS(' ', NULLIF(TRIM(b.firstname), ''), NULLIF(TRIM(b.middlename), ''), NULLIF(TRIM(b.lastname), '')), ''),
    NULLIF(CONCAT_WS(' ', NULLIF(TRIM(o.customer_firstname), ''), NULLIF(TRIM(o.customer_lastname), '')), ''),
    CONCAT('G', o.entity_id)
  ),
  NULLIF(TRIM(o.customer_email), ''),
  NULLIF(TRIM(b.telephone), ''),
  CONCAT_WS(', ',
    NULLIF(TRIM(b.company), ''),
    NULLIF(TRIM(REPLACE(REPLACE(b.street, '\r', ''), '\n', ' ')), ''),
    NULLIF(CONCAT_WS(' ', NULLIF(TRIM(b.postcode), ''), NULLIF(TRIM(b.city), '')), ''),
    NULLIF(TRIM(b.region), ''),
    NULLIF(TRIM(b.country_id), '')
  ),
  COALESCE(NULLIF(TRIM(o.customer_taxvat), ''), NULLIF(TRIM(b.vat_id), '')),
  TRUE
FROM sales_order o
LEFT JOIN sales_order_address b ON b.entity_id = o.billing_address_id AND b.parent_id = o.entity_id
WHERE o.customer_id IS NULL;
