-- Returned goods. ECShop does not say which order line they came from.
SELECT
  g.rec_id AS id,
  g.back_id AS refund_id,
  COALESCE(NULLIF(TRIM(g.goods_sn), ''), CONCAT('ECS-', g.goods_id)) AS sku,
  COALESCE(g.send_number, 0) AS quantity
FROM ecs_back_goods g;
