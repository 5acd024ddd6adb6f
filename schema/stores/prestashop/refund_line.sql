-- Lines of credit slips.
--
-- PrestaShop wants a piece for each amount: one that is paid back at less than its price has not come back, its price
-- was lowered (quantity 0). Pieces at their price take their share of the line, so that roundings of single pieces never
-- exceed it. A slip over an amount of the merchant's choice says nothing of its lines.
SELECT
  CONCAT(l.id_order_slip, '-', l.id_order_detail) AS id,
  l.id_order_slip AS refund_id,
  l.id_order_detail AS line_id,
  COALESCE(NULLIF(TRIM(d.product_reference), ''), CONCAT('PS-', d.product_id, '-', COALESCE(d.product_attribute_id, 0))) AS sku,
  CASE
    WHEN s.order_slip_type = 2 AND ABS(s.amount - COALESCE(s.total_products_tax_incl, 0)) > 0.02 AND ABS(s.amount - COALESCE(s.total_products_tax_excl, 0)) > 0.02
      THEN 0
    WHEN ABS(l.amount_tax_incl - d.unit_price_tax_incl * l.product_quantity) <= 0.01 * l.product_quantity THEN l.product_quantity
    ELSE 0
  END AS quantity,
  CASE
    WHEN s.order_slip_type = 2 AND ABS(s.amount - COALESCE(s.total_products_tax_incl, 0)) > 0.02 AND ABS(s.amount - COALESCE(s.total_products_tax_excl, 0)) > 0.02
      THEN 0.000000
    WHEN ABS(l.amount_tax_incl - d.unit_price_tax_incl * l.product_quantity) <= 0.01 * l.product_quantity AND l.product_quantity < d.product_quantity
      THEN TRUNCATE(ROUND(d.total_price_tax_incl / d.product_quantity, 8), 6) * l.product_quantity
    WHEN ABS(l.amount_tax_incl - d.unit_price_tax_incl * l.product_quantity) <= 0.01 * l.product_quantity THEN d.total_price_tax_incl
    ELSE l.amount_tax_incl
  END AS amount
FROM ps_order_slip_detail l
JOIN ps_order_slip s ON s.id_order_slip = l.id_order_slip
JOIN ps_order_detail d ON d.id_order_detail = l.id_order_detail
UNION ALL
-- Freight that was paid back, in full or in part: money, no pieces.
SELECT
  CONCAT(s.id_order_slip, '-shipping'),
  s.id_order_slip,
  'shipping',
  NULL,
  0,
  s.total_shipping_tax_incl
FROM ps_order_slip s
WHERE s.total_shipping_tax_incl > 0;
