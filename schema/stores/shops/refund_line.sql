-- What a request takes off the items of its order. Of its own items count those that come back (退货), not those that are sent
-- instead (换货) or again (补发). A refund of money only (仅退款) lowers what an item was sold for: its quantity is 0.
--
-- outer_oi_id is the marketplace's number of an item. Where it is missing, the item is found by its SKU.
SELECT
  CONCAT('I', i.asi_id) AS id,
  i.as_id AS refund_id,
  (SELECT MIN(t.oi_id) FROM oms_order_item t
    WHERE t.o_id = a.o_id AND t.outer_oi_id = i.outer_oi_id AND t.sku_id = i.sku_id) AS line_id,
  i.sku_id AS sku,
  CASE WHEN a.type = '仅退款' THEN 0 ELSE i.qty END AS quantity,
  i.amount AS amount
FROM oms_aftersale_item i
JOIN oms_aftersale a ON a.as_id = i.as_id
WHERE a.status = 'Confirmed' AND i.type = '退货'
UNION ALL
-- The order's freight that is paid back: money, no piece. More than the order had is a discount on its goods.
SELECT
  CONCAT('F', a.as_id),
  a.as_id,
  'shipping',
  NULL,
  0,
  a.freight
FROM oms_aftersale a
JOIN oms_order o ON o.o_id = a.o_id
WHERE a.status = 'Confirmed' AND a.freight > 0 AND a.freight <= o.freight;
