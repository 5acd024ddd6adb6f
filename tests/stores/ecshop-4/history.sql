-- ECShop 4: each statement is a transaction of its own, and update_order writes lastmodify.
-- ECShop has no refund of a part: a partial return is step=edit_goods with fewer pieces after shipping, a refund of an amount alone is a discount afterwards.

-- # base: regions and users, before anything was sold
INSERT INTO ecs_region (region_id, parent_id, region_name, region_type) VALUES ('1', '0', '中国', '0');
INSERT INTO ecs_region (region_id, parent_id, region_name, region_type) VALUES ('2', '1', '浙江', '1');
INSERT INTO ecs_region (region_id, parent_id, region_name, region_type) VALUES ('3', '2', '杭州', '2');
INSERT INTO ecs_region (region_id, parent_id, region_name, region_type) VALUES ('4', '3', '西湖区', '3');
INSERT INTO ecs_users (user_id, email, user_name, password, birthday, user_money, pay_points, reg_time, last_time, alias, msn,
  qq, office_phone, home_phone, mobile_phone, credit_line, platform)
VALUES ('1', 'a@shop.invalid', '王伟', '5f4dcc3b5aa765d61d8327deb882cf99', '1980-01-01', '300.00', '2000', '1795284600',
  '2026-11-20 10:00:00', '', '', '', '', '', '10012340001', '0.00', 'weixin');
INSERT INTO ecs_users (user_id, email, user_name, password, birthday, user_money, pay_points, reg_time, last_time, alias, msn,
  qq, office_phone, home_phone, mobile_phone, credit_line, platform)
VALUES ('2', 'b@shop.invalid', 'O\'Brien·李', '5f4dcc3b5aa765d61d8327deb882cf99', '1980-01-01', '0.00', '0', '1795284600',
  '2026-11-20 10:00:00', '', '', '', '', '', '10012340002', '0.00', 'weixin');
INSERT INTO ecs_users (user_id, email, user_name, password, birthday, user_money, pay_points, reg_time, last_time, alias, msn,
  qq, office_phone, home_phone, mobile_phone, credit_line, platform)
VALUES ('3', 'c@shop.invalid', '赵磊', '5f4dcc3b5aa765d61d8327deb882cf99', '1980-01-01', '0.00', '0', '1795284600',
  '2026-11-20 10:00:00', '', '', '', '', '0571-88880003', '', '0.00', 'weixin');
INSERT INTO ecs_users (user_id, email, user_name, password, birthday, user_money, pay_points, reg_time, last_time, alias, msn,
  qq, office_phone, home_phone, mobile_phone, credit_line, platform)
VALUES ('4', '', '欧阳静', '5f4dcc3b5aa765d61d8327deb882cf99', '1980-01-01', '50.00', '0', '1795284600', '2026-11-20 10:00:00', '',
  '', '', '', '', '10012340004', '0.00', 'weixin');
INSERT INTO ecs_user_bonus (bonus_id, bonus_type_id, bonus_sn, user_id, used_time, order_id, emailed)
VALUES ('1', '1', '0', '1', '0', '0', '0');
INSERT INTO ecs_user_bonus (bonus_id, bonus_type_id, bonus_sn, user_id, used_time, order_id, emailed)
VALUES ('2', '1', '0', '2', '0', '0', '0');
INSERT INTO ecs_user_bonus (bonus_id, bonus_type_id, bonus_sn, user_id, used_time, order_id, emailed)
VALUES ('3', '1', '0', '4', '0', '0', '0');

-- # place: the checkout writes header, lines, and the payment log; nobody has paid
-- 226.00 + 22.60 + freight 11.30
INSERT INTO ecs_cart (rec_id, user_id, session_id, goods_id, goods_sn, product_id, goods_name, market_price, goods_price,
  goods_number, goods_attr, is_real, extension_code, parent_id, rec_type, is_gift, is_shipping, can_handsel, goods_attr_id)
VALUES ('1', '1', '00000000000000000000000000000001', '1', 'ECS000001', '0', '西湖龙井茶 礼盒装', '135.60', '113.00', '2', '颜色:红色 \n',
  '1', '', '0', '0', '0', '0', '0', '');
INSERT INTO ecs_cart (rec_id, user_id, session_id, goods_id, goods_sn, product_id, goods_name, market_price, goods_price,
  goods_number, goods_attr, is_real, extension_code, parent_id, rec_type, is_gift, is_shipping, can_handsel, goods_attr_id)
VALUES ('2', '1', '00000000000000000000000000000001', '2', 'ECS000002', '0', '不锈钢保温杯', '27.12', '22.60', '1', '', '1', '', '0',
  '0', '0', '0', '0', '');
INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, shipping_status, pay_status, consignee, country,
  province, city, district, address, zipcode, tel, mobile, email, best_time, sign_building, postscript, shipping_id,
  shipping_name, pay_id, pay_name, how_oos, how_surplus, pack_name, card_name, card_message, inv_payee, inv_content,
  goods_amount, shipping_fee, insure_fee, pay_fee, pack_fee, card_fee, money_paid, surplus, integral, integral_money, bonus,
  order_amount, from_ad, referer, add_time, confirm_time, pay_time, pack_id, card_id, bonus_id, extension_code, extension_id,
  agency_id, inv_type, tax, parent_id, discount, lastmodify, platform)
VALUES ('1', '2026112210001', '1', '0', '0', '0', '王伟', '1', '2', '3', '4', '建设\"老\"街1号', '', '', '10012340001',
  'a@shop.invalid', '', '', '', '1', '顺丰速运', '1', '支付宝', '', '', '', '', '', '', '', '248.60', '11.30', '0.00', '0.00', '0.00',
  '0.00', '0.00', '0.00', '0', '0.00', '0.00', '259.90', '0', '本站', '1795285200', '0', '0', '0', '0', '0', '', '0', '0', '',
  '0.00', '0', '0.00', '1795285200', 'weixin');
INSERT INTO ecs_order_goods (rec_id, order_id, goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr,
  is_real, extension_code, parent_id, is_gift, goods_attr_id)
SELECT rec_id, '1', goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr, is_real,
  extension_code, parent_id, is_gift, goods_attr_id FROM ecs_cart WHERE session_id = '00000000000000000000000000000001' AND rec_type = '0' ORDER BY rec_id;
DELETE FROM ecs_cart WHERE session_id = '00000000000000000000000000000001' AND rec_type = '0';
INSERT INTO ecs_pay_log (log_id, order_id, order_amount, order_type, is_paid) VALUES ('1', '1', '259.90', '0', '0');

-- # pay: the gateway says so
-- The tax is 26.00 + 2.60 + 1.30.
UPDATE ecs_pay_log SET is_paid = '1' WHERE log_id = '1';
UPDATE ecs_order_info SET order_status = '1', confirm_time = '1795285800', pay_status = '2', pay_time = '1795285800', money_paid = order_amount,
  order_amount = 0, lastmodify = '1795285800' WHERE order_id = '1';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, '买家', '1', '0', '2', '0', '', '1795285800' FROM ecs_order_info WHERE order_sn = '2026112210001';
-- = customer U1
-- = sales_order 2026112210001 259.90 29.90

-- # place another one, and a third that will wait
INSERT INTO ecs_cart (rec_id, user_id, session_id, goods_id, goods_sn, product_id, goods_name, market_price, goods_price,
  goods_number, goods_attr, is_real, extension_code, parent_id, rec_type, is_gift, is_shipping, can_handsel, goods_attr_id)
VALUES ('3', '2', '00000000000000000000000000000002', '3', 'ECS000003', '0', '金华火腿', '23.99', '19.99', '3', '', '1', '', '0',
  '0', '0', '0', '0', '');
INSERT INTO ecs_cart (rec_id, user_id, session_id, goods_id, goods_sn, product_id, goods_name, market_price, goods_price,
  goods_number, goods_attr, is_real, extension_code, parent_id, rec_type, is_gift, is_shipping, can_handsel, goods_attr_id)
VALUES ('4', '2', '00000000000000000000000000000002', '4', 'ECS000004', '0', '新疆和田枣', '0.00', '0.00', '1', '', '1', '', '0',
  '0', '1', '0', '0', '');
INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, shipping_status, pay_status, consignee, country,
  province, city, district, address, zipcode, tel, mobile, email, best_time, sign_building, postscript, shipping_id,
  shipping_name, pay_id, pay_name, how_oos, how_surplus, pack_name, card_name, card_message, inv_payee, inv_content,
  goods_amount, shipping_fee, insure_fee, pay_fee, pack_fee, card_fee, money_paid, surplus, integral, integral_money, bonus,
  order_amount, from_ad, referer, add_time, confirm_time, pay_time, pack_id, card_id, bonus_id, extension_code, extension_id,
  agency_id, inv_type, tax, parent_id, discount, lastmodify, platform)
VALUES ('2', '2026112210002', '2', '0', '0', '0', 'O\'Brien·李', '1', '2', '3', '0', '人民路22号', '', '', '10012340002',
  'b@shop.invalid', '', '', '', '2', '申通快递', '1', '支付宝', '', '', '', '', '', '', '', '59.97', '5.65', '0.00', '0.00', '0.00',
  '0.00', '0.00', '0.00', '0', '0.00', '0.00', '65.62', '0', '本站', '1795286400', '0', '0', '0', '0', '0', '', '0', '0', '',
  '0.00', '0', '0.00', '1795286400', 'weixin');
INSERT INTO ecs_order_goods (rec_id, order_id, goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr,
  is_real, extension_code, parent_id, is_gift, goods_attr_id)
SELECT rec_id, '2', goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr, is_real,
  extension_code, parent_id, is_gift, goods_attr_id FROM ecs_cart WHERE session_id = '00000000000000000000000000000002' AND rec_type = '0' ORDER BY rec_id;
DELETE FROM ecs_cart WHERE session_id = '00000000000000000000000000000002' AND rec_type = '0';
INSERT INTO ecs_pay_log (log_id, order_id, order_amount, order_type, is_paid) VALUES ('2', '2', '65.62', '0', '0');
INSERT INTO ecs_cart (rec_id, user_id, session_id, goods_id, goods_sn, product_id, goods_name, market_price, goods_price,
  goods_number, goods_attr, is_real, extension_code, parent_id, rec_type, is_gift, is_shipping, can_handsel, goods_attr_id)
VALUES ('5', '3', '00000000000000000000000000000003', '1', 'ECS000001', '0', '西湖龙井茶 礼盒装', '135.60', '113.00', '2', '', '1', '',
  '0', '0', '0', '0', '0', '');
INSERT INTO ecs_cart (rec_id, user_id, session_id, goods_id, goods_sn, product_id, goods_name, market_price, goods_price,
  goods_number, goods_attr, is_real, extension_code, parent_id, rec_type, is_gift, is_shipping, can_handsel, goods_attr_id)
VALUES ('6', '3', '00000000000000000000000000000003', '2', 'ECS000002', '0', '不锈钢保温杯', '27.12', '22.60', '3', '', '1', '', '0',
  '0', '0', '0', '0', '');
INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, shipping_status, pay_status, consignee, country,
  province, city, district, address, zipcode, tel, mobile, email, best_time, sign_building, postscript, shipping_id,
  shipping_name, pay_id, pay_name, how_oos, how_surplus, pack_name, card_name, card_message, inv_payee, inv_content,
  goods_amount, shipping_fee, insure_fee, pay_fee, pack_fee, card_fee, money_paid, surplus, integral, integral_money, bonus,
  order_amount, from_ad, referer, add_time, confirm_time, pay_time, pack_id, card_id, bonus_id, extension_code, extension_id,
  agency_id, inv_type, tax, parent_id, discount, lastmodify, platform)
VALUES ('3', '2026112210003', '3', '0', '0', '0', '赵磊', '1', '2', '3', '0', '中山北路3号', '', '', '10012340003', 'c@shop.invalid',
  '', '', '', '1', '顺丰速运', '1', '支付宝', '', '', '', '', '', '', '', '293.80', '11.30', '2.26', '0.00', '0.00', '0.00', '0.00',
  '0.00', '0', '0.00', '0.00', '307.36', '0', '本站', '1795286400', '0', '0', '0', '0', '0', '', '0', '0', '', '0.00', '0',
  '0.00', '1795286400', 'weixin');
