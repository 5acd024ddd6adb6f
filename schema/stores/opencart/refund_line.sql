-- Goods that came back, a product a return. OpenCart does not say which order line they came from.
SELECT
  r.return_id AS id,
  CONCAT('R', r.return_id) AS refund_id,
  COALESCE(
    NULLIF(TRIM(REPLACE(REPLACE(REPLACE(REPLACE(
      r.model, '&quot;', '"'), '&lt;', '<'), '&gt;', '>'), '&amp;', '&')), ''),
    CONCAT('OC-', r.product_id)
  ) AS sku,
  r.quantity AS quantity
FROM oc_return r
WHERE r.order_id > 0 AND r.return_status_id = @return_complete;
