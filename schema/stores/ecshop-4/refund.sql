-- What came back, as evidence: whole orders (back_order), and requests of the buyer that were granted (return_goods). Neither says
-- anything of money: that is in the order's status 4, or in its lines once the staff has edited them.
--
-- return_status: wait, code (the parcel is on its way), succ granted, error refused.
SELECT
  CONCAT('B', b.back_id) AS id,
  b.order_id AS order_id,
  TRUE AS included,
  0 AS amount
FROM ecs_back_order b
UNION ALL
SELECT
  CONCAT('R', r.r_id),
  r.order_id,
  TRUE,
  0
FROM ecs_return_goods r
WHERE r.return_status IN ('succ', 'code');