INSERT INTO ecs_order_goods (rec_id, order_id, goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr,
  is_real, extension_code, parent_id, is_gift, goods_attr_id)
SELECT rec_id, '3', goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr, is_real,
  extension_code, parent_id, is_gift, goods_attr_id FROM ecs_cart WHERE session_id = '00000000000000000000000000000003' AND rec_type = '0' ORDER BY rec_id;
DELETE FROM ecs_cart WHERE session_id = '00000000000000000000000000000003' AND rec_type = '0';
INSERT INTO ecs_pay_log (log_id, order_id, order_amount, order_type, is_paid) VALUES ('3', '3', '307.36', '0', '0');

-- # change before payment: step=edit_goods takes a piece off, then step=add_goods adds a line
UPDATE ecs_order_goods SET goods_price = '19.99', goods_number = '2', goods_attr = '' WHERE rec_id = '3' LIMIT 1;
UPDATE ecs_order_goods SET goods_price = '0.00', goods_number = '1', goods_attr = '' WHERE rec_id = '4' LIMIT 1;
UPDATE ecs_order_info SET goods_amount = '39.98', lastmodify = '1795287000' WHERE order_id = '2';
UPDATE ecs_order_info SET order_amount = goods_amount + tax + shipping_fee + insure_fee + pay_fee + pack_fee + card_fee - goods_discount_fee
  - money_paid - surplus - integral_money - bonus - discount WHERE order_id = '2' LIMIT 1;
UPDATE ecs_pay_log SET order_amount = '45.63' WHERE log_id = '2' LIMIT 1;
INSERT INTO ecs_order_goods (rec_id, order_id, goods_id, goods_name, goods_sn, goods_number, market_price, goods_price,
  goods_attr, is_real, extension_code, parent_id, is_gift)
VALUES ('7', '2', '5', '真丝围巾', 'ECS000005', '1', '40.68', '33.90', '', '1', '', '0', '0');
UPDATE ecs_order_info SET goods_amount = '73.88', lastmodify = '1795287000' WHERE order_id = '2';
UPDATE ecs_order_info SET order_amount = goods_amount + tax + shipping_fee + insure_fee + pay_fee + pack_fee + card_fee - goods_discount_fee
  - money_paid - surplus - integral_money - bonus - discount WHERE order_id = '2' LIMIT 1;
UPDATE ecs_pay_log SET order_amount = '79.53' WHERE log_id = '2' LIMIT 1;

-- # confirm without payment
UPDATE ecs_order_info SET order_status = '1', confirm_time = '1795287600', lastmodify = '1795287600' WHERE order_id = '2';
UPDATE ecs_order_info SET order_amount = goods_amount + tax + shipping_fee + insure_fee + pay_fee + pack_fee + card_fee - goods_discount_fee
  - money_paid - surplus - integral_money - bonus - discount WHERE order_id = '2' LIMIT 1;
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, 'admin', '1', '0', '0', '0', '', '1795287600' FROM ecs_order_info WHERE order_sn = '2026112210002';

-- # pay: noted by the staff
-- 39.98 (tax 4.60) + 0.00 + 33.90 (3.90) + freight 5.65 (0.65)
UPDATE ecs_order_info SET pay_status = '2', money_paid = '79.53', order_amount = '0.00', pay_time = '1795288200',
  lastmodify = '1795288200'
WHERE order_id = '2';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, 'admin', '1', '0', '2', '0', '收到付款', '1795288200' FROM ecs_order_info WHERE order_sn = '2026112210002';
-- = customer U2
-- = sales_order 2026112210002 79.53 9.15

-- # edit goods after payment: one piece less, which makes order_amount negative
UPDATE ecs_order_goods SET goods_price = '113.00', goods_number = '1', goods_attr = '颜色:红色 \n' WHERE rec_id = '1' LIMIT 1;
UPDATE ecs_order_goods SET goods_price = '22.60', goods_number = '1', goods_attr = '' WHERE rec_id = '2' LIMIT 1;
UPDATE ecs_order_info SET goods_amount = '135.60', lastmodify = '1795288800' WHERE order_id = '1';
UPDATE ecs_order_info SET order_amount = goods_amount + tax + shipping_fee + insure_fee + pay_fee + pack_fee + card_fee - goods_discount_fee
  - money_paid - surplus - integral_money - bonus - discount WHERE order_id = '1' LIMIT 1;
INSERT INTO ecs_pay_log (log_id, order_id, order_amount, order_type, is_paid) VALUES ('4', '1', '0.00', '0', '0');
-- = credit_note 2026112210001-CN1 cancellation 113.00 13.00

-- # what was paid too much goes back to the balance: the books know already
-- Also a users row that differs in its balance alone.
INSERT INTO ecs_account_log (user_id, user_money, frozen_money, rank_points, pay_points, change_time, change_desc, change_type,
  order_sn)
VALUES ('1', '113.00', '0', '0', '0', '1795289400', '退款 2026112210001', '99', '2026112210001');
UPDATE ecs_users SET user_money = user_money + ('113.00'), frozen_money = frozen_money + ('0'), rank_points = rank_points + ('0'),
  pay_points = pay_points + ('0') WHERE user_id = '1' LIMIT 1;
UPDATE ecs_order_info SET money_paid = '146.90', order_amount = '0', lastmodify = '1795289400' WHERE order_id = '1';

-- # more goods after payment: another line and another piece, and pay_status falls back to 0
UPDATE ecs_order_goods SET goods_price = '19.99', goods_number = '3', goods_attr = '' WHERE rec_id = '3' LIMIT 1;
UPDATE ecs_order_goods SET goods_price = '0.00', goods_number = '1', goods_attr = '' WHERE rec_id = '4' LIMIT 1;
UPDATE ecs_order_goods SET goods_price = '33.90', goods_number = '1', goods_attr = '' WHERE rec_id = '7' LIMIT 1;
UPDATE ecs_order_info SET goods_amount = '93.87', lastmodify = '1795290000' WHERE order_id = '2';
UPDATE ecs_order_info SET order_amount = goods_amount + tax + shipping_fee + insure_fee + pay_fee + pack_fee + card_fee - goods_discount_fee
  - money_paid - surplus - integral_money - bonus - discount WHERE order_id = '2' LIMIT 1;
UPDATE ecs_pay_log SET order_amount = '19.99' WHERE log_id = '2' LIMIT 1;
INSERT INTO ecs_order_goods (rec_id, order_id, goods_id, goods_name, goods_sn, goods_number, market_price, goods_price,
  goods_attr, is_real, extension_code, parent_id, is_gift)
VALUES ('8', '2', '2', '不锈钢保温杯', 'ECS000002', '2', '33.90', '28.25', '', '1', '', '0', '0');
UPDATE ecs_order_info SET goods_amount = '150.37', lastmodify = '1795290000' WHERE order_id = '2';
UPDATE ecs_order_info SET order_amount = goods_amount + tax + shipping_fee + insure_fee + pay_fee + pack_fee + card_fee - goods_discount_fee
  - money_paid - surplus - integral_money - bonus - discount WHERE order_id = '2' LIMIT 1;
UPDATE ecs_pay_log SET order_amount = '76.49' WHERE log_id = '2' LIMIT 1;
UPDATE ecs_order_info SET pay_status = '0', pay_time = '0', lastmodify = '1795290000' WHERE order_id = '2';
-- = held 2 open again

-- # the rest is paid
-- 19.99 (2.30) + 56.50 (6.50)
UPDATE ecs_order_info SET pay_status = '2', money_paid = '156.02', order_amount = '0.00', pay_time = '1795290600',
  lastmodify = '1795290600'
WHERE order_id = '2';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, 'admin', '1', '0', '2', '0', '收到付款', '1795290600' FROM ecs_order_info WHERE order_sn = '2026112210002';
-- = debit_note 2026112210002-DN1 76.49 8.80

-- # discount afterwards: step=money rewrites every amount in one UPDATE
-- ECShop has no refund of an amount alone: this is one.
UPDATE ecs_order_info SET goods_amount = '135.60', shipping_fee = '11.30', insure_fee = '0.00', pay_fee = '0.00',
  pack_fee = '0.00', card_fee = '0.00', money_paid = '146.90', surplus = '0.00', integral = '0', integral_money = '0.00',
  bonus = '0.00', order_amount = '-5.65', bonus_id = '0', tax = '0.00', discount = '5.65', lastmodify = '1795291200'
WHERE order_id = '1';
UPDATE ecs_pay_log SET order_amount = '0.00' WHERE log_id = '4' LIMIT 1;
-- = credit_note 2026112210001-CN2 discount 5.65 0.65

-- # the discount goes back to the balance
INSERT INTO ecs_account_log (user_id, user_money, frozen_money, rank_points, pay_points, change_time, change_desc, change_type,
  order_sn)
VALUES ('1', '5.65', '0', '0', '0', '1795291800', '退款 2026112210001', '99', '2026112210001');
UPDATE ecs_users SET user_money = user_money + ('5.65'), frozen_money = frozen_money + ('0'), rank_points = rank_points + ('0'),
  pay_points = pay_points + ('0') WHERE user_id = '1' LIMIT 1;
UPDATE ecs_order_info SET money_paid = '141.25', order_amount = '0', lastmodify = '1795291800' WHERE order_id = '1';

-- # refund of shipping: step=money again, without the freight
UPDATE ecs_order_info SET goods_amount = '135.60', shipping_fee = '0.00', insure_fee = '0.00', pay_fee = '0.00',
  pack_fee = '0.00', card_fee = '0.00', money_paid = '141.25', surplus = '0.00', integral = '0', integral_money = '0.00',
  bonus = '0.00', order_amount = '-11.30', bonus_id = '0', tax = '0.00', discount = '5.65', lastmodify = '1795292400'
WHERE order_id = '1';
UPDATE ecs_pay_log SET order_amount = '0.00' WHERE log_id = '4' LIMIT 1;
INSERT INTO ecs_account_log (user_id, user_money, frozen_money, rank_points, pay_points, change_time, change_desc, change_type,
  order_sn)
VALUES ('1', '11.30', '0', '0', '0', '1795292400', '退款 2026112210001', '99', '2026112210001');
UPDATE ecs_users SET user_money = user_money + ('11.30'), frozen_money = frozen_money + ('0'), rank_points = rank_points + ('0'),
  pay_points = pay_points + ('0') WHERE user_id = '1' LIMIT 1;
UPDATE ecs_order_info SET money_paid = '129.95', order_amount = '0', lastmodify = '1795292400' WHERE order_id = '1';
-- = credit_note 2026112210001-CN3 discount 11.30 1.30

-- # a lower price for the same pieces
-- 2 × 28.25 become 2 × 22.60, nothing was sent yet.
UPDATE ecs_order_goods SET goods_price = '19.99', goods_number = '3', goods_attr = '' WHERE rec_id = '3' LIMIT 1;
UPDATE ecs_order_goods SET goods_price = '0.00', goods_number = '1', goods_attr = '' WHERE rec_id = '4' LIMIT 1;
UPDATE ecs_order_goods SET goods_price = '33.90', goods_number = '1', goods_attr = '' WHERE rec_id = '7' LIMIT 1;
UPDATE ecs_order_goods SET goods_price = '22.60', goods_number = '2', goods_attr = '' WHERE rec_id = '8' LIMIT 1;
UPDATE ecs_order_info SET goods_amount = '139.07', lastmodify = '1795293000' WHERE order_id = '2';
UPDATE ecs_order_info SET order_amount = goods_amount + tax + shipping_fee + insure_fee + pay_fee + pack_fee + card_fee - goods_discount_fee
  - money_paid - surplus - integral_money - bonus - discount WHERE order_id = '2' LIMIT 1;
