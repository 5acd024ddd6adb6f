-- Order lines, freight and wrapping.
--
-- tax_rate: ps_order_detail.tax_rate is 0 before 1.7.8. The taxes of a line are in ps_order_detail_tax, their rates in
-- ps_tax; where those are not there, or its prices say another (ecotax, one tax upon another): what the prices come to.
-- `tax` is the shop's where it is within a cent of that rate.
SELECT
  d.id_order_detail AS id,
  d.id_order AS order_id,
  'goods' AS kind,
  COALESCE(NULLIF(TRIM(d.product_reference), ''), CONCAT('PS-', d.product_id, '-', COALESCE(d.product_attribute_id, 0))) AS sku,
  d.product_name AS name,
  d.product_quantity AS quantity,
  d.total_price_tax_incl AS amount,
  CASE
    WHEN ABS(d.total_price_tax_incl * 100 - d.total_price_tax_excl * (100 + COALESCE(SUM(x.rate), 0.000))) <= 1
      THEN d.total_price_tax_incl - d.total_price_tax_excl
  END AS tax,
  CASE
    WHEN d.unit_price_tax_excl = 0 OR ABS(d.unit_price_tax_incl * 100 - d.unit_price_tax_excl * (100 + COALESCE(SUM(x.rate), 0.000))) <= 1.2
      THEN COALESCE(SUM(x.rate), 0.000)
    ELSE CAST(ROUND(ROUND(d.unit_price_tax_incl / d.unit_price_tax_excl, 6) * 100 - 100, 2) AS DECIMAL(10,3))
  END AS tax_rate
FROM ps_order_detail d
LEFT JOIN ps_order_detail_tax t ON t.id_order_detail = d.id_order_detail
LEFT JOIN ps_tax x ON x.id_tax = t.id_tax
GROUP BY
  d.id_order_detail, d.id_order, d.product_reference, d.product_id, d.product_attribute_id, d.product_name, d.product_quantity,
  d.total_price_tax_incl, d.total_price_tax_excl, d.unit_price_tax_incl, d.unit_price_tax_excl
UNION ALL
-- Freight. A voucher for everything takes it too.
SELECT
  'shipping',
  o.id_order,
  'shipping',
  NULL,
  'Shipping',
  1,
  CASE
    WHEN o.total_discounts_tax_incl > o.total_products_wt
      THEN CAST(GREATEST(LEAST(o.total_shipping_tax_incl, o.total_paid_tax_incl - o.total_wrapping_tax_incl), 0) AS DECIMAL(20,6))
    ELSE o.total_shipping_tax_incl
  END,
  CASE
    WHEN o.total_discounts_tax_incl > o.total_products_wt THEN NULL
    WHEN ABS(o.total_shipping_tax_incl * 100 - o.total_shipping_tax_excl * (100 + o.carrier_tax_rate)) <= 1
      THEN o.total_shipping_tax_incl - o.total_shipping_tax_excl
  END,
  CASE
    WHEN o.total_shipping_tax_excl = 0 OR ABS(o.total_shipping_tax_incl * 100 - o.total_shipping_tax_excl * (100 + o.carrier_tax_rate)) <= 1.2
      THEN o.carrier_tax_rate
    ELSE CAST(ROUND(ROUND(o.total_shipping_tax_incl / o.total_shipping_tax_excl, 6) * 100 - 100, 2) AS DECIMAL(10,3))
  END
FROM ps_orders o
WHERE o.total_shipping_tax_incl > 0
UNION ALL
-- Gift wrapping. Its rate is in no row: it nearly always is that of the freight.
SELECT
  'wrapping',
  o.id_order,
  'fee',
  NULL,
  'Gift wrapping',
  1,
  o.total_wrapping_tax_incl,
  CASE
    WHEN ABS(o.total_wrapping_tax_incl * 100 - o.total_wrapping_tax_excl * (100 + o.carrier_tax_rate)) <= 1
      THEN o.total_wrapping_tax_incl - o.total_wrapping_tax_excl
  END,
  CASE
    WHEN o.total_wrapping_tax_excl = 0 OR ABS(o.total_wrapping_tax_incl * 100 - o.total_wrapping_tax_excl * (100 + o.carrier_tax_rate)) <= 1.2
      THEN o.carrier_tax_rate
    ELSE CAST(ROUND(ROUND(o.total_wrapping_tax_incl / o.total_wrapping_tax_excl, 6) * 100 - 100, 2) AS DECIMAL(10,3))
  END
FROM ps_orders o
WHERE o.total_wrapping_tax_incl > 0;
