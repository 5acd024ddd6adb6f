-- Three shops of one merchant. Each statement is a transaction of its own.

-- # shops: nothing is told of them before they sell
INSERT INTO oms_shop (shop_id, shop_name, shop_site, nick, created, modified)
VALUES (10101, '山房茶具旗舰店', '天猫', 'shanfang', '2026-01-05 09:00:00', '2026-01-05 09:00:00');
INSERT INTO oms_shop (shop_id, shop_name, shop_site, nick, created, modified)
VALUES (10102, '山房家居专营店', '京东', 'shanfang-jd', '2026-01-05 09:10:00', '2026-01-05 09:10:00');

-- # the first shop sells: the order waits for its payment
-- 226.00 + 22.60 + freight 11.30
INSERT INTO oms_order (o_id, so_id, shop_id, order_date, status, shop_status, shop_buyer_id, receiver_name, receiver_mobile,
  receiver_state, receiver_city, receiver_district, receiver_address, pay_amount, freight)
VALUES (5001, 'TM2026112100001', 10101, '2026-11-21 10:00:00', 'WaitPay', 'WAIT_BUYER_PAY', '风**来', '王伟', '10012340001',
  '浙江省', '杭州市', '西湖区', '建设路1号', 259.90, 11.30);
INSERT INTO oms_order_item (oi_id, o_id, outer_oi_id, sku_id, name, properties_value, qty, price, amount)
VALUES (1, 5001, 'TM-1', 'TEA-01-R', '西湖龙井茶 礼盒装', '红色', 2, 113.00, 226.00);
INSERT INTO oms_order_item (oi_id, o_id, outer_oi_id, sku_id, name, properties_value, qty, price, amount)
VALUES (2, 5001, 'TM-2', 'CUP-02', '不锈钢保温杯', '', 1, 22.60, 22.60);

-- # pay: the customer is the shop, not the buyer
-- The tax is 26.00 + 2.60 + 1.30.
UPDATE oms_order SET status = 'WaitConfirm', shop_status = 'WAIT_SELLER_SEND_GOODS', pay_date = '2026-11-21 10:02:00', paid_amount = pay_amount
WHERE o_id = 5001;
-- = customer 10101
-- = sales_order 5001 259.90 29.90

-- # the second shop sells: paid at once, with a gift, and less what is taken off the whole order
-- 59.97 - 5.97
INSERT INTO oms_order (o_id, so_id, shop_id, order_date, pay_date, status, shop_status, shop_buyer_id, receiver_name,
  receiver_state, receiver_city, receiver_district, receiver_address, pay_amount, paid_amount, free_amount)
VALUES (5002, 'JD2026112100077', 10102, '2026-11-21 10:05:00', '2026-11-21 10:05:30', 'WaitConfirm', 'WAIT_SELLER_SEND_GOODS', 'jd_li😀', '李娜',
  '上海市', '上海市', '徐汇区', '人民路22号', 54.00, 54.00, 5.97);
INSERT INTO oms_order_item (oi_id, o_id, outer_oi_id, sku_id, name, properties_value, qty, price, amount)
VALUES (3, 5002, 'JD-1', 'HAM-03', '金华火腿', '', 3, 19.99, 59.97);
INSERT INTO oms_order_item (oi_id, o_id, outer_oi_id, sku_id, name, properties_value, qty, price, amount, is_gift)
VALUES (4, 5002, NULL, 'DATE-04', '新疆和田枣', '', 1, 0.00, 0.00, 1);
-- = customer 10102
-- = sales_order 5002 54.00 6.21

-- # another buyer in the first shop: the customer is known
INSERT INTO oms_order (o_id, so_id, shop_id, order_date, pay_date, status, shop_status, shop_buyer_id, receiver_name,
  receiver_state, receiver_city, receiver_district, receiver_address, pay_amount, paid_amount)
VALUES (5003, 'TM2026112100002', 10101, '2026-11-21 11:00:00', '2026-11-21 11:00:20', 'WaitConfirm', 'WAIT_SELLER_SEND_GOODS', '小**猫', '赵磊',
  '广东省', '广州市', '天河区', '中山北路3号', 113.00, 113.00);
INSERT INTO oms_order_item (oi_id, o_id, outer_oi_id, sku_id, name, properties_value, qty, price, amount)
VALUES (5, 5003, 'TM-3', 'SCARF-05-R', '真丝围巾', '红色', 2, 56.50, 113.00);
-- = sales_order 5003 113.00 13.00

-- # the shop gets another name: so does the customer
UPDATE oms_shop SET shop_name = '山房茶具官方旗舰店', modified = '2026-11-22 09:00:00' WHERE shop_id = 10101;
-- = customer 10101

