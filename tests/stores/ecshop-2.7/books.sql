-- What each order that was ever paid comes to now, from its lines and charges; nothing once it is cancelled or returned.
SELECT
  o.order_sn AS number,
  CASE
    WHEN o.order_status IN (2, 3, 4) THEN 0.00
    ELSE (SELECT SUM(g.goods_price * g.goods_number) FROM ecs_order_goods g WHERE g.order_id = o.order_id)
      - o.discount + o.shipping_fee + o.insure_fee + o.pay_fee + o.pack_fee + o.card_fee + o.tax
  END AS total
FROM ecs_order_info o
WHERE EXISTS (SELECT 1 FROM ecs_order_action a WHERE a.order_id = o.order_id AND a.pay_status = 2)
UNION ALL
-- Told, cancelled, and then removed: the store has no row of it any more.
SELECT '2026112010005', 0.00;
