-- Orders. To try this in the mysql client, first: SET @posted_states = '', @post_invoiced = 0, @cancelled_states = '6',
-- @returned_states = '7';
--
-- One cart may become several orders (several carriers, addresses or warehouses) that share a reference. The shop prints
-- them as `REFERENCE#1`, `REFERENCE#2`, …; here the first one has no `#1`, as nothing says that there will be others.
--
-- ps_orders holds what was ordered: credit slips leave it alone (see refund.sql), edits in the back office rewrite it.
-- Its total may be a cent off its own parts, which PrestaShop rounds each by itself: that cent goes into the discount.
-- A voucher for everything takes the freight with it (see order_line.sql).
SELECT
  o.id_order AS id,
  CASE
    WHEN (SELECT MIN(f.id_order) FROM ps_orders f WHERE f.id_cart = o.id_cart) < o.id_order
      THEN CONCAT(o.reference, '#', o.id_order + 1 - (SELECT MIN(f.id_order) FROM ps_orders f WHERE f.id_cart = o.id_cart))
    ELSE COALESCE(NULLIF(TRIM(o.reference), ''), CONCAT('', o.id_order))
  END AS number,
  CONCAT('U', o.id_customer) AS customer_id,
  o.date_add AS placed_at,
  c.iso_code AS currency,
  CASE
    WHEN FIND_IN_SET(o.current_state, @cancelled_states) > 0 THEN 'cancelled'
    WHEN FIND_IN_SET(o.current_state, @returned_states) > 0 THEN 'returned'
    WHEN s.paid = 1 OR FIND_IN_SET(o.current_state, @posted_states) > 0 THEN 'posted'
    WHEN o.invoice_number > 0 AND @post_invoiced = 1 THEN 'posted'
    ELSE 'open'
  END AS state,
  CONCAT_WS(' ',
    NULLIF(TRIM(a.company), ''), NULLIF(TRIM(a.firstname), ''), NULLIF(TRIM(a.lastname), ''),
    NULLIF(TRIM(a.address1), ''), NULLIF(TRIM(a.address2), ''), NULLIF(TRIM(a.postcode), ''), NULLIF(TRIM(a.city), ''),
    r.name, n.iso_code
  ) AS ship_to,
  CASE
    WHEN o.total_discounts_tax_incl >= o.total_products_wt THEN o.total_products_wt
    WHEN ABS(o.total_products_wt + o.total_shipping_tax_incl + o.total_wrapping_tax_incl - o.total_discounts_tax_incl - o.total_paid_tax_incl) <= 0.02
      THEN CAST(GREATEST(o.total_products_wt + o.total_shipping_tax_incl + o.total_wrapping_tax_incl - o.total_paid_tax_incl, 0) AS DECIMAL(20,6))
    ELSE o.total_discounts_tax_incl
  END AS discount,
  o.total_products_wt AS goods_total,
  o.total_paid_tax_incl AS total
FROM ps_orders o
LEFT JOIN ps_order_state s ON s.id_order_state = o.current_state
LEFT JOIN ps_currency c ON c.id_currency = o.id_currency
LEFT JOIN ps_address a ON a.id_address = o.id_address_delivery
LEFT JOIN ps_state r ON r.id_state = a.id_state
LEFT JOIN ps_country n ON n.id_country = a.id_country;