-- # what else is noted of a shop is told to nobody
UPDATE oms_shop SET nick = 'shanfang-tea', modified = '2026-11-22 09:05:00' WHERE shop_id = 10101;

-- # confirmed, and sent: the books know already
UPDATE oms_order SET status = 'WaitFConfirm' WHERE o_id = 5001;
UPDATE oms_order SET status = 'Delivering' WHERE o_id IN (5001, 5002, 5003);
UPDATE oms_order SET status = 'Sent', shop_status = 'WAIT_BUYER_CONFIRM_GOODS', send_date = '2026-11-22 17:00:00', l_id = 'SF10001'
WHERE o_id = 5001;
UPDATE oms_order SET status = 'Sent', shop_status = 'WAIT_BUYER_CONFIRM_GOODS', send_date = '2026-11-22 17:05:00', l_id = 'SF10002'
WHERE o_id = 5002;
UPDATE oms_order SET status = 'Sent', shop_status = 'WAIT_BUYER_CONFIRM_GOODS', send_date = '2026-11-22 17:10:00', l_id = 'SF10003'
WHERE o_id = 5003;

-- # one of two pieces is to come back: a request is nothing for the books
INSERT INTO oms_aftersale (as_id, outer_as_id, o_id, so_id, shop_id, type, as_date, status, shop_status, good_status, refund)
VALUES (801, 'TMR-1', 5001, 'TM2026112100001', 10101, '普通退货', '2026-11-25 10:00:00', 'WaitConfirm', 'WAIT_BUYER_RETURN_GOODS', 'BUYER_RECEIVED', 113.00);
INSERT INTO oms_aftersale_item (asi_id, as_id, outer_oi_id, type, sku_id, name, qty, amount)
VALUES (1, 801, 'TM-1', '退货', 'TEA-01-R', '西湖龙井茶 礼盒装', 1, 113.00);

-- # it has come back, and the request is confirmed
UPDATE oms_aftersale_item SET r_qty = 1 WHERE asi_id = 1;
UPDATE oms_aftersale SET status = 'Confirmed', shop_status = 'SUCCESS', good_status = 'SELLER_RECEIVED', confirm_date = '2026-11-27 15:00:00'
WHERE as_id = 801;
-- = credit_note 5001-CN1 return 113.00 13.00

-- # money for an item, and no piece: 仅退款
INSERT INTO oms_aftersale (as_id, outer_as_id, o_id, so_id, shop_id, type, as_date, confirm_date, status, shop_status, good_status, refund)
VALUES (802, 'TMR-2', 5001, 'TM2026112100001', 10101, '仅退款', '2026-11-28 10:00:00', '2026-11-28 10:20:00', 'Confirmed', 'SUCCESS', 'BUYER_RECEIVED', 2.26);
INSERT INTO oms_aftersale_item (asi_id, as_id, outer_oi_id, type, sku_id, name, qty, amount)
VALUES (2, 802, 'TM-2', '退货', 'CUP-02', '不锈钢保温杯', 1, 2.26);
-- = credit_note 5001-CN2 discount 2.26 0.26

-- # money for the order as a whole: the parcel was late
INSERT INTO oms_aftersale (as_id, o_id, so_id, shop_id, type, as_date, confirm_date, status, refund)
VALUES (803, 5001, 'TM2026112100001', 10101, '其它', '2026-11-29 10:00:00', '2026-11-29 10:00:00', 'Confirmed', 5.65);
-- = credit_note 5001-CN3 discount 5.65 0.65

-- # it was a mistake, and is withdrawn
UPDATE oms_aftersale SET status = 'Cancelled' WHERE as_id = 803;
-- = debit_note 5001-DN1 5.65 0.65

-- # everything comes back, at what was paid for it, and the gift too
INSERT INTO oms_aftersale (as_id, outer_as_id, o_id, so_id, shop_id, type, as_date, confirm_date, status, shop_status, good_status, refund)
VALUES (804, 'JDR-1', 5002, 'JD2026112100077', 10102, '普通退货', '2026-11-29 11:00:00', '2026-11-29 12:00:00', 'Confirmed', 'SUCCESS', 'SELLER_RECEIVED', 54.00);
INSERT INTO oms_aftersale_item (asi_id, as_id, outer_oi_id, type, sku_id, name, qty, r_qty, amount)
VALUES (3, 804, 'JD-1', '退货', 'HAM-03', '金华火腿', 3, 3, 54.00);
INSERT INTO oms_aftersale_item (asi_id, as_id, outer_oi_id, type, sku_id, name, qty, r_qty, amount)
VALUES (4, 804, NULL, '退货', 'DATE-04', '新疆和田枣', 1, 1, 0.00);
-- = credit_note 5002-CN1 return 54.00 6.21