UPDATE ecs_pay_log SET order_amount = '0.00' WHERE log_id = '2' LIMIT 1;
INSERT INTO ecs_account_log (user_id, user_money, frozen_money, rank_points, pay_points, change_time, change_desc, change_type,
  order_sn)
VALUES ('2', '11.30', '0', '0', '0', '1795293000', '退款 2026112210002', '99', '2026112210002');
UPDATE ecs_users SET user_money = user_money + ('11.30'), frozen_money = frozen_money + ('0'), rank_points = rank_points + ('0'),
  pay_points = pay_points + ('0') WHERE user_id = '2' LIMIT 1;
UPDATE ecs_order_info SET money_paid = '144.72', order_amount = '0', lastmodify = '1795293000' WHERE order_id = '2';
-- = credit_note 2026112210002-CN1 discount 11.30 1.30

-- # a line is dropped
DELETE FROM ecs_order_goods WHERE rec_id = '7' LIMIT 1;
UPDATE ecs_order_info SET goods_amount = '105.17', lastmodify = '1795293600' WHERE order_id = '2';
UPDATE ecs_order_info SET order_amount = goods_amount + tax + shipping_fee + insure_fee + pay_fee + pack_fee + card_fee - goods_discount_fee
  - money_paid - surplus - integral_money - bonus - discount WHERE order_id = '2' LIMIT 1;
INSERT INTO ecs_account_log (user_id, user_money, frozen_money, rank_points, pay_points, change_time, change_desc, change_type,
  order_sn)
VALUES ('2', '33.90', '0', '0', '0', '1795293600', '退款 2026112210002', '99', '2026112210002');
UPDATE ecs_users SET user_money = user_money + ('33.90'), frozen_money = frozen_money + ('0'), rank_points = rank_points + ('0'),
  pay_points = pay_points + ('0') WHERE user_id = '2' LIMIT 1;
UPDATE ecs_order_info SET money_paid = '110.82', order_amount = '0', lastmodify = '1795293600' WHERE order_id = '2';
-- = credit_note 2026112210002-CN2 cancellation 33.90 3.90

-- # pay the third order
-- 226.00 (26.00) + 67.80 (7.80) + freight 11.30 (1.30) + insurance 2.26 (0.26)
UPDATE ecs_pay_log SET is_paid = '1' WHERE log_id = '3';
UPDATE ecs_order_info SET order_status = '1', confirm_time = '1795294200', pay_status = '2', pay_time = '1795294200', money_paid = order_amount,
  order_amount = 0, lastmodify = '1795294200' WHERE order_id = '3';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, '买家', '1', '0', '2', '0', '', '1795294200' FROM ecs_order_info WHERE order_sn = '2026112210003';
-- = customer U3
-- = sales_order 2026112210003 307.36 35.36

-- # part shipping: three of five pieces; order_status 6, shipping_status 5, then 4
INSERT INTO ecs_delivery_order (delivery_id, delivery_sn, order_sn, order_id, add_time, shipping_id, shipping_name, user_id,
  action_user, consignee, address, country, province, city, district, sign_building, email, zipcode, tel, mobile, best_time,
  postscript, how_oos, insure_fee, shipping_fee, update_time, suppliers_id, status, agency_id)
VALUES ('1', '2026112000001', '2026112210003', '3', '1795286400', '1', '顺丰速运', '3', 'admin', '赵磊', '中山北路3号', '1', '2', '3', '0',
  '', 'c@shop.invalid', '', '', '10012340003', '', '', '', '2.26', '11.30', '1795294800', '0', '2', '0');
INSERT INTO ecs_delivery_goods (rec_id, delivery_id, goods_id, product_id, product_sn, goods_name, brand_name, goods_sn,
  is_real, parent_id, send_number, goods_attr)
VALUES ('1', '1', '1', '0', '', '西湖龙井茶 礼盒装', '', 'ECS000001', '1', '0', '2', '');
INSERT INTO ecs_delivery_goods (rec_id, delivery_id, goods_id, product_id, product_sn, goods_name, brand_name, goods_sn,
  is_real, parent_id, send_number, goods_attr)
VALUES ('2', '1', '2', '0', '', '不锈钢保温杯', '', 'ECS000002', '1', '0', '1', '');
UPDATE ecs_order_goods SET send_number = send_number + 2 WHERE order_id = '3' AND goods_id = '1';
UPDATE ecs_order_goods SET send_number = send_number + 1 WHERE order_id = '3' AND goods_id = '2';
UPDATE ecs_order_info SET order_status = '6', shipping_status = '5', lastmodify = '1795294800' WHERE order_id = '3';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, 'admin', '6', '5', '2', '0', '', '1795294800' FROM ecs_order_info WHERE order_sn = '2026112210003';
UPDATE ecs_delivery_order SET invoice_no = 'SF1001', status = '0' WHERE delivery_id = 1;
UPDATE ecs_order_info SET shipping_status = '4', shipping_time = '1795294800', invoice_no = 'SF1001', lastmodify = '1795294800'
WHERE order_id = '3';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, 'admin', '1', '4', '2', '1', '', '1795294800' FROM ecs_order_info WHERE order_sn = '2026112210003';

-- # partial return: ECShop has none, so the staff takes a piece off a line that has left the house
-- An order that is shipped in part can still be edited.
UPDATE ecs_order_goods SET goods_price = '113.00', goods_number = '1', goods_attr = '' WHERE rec_id = '5' LIMIT 1;
UPDATE ecs_order_goods SET goods_price = '22.60', goods_number = '3', goods_attr = '' WHERE rec_id = '6' LIMIT 1;
UPDATE ecs_order_info SET goods_amount = '180.80', lastmodify = '1795295400' WHERE order_id = '3';
UPDATE ecs_order_info SET order_amount = goods_amount + tax + shipping_fee + insure_fee + pay_fee + pack_fee + card_fee - goods_discount_fee
  - money_paid - surplus - integral_money - bonus - discount WHERE order_id = '3' LIMIT 1;
INSERT INTO ecs_pay_log (log_id, order_id, order_amount, order_type, is_paid) VALUES ('5', '3', '0.00', '0', '0');
INSERT INTO ecs_account_log (user_id, user_money, frozen_money, rank_points, pay_points, change_time, change_desc, change_type,
  order_sn)
VALUES ('3', '113.00', '0', '0', '0', '1795295400', '退款 2026112210003', '99', '2026112210003');
UPDATE ecs_users SET user_money = user_money + ('113.00'), frozen_money = frozen_money + ('0'), rank_points = rank_points + ('0'),
  pay_points = pay_points + ('0') WHERE user_id = '3' LIMIT 1;
UPDATE ecs_order_info SET money_paid = '194.36', order_amount = '0', lastmodify = '1795295400' WHERE order_id = '3';
-- = credit_note 2026112210003-CN1 return 113.00 13.00

-- # the rest is shipped: order_status 5, shipping_status 1
-- Points for it go to the users row; no document.
INSERT INTO ecs_delivery_order (delivery_id, delivery_sn, order_sn, order_id, add_time, shipping_id, shipping_name, user_id,
  action_user, consignee, address, country, province, city, district, sign_building, email, zipcode, tel, mobile, best_time,
  postscript, how_oos, insure_fee, shipping_fee, update_time, suppliers_id, status, agency_id)
VALUES ('2', '2026112000002', '2026112210003', '3', '1795286400', '1', '顺丰速运', '3', 'admin', '赵磊', '中山北路3号', '1', '2', '3', '0',
  '', 'c@shop.invalid', '', '', '10012340003', '', '', '', '2.26', '11.30', '1795296000', '0', '2', '0');
INSERT INTO ecs_delivery_goods (rec_id, delivery_id, goods_id, product_id, product_sn, goods_name, brand_name, goods_sn,
  is_real, parent_id, send_number, goods_attr)
VALUES ('3', '2', '2', '0', '', '不锈钢保温杯', '', 'ECS000002', '1', '0', '2', '');
UPDATE ecs_order_goods SET send_number = send_number + 2 WHERE order_id = '3' AND goods_id = '2';
UPDATE ecs_order_info SET order_status = '5', shipping_status = '5', lastmodify = '1795296000' WHERE order_id = '3';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, 'admin', '5', '5', '2', '0', '', '1795296000' FROM ecs_order_info WHERE order_sn = '2026112210003';
UPDATE ecs_delivery_order SET invoice_no = 'SF1002', status = '0' WHERE delivery_id = 2;
UPDATE ecs_order_info SET shipping_status = '1', shipping_time = '1795296000', invoice_no = 'SF1001<br>SF1002',
  lastmodify = '1795296000'
WHERE order_id = '3';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, 'admin', '1', '1', '2', '1', '', '1795296000' FROM ecs_order_info WHERE order_sn = '2026112210003';
INSERT INTO ecs_account_log (user_id, user_money, frozen_money, rank_points, pay_points, change_time, change_desc, change_type,
  order_sn)
VALUES ('3', '0.00', '0', '0', '180', '1795296000', '积分 2026112210003', '99', '2026112210003');
UPDATE ecs_users SET user_money = user_money + ('0.00'), frozen_money = frozen_money + ('0'), rank_points = rank_points + ('0'),
  pay_points = pay_points + ('180') WHERE user_id = '3' LIMIT 1;

-- # return of the whole order: status 4, the balance, the points, a row in back_order for each delivery
-- What is left of it: 113.00 + 67.80 + 11.30 + 2.26.
UPDATE ecs_order_info SET order_status = '4', shipping_status = '0', pay_status = '0', money_paid = '0',
  order_amount = '194.36', invoice_no = '', lastmodify = '1795296600'
WHERE order_id = '3';
INSERT INTO ecs_account_log (user_id, user_money, frozen_money, rank_points, pay_points, change_time, change_desc, change_type,
  order_sn)
VALUES ('3', '194.36', '0', '0', '0', '1795296600', '退款 2026112210003', '99', '2026112210003');
UPDATE ecs_users SET user_money = user_money + ('194.36'), frozen_money = frozen_money + ('0'), rank_points = rank_points + ('0'),
  pay_points = pay_points + ('0') WHERE user_id = '3' LIMIT 1;
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, 'admin', '4', '0', '0', '0', '退货', '1795296600' FROM ecs_order_info WHERE order_sn = '2026112210003';
INSERT INTO ecs_account_log (user_id, user_money, frozen_money, rank_points, pay_points, change_time, change_desc, change_type,
  order_sn)
VALUES ('3', '0.00', '0', '0', '-180', '1795296600', '退货 积分 2026112210003', '99', '2026112210003');
UPDATE ecs_users SET user_money = user_money + ('0.00'), frozen_money = frozen_money + ('0'), rank_points = rank_points + ('0'),
  pay_points = pay_points + ('-180') WHERE user_id = '3' LIMIT 1;
UPDATE ecs_order_info SET surplus = '0', integral = '0', integral_money = '0', bonus = '0', bonus_id = '0',
  lastmodify = '1795296600'
WHERE order_id = '3';
INSERT INTO ecs_back_order (back_id, delivery_sn, order_sn, order_id, add_time, shipping_id, user_id, action_user, consignee,
  address, country, province, city, district, sign_building, email, zipcode, tel, mobile, best_time, postscript, how_oos,
  insure_fee, shipping_fee, update_time, suppliers_id, return_time, agency_id, invoice_no)
VALUES ('1', '2026112000001', '2026112210003', '3', '1795286400', '1', '3', 'admin', '赵磊', '中山北路3号', '1', '2', '3', '0', '',
  'c@shop.invalid', '', '', '10012340003', '', '', '', '2.26', '11.30', '1795296600', '0', '1795296600', '0', 'SF1');
INSERT INTO ecs_back_goods (back_id, goods_id, product_id, product_sn, goods_name, goods_sn, is_real, send_number, goods_attr)
SELECT '1', goods_id, product_id, product_sn, goods_name, goods_sn, is_real, send_number, goods_attr FROM ecs_delivery_goods
WHERE delivery_id = 1;
INSERT INTO ecs_back_order (back_id, delivery_sn, order_sn, order_id, add_time, shipping_id, user_id, action_user, consignee,
  address, country, province, city, district, sign_building, email, zipcode, tel, mobile, best_time, postscript, how_oos,
  insure_fee, shipping_fee, update_time, suppliers_id, return_time, agency_id, invoice_no)
