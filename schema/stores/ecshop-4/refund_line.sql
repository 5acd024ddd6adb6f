-- Returned goods. Neither table says which order line they came from, and a request not even the article number: the one that
-- ECShop gives to an article by itself is ECS and six digits of its id.
-- A request's quantity is text that the buyer's page sends, like 1 or 1件: the cast takes the number that it begins with.
SELECT
  CONCAT('B', g.rec_id) AS id,
  CONCAT('B', g.back_id) AS refund_id,
  COALESCE(NULLIF(TRIM(g.goods_sn), ''), CONCAT('ECS-', g.goods_id)) AS sku,
  COALESCE(g.send_number, 0) AS quantity
FROM ecs_back_goods g
UNION ALL
SELECT
  CONCAT('R', r.r_id),
  CONCAT('R', r.r_id),
  CONCAT('ECS', LPAD(COALESCE(r.goods_id, '0'), 6, '0')),
  COALESCE(CAST(r.num AS DECIMAL(10,0)), 0)
FROM ecs_return_goods r
WHERE r.return_status IN ('succ', 'code');