-- # exchange: the red one comes back, a blue one is sent by an order of its own
INSERT INTO oms_aftersale (as_id, outer_as_id, o_id, so_id, shop_id, type, as_date, confirm_date, status, shop_status, good_status, refund, payment)
VALUES (805, 'TMR-3', 5003, 'TM2026112100002', 10101, '换货', '2026-11-30 10:00:00', '2026-12-01 10:00:00', 'Confirmed', 'EXCHANGE_SELLER_DELIVERY', 'SELLER_RECEIVED', 56.50, 56.50);
INSERT INTO oms_aftersale_item (asi_id, as_id, outer_oi_id, type, sku_id, name, qty, r_qty, amount)
VALUES (5, 805, 'TM-3', '退货', 'SCARF-05-R', '真丝围巾', 1, 1, 56.50);
INSERT INTO oms_aftersale_item (asi_id, as_id, outer_oi_id, type, sku_id, name, qty, amount)
VALUES (6, 805, 'TM-3', '换货', 'SCARF-05-B', '真丝围巾', 1, 56.50);
INSERT INTO oms_order (o_id, so_id, shop_id, type, as_id, order_date, pay_date, status, shop_buyer_id, receiver_name,
  receiver_state, receiver_city, receiver_district, receiver_address, pay_amount, paid_amount)
VALUES (5004, 'TM2026112100002', 10101, '换货订单', 805, '2026-12-01 10:00:00', '2026-12-01 10:00:00', 'WaitConfirm', '小**猫', '赵磊',
  '广东省', '广州市', '天河区', '中山北路3号', 56.50, 56.50);
INSERT INTO oms_order_item (oi_id, o_id, outer_oi_id, sku_id, name, properties_value, qty, price, amount)
VALUES (6, 5004, 'TM-3', 'SCARF-05-B', '真丝围巾', '蓝色', 1, 56.50, 56.50);
-- = credit_note 5003-CN1 return 56.50 6.50
-- = sales_order 5004 56.50 6.50

-- # an order is cancelled that nobody paid
INSERT INTO oms_order (o_id, so_id, shop_id, order_date, status, shop_status, shop_buyer_id, receiver_name, pay_amount)
VALUES (5005, 'TM2026120200003', 10101, '2026-12-02 10:00:00', 'WaitPay', 'WAIT_BUYER_PAY', '无**名', '钱多', 22.60);
INSERT INTO oms_order_item (oi_id, o_id, outer_oi_id, sku_id, name, properties_value, qty, price, amount)
VALUES (7, 5005, 'TM-4', 'CUP-02', '不锈钢保温杯', '', 1, 22.60, 22.60);
UPDATE oms_order SET status = 'Cancelled', shop_status = 'TRADE_CLOSED_BY_TAOBAO' WHERE o_id = 5005;

-- # an order is paid, and a person has to look at it
INSERT INTO oms_order (o_id, so_id, shop_id, order_date, pay_date, status, shop_status, shop_buyer_id, receiver_name, pay_amount, paid_amount, freight)
VALUES (5006, 'JD2026120200078', 10102, '2026-12-02 11:00:00', '2026-12-02 11:00:10', 'WaitConfirm', 'WAIT_SELLER_SEND_GOODS', 'jd_sun', '孙悦', 124.30, 124.30, 11.30);
INSERT INTO oms_order_item (oi_id, o_id, outer_oi_id, sku_id, name, properties_value, qty, price, amount)
VALUES (8, 5006, 'JD-2', 'TEA-01-R', '西湖龙井茶 礼盒装', '红色', 1, 113.00, 113.00);
UPDATE oms_order SET status = 'Question', question_type = '地址异常' WHERE o_id = 5006;
-- = sales_order 5006 124.30 14.30

-- # it is cancelled, with a request for all of its money
INSERT INTO oms_aftersale (as_id, outer_as_id, o_id, so_id, shop_id, type, as_date, confirm_date, status, shop_status, good_status, refund, freight)
VALUES (806, 'JDR-2', 5006, 'JD2026120200078', 10102, '仅退款', '2026-12-02 12:00:00', '2026-12-02 12:10:00', 'Confirmed', 'SUCCESS', 'BUYER_NOT_RECEIVED', 124.30, 11.30);
INSERT INTO oms_aftersale_item (asi_id, as_id, outer_oi_id, type, sku_id, name, qty, amount)
VALUES (7, 806, 'JD-2', '退货', 'TEA-01-R', '西湖龙井茶 礼盒装', 1, 113.00);
UPDATE oms_order SET status = 'Cancelled', shop_status = 'TRADE_CLOSED' WHERE o_id = 5006;
-- = credit_note 5006-CN1 cancellation 124.30 14.30