VALUES ('2', '2026112000002', '2026112210003', '3', '1795286400', '1', '3', 'admin', '赵磊', '中山北路3号', '1', '2', '3', '0', '',
  'c@shop.invalid', '', '', '10012340003', '', '', '', '2.26', '11.30', '1795296600', '0', '1795296600', '0', 'SF1');
INSERT INTO ecs_back_goods (back_id, goods_id, product_id, product_sn, goods_name, goods_sn, is_real, send_number, goods_attr)
SELECT '2', goods_id, product_id, product_sn, goods_name, goods_sn, is_real, send_number, goods_attr FROM ecs_delivery_goods
WHERE delivery_id = 2;
UPDATE ecs_delivery_order SET status = 1 WHERE status IN (0, 2) AND order_id = 3;
UPDATE ecs_order_goods SET send_number = 0 WHERE order_id = '3';
-- = credit_note 2026112210003-CN2 return 194.36 22.36

-- # confirmed again after the return: still unpaid
UPDATE ecs_order_info SET order_status = '1', confirm_time = '1795297200', lastmodify = '1795297200' WHERE order_id = '3';
UPDATE ecs_order_info SET order_amount = goods_amount + tax + shipping_fee + insure_fee + pay_fee + pack_fee + card_fee - goods_discount_fee
  - money_paid - surplus - integral_money - bonus - discount WHERE order_id = '3' LIMIT 1;
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, 'admin', '1', '0', '0', '0', '', '1795297200' FROM ecs_order_info WHERE order_sn = '2026112210003';

-- # and paid again: the same order, told as a new one
UPDATE ecs_order_info SET pay_status = '2', money_paid = '194.36', order_amount = '0.00', pay_time = '1795297800',
  lastmodify = '1795297800'
WHERE order_id = '3';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, 'admin', '1', '0', '2', '0', '收到付款', '1795297800' FROM ecs_order_info WHERE order_sn = '2026112210003';
-- = sales_order 2026112210003-R1 194.36 22.36

-- # cancel before payment
INSERT INTO ecs_cart (rec_id, user_id, session_id, goods_id, goods_sn, product_id, goods_name, market_price, goods_price,
  goods_number, goods_attr, is_real, extension_code, parent_id, rec_type, is_gift, is_shipping, can_handsel, goods_attr_id)
VALUES ('9', '2', '00000000000000000000000000000004', '1', 'ECS000001', '0', '西湖龙井茶 礼盒装', '135.60', '113.00', '1', '', '1', '',
  '0', '0', '0', '0', '0', '');
INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, shipping_status, pay_status, consignee, country,
  province, city, district, address, zipcode, tel, mobile, email, best_time, sign_building, postscript, shipping_id,
  shipping_name, pay_id, pay_name, how_oos, how_surplus, pack_name, card_name, card_message, inv_payee, inv_content,
  goods_amount, shipping_fee, insure_fee, pay_fee, pack_fee, card_fee, money_paid, surplus, integral, integral_money, bonus,
  order_amount, from_ad, referer, add_time, confirm_time, pay_time, pack_id, card_id, bonus_id, extension_code, extension_id,
  agency_id, inv_type, tax, parent_id, discount, lastmodify, platform)
VALUES ('4', '2026112210004', '2', '0', '0', '0', 'O\'Brien·李', '1', '2', '3', '0', '人民路22号', '', '', '10012340002',
  'b@shop.invalid', '', '', '', '1', '顺丰速运', '1', '支付宝', '', '', '', '', '', '', '', '113.00', '0.00', '0.00', '0.00', '0.00',
  '0.00', '0.00', '0.00', '0', '0.00', '0.00', '113.00', '0', '本站', '1795298400', '0', '0', '0', '0', '0', '', '0', '0', '',
  '0.00', '0', '0.00', '1795298400', 'weixin');
INSERT INTO ecs_order_goods (rec_id, order_id, goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr,
  is_real, extension_code, parent_id, is_gift, goods_attr_id)
SELECT rec_id, '4', goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr, is_real,
  extension_code, parent_id, is_gift, goods_attr_id FROM ecs_cart WHERE session_id = '00000000000000000000000000000004' AND rec_type = '0' ORDER BY rec_id;
DELETE FROM ecs_cart WHERE session_id = '00000000000000000000000000000004' AND rec_type = '0';
INSERT INTO ecs_pay_log (log_id, order_id, order_amount, order_type, is_paid) VALUES ('6', '4', '113.00', '0', '0');
UPDATE ecs_order_info SET order_status = '2', pay_status = '0', money_paid = '0', order_amount = '0.00', pay_time = '0',
  to_buyer = '缺货', lastmodify = '1795298400'
WHERE order_id = '4';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, 'admin', '2', '0', '0', '0', '缺货', '1795298400' FROM ecs_order_info WHERE order_sn = '2026112210004';
UPDATE ecs_order_info SET surplus = '0', integral = '0', integral_money = '0', bonus = '0', bonus_id = '0',
  lastmodify = '1795298400'
WHERE order_id = '4';

-- # balance, points and a bonus are ways of paying: the price stays what it is
-- 113.00 (13.00) + pay_fee 3.39 (0.39) − discount 10.17 (1.17); the rest of the money comes from the gateway.
INSERT INTO ecs_cart (rec_id, user_id, session_id, goods_id, goods_sn, product_id, goods_name, market_price, goods_price,
  goods_number, goods_attr, is_real, extension_code, parent_id, rec_type, is_gift, is_shipping, can_handsel, goods_attr_id)
VALUES ('10', '1', '00000000000000000000000000000005', '1', 'ECS000001', '0', '西湖龙井茶 礼盒装', '135.60', '113.00', '1', '', '1', '',
  '0', '0', '0', '0', '0', '');
INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, shipping_status, pay_status, consignee, country,
  province, city, district, address, zipcode, tel, mobile, email, best_time, sign_building, postscript, shipping_id,
  shipping_name, pay_id, pay_name, how_oos, how_surplus, pack_name, card_name, card_message, inv_payee, inv_content,
  goods_amount, shipping_fee, insure_fee, pay_fee, pack_fee, card_fee, money_paid, surplus, integral, integral_money, bonus,
  order_amount, from_ad, referer, add_time, confirm_time, pay_time, pack_id, card_id, bonus_id, extension_code, extension_id,
  agency_id, inv_type, tax, parent_id, discount, lastmodify, platform)
VALUES ('5', '2026112210005', '1', '0', '0', '0', '王伟', '1', '2', '3', '4', '建设\"老\"街1号', '', '', '10012340001',
  'a@shop.invalid', '', '', '', '1', '顺丰速运', '1', '支付宝', '', '', '', '', '', '', '', '113.00', '0.00', '0.00', '3.39', '0.00',
  '0.00', '0.00', '20.00', '500', '5.00', '10.00', '71.22', '0', '本站', '1795299000', '0', '0', '0', '0', '1', '', '0', '0', '',
  '0.00', '0', '10.17', '1795299000', 'weixin');
INSERT INTO ecs_order_goods (rec_id, order_id, goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr,
  is_real, extension_code, parent_id, is_gift, goods_attr_id)
SELECT rec_id, '5', goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr, is_real,
  extension_code, parent_id, is_gift, goods_attr_id FROM ecs_cart WHERE session_id = '00000000000000000000000000000005' AND rec_type = '0' ORDER BY rec_id;
INSERT INTO ecs_account_log (user_id, user_money, frozen_money, rank_points, pay_points, change_time, change_desc, change_type,
  order_sn)
VALUES ('1', '-20.00', '0', '0', '0', '1795299000', '支付订单 2026112210005', '99', '2026112210005');
UPDATE ecs_users SET user_money = user_money + ('-20.00'), frozen_money = frozen_money + ('0'), rank_points = rank_points + ('0'),
  pay_points = pay_points + ('0') WHERE user_id = '1' LIMIT 1;
INSERT INTO ecs_account_log (user_id, user_money, frozen_money, rank_points, pay_points, change_time, change_desc, change_type,
  order_sn)
VALUES ('1', '0.00', '0', '0', '-500', '1795299000', '支付订单 2026112210005', '99', '2026112210005');
UPDATE ecs_users SET user_money = user_money + ('0.00'), frozen_money = frozen_money + ('0'), rank_points = rank_points + ('0'),
  pay_points = pay_points + ('-500') WHERE user_id = '1' LIMIT 1;
UPDATE ecs_user_bonus SET order_id = '5', used_time = '1795299000' WHERE bonus_id = '1' LIMIT 1;
DELETE FROM ecs_cart WHERE session_id = '00000000000000000000000000000005' AND rec_type = '0';
INSERT INTO ecs_pay_log (log_id, order_id, order_amount, order_type, is_paid) VALUES ('7', '5', '71.22', '0', '0');
UPDATE ecs_pay_log SET is_paid = '1' WHERE log_id = '7';
UPDATE ecs_order_info SET order_status = '1', confirm_time = '1795299000', pay_status = '2', pay_time = '1795299000', money_paid = order_amount,
  order_amount = 0, lastmodify = '1795299000' WHERE order_id = '5';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, '买家', '1', '0', '2', '0', '', '1795299000' FROM ecs_order_info WHERE order_sn = '2026112210005';
-- = sales_order 2026112210005 106.22 12.22

-- # cancel after payment: the money is gone from the row, only the books know how much it was
UPDATE ecs_order_info SET order_status = '2', pay_status = '0', money_paid = '0', order_amount = '71.22', pay_time = '0',
  to_buyer = '缺货', lastmodify = '1795299600'
WHERE order_id = '5';
INSERT INTO ecs_account_log (user_id, user_money, frozen_money, rank_points, pay_points, change_time, change_desc, change_type,
  order_sn)
VALUES ('1', '71.22', '0', '0', '0', '1795299600', '退款 2026112210005', '99', '2026112210005');
UPDATE ecs_users SET user_money = user_money + ('71.22'), frozen_money = frozen_money + ('0'), rank_points = rank_points + ('0'),
  pay_points = pay_points + ('0') WHERE user_id = '1' LIMIT 1;
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, 'admin', '2', '0', '0', '0', '缺货', '1795299600' FROM ecs_order_info WHERE order_sn = '2026112210005';
INSERT INTO ecs_account_log (user_id, user_money, frozen_money, rank_points, pay_points, change_time, change_desc, change_type,
  order_sn)
VALUES ('1', '20.00', '0', '0', '0', '1795299600', '取消 退回余额 2026112210005', '99', '2026112210005');
UPDATE ecs_users SET user_money = user_money + ('20.00'), frozen_money = frozen_money + ('0'), rank_points = rank_points + ('0'),
  pay_points = pay_points + ('0') WHERE user_id = '1' LIMIT 1;
UPDATE ecs_order_info SET order_amount = '0' WHERE order_id = 5;
INSERT INTO ecs_account_log (user_id, user_money, frozen_money, rank_points, pay_points, change_time, change_desc, change_type,
  order_sn)
VALUES ('1', '0.00', '0', '0', '500', '1795299600', '取消 退回余额 2026112210005', '99', '2026112210005');
UPDATE ecs_users SET user_money = user_money + ('0.00'), frozen_money = frozen_money + ('0'), rank_points = rank_points + ('0'),
  pay_points = pay_points + ('500') WHERE user_id = '1' LIMIT 1;
UPDATE ecs_user_bonus SET order_id = 0, used_time = 0 WHERE bonus_id = '1' LIMIT 1;
UPDATE ecs_order_info SET surplus = '0', integral = '0', integral_money = '0', bonus = '0', bonus_id = '0',
  lastmodify = '1795299600'
WHERE order_id = '5';
-- = credit_note 2026112210005-CN1 cancellation 106.22 12.22

