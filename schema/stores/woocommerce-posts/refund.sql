-- Refunds: posts below their order.
SELECT
  r.ID AS id,
  r.post_parent AS order_id,
  FALSE AS included,
  CAST(COALESCE(
    CAST(
      NULLIF((SELECT MAX(m.meta_value) FROM wp_postmeta m WHERE m.post_id = r.ID AND m.meta_key = '_refund_amount'), '')
      AS DECIMAL(20,6)
    ),
    0
  ) AS DECIMAL(20,6)) AS amount
FROM wp_posts r
WHERE r.post_type = 'shop_order_refund';
