-- What each order that was ever paid comes to now: what had to be paid, less what confirmed requests give back; nothing once it
-- is cancelled, or its goods are another order's.
SELECT
  CAST(o.o_id AS CHAR) AS number,
  CASE
    WHEN o.status IN ('Cancelled', 'Merged', 'Split') THEN 0.00
    ELSE o.pay_amount
      - COALESCE((SELECT SUM(a.refund) FROM oms_aftersale a WHERE a.o_id = o.o_id AND a.status = 'Confirmed'), 0.00)
  END AS total
FROM oms_order o
WHERE o.pay_date IS NOT NULL;