-- # guest: the consignee is the customer
INSERT INTO ecs_cart (rec_id, user_id, session_id, goods_id, goods_sn, product_id, goods_name, market_price, goods_price,
  goods_number, goods_attr, is_real, extension_code, parent_id, rec_type, is_gift, is_shipping, can_handsel, goods_attr_id)
VALUES ('11', '0', '00000000000000000000000000000006', '2', 'ECS000002', '0', '不锈钢保温杯', '27.12', '22.60', '2', '', '1', '', '0',
  '0', '0', '0', '0', '');
INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, shipping_status, pay_status, consignee, country,
  province, city, district, address, zipcode, tel, mobile, email, best_time, sign_building, postscript, shipping_id,
  shipping_name, pay_id, pay_name, how_oos, how_surplus, pack_name, card_name, card_message, inv_payee, inv_content,
  goods_amount, shipping_fee, insure_fee, pay_fee, pack_fee, card_fee, money_paid, surplus, integral, integral_money, bonus,
  order_amount, from_ad, referer, add_time, confirm_time, pay_time, pack_id, card_id, bonus_id, extension_code, extension_id,
  agency_id, inv_type, tax, parent_id, discount, lastmodify, platform)
VALUES ('6', '2026112210006', '0', '0', '0', '0', '买买提·江', '1', '2', '3', '0', '解放大道9号', '', '', '10012340009', '', '', '', '',
  '1', '顺丰速运', '1', '支付宝', '', '', '', '', '', '', '', '45.20', '0.00', '0.00', '0.00', '0.00', '0.00', '0.00', '0.00', '0',
  '0.00', '0.00', '45.20', '0', '本站', '1795300200', '0', '0', '0', '0', '0', '', '0', '0', '', '0.00', '0', '0.00',
  '1795300200', 'weixin');
INSERT INTO ecs_order_goods (rec_id, order_id, goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr,
  is_real, extension_code, parent_id, is_gift, goods_attr_id)
SELECT rec_id, '6', goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr, is_real,
  extension_code, parent_id, is_gift, goods_attr_id FROM ecs_cart WHERE session_id = '00000000000000000000000000000006' AND rec_type = '0' ORDER BY rec_id;
DELETE FROM ecs_cart WHERE session_id = '00000000000000000000000000000006' AND rec_type = '0';
INSERT INTO ecs_pay_log (log_id, order_id, order_amount, order_type, is_paid) VALUES ('8', '6', '45.20', '0', '0');
UPDATE ecs_pay_log SET is_paid = '1' WHERE log_id = '8';
UPDATE ecs_order_info SET order_status = '1', confirm_time = '1795300200', pay_status = '2', pay_time = '1795300200', money_paid = order_amount,
  order_amount = 0, lastmodify = '1795300200' WHERE order_id = '6';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, '买家', '1', '0', '2', '0', '', '1795300200' FROM ecs_order_info WHERE order_sn = '2026112210006';
-- = customer G6
-- = sales_order 2026112210006 45.20 5.20

-- # the guest gave another number: step=consignee
UPDATE ecs_order_info SET consignee = '买买提·江', country = '1', province = '2', city = '3', district = '0', address = '解放大道9号',
  zipcode = '', tel = '', mobile = '10012340099', email = '', best_time = '', lastmodify = '1795300800'
WHERE order_id = '6';
-- = customer G6

-- # merge_order: a new order, the lines move to it, both old orders are deleted
INSERT INTO ecs_cart (rec_id, user_id, session_id, goods_id, goods_sn, product_id, goods_name, market_price, goods_price,
  goods_number, goods_attr, is_real, extension_code, parent_id, rec_type, is_gift, is_shipping, can_handsel, goods_attr_id)
VALUES ('12', '2', '00000000000000000000000000000007', '1', 'ECS000001', '0', '西湖龙井茶 礼盒装', '135.60', '113.00', '1', '', '1', '',
  '0', '0', '0', '0', '0', '');
INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, shipping_status, pay_status, consignee, country,
  province, city, district, address, zipcode, tel, mobile, email, best_time, sign_building, postscript, shipping_id,
  shipping_name, pay_id, pay_name, how_oos, how_surplus, pack_name, card_name, card_message, inv_payee, inv_content,
  goods_amount, shipping_fee, insure_fee, pay_fee, pack_fee, card_fee, money_paid, surplus, integral, integral_money, bonus,
  order_amount, from_ad, referer, add_time, confirm_time, pay_time, pack_id, card_id, bonus_id, extension_code, extension_id,
  agency_id, inv_type, tax, parent_id, discount, lastmodify, platform)
VALUES ('7', '2026112210007', '2', '0', '0', '0', 'O\'Brien·李', '1', '2', '3', '0', '人民路22号', '', '', '10012340002',
  'b@shop.invalid', '', '', '', '1', '顺丰速运', '1', '支付宝', '', '', '', '', '', '', '', '113.00', '0.00', '0.00', '0.00', '0.00',
  '0.00', '0.00', '0.00', '0', '0.00', '0.00', '113.00', '0', '本站', '1795301400', '0', '0', '0', '0', '0', '', '0', '0', '',
  '0.00', '0', '0.00', '1795301400', 'weixin');
INSERT INTO ecs_order_goods (rec_id, order_id, goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr,
  is_real, extension_code, parent_id, is_gift, goods_attr_id)
SELECT rec_id, '7', goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr, is_real,
  extension_code, parent_id, is_gift, goods_attr_id FROM ecs_cart WHERE session_id = '00000000000000000000000000000007' AND rec_type = '0' ORDER BY rec_id;
DELETE FROM ecs_cart WHERE session_id = '00000000000000000000000000000007' AND rec_type = '0';
INSERT INTO ecs_pay_log (log_id, order_id, order_amount, order_type, is_paid) VALUES ('9', '7', '113.00', '0', '0');
INSERT INTO ecs_cart (rec_id, user_id, session_id, goods_id, goods_sn, product_id, goods_name, market_price, goods_price,
  goods_number, goods_attr, is_real, extension_code, parent_id, rec_type, is_gift, is_shipping, can_handsel, goods_attr_id)
VALUES ('13', '2', '00000000000000000000000000000008', '2', 'ECS000002', '0', '不锈钢保温杯', '27.12', '22.60', '1', '', '1', '', '0',
  '0', '0', '0', '0', '');
INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, shipping_status, pay_status, consignee, country,
  province, city, district, address, zipcode, tel, mobile, email, best_time, sign_building, postscript, shipping_id,
  shipping_name, pay_id, pay_name, how_oos, how_surplus, pack_name, card_name, card_message, inv_payee, inv_content,
  goods_amount, shipping_fee, insure_fee, pay_fee, pack_fee, card_fee, money_paid, surplus, integral, integral_money, bonus,
  order_amount, from_ad, referer, add_time, confirm_time, pay_time, pack_id, card_id, bonus_id, extension_code, extension_id,
  agency_id, inv_type, tax, parent_id, discount, lastmodify, platform)
VALUES ('8', '2026112210008', '2', '0', '0', '0', 'O\'Brien·李', '1', '2', '3', '0', '人民路22号', '', '', '10012340002',
  'b@shop.invalid', '', '', '', '1', '顺丰速运', '1', '支付宝', '', '', '', '', '', '', '', '22.60', '0.00', '0.00', '0.00', '0.00',
  '0.00', '0.00', '0.00', '0', '0.00', '0.00', '20.34', '0', '本站', '1795301400', '0', '0', '0', '0', '0', '', '0', '0', '',
  '0.00', '0', '2.26', '1795301400', 'weixin');
INSERT INTO ecs_order_goods (rec_id, order_id, goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr,
  is_real, extension_code, parent_id, is_gift, goods_attr_id)
SELECT rec_id, '8', goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr, is_real,
  extension_code, parent_id, is_gift, goods_attr_id FROM ecs_cart WHERE session_id = '00000000000000000000000000000008' AND rec_type = '0' ORDER BY rec_id;
DELETE FROM ecs_cart WHERE session_id = '00000000000000000000000000000008' AND rec_type = '0';
INSERT INTO ecs_pay_log (log_id, order_id, order_amount, order_type, is_paid) VALUES ('10', '8', '20.34', '0', '0');
INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, shipping_status, pay_status, consignee, country,
  province, city, district, address, zipcode, tel, mobile, email, best_time, sign_building, postscript, shipping_id,
  shipping_name, pay_id, pay_name, how_oos, how_surplus, pack_name, card_name, card_message, inv_payee, inv_content,
  goods_amount, shipping_fee, insure_fee, pay_fee, pack_fee, card_fee, money_paid, surplus, integral, integral_money, bonus,
  order_amount, from_ad, referer, add_time, confirm_time, pay_time, pack_id, card_id, bonus_id, extension_code, extension_id,
  agency_id, inv_type, tax, parent_id, discount, lastmodify, platform)
VALUES ('9', '2026112210009', '2', '0', '0', '0', 'O\'Brien·李', '1', '2', '3', '0', '人民路22号', '', '', '10012340002',
  'b@shop.invalid', '', '', '', '1', '顺丰速运', '1', '支付宝', '', '', '', '', '', '', '', '135.60', '0.00', '0.00', '0.00', '0.00',
  '0.00', '0.00', '0.00', '0', '0.00', '0.00', '133.34', '0', '本站', '1795301400', '0', '0', '0', '0', '0', '', '0', '0', '',
  '0.00', '0', '2.26', '1795301400', 'weixin');
UPDATE ecs_order_goods SET order_id = '9' WHERE order_id IN ('7', '8');
INSERT INTO ecs_pay_log (log_id, order_id, order_amount, order_type, is_paid) VALUES ('11', '9', '133.34', '0', '0');
DELETE FROM ecs_order_info WHERE order_id IN ('7', '8');
DELETE FROM ecs_pay_log WHERE order_id IN ('7', '8');

-- # pay the merged order
-- 113.00 + 22.60 − 2.26: 111.12 (12.78) and 22.22 (2.56)
UPDATE ecs_pay_log SET is_paid = '1' WHERE log_id = '11';
UPDATE ecs_order_info SET order_status = '1', confirm_time = '1795302000', pay_status = '2', pay_time = '1795302000', money_paid = order_amount,
  order_amount = 0, lastmodify = '1795302000' WHERE order_id = '9';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, '买家', '1', '0', '2', '0', '', '1795302000' FROM ecs_order_info WHERE order_sn = '2026112210009';
-- = sales_order 2026112210009 133.34 15.34

-- # cash on delivery: shipped while unpaid
INSERT INTO ecs_cart (rec_id, user_id, session_id, goods_id, goods_sn, product_id, goods_name, market_price, goods_price,
  goods_number, goods_attr, is_real, extension_code, parent_id, rec_type, is_gift, is_shipping, can_handsel, goods_attr_id)
VALUES ('14', '4', '0000000000000000000000000000000a', '5', 'ECS000005', '0', '真丝围巾', '40.68', '33.90', '2', '', '1', '', '0',
  '0', '0', '0', '0', '');
INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, shipping_status, pay_status, consignee, country,
  province, city, district, address, zipcode, tel, mobile, email, best_time, sign_building, postscript, shipping_id,
  shipping_name, pay_id, pay_name, how_oos, how_surplus, pack_name, card_name, card_message, inv_payee, inv_content,
  goods_amount, shipping_fee, insure_fee, pay_fee, pack_fee, card_fee, money_paid, surplus, integral, integral_money, bonus,
  order_amount, from_ad, referer, add_time, confirm_time, pay_time, pack_id, card_id, bonus_id, extension_code, extension_id,
  agency_id, inv_type, tax, parent_id, discount, lastmodify, platform)
VALUES ('10', '2026112210010', '4', '0', '0', '0', '欧阳静', '1', '2', '3', '0', '长安街4号', '', '', '10012340004', 'd@shop.invalid',
  '', '', '', '1', '顺丰速运', '2', '货到付款', '', '', '', '', '', '', '', '67.80', '11.30', '0.00', '5.65', '0.00', '0.00', '0.00',
  '0.00', '0', '0.00', '0.00', '84.75', '0', '本站', '1795302600', '0', '0', '0', '0', '0', '', '0', '0', '', '0.00', '0', '0.00',
  '1795302600', 'weixin');
