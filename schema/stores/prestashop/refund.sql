-- Credit slips. ps_orders still holds the full order.
--
-- order_slip_type: 0 what was sent back, 1 the same less the order's vouchers, 2 an amount of the merchant's choice
-- (`amount`) or a slip with freight (then `amount` is the sum of the products, with or without tax). Where a customer
-- sees prices with tax, the shop takes the vouchers of type 1 off total_products_tax_excl only: what that column lacks
-- beside its lines comes off the refund.
SELECT
  s.id_order_slip AS id,
  s.id_order AS order_id,
  FALSE AS included,
  CASE
    WHEN s.order_slip_type = 2 AND ABS(s.amount - COALESCE(s.total_products_tax_incl, 0)) > 0.02 AND ABS(s.amount - COALESCE(s.total_products_tax_excl, 0)) > 0.02
      THEN s.amount + COALESCE(s.total_shipping_tax_incl, 0)
    WHEN COALESCE((SELECT SUM(d.amount_tax_excl) FROM ps_order_slip_detail d WHERE d.id_order_slip = s.id_order_slip), 0) - COALESCE(s.total_products_tax_excl, 0) > 0.1
      THEN COALESCE(s.total_products_tax_incl, 0) + COALESCE(s.total_products_tax_excl, 0) + COALESCE(s.total_shipping_tax_incl, 0)
        - COALESCE((SELECT SUM(d.amount_tax_excl) FROM ps_order_slip_detail d WHERE d.id_order_slip = s.id_order_slip), 0)
    ELSE COALESCE(s.total_products_tax_incl, 0) + COALESCE(s.total_shipping_tax_incl, 0)
  END AS amount
FROM ps_order_slip s;
