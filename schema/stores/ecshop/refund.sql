-- What came back, as evidence: the return itself is the order's status 4, and its money is in no row at all.
SELECT
  b.back_id AS id,
  b.order_id AS order_id,
  TRUE AS included,
  0 AS amount
FROM ecs_back_order b;