INSERT INTO ecs_order_goods (rec_id, order_id, goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr,
  is_real, extension_code, parent_id, is_gift, goods_attr_id)
SELECT rec_id, '10', goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr, is_real,
  extension_code, parent_id, is_gift, goods_attr_id FROM ecs_cart WHERE session_id = '0000000000000000000000000000000a' AND rec_type = '0' ORDER BY rec_id;
DELETE FROM ecs_cart WHERE session_id = '0000000000000000000000000000000a' AND rec_type = '0';
INSERT INTO ecs_pay_log (log_id, order_id, order_amount, order_type, is_paid) VALUES ('12', '10', '84.75', '0', '0');
INSERT INTO ecs_delivery_order (delivery_id, delivery_sn, order_sn, order_id, add_time, shipping_id, shipping_name, user_id,
  action_user, consignee, address, country, province, city, district, sign_building, email, zipcode, tel, mobile, best_time,
  postscript, how_oos, insure_fee, shipping_fee, update_time, suppliers_id, status, agency_id)
VALUES ('3', '2026112000003', '2026112210010', '10', '1795302600', '1', '顺丰速运', '4', 'admin', '欧阳静', '长安街4号', '1', '2', '3',
  '0', '', 'd@shop.invalid', '', '', '10012340004', '', '', '', '0.00', '11.30', '1795302600', '0', '2', '0');
INSERT INTO ecs_delivery_goods (rec_id, delivery_id, goods_id, product_id, product_sn, goods_name, brand_name, goods_sn,
  is_real, parent_id, send_number, goods_attr)
VALUES ('4', '3', '5', '0', '', '真丝围巾', '', 'ECS000005', '1', '0', '2', '');
UPDATE ecs_order_goods SET send_number = send_number + 2 WHERE order_id = '10' AND goods_id = '5';
UPDATE ecs_order_info SET order_status = '5', shipping_status = '5', confirm_time = '1795302600', lastmodify = '1795302600'
WHERE order_id = '10';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, 'admin', '5', '5', '0', '0', '', '1795302600' FROM ecs_order_info WHERE order_sn = '2026112210010';
UPDATE ecs_delivery_order SET invoice_no = 'SF1003', status = '0' WHERE delivery_id = 3;
UPDATE ecs_order_info SET shipping_status = '1', shipping_time = '1795302600', invoice_no = 'SF1003', lastmodify = '1795302600'
WHERE order_id = '10';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, 'admin', '1', '1', '0', '1', '', '1795302600' FROM ecs_order_info WHERE order_sn = '2026112210010';
INSERT INTO ecs_account_log (user_id, user_money, frozen_money, rank_points, pay_points, change_time, change_desc, change_type,
  order_sn)
VALUES ('4', '0.00', '0', '0', '67', '1795302600', '积分 2026112210010', '99', '2026112210010');
UPDATE ecs_users SET user_money = user_money + ('0.00'), frozen_money = frozen_money + ('0'), rank_points = rank_points + ('0'),
  pay_points = pay_points + ('67') WHERE user_id = '4' LIMIT 1;

-- # received: paid, though money_paid stays 0
-- 67.80 (7.80) + 11.30 (1.30) + 5.65 (0.65)
UPDATE ecs_order_info SET shipping_status = '2', pay_status = '2', lastmodify = '1795303200' WHERE order_id = '10';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, 'admin', '5', '2', '2', '0', '', '1795303200' FROM ecs_order_info WHERE order_sn = '2026112210010';
-- = customer U4
-- = sales_order 2026112210010 84.75 9.75

-- # an order made by the staff: invalid and empty at first, then lines, address, freight and payment, then confirmed
INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, shipping_status, pay_status, from_ad, referer, add_time,
  agency_id, inv_type, tax, discount)
VALUES ('11', '2026112210011', '3', '3', '0', '0', '0', '管理员添加', '1795303800', '0', '', '0.00', '0.00');
INSERT INTO ecs_pay_log (log_id, order_id, order_amount, order_type, is_paid) VALUES ('13', '11', '0.00', '0', '0');
INSERT INTO ecs_order_goods (rec_id, order_id, goods_id, goods_name, goods_sn, goods_number, market_price, goods_price,
  goods_attr, is_real, extension_code, parent_id, is_gift)
VALUES ('15', '11', '3', '金华火腿', 'ECS000003', '1', '23.99', '19.99', '', '1', '', '0', '0');
UPDATE ecs_order_info SET goods_amount = '19.99', lastmodify = '1795303800' WHERE order_id = '11';
UPDATE ecs_order_info SET order_amount = goods_amount + tax + shipping_fee + insure_fee + pay_fee + pack_fee + card_fee - goods_discount_fee
  - money_paid - surplus - integral_money - bonus - discount WHERE order_id = '11' LIMIT 1;
UPDATE ecs_pay_log SET order_amount = '19.99' WHERE log_id = '13' LIMIT 1;
INSERT INTO ecs_order_goods (rec_id, order_id, goods_id, goods_name, goods_sn, goods_number, market_price, goods_price,
  goods_attr, is_real, extension_code, parent_id, is_gift)
VALUES ('16', '11', '2', '不锈钢保温杯', 'ECS000002', '1', '27.12', '22.60', '', '1', '', '0', '0');
UPDATE ecs_order_info SET goods_amount = '42.59', lastmodify = '1795303800' WHERE order_id = '11';
UPDATE ecs_order_info SET order_amount = goods_amount + tax + shipping_fee + insure_fee + pay_fee + pack_fee + card_fee - goods_discount_fee
  - money_paid - surplus - integral_money - bonus - discount WHERE order_id = '11' LIMIT 1;
UPDATE ecs_pay_log SET order_amount = '42.59' WHERE log_id = '13' LIMIT 1;
UPDATE ecs_order_info SET consignee = '赵磊', country = '1', province = '2', city = '3', district = '0', address = '中山北路3号',
  mobile = '10012340003', email = 'c@shop.invalid', lastmodify = '1795303800'
WHERE order_id = '11';
UPDATE ecs_order_info SET shipping_id = '3', shipping_name = '邮政平邮', shipping_fee = '5.20', insure_fee = '0.00',
  lastmodify = '1795303800'
WHERE order_id = '11';
UPDATE ecs_order_info SET order_amount = goods_amount + tax + shipping_fee + insure_fee + pay_fee + pack_fee + card_fee - goods_discount_fee
  - money_paid - surplus - integral_money - bonus - discount WHERE order_id = '11' LIMIT 1;
UPDATE ecs_pay_log SET order_amount = '47.79' WHERE log_id = '13' LIMIT 1;
UPDATE ecs_order_info SET pay_id = '3', pay_name = '银行汇款', pay_fee = '0.00', lastmodify = '1795303800' WHERE order_id = '11';
UPDATE ecs_order_info SET order_amount = goods_amount + tax + shipping_fee + insure_fee + pay_fee + pack_fee + card_fee - goods_discount_fee
  - money_paid - surplus - integral_money - bonus - discount WHERE order_id = '11' LIMIT 1;
UPDATE ecs_pay_log SET order_amount = '47.79' WHERE log_id = '13' LIMIT 1;
UPDATE ecs_order_info SET goods_amount = '42.59', shipping_fee = '5.20', insure_fee = '0.00', pay_fee = '0.00',
  pack_fee = '0.00', card_fee = '0.00', money_paid = '0.00', surplus = '0.00', integral = '0', integral_money = '0.00',
  bonus = '0.00', order_amount = '47.79', bonus_id = '0', tax = '0.00', discount = '0.00', lastmodify = '1795303800'
WHERE order_id = '11';
UPDATE ecs_pay_log SET order_amount = '47.79' WHERE log_id = '13' LIMIT 1;
UPDATE ecs_order_info SET order_status = '1', confirm_time = '1795303800', lastmodify = '1795303800' WHERE order_id = '11';

-- # its payment
-- 19.99 (2.30) + 22.60 (2.60) + 5.20 (0.60)
UPDATE ecs_order_info SET pay_status = '2', money_paid = '47.79', order_amount = '0.00', pay_time = '1795304400',
  lastmodify = '1795304400'
WHERE order_id = '11';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, 'admin', '1', '0', '2', '0', '收到付款', '1795304400' FROM ecs_order_info WHERE order_sn = '2026112210011';
-- = sales_order 2026112210011 47.79 5.50

-- # set to unpaid: open again, which is no cancellation
UPDATE ecs_order_info SET pay_status = '0', money_paid = '0.00', order_amount = '47.79', pay_time = '0',
  lastmodify = '1795305000'
WHERE order_id = '11';
INSERT INTO ecs_account_log (user_id, user_money, frozen_money, rank_points, pay_points, change_time, change_desc, change_type,
  order_sn)
VALUES ('3', '47.79', '0', '0', '0', '1795305000', '退款 2026112210011', '99', '2026112210011');
UPDATE ecs_users SET user_money = user_money + ('47.79'), frozen_money = frozen_money + ('0'), rank_points = rank_points + ('0'),
  pay_points = pay_points + ('0') WHERE user_id = '3' LIMIT 1;
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, 'admin', '1', '0', '0', '0', '未付款', '1795305000' FROM ecs_order_info WHERE order_sn = '2026112210011';
-- = held 11 open again

-- # paid again: nothing has changed
UPDATE ecs_order_info SET pay_status = '2', money_paid = '47.79', order_amount = '0.00', pay_time = '1795305600',
  lastmodify = '1795305600'
WHERE order_id = '11';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, 'admin', '1', '0', '2', '0', '收到付款', '1795305600' FROM ecs_order_info WHERE order_sn = '2026112210011';

-- # the balance covers everything: the header is confirmed and paid before it has a line
INSERT INTO ecs_cart (rec_id, user_id, session_id, goods_id, goods_sn, product_id, goods_name, market_price, goods_price,
  goods_number, goods_attr, is_real, extension_code, parent_id, rec_type, is_gift, is_shipping, can_handsel, goods_attr_id)
VALUES ('17', '4', '0000000000000000000000000000000c', '3', 'ECS000003', '0', '金华火腿', '12.40', '10.33', '1', '', '1', '', '0',
  '0', '0', '0', '0', '');
INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, shipping_status, pay_status, consignee, country,
  province, city, district, address, zipcode, tel, mobile, email, best_time, sign_building, postscript, shipping_id,
  shipping_name, pay_id, pay_name, how_oos, how_surplus, pack_name, card_name, card_message, inv_payee, inv_content,
  goods_amount, shipping_fee, insure_fee, pay_fee, pack_fee, card_fee, money_paid, surplus, integral, integral_money, bonus,
  order_amount, from_ad, referer, add_time, confirm_time, pay_time, pack_id, card_id, bonus_id, extension_code, extension_id,
  agency_id, inv_type, tax, parent_id, discount, lastmodify, platform)
VALUES ('12', '2026112210012', '4', '1', '0', '2', '欧阳静', '1', '2', '3', '0', '长安街4号', '', '', '10012340004', 'd@shop.invalid',
  '', '', '', '1', '顺丰速运', '1', '支付宝', '', '', '', '', '', '', '', '10.33', '0.00', '0.00', '0.00', '0.00', '0.00', '0.00',
  '10.33', '0', '0.00', '0.00', '0.00', '0', '本站', '1795306200', '1795306200', '1795306200', '0', '0', '0', '', '0', '0', '',
  '0.00', '0', '0.00', '1795306200', 'weixin');
-- = held 12 lines

-- # the lines come
INSERT INTO ecs_order_goods (rec_id, order_id, goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr,
  is_real, extension_code, parent_id, is_gift, goods_attr_id)
SELECT rec_id, '12', goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr, is_real,
  extension_code, parent_id, is_gift, goods_attr_id FROM ecs_cart WHERE session_id = '0000000000000000000000000000000c' AND rec_type = '0' ORDER BY rec_id;
