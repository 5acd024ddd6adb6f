-- Items. A gift is an item with the amount 0. An item that nobody has assigned a sku_id to yet holds its order until then.
SELECT
  i.oi_id AS id,
  i.o_id AS order_id,
  i.sku_id AS sku,
  CONCAT_WS(' ', i.name, NULLIF(TRIM(i.properties_value), '')) AS name,
  i.qty AS quantity,
  i.amount AS amount,
  CASE WHEN o.status = 'Sent' THEN i.qty ELSE 0 END AS shipped
FROM oms_order_item i
LEFT JOIN oms_order o ON o.o_id = i.o_id;
