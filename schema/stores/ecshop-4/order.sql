-- Orders. To try this in the mysql client, first: SET time_zone = '+08:00', @clock_offset = 28800, @post_when_shipped = 0;
--
-- order_status: 0 unconfirmed, 1 confirmed, 2 cancelled, 3 invalid, 4 returned, 5 split, 6 partly split; pay_status 2: paid;
-- shipping_status: 1 shipped, 2 received, 4 partly shipped.
-- Balance, points and bonus (surplus, integral_money, bonus) are ways of paying and no part of the price.
-- `tax` is what the shop charges for an invoice: a fee. A negative `discount`, which an ERP that edits orders writes, is one too.
-- The lines have their own discounts off already (discount_fee); what goods_discount_fee has beyond them is the header's.
SELECT
  o.order_id AS id,
  o.order_sn AS number,
  CASE WHEN o.user_id > 0 THEN CONCAT('U', o.user_id) ELSE CONCAT('G', o.order_id) END AS customer_id,
  FROM_UNIXTIME(o.add_time + @clock_offset) AS placed_at,
  CASE
    WHEN o.order_status = 4 THEN 'returned'
    WHEN o.order_status IN (2, 3) THEN 'cancelled'
    WHEN o.order_status IN (1, 5, 6) AND (o.pay_status = 2 OR @post_when_shipped = 1 AND o.shipping_status IN (1, 2)) THEN 'posted'
    ELSE 'open'
  END AS state,
  CONCAT_WS(' ',
    NULLIF(TRIM(o.consignee), ''),
    NULLIF(TRIM(CONCAT_WS('', p.region_name, c.region_name, d.region_name, o.address)), '')
  ) AS ship_to,
  GREATEST(0.00, o.discount + o.goods_discount_fee
    - COALESCE((SELECT SUM(g.discount_fee) FROM ecs_order_goods g WHERE g.order_id = o.order_id), 0.00)) AS discount,
  o.shipping_fee AS shipping,
  o.tax + o.insure_fee + o.pay_fee + o.pack_fee + o.card_fee
    + GREATEST(0.00, COALESCE((SELECT SUM(g.discount_fee) FROM ecs_order_goods g WHERE g.order_id = o.order_id), 0.00)
      - o.discount - o.goods_discount_fee) AS fee,
  o.goods_amount
    - COALESCE((SELECT SUM(g.discount_fee) FROM ecs_order_goods g WHERE g.order_id = o.order_id), 0.00) AS goods_total,
  o.goods_amount - o.discount - o.goods_discount_fee + o.tax + o.shipping_fee + o.insure_fee + o.pay_fee + o.pack_fee
    + o.card_fee AS total,
  o.surplus AS tender_balance,
  o.integral_money AS tender_points,
  o.bonus AS tender_bonus,
  NULLIF(TRIM(o.inv_payee), '') AS extra_invoice_to,
  NULLIF(TRIM(o.tax_num), '') AS extra_invoice_tax_id,
  NULLIF(TRIM(o.platform), '') AS extra_platform
FROM ecs_order_info o
LEFT JOIN ecs_region p ON p.region_id = o.province
LEFT JOIN ecs_region c ON c.region_id = o.city
LEFT JOIN ecs_region d ON d.region_id = o.district;