INSERT INTO ecs_account_log (user_id, user_money, frozen_money, rank_points, pay_points, change_time, change_desc, change_type,
  order_sn)
VALUES ('4', '-10.33', '0', '0', '0', '1795306800', '支付订单 2026112210012', '99', '2026112210012');
UPDATE ecs_users SET user_money = user_money + ('-10.33'), frozen_money = frozen_money + ('0'), rank_points = rank_points + ('0'),
  pay_points = pay_points + ('0') WHERE user_id = '4' LIMIT 1;
DELETE FROM ecs_cart WHERE session_id = '0000000000000000000000000000000c' AND rec_type = '0';
INSERT INTO ecs_pay_log (log_id, order_id, order_amount, order_type, is_paid) VALUES ('14', '12', '0.00', '0', '0');
-- = sales_order 2026112210012 10.33 1.19

-- # a changed price and another quantity at once: a discount beside a cancellation
-- U4 pays 3 × 11.30, then it is 2 × 10.17.
INSERT INTO ecs_cart (rec_id, user_id, session_id, goods_id, goods_sn, product_id, goods_name, market_price, goods_price,
  goods_number, goods_attr, is_real, extension_code, parent_id, rec_type, is_gift, is_shipping, can_handsel, goods_attr_id)
VALUES ('18', '4', '0000000000000000000000000000000d', '4', 'ECS000004', '0', '新疆和田枣', '13.56', '11.30', '3', '', '1', '', '0',
  '0', '0', '0', '0', '');
INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, shipping_status, pay_status, consignee, country,
  province, city, district, address, zipcode, tel, mobile, email, best_time, sign_building, postscript, shipping_id,
  shipping_name, pay_id, pay_name, how_oos, how_surplus, pack_name, card_name, card_message, inv_payee, inv_content,
  goods_amount, shipping_fee, insure_fee, pay_fee, pack_fee, card_fee, money_paid, surplus, integral, integral_money, bonus,
  order_amount, from_ad, referer, add_time, confirm_time, pay_time, pack_id, card_id, bonus_id, extension_code, extension_id,
  agency_id, inv_type, tax, parent_id, discount, lastmodify, platform)
VALUES ('13', '2026112210013', '4', '0', '0', '0', '欧阳静', '1', '2', '3', '0', '长安街4号', '', '', '10012340004', 'd@shop.invalid',
  '', '', '', '1', '顺丰速运', '1', '支付宝', '', '', '', '', '', '', '', '33.90', '0.00', '0.00', '0.00', '0.00', '0.00', '0.00',
  '0.00', '0', '0.00', '0.00', '33.90', '0', '本站', '1795307400', '0', '0', '0', '0', '0', '', '0', '0', '', '0.00', '0', '0.00',
  '1795307400', 'weixin');
INSERT INTO ecs_order_goods (rec_id, order_id, goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr,
  is_real, extension_code, parent_id, is_gift, goods_attr_id)
SELECT rec_id, '13', goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr, is_real,
  extension_code, parent_id, is_gift, goods_attr_id FROM ecs_cart WHERE session_id = '0000000000000000000000000000000d' AND rec_type = '0' ORDER BY rec_id;
DELETE FROM ecs_cart WHERE session_id = '0000000000000000000000000000000d' AND rec_type = '0';
INSERT INTO ecs_pay_log (log_id, order_id, order_amount, order_type, is_paid) VALUES ('15', '13', '33.90', '0', '0');
UPDATE ecs_pay_log SET is_paid = '1' WHERE log_id = '15';
UPDATE ecs_order_info SET order_status = '1', confirm_time = '1795307400', pay_status = '2', pay_time = '1795307400', money_paid = order_amount,
  order_amount = 0, lastmodify = '1795307400' WHERE order_id = '13';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, '买家', '1', '0', '2', '0', '', '1795307400' FROM ecs_order_info WHERE order_sn = '2026112210013';
-- = sales_order 2026112210013 33.90 3.90

-- # the change
UPDATE ecs_order_goods SET goods_price = '10.17', goods_number = '2', goods_attr = '' WHERE rec_id = '18' LIMIT 1;
UPDATE ecs_order_info SET goods_amount = '20.34', lastmodify = '1795308000' WHERE order_id = '13';
UPDATE ecs_order_info SET order_amount = goods_amount + tax + shipping_fee + insure_fee + pay_fee + pack_fee + card_fee - goods_discount_fee
  - money_paid - surplus - integral_money - bonus - discount WHERE order_id = '13' LIMIT 1;
INSERT INTO ecs_pay_log (log_id, order_id, order_amount, order_type, is_paid) VALUES ('16', '13', '0.00', '0', '0');
INSERT INTO ecs_account_log (user_id, user_money, frozen_money, rank_points, pay_points, change_time, change_desc, change_type,
  order_sn)
VALUES ('4', '13.56', '0', '0', '0', '1795308000', '退款 2026112210013', '99', '2026112210013');
UPDATE ecs_users SET user_money = user_money + ('13.56'), frozen_money = frozen_money + ('0'), rank_points = rank_points + ('0'),
  pay_points = pay_points + ('0') WHERE user_id = '4' LIMIT 1;
UPDATE ecs_order_info SET money_paid = '20.34', order_amount = '0', lastmodify = '1795308000' WHERE order_id = '13';
-- = credit_note 2026112210013-CN1 cancellation 11.30 1.30
-- = credit_note 2026112210013-CN2 discount 2.26 0.26

-- # a package has no article number; its surcharge is a fee
INSERT INTO ecs_cart (rec_id, user_id, session_id, goods_id, goods_sn, product_id, goods_name, market_price, goods_price,
  goods_number, goods_attr, is_real, extension_code, parent_id, rec_type, is_gift, is_shipping, can_handsel, goods_attr_id)
VALUES ('19', '2', '0000000000000000000000000000000e', '77', '', '0', '中秋礼包', '67.80', '56.50', '1', '', '1', 'package_buy',
  '0', '0', '0', '0', '0', '');
INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, shipping_status, pay_status, consignee, country,
  province, city, district, address, zipcode, tel, mobile, email, best_time, sign_building, postscript, shipping_id,
  shipping_name, pay_id, pay_name, how_oos, how_surplus, pack_name, card_name, card_message, inv_payee, inv_content,
  goods_amount, shipping_fee, insure_fee, pay_fee, pack_fee, card_fee, money_paid, surplus, integral, integral_money, bonus,
  order_amount, from_ad, referer, add_time, confirm_time, pay_time, pack_id, card_id, bonus_id, extension_code, extension_id,
  agency_id, inv_type, tax, parent_id, discount, lastmodify, platform)
VALUES ('14', '2026112210014', '2', '0', '0', '0', 'O\'Brien·李', '1', '2', '3', '0', '人民路22号', '', '', '10012340002',
  'b@shop.invalid', '', '', '', '1', '顺丰速运', '1', '支付宝', '', '', '', '', '', '', '', '56.50', '0.00', '0.00', '0.00', '1.13',
  '1.13', '0.00', '0.00', '0', '0.00', '0.00', '62.15', '0', '本站', '1795308600', '0', '0', '0', '0', '0', '', '0', '0', '',
  '3.39', '0', '0.00', '1795308600', 'weixin');
INSERT INTO ecs_order_goods (rec_id, order_id, goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr,
  is_real, extension_code, parent_id, is_gift, goods_attr_id)
SELECT rec_id, '14', goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr, is_real,
  extension_code, parent_id, is_gift, goods_attr_id FROM ecs_cart WHERE session_id = '0000000000000000000000000000000e' AND rec_type = '0' ORDER BY rec_id;
DELETE FROM ecs_cart WHERE session_id = '0000000000000000000000000000000e' AND rec_type = '0';
INSERT INTO ecs_pay_log (log_id, order_id, order_amount, order_type, is_paid) VALUES ('17', '14', '62.15', '0', '0');
UPDATE ecs_pay_log SET is_paid = '1' WHERE log_id = '17';
UPDATE ecs_order_info SET order_status = '1', confirm_time = '1795308600', pay_status = '2', pay_time = '1795308600', money_paid = order_amount,
  order_amount = 0, lastmodify = '1795308600' WHERE order_id = '14';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, '买家', '1', '0', '2', '0', '', '1795308600' FROM ecs_order_info WHERE order_sn = '2026112210014';
-- = sales_order 2026112210014 62.15 7.15

-- # users: points and balance alone
INSERT INTO ecs_account_log (user_id, user_money, frozen_money, rank_points, pay_points, change_time, change_desc, change_type,
  order_sn)
VALUES ('1', '100.00', '0', '0', '0', '1795309200', '会员充值', '0', NULL);
UPDATE ecs_users SET user_money = user_money + ('100.00'), frozen_money = frozen_money + ('0'), rank_points = rank_points + ('0'),
  pay_points = pay_points + ('0') WHERE user_id = '1' LIMIT 1;
INSERT INTO ecs_account_log (user_id, user_money, frozen_money, rank_points, pay_points, change_time, change_desc, change_type,
  order_sn)
VALUES ('2', '0.00', '0', '0', '30', '1795309200', '调节', '99', NULL);
UPDATE ecs_users SET user_money = user_money + ('0.00'), frozen_money = frozen_money + ('0'), rank_points = rank_points + ('0'),
  pay_points = pay_points + ('30') WHERE user_id = '2' LIMIT 1;

-- # users: another name
UPDATE ecs_users SET user_name = '王小伟', mobile_phone = '10012340077' WHERE user_id = '1' LIMIT 1;
-- = customer U1

-- # remove_order: the header first. Only a cancelled order can be removed, and the books hold nothing of it any more
DELETE FROM ecs_order_info WHERE order_id = '5';
DELETE FROM ecs_order_goods WHERE order_id = '5';
DELETE FROM ecs_order_action WHERE order_id = '5';
DELETE O, G FROM ecs_delivery_order AS O, ecs_delivery_goods AS G WHERE O.order_id = '5' AND O.delivery_id = G.delivery_id;
DELETE O, G FROM ecs_back_order AS O, ecs_back_goods AS G WHERE O.order_id = '5' AND O.back_id = G.back_id;

-- # a user is deleted, and the orders with it: the books hold them, so a person has to look
UPDATE ecs_users SET parent_id = 0 WHERE parent_id IN ('4');
DELETE FROM ecs_users WHERE user_id IN ('4');
DELETE FROM ecs_order_info WHERE order_id IN ('10', '12', '13');
DELETE FROM ecs_order_goods WHERE order_id IN ('10', '12', '13');
DELETE FROM ecs_user_bonus WHERE user_id IN ('4');
DELETE FROM ecs_account_log WHERE user_id IN ('4');
-- = held 10 gone
-- = held 12 gone
-- = held 13 gone

-- # an ERP edits an unpaid order over the API: discount_fee on a line, goods_discount_fee on the header; a buyer with a tax number
INSERT INTO ecs_cart (rec_id, user_id, session_id, goods_id, goods_sn, product_id, goods_name, market_price, goods_price,
  goods_number, goods_attr, is_real, extension_code, parent_id, rec_type, is_gift, is_shipping, can_handsel, goods_attr_id)
VALUES ('20', '0', '0000000000000000000000000000000f', '1', 'ECS000001', '0', '西湖龙井茶 礼盒装', '135.60', '113.00', '2', '', '1', '',
  '0', '0', '0', '0', '0', '');
INSERT INTO ecs_cart (rec_id, user_id, session_id, goods_id, goods_sn, product_id, goods_name, market_price, goods_price,
  goods_number, goods_attr, is_real, extension_code, parent_id, rec_type, is_gift, is_shipping, can_handsel, goods_attr_id)
VALUES ('21', '0', '0000000000000000000000000000000f', '2', 'ECS000002', '0', '不锈钢保温杯', '27.12', '22.60', '1', '', '1', '', '0',
  '0', '0', '0', '0', '');
INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, shipping_status, pay_status, consignee, country,
  province, city, district, address, zipcode, tel, mobile, email, best_time, sign_building, postscript, shipping_id,
  shipping_name, pay_id, pay_name, how_oos, how_surplus, pack_name, card_name, card_message, inv_payee, inv_content,
  goods_amount, shipping_fee, insure_fee, pay_fee, pack_fee, card_fee, money_paid, surplus, integral, integral_money, bonus,
  order_amount, from_ad, referer, add_time, confirm_time, pay_time, pack_id, card_id, bonus_id, extension_code, extension_id,
  agency_id, inv_type, tax, tax_num, parent_id, discount, lastmodify, platform)
VALUES ('15', '2026112210015', '0', '0', '0', '0', '刘敏', '1', '2', '3', '4', '文一西路8号', '', '', '10012340008', 'g@shop.invalid',
  '', '', '', '1', '顺丰速运', '1', '支付宝', '', '', '', '', '', '杭州测试有限公司', '明细', '248.60', '11.30', '0.00', '0.00', '0.00', '0.00',
  '0.00', '0.00', '0', '0.00', '0.00', '259.90', '0', '本站', '1795311600', '0', '0', '0', '0', '0', '', '0', '0', '普通发票', '0.00',
  '91330100MA27XXXX1A', '0', '0.00', '1795311600', 'weixin');
INSERT INTO ecs_order_goods (rec_id, order_id, goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr,
  is_real, extension_code, parent_id, is_gift, goods_attr_id)
SELECT rec_id, '15', goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr, is_real,
  extension_code, parent_id, is_gift, goods_attr_id FROM ecs_cart WHERE session_id = '0000000000000000000000000000000f' AND rec_type = '0' ORDER BY rec_id;
DELETE FROM ecs_cart WHERE session_id = '0000000000000000000000000000000f' AND rec_type = '0';
INSERT INTO ecs_pay_log (log_id, order_id, order_amount, order_type, is_paid) VALUES ('18', '15', '259.90', '0', '0');
UPDATE ecs_order_goods SET goods_name = '西湖龙井茶 礼盒装', goods_number = '2', goods_price = '113.00', discount_fee = '22.60',
  send_number = '0', is_gift = '0'
WHERE order_id = '15' AND goods_sn = 'ECS000001';
UPDATE ecs_order_info SET goods_amount = '248.60', goods_discount_fee = '22.60', order_amount = '237.30',
  lastmodify = '1795311600'
WHERE order_id = '15';

-- # pay it
-- 2 × 113.00 − 22.60 (23.40) + 22.60 (2.60) + freight 11.30 (1.30)
UPDATE ecs_pay_log SET is_paid = '1' WHERE log_id = '18';
UPDATE ecs_order_info SET order_status = '1', confirm_time = '1795312200', pay_status = '2', pay_time = '1795312200', money_paid = order_amount,
  order_amount = 0, lastmodify = '1795312200' WHERE order_id = '15';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, '买家', '1', '0', '2', '0', '', '1795312200' FROM ecs_order_info WHERE order_sn = '2026112210015';
-- = customer G15
-- = sales_order 2026112210015 237.30 27.30

-- # a request to return: the buyer asks, and the quantity is text
-- Asking changes nothing.
INSERT INTO ecs_return_goods (r_id, return_id, order_id, order_sn, user_id, goods_id, goods_name, num, return_text,
  return_status, ctime)
VALUES ('1', 'R2026112000001', '15', '2026112210015', '', '1', '西湖龙井茶 礼盒装', '1件', '不想要了', 'wait', '1795312800');
UPDATE ecs_order_info SET apply_for_status = 'true' WHERE order_id = '15';

-- # it is granted, and the buyer sends the parcel: still no money
UPDATE ecs_return_goods SET return_status = 'succ', t_time = '1795313400' WHERE r_id = '1';
UPDATE ecs_return_goods SET return_code = 'YT2001', return_status = 'code' WHERE r_id = '1';

-- # the money: the ERP takes the piece off the line, with its discount
-- The request says that it is a return.
UPDATE ecs_order_goods SET goods_name = '西湖龙井茶 礼盒装', goods_number = '1', goods_price = '113.00', discount_fee = '11.30',
  send_number = '0', is_gift = '0'
WHERE order_id = '15' AND goods_sn = 'ECS000001';
UPDATE ecs_order_info SET goods_amount = '135.60', goods_discount_fee = '11.30', order_amount = '-101.70',
  lastmodify = '1795314000'
WHERE order_id = '15';
UPDATE ecs_order_info SET money_paid = '135.60', order_amount = '0', lastmodify = '1795314000' WHERE order_id = '15';
-- = credit_note 2026112210015-CN1 return 101.70 11.70

-- # a request that is refused
-- Quantity 若干: no number at all.
INSERT INTO ecs_return_goods (r_id, return_id, order_id, order_sn, user_id, goods_id, goods_name, num, return_text,
  return_status, ctime)
VALUES ('2', 'R2026112000002', '15', '2026112210015', '', '2', '不锈钢保温杯', '若干', '色差', 'wait', '1795314600');
UPDATE ecs_return_goods SET return_status = 'error', t_time = '1795314600' WHERE r_id = '2';

-- # an ERP edits an unpaid order over the API: a negative discount, which is a surcharge
-- 45.20 (5.20) + 1.13 (0.13)
INSERT INTO ecs_cart (rec_id, user_id, session_id, goods_id, goods_sn, product_id, goods_name, market_price, goods_price,
  goods_number, goods_attr, is_real, extension_code, parent_id, rec_type, is_gift, is_shipping, can_handsel, goods_attr_id)
VALUES ('22', '1', '00000000000000000000000000000010', '2', 'ECS000002', '0', '不锈钢保温杯', '27.12', '22.60', '2', '', '1', '', '0',
  '0', '0', '0', '0', '');
INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, shipping_status, pay_status, consignee, country,
  province, city, district, address, zipcode, tel, mobile, email, best_time, sign_building, postscript, shipping_id,
  shipping_name, pay_id, pay_name, how_oos, how_surplus, pack_name, card_name, card_message, inv_payee, inv_content,
  goods_amount, shipping_fee, insure_fee, pay_fee, pack_fee, card_fee, money_paid, surplus, integral, integral_money, bonus,
  order_amount, from_ad, referer, add_time, confirm_time, pay_time, pack_id, card_id, bonus_id, extension_code, extension_id,
  agency_id, inv_type, tax, parent_id, discount, lastmodify, platform)
VALUES ('16', '2026112210016', '1', '0', '0', '0', '王伟', '1', '2', '3', '4', '建设\"老\"街1号', '', '', '10012340001',
  'a@shop.invalid', '', '', '', '1', '顺丰速运', '1', '支付宝', '', '', '', '', '', '', '', '45.20', '0.00', '0.00', '0.00', '0.00',
  '0.00', '0.00', '0.00', '0', '0.00', '0.00', '45.20', '0', '本站', '1795315200', '0', '0', '0', '0', '0', '', '0', '0', '',
  '0.00', '0', '0.00', '1795315200', 'weixin');
INSERT INTO ecs_order_goods (rec_id, order_id, goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr,
  is_real, extension_code, parent_id, is_gift, goods_attr_id)
SELECT rec_id, '16', goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr, is_real,
  extension_code, parent_id, is_gift, goods_attr_id FROM ecs_cart WHERE session_id = '00000000000000000000000000000010' AND rec_type = '0' ORDER BY rec_id;
DELETE FROM ecs_cart WHERE session_id = '00000000000000000000000000000010' AND rec_type = '0';
INSERT INTO ecs_pay_log (log_id, order_id, order_amount, order_type, is_paid) VALUES ('19', '16', '45.20', '0', '0');
UPDATE ecs_order_info SET goods_amount = '45.20', order_amount = '46.33', discount = '-1.13', lastmodify = '1795315200'
WHERE order_id = '16';
UPDATE ecs_pay_log SET is_paid = '1' WHERE log_id = '19';
UPDATE ecs_order_info SET order_status = '1', confirm_time = '1795315200', pay_status = '2', pay_time = '1795315200', money_paid = order_amount,
  order_amount = 0, lastmodify = '1795315200' WHERE order_id = '16';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, '买家', '1', '0', '2', '0', '', '1795315200' FROM ecs_order_info WHERE order_sn = '2026112210016';
-- = sales_order 2026112210016 46.33 5.33

-- # and ends it: the status alone, its amounts stay
UPDATE ecs_order_info SET order_status = '2', lastmodify = '1795315800' WHERE order_sn = '2026112210016';
-- = credit_note 2026112210016-CN1 cancellation 46.33 5.33

-- # the header takes more off than its lines do
-- 45.20 − 3.39 = 41.81, of which discount_fee says 2.26
INSERT INTO ecs_cart (rec_id, user_id, session_id, goods_id, goods_sn, product_id, goods_name, market_price, goods_price,
  goods_number, goods_attr, is_real, extension_code, parent_id, rec_type, is_gift, is_shipping, can_handsel, goods_attr_id)
VALUES ('23', '2', '00000000000000000000000000000011', '2', 'ECS000002', '0', '不锈钢保温杯', '27.12', '22.60', '2', '', '1', '', '0',
  '0', '0', '0', '0', '');
INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, shipping_status, pay_status, consignee, country,
  province, city, district, address, zipcode, tel, mobile, email, best_time, sign_building, postscript, shipping_id,
  shipping_name, pay_id, pay_name, how_oos, how_surplus, pack_name, card_name, card_message, inv_payee, inv_content,
  goods_amount, shipping_fee, insure_fee, pay_fee, pack_fee, card_fee, money_paid, surplus, integral, integral_money, bonus,
  order_amount, from_ad, referer, add_time, confirm_time, pay_time, pack_id, card_id, bonus_id, extension_code, extension_id,
  agency_id, inv_type, tax, parent_id, discount, lastmodify, platform)
VALUES ('17', '2026112210017', '2', '0', '0', '0', 'O\'Brien·李', '1', '2', '3', '0', '人民路22号', '', '', '10012340002',
  'b@shop.invalid', '', '', '', '1', '顺丰速运', '1', '支付宝', '', '', '', '', '', '', '', '45.20', '0.00', '0.00', '0.00', '0.00',
  '0.00', '0.00', '0.00', '0', '0.00', '0.00', '45.20', '0', '本站', '1795316400', '0', '0', '0', '0', '0', '', '0', '0', '',
  '0.00', '0', '0.00', '1795316400', 'weixin');
INSERT INTO ecs_order_goods (rec_id, order_id, goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr,
  is_real, extension_code, parent_id, is_gift, goods_attr_id)
SELECT rec_id, '17', goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr, is_real,
  extension_code, parent_id, is_gift, goods_attr_id FROM ecs_cart WHERE session_id = '00000000000000000000000000000011' AND rec_type = '0' ORDER BY rec_id;
DELETE FROM ecs_cart WHERE session_id = '00000000000000000000000000000011' AND rec_type = '0';
INSERT INTO ecs_pay_log (log_id, order_id, order_amount, order_type, is_paid) VALUES ('20', '17', '45.20', '0', '0');
UPDATE ecs_order_goods SET goods_name = '不锈钢保温杯', goods_number = '2', goods_price = '22.60', discount_fee = '2.26',
  send_number = '0', is_gift = '0'
WHERE order_id = '17' AND goods_sn = 'ECS000002';
UPDATE ecs_order_info SET goods_discount_fee = '3.39', order_amount = '41.81', lastmodify = '1795316400' WHERE order_id = '17';
UPDATE ecs_pay_log SET is_paid = '1' WHERE log_id = '20';
UPDATE ecs_order_info SET order_status = '1', confirm_time = '1795316400', pay_status = '2', pay_time = '1795316400', money_paid = order_amount,
  order_amount = 0, lastmodify = '1795316400' WHERE order_id = '17';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, '买家', '1', '0', '2', '0', '', '1795316400' FROM ecs_order_info WHERE order_sn = '2026112210017';
-- = sales_order 2026112210017 41.81 4.81

-- # callback_status, lastmodify and platform alone
UPDATE ecs_order_info SET callback_status = 'false', lastmodify = '1795317000', platform = 'app' WHERE order_id = '2';
