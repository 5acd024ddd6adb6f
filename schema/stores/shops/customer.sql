-- Each shop is a customer, whoever buys there.
SELECT
  s.shop_id AS id,
  s.shop_id AS number,
  s.shop_name AS name
FROM oms_shop s;