-- # an order with freight is sent the day it is paid
INSERT INTO oms_order (o_id, so_id, shop_id, order_date, pay_date, send_date, status, shop_status, shop_buyer_id, receiver_name, pay_amount, paid_amount, freight)
VALUES (5007, 'JD2026120300079', 10102, '2026-12-03 09:00:00', '2026-12-03 09:00:10', '2026-12-03 15:00:00', 'Sent', 'WAIT_BUYER_CONFIRM_GOODS', 'jd_zhou', '周敏', 124.30, 124.30, 11.30);
INSERT INTO oms_order_item (oi_id, o_id, outer_oi_id, sku_id, name, properties_value, qty, price, amount)
VALUES (9, 5007, 'JD-3', 'TEA-01-R', '西湖龙井茶 礼盒装', '红色', 1, 113.00, 113.00);
-- = sales_order 5007 124.30 14.30

-- # the parcel is refused: everything comes back, and the freight is paid back
INSERT INTO oms_aftersale (as_id, outer_as_id, o_id, so_id, shop_id, type, as_date, confirm_date, status, shop_status, good_status, refund, freight)
VALUES (807, 'JDR-3', 5007, 'JD2026120300079', 10102, '拒收退货', '2026-12-05 12:00:00', '2026-12-05 12:10:00', 'Confirmed', 'SUCCESS', 'SELLER_RECEIVED', 124.30, 11.30);
INSERT INTO oms_aftersale_item (asi_id, as_id, outer_oi_id, type, sku_id, name, qty, r_qty, amount)
VALUES (8, 807, 'JD-3', '退货', 'TEA-01-R', '西湖龙井茶 礼盒装', 1, 1, 113.00);
-- = credit_note 5007-CN1 return 113.00 13.00
-- = credit_note 5007-CN2 discount 11.30 1.30

-- # an order of two items is paid
INSERT INTO oms_order (o_id, so_id, shop_id, order_date, pay_date, status, shop_status, shop_buyer_id, receiver_name, pay_amount, paid_amount)
VALUES (5008, 'TM2026120600004', 10101, '2026-12-06 09:00:00', '2026-12-06 09:00:10', 'WaitConfirm', 'WAIT_SELLER_SEND_GOODS', '山**人', '吴刚', 135.60, 135.60);
INSERT INTO oms_order_item (oi_id, o_id, outer_oi_id, sku_id, name, properties_value, qty, price, amount)
VALUES (10, 5008, 'TM-5', 'TEA-01-R', '西湖龙井茶 礼盒装', '红色', 1, 113.00, 113.00);
INSERT INTO oms_order_item (oi_id, o_id, outer_oi_id, sku_id, name, properties_value, qty, price, amount)
VALUES (11, 5008, 'TM-6', 'CUP-02', '不锈钢保温杯', '', 1, 22.60, 22.60);
-- = sales_order 5008 135.60 15.60

-- # it is split, because the items lie in two houses: its parts have its marketplace's number and numbers of their own
INSERT INTO oms_order (o_id, so_id, shop_id, order_date, pay_date, status, shop_status, shop_buyer_id, receiver_name, pay_amount, paid_amount)
VALUES (5009, 'TM2026120600004', 10101, '2026-12-06 09:00:00', '2026-12-06 09:00:10', 'WaitConfirm', 'WAIT_SELLER_SEND_GOODS', '山**人', '吴刚', 113.00, 113.00);
INSERT INTO oms_order_item (oi_id, o_id, outer_oi_id, sku_id, name, properties_value, qty, price, amount)
VALUES (12, 5009, 'TM-5', 'TEA-01-R', '西湖龙井茶 礼盒装', '红色', 1, 113.00, 113.00);
INSERT INTO oms_order (o_id, so_id, shop_id, order_date, pay_date, status, shop_status, shop_buyer_id, receiver_name, pay_amount, paid_amount)
VALUES (5010, 'TM2026120600004', 10101, '2026-12-06 09:00:00', '2026-12-06 09:00:10', 'WaitOuterSent', 'WAIT_SELLER_SEND_GOODS', '山**人', '吴刚', 22.60, 22.60);
INSERT INTO oms_order_item (oi_id, o_id, outer_oi_id, sku_id, name, properties_value, qty, price, amount)
VALUES (13, 5010, 'TM-6', 'CUP-02', '不锈钢保温杯', '', 1, 22.60, 22.60);
UPDATE oms_order SET status = 'Split' WHERE o_id = 5008;
-- = credit_note 5008-CN1 cancellation 135.60 15.60
-- = sales_order 5009 113.00 13.00
-- = sales_order 5010 22.60 2.60

