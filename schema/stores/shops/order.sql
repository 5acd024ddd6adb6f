-- Orders. The number is the system's own: so_id, the marketplace's, stands on all parts of an order that was split.
--
-- status: WaitPay unpaid; WaitConfirm paid, WaitFConfirm confirmed by the service desk and not by finance; Delivering,
-- WaitOuterSent on their way out of the house or of another one; Sent; Question a person has to look; Cancelled; Merged into
-- another order, Split into others: those have its goods then, and are orders of their own. shop_status is what the
-- marketplace calls it, and decides nothing here.
--
-- Orders are booked when they are paid. Who books what has left the house makes 'Sent' the only status that is 'posted': then
-- merging and splitting, which happen before, never show in the books.
--
-- pay_amount is the items and the freight, less what is taken off the whole order (free_amount). Refunds do not lower it.
SELECT
  o.o_id AS id,
  o.o_id AS number,
  o.shop_id AS customer_id,
  o.order_date AS placed_at,
  CASE
    WHEN o.status IN ('Cancelled', 'Merged', 'Split') THEN 'cancelled'
    WHEN o.status IN ('WaitConfirm', 'WaitFConfirm', 'Delivering', 'WaitOuterSent', 'Sent') THEN 'posted'
    WHEN o.status = 'Question' AND o.pay_date IS NOT NULL THEN 'posted'
    ELSE 'open'
  END AS state,
  CONCAT_WS(' ',
    NULLIF(TRIM(o.receiver_name), ''),
    NULLIF(TRIM(CONCAT_WS('', o.receiver_state, o.receiver_city, o.receiver_district, o.receiver_address)), '')
  ) AS ship_to,
  o.free_amount AS discount,
  o.freight AS shipping,
  o.pay_amount AS total,
  NULLIF(TRIM(o.shop_buyer_id), '') AS extra_buyer,
  NULLIF(TRIM(o.so_id), '') AS extra_so_id
FROM oms_order o;
