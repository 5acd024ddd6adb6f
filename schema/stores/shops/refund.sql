-- After-sale requests, once they are confirmed (status: WaitConfirm, Confirmed, Cancelled, Merged into another request).
--
-- refund is what the buyer gets for goods that come back, and what the shop adds to it. In an exchange (换货) it stands beside
-- payment, what the buyer pays for the goods that are sent instead. Those are an order of their own (type 换货订单), so an
-- exchange is a return and a sale.
SELECT
  a.as_id AS id,
  a.o_id AS order_id,
  FALSE AS included,
  a.refund AS amount
FROM oms_aftersale a
WHERE a.status = 'Confirmed';