-- # a buyer orders twice
INSERT INTO oms_order (o_id, so_id, shop_id, order_date, pay_date, status, shop_status, shop_buyer_id, receiver_name, pay_amount, paid_amount)
VALUES (5011, 'TM2026120700005', 10101, '2026-12-07 09:00:00', '2026-12-07 09:00:10', 'WaitConfirm', 'WAIT_SELLER_SEND_GOODS', '水**边', '郑洁', 113.00, 113.00);
INSERT INTO oms_order_item (oi_id, o_id, outer_oi_id, sku_id, name, properties_value, qty, price, amount)
VALUES (14, 5011, 'TM-7', 'TEA-01-R', '西湖龙井茶 礼盒装', '红色', 1, 113.00, 113.00);
INSERT INTO oms_order (o_id, so_id, shop_id, order_date, pay_date, status, shop_status, shop_buyer_id, receiver_name, pay_amount, paid_amount)
VALUES (5012, 'TM2026120700006', 10101, '2026-12-07 09:20:00', '2026-12-07 09:20:10', 'WaitConfirm', 'WAIT_SELLER_SEND_GOODS', '水**边', '郑洁', 22.60, 22.60);
INSERT INTO oms_order_item (oi_id, o_id, outer_oi_id, sku_id, name, properties_value, qty, price, amount)
VALUES (15, 5012, 'TM-8', 'CUP-02', '不锈钢保温杯', '', 1, 22.60, 22.60);
-- = sales_order 5011 113.00 13.00
-- = sales_order 5012 22.60 2.60

-- # the second one is merged into the first
UPDATE oms_order SET status = 'Merged' WHERE o_id = 5012;
INSERT INTO oms_order_item (oi_id, o_id, outer_oi_id, sku_id, name, properties_value, qty, price, amount)
VALUES (16, 5011, 'TM-8', 'CUP-02', '不锈钢保温杯', '', 1, 22.60, 22.60);
UPDATE oms_order SET pay_amount = 135.60, paid_amount = 135.60 WHERE o_id = 5011;
-- = debit_note 5011-DN1 22.60 2.60
-- = credit_note 5012-CN1 cancellation 22.60 2.60

-- # an order comes from a shop that is not noted yet
INSERT INTO oms_order (o_id, so_id, shop_id, order_date, pay_date, status, shop_status, shop_buyer_id, receiver_name, pay_amount, paid_amount)
VALUES (5013, 'PDD-2026120800001', 10103, '2026-12-08 09:00:00', '2026-12-08 09:00:10', 'WaitConfirm', 'WAIT_SELLER_SEND_GOODS', '团**长', '冯静', 33.90, 33.90);
INSERT INTO oms_order_item (oi_id, o_id, outer_oi_id, sku_id, name, properties_value, qty, price, amount)
VALUES (17, 5013, 'PDD-1', 'BOWL-06', '青瓷茶盏', '', 1, 33.90, 33.90);
-- = held 5013 its customer 10103 is not in the mirror

-- # the shop is noted
INSERT INTO oms_shop (shop_id, shop_name, shop_site, nick, created, modified)
VALUES (10103, '山房工厂店', '拼多多', 'shanfang-pdd', '2026-12-08 10:00:00', '2026-12-08 10:00:00');
-- = customer 10103
-- = sales_order 5013 33.90 3.90

-- # an order has an item that is no article yet
INSERT INTO oms_order (o_id, so_id, shop_id, order_date, pay_date, status, shop_status, shop_buyer_id, receiver_name, pay_amount, paid_amount)
VALUES (5014, 'PDD-2026120900002', 10103, '2026-12-09 09:00:00', '2026-12-09 09:00:10', 'WaitConfirm', 'WAIT_SELLER_SEND_GOODS', '早**鸟', '陈晨', 45.20, 45.20);
INSERT INTO oms_order_item (oi_id, o_id, outer_oi_id, sku_id, name, properties_value, qty, price, amount)
VALUES (18, 5014, 'PDD-2', '', '青瓷茶壶', '', 1, 45.20, 45.20);
-- = held 5014 sku

-- # the article is assigned
UPDATE oms_order_item SET sku_id = 'POT-07' WHERE oi_id = 18;
-- = sales_order 5014 45.20 5.20
