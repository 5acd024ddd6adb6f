-- Order lines. A gift is a line with the price 0; a package has no goods_sn of its own.
SELECT
  g.rec_id AS id,
  g.order_id AS order_id,
  COALESCE(NULLIF(TRIM(g.goods_sn), ''), CONCAT('ECS-', g.goods_id)) AS sku,
  CONCAT_WS(' ', g.goods_name, NULLIF(TRIM(REPLACE(REPLACE(g.goods_attr, '\r', ''), '\n', ' ')), '')) AS name,
  NULLIF(TRIM(REPLACE(REPLACE(g.goods_attr, '\r', ''), '\n', ' ')), '') AS options,
  g.goods_number AS quantity,
  g.goods_price * g.goods_number AS amount,
  g.send_number AS shipped
FROM ecs_order_goods g;
