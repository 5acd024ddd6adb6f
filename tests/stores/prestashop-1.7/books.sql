-- What each told order comes to: its lines, freight and wrapping less vouchers, less what credit slips paid back. A slip of
-- type 1 pays back its lines less the order's vouchers, one of type 2 whose amount is not that of its products that amount.
SELECT
  CASE WHEN x.place = 1 THEN x.reference ELSE CONCAT(x.reference, '#', x.place) END AS number,
  CAST(CASE WHEN x.current_state IN (6, 7) THEN 0 ELSE x.goods + x.total_shipping_tax_incl + x.total_wrapping_tax_incl - x.total_discounts_tax_incl - x.refunded END AS DECIMAL(20,2)) AS total
FROM (
  SELECT
    o.*,
    ROW_NUMBER() OVER (PARTITION BY o.id_cart ORDER BY o.id_order) AS place,
    COALESCE((SELECT SUM(d.total_price_tax_incl) FROM ps_order_detail d WHERE d.id_order = o.id_order), 0) AS goods,
    COALESCE((
      SELECT SUM(
        s.total_shipping_tax_incl + CASE
          WHEN s.order_slip_type = 2 AND s.amount NOT IN (s.total_products_tax_incl, s.total_products_tax_excl) THEN s.amount
          ELSE COALESCE((SELECT SUM(l.amount_tax_incl) FROM ps_order_slip_detail l WHERE l.id_order_slip = s.id_order_slip), 0)
            - CASE WHEN s.order_slip_type = 1 THEN (SELECT SUM(r.value) FROM ps_order_cart_rule r WHERE r.id_order = s.id_order) ELSE 0 END
        END)
      FROM ps_order_slip s
      WHERE s.id_order = o.id_order
    ), 0) AS refunded
  FROM ps_orders o
) x
JOIN ps_order_state t ON t.id_order_state = x.current_state
WHERE t.paid = 1 OR (x.current_state IN (6, 7) AND x.invoice_number > 0)
ORDER BY number;
