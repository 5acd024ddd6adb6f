-- ECShop 2.7.3 in gbk. The statements are the same; 誠, 昞 and 琝 end in the byte 5C.

-- # base: regions and users, before anything was sold
INSERT INTO ecs_region (region_id, parent_id, region_name, region_type) VALUES ('1', '0', '中国', '0');
INSERT INTO ecs_region (region_id, parent_id, region_name, region_type) VALUES ('2', '1', '浙江', '1');
INSERT INTO ecs_region (region_id, parent_id, region_name, region_type) VALUES ('3', '2', '杭州', '2');
INSERT INTO ecs_region (region_id, parent_id, region_name, region_type) VALUES ('4', '3', '西湖区', '3');
INSERT INTO ecs_users (user_id, email, user_name, password, birthday, user_money, pay_points, reg_time, last_time, alias, msn,
  qq, office_phone, home_phone, mobile_phone, credit_line)
VALUES ('1', 'a@shop.invalid', '許誠', '5f4dcc3b5aa765d61d8327deb882cf99', '1980-01-01', '300.00', '2000', '1795371000',
  '2026-11-20 10:00:00', '', '', '', '', '', '10012340001', '0.00');
INSERT INTO ecs_users (user_id, email, user_name, password, birthday, user_money, pay_points, reg_time, last_time, alias, msn,
  qq, office_phone, home_phone, mobile_phone, credit_line)
VALUES ('2', 'b@shop.invalid', '昞琝', '5f4dcc3b5aa765d61d8327deb882cf99', '1980-01-01', '0.00', '0', '1795371000',
  '2026-11-20 10:00:00', '', '', '', '', '', '10012340002', '0.00');
INSERT INTO ecs_users (user_id, email, user_name, password, birthday, user_money, pay_points, reg_time, last_time, alias, msn,
  qq, office_phone, home_phone, mobile_phone, credit_line)
VALUES ('3', 'c@shop.invalid', '赵运', '5f4dcc3b5aa765d61d8327deb882cf99', '1980-01-01', '0.00', '0', '1795371000',
  '2026-11-20 10:00:00', '', '', '', '', '0571-88880003', '', '0.00');
INSERT INTO ecs_users (user_id, email, user_name, password, birthday, user_money, pay_points, reg_time, last_time, alias, msn,
  qq, office_phone, home_phone, mobile_phone, credit_line)
VALUES ('4', '', '欧阳静', '5f4dcc3b5aa765d61d8327deb882cf99', '1980-01-01', '50.00', '0', '1795371000', '2026-11-20 10:00:00', '',
  '', '', '', '', '10012340004', '0.00');
INSERT INTO ecs_user_bonus (bonus_id, bonus_type_id, bonus_sn, user_id, used_time, order_id, emailed)
VALUES ('1', '1', '0', '1', '0', '0', '0');
INSERT INTO ecs_user_bonus (bonus_id, bonus_type_id, bonus_sn, user_id, used_time, order_id, emailed)
VALUES ('2', '1', '0', '2', '0', '0', '0');
INSERT INTO ecs_user_bonus (bonus_id, bonus_type_id, bonus_sn, user_id, used_time, order_id, emailed)
VALUES ('3', '1', '0', '4', '0', '0', '0');

-- # place and pay: names whose second byte is that of a backslash
INSERT INTO ecs_cart (rec_id, user_id, session_id, goods_id, goods_sn, product_id, goods_name, market_price, goods_price,
  goods_number, goods_attr, is_real, extension_code, parent_id, rec_type, is_gift, is_shipping, can_handsel, goods_attr_id)
VALUES ('1', '1', '00000000000000000000000000000001', '1', 'ECS000001', '0', '碶石龙井茶', '135.60', '113.00', '2', '颜色:红色 \n', '1',
  '', '0', '0', '0', '0', '0', '');
INSERT INTO ecs_cart (rec_id, user_id, session_id, goods_id, goods_sn, product_id, goods_name, market_price, goods_price,
  goods_number, goods_attr, is_real, extension_code, parent_id, rec_type, is_gift, is_shipping, can_handsel, goods_attr_id)
VALUES ('2', '1', '00000000000000000000000000000001', '2', 'ECS000002', '0', '誠運保温杯', '27.12', '22.60', '1', '', '1', '', '0',
  '0', '0', '0', '0', '');
INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, shipping_status, pay_status, consignee, country,
  province, city, district, address, zipcode, tel, mobile, email, best_time, sign_building, postscript, shipping_id,
  shipping_name, pay_id, pay_name, how_oos, how_surplus, pack_name, card_name, card_message, inv_payee, inv_content,
  goods_amount, shipping_fee, insure_fee, pay_fee, pack_fee, card_fee, money_paid, surplus, integral, integral_money, bonus,
  order_amount, from_ad, referer, add_time, confirm_time, pay_time, pack_id, card_id, bonus_id, extension_code, extension_id,
  agency_id, inv_type, tax, parent_id, discount)
VALUES ('1', '2026112320001', '1', '0', '0', '0', '許誠', '1', '2', '3', '4', '建设\"老\"街1号', '', '', '10012340001',
  'a@shop.invalid', '', '', '', '1', '顺丰速运', '1', '支付宝', '', '', '', '', '', '', '', '248.60', '11.30', '0.00', '0.00', '0.00',
  '0.00', '0.00', '0.00', '0', '0.00', '0.00', '259.90', '0', '本站', '1795371600', '0', '0', '0', '0', '0', '', '0', '0', '',
  '0.00', '0', '0.00');
INSERT INTO ecs_order_goods (rec_id, order_id, goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr,
  is_real, extension_code, parent_id, is_gift, goods_attr_id)
SELECT rec_id, '1', goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr, is_real,
  extension_code, parent_id, is_gift, goods_attr_id FROM ecs_cart WHERE session_id = '00000000000000000000000000000001' AND rec_type = '0' ORDER BY rec_id;
DELETE FROM ecs_cart WHERE session_id = '00000000000000000000000000000001' AND rec_type = '0';
INSERT INTO ecs_pay_log (log_id, order_id, order_amount, order_type, is_paid) VALUES ('1', '1', '259.90', '0', '0');
UPDATE ecs_pay_log SET is_paid = '1' WHERE log_id = '1';
UPDATE ecs_order_info SET order_status = '1', confirm_time = '1795371600', pay_status = '2', pay_time = '1795371600', money_paid = order_amount,
  order_amount = 0 WHERE order_id = '1';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, '买家', '1', '0', '2', '0', '', '1795371600' FROM ecs_order_info WHERE order_sn = '2026112320001';
-- = customer U1
-- = sales_order 2026112320001 259.90 29.90

-- # guest
INSERT INTO ecs_cart (rec_id, user_id, session_id, goods_id, goods_sn, product_id, goods_name, market_price, goods_price,
  goods_number, goods_attr, is_real, extension_code, parent_id, rec_type, is_gift, is_shipping, can_handsel, goods_attr_id)
VALUES ('3', '0', '00000000000000000000000000000002', '3', 'ECS000003', '0', '金华火腿', '23.99', '19.99', '1', '', '1', '', '0',
  '0', '0', '0', '0', '');
INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, shipping_status, pay_status, consignee, country,
  province, city, district, address, zipcode, tel, mobile, email, best_time, sign_building, postscript, shipping_id,
  shipping_name, pay_id, pay_name, how_oos, how_surplus, pack_name, card_name, card_message, inv_payee, inv_content,
  goods_amount, shipping_fee, insure_fee, pay_fee, pack_fee, card_fee, money_paid, surplus, integral, integral_money, bonus,
  order_amount, from_ad, referer, add_time, confirm_time, pay_time, pack_id, card_id, bonus_id, extension_code, extension_id,
  agency_id, inv_type, tax, parent_id, discount)
VALUES ('2', '2026112320002', '0', '0', '0', '0', '买买提·江', '1', '2', '3', '0', '解放大道9号', '', '', '10012340009', '', '', '', '',
  '1', '顺丰速运', '1', '支付宝', '', '', '', '', '', '', '', '19.99', '0.00', '0.00', '0.00', '0.00', '0.00', '0.00', '0.00', '0',
  '0.00', '0.00', '19.99', '0', '本站', '1795372200', '0', '0', '0', '0', '0', '', '0', '0', '', '0.00', '0', '0.00');
INSERT INTO ecs_order_goods (rec_id, order_id, goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr,
  is_real, extension_code, parent_id, is_gift, goods_attr_id)
SELECT rec_id, '2', goods_id, goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr, is_real,
  extension_code, parent_id, is_gift, goods_attr_id FROM ecs_cart WHERE session_id = '00000000000000000000000000000002' AND rec_type = '0' ORDER BY rec_id;
DELETE FROM ecs_cart WHERE session_id = '00000000000000000000000000000002' AND rec_type = '0';
INSERT INTO ecs_pay_log (log_id, order_id, order_amount, order_type, is_paid) VALUES ('2', '2', '19.99', '0', '0');
UPDATE ecs_pay_log SET is_paid = '1' WHERE log_id = '2';
UPDATE ecs_order_info SET order_status = '1', confirm_time = '1795372200', pay_status = '2', pay_time = '1795372200', money_paid = order_amount,
  order_amount = 0 WHERE order_id = '2';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, '买家', '1', '0', '2', '0', '', '1795372200' FROM ecs_order_info WHERE order_sn = '2026112320002';
-- = customer G2
-- = sales_order 2026112320002 19.99 2.30

-- # edit goods after payment
UPDATE ecs_order_goods SET goods_price = '113.00', goods_number = '1', goods_attr = '颜色:红色 \n' WHERE rec_id = '1' LIMIT 1;
UPDATE ecs_order_goods SET goods_price = '22.60', goods_number = '1', goods_attr = '' WHERE rec_id = '2' LIMIT 1;
UPDATE ecs_order_info SET goods_amount = '135.60' WHERE order_id = '1';
UPDATE ecs_order_info SET order_amount = goods_amount + tax + shipping_fee + insure_fee + pay_fee + pack_fee + card_fee
  - money_paid - surplus - integral_money - bonus - discount WHERE order_id = '1' LIMIT 1;
INSERT INTO ecs_pay_log (log_id, order_id, order_amount, order_type, is_paid) VALUES ('3', '1', '0.00', '0', '0');
-- = credit_note 2026112320001-CN1 cancellation 113.00 13.00

-- # users: another name
UPDATE ecs_users SET user_name = '許鎔誠', mobile_phone = '10012340077' WHERE user_id = '1' LIMIT 1;
-- = customer U1

-- # return of the whole order
INSERT INTO ecs_delivery_order (delivery_id, delivery_sn, order_sn, order_id, add_time, shipping_id, shipping_name, user_id,
  action_user, consignee, address, country, province, city, district, sign_building, email, zipcode, tel, mobile, best_time,
  postscript, how_oos, insure_fee, shipping_fee, update_time, suppliers_id, status, agency_id)
VALUES ('1', '2026112000001', '2026112320001', '1', '1795371600', '1', '顺丰速运', '1', 'admin', '許誠', '建设\"老\"街1号', '1', '2', '3',
  '4', '', 'a@shop.invalid', '', '', '10012340001', '', '', '', '0.00', '11.30', '1795374000', '0', '2', '0');
INSERT INTO ecs_delivery_goods (rec_id, delivery_id, goods_id, product_id, product_sn, goods_name, brand_name, goods_sn,
  is_real, parent_id, send_number, goods_attr)
VALUES ('1', '1', '1', '0', '', '碶石龙井茶', '', 'ECS000001', '1', '0', '1', '颜色:红色 \n');
INSERT INTO ecs_delivery_goods (rec_id, delivery_id, goods_id, product_id, product_sn, goods_name, brand_name, goods_sn,
  is_real, parent_id, send_number, goods_attr)
VALUES ('2', '1', '2', '0', '', '誠運保温杯', '', 'ECS000002', '1', '0', '1', '');
UPDATE ecs_order_goods SET send_number = send_number + 1 WHERE order_id = '1' AND goods_id = '1';
UPDATE ecs_order_goods SET send_number = send_number + 1 WHERE order_id = '1' AND goods_id = '2';
UPDATE ecs_order_info SET order_status = '5', shipping_status = '5' WHERE order_id = '1';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, 'admin', '5', '5', '2', '0', '', '1795374000' FROM ecs_order_info WHERE order_sn = '2026112320001';
UPDATE ecs_delivery_order SET invoice_no = 'SF2001', status = '0' WHERE delivery_id = 1;
UPDATE ecs_order_info SET shipping_status = '1', shipping_time = '1795374000', invoice_no = 'SF2001' WHERE order_id = '1';
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, 'admin', '1', '1', '2', '1', '', '1795374000' FROM ecs_order_info WHERE order_sn = '2026112320001';
INSERT INTO ecs_account_log (user_id, user_money, frozen_money, rank_points, pay_points, change_time, change_desc, change_type)
VALUES ('1', '0.00', '0', '0', '135', '1795374000', '积分 2026112320001', '99');
UPDATE ecs_users SET user_money = user_money + ('0.00'), frozen_money = frozen_money + ('0'), rank_points = rank_points + ('0'),
  pay_points = pay_points + ('135') WHERE user_id = '1' LIMIT 1;
UPDATE ecs_order_info SET order_status = '4', shipping_status = '0', pay_status = '0', money_paid = '0',
  order_amount = '259.90', invoice_no = ''
WHERE order_id = '1';
INSERT INTO ecs_account_log (user_id, user_money, frozen_money, rank_points, pay_points, change_time, change_desc, change_type)
VALUES ('1', '259.90', '0', '0', '0', '1795374000', '退款 2026112320001', '99');
UPDATE ecs_users SET user_money = user_money + ('259.90'), frozen_money = frozen_money + ('0'), rank_points = rank_points + ('0'),
  pay_points = pay_points + ('0') WHERE user_id = '1' LIMIT 1;
INSERT INTO ecs_order_action (order_id, action_user, order_status, shipping_status, pay_status, action_place, action_note, log_time)
SELECT order_id, 'admin', '4', '0', '0', '0', '退货', '1795374000' FROM ecs_order_info WHERE order_sn = '2026112320001';
INSERT INTO ecs_account_log (user_id, user_money, frozen_money, rank_points, pay_points, change_time, change_desc, change_type)
VALUES ('1', '0.00', '0', '0', '-135', '1795374000', '退货 积分 2026112320001', '99');
UPDATE ecs_users SET user_money = user_money + ('0.00'), frozen_money = frozen_money + ('0'), rank_points = rank_points + ('0'),
  pay_points = pay_points + ('-135') WHERE user_id = '1' LIMIT 1;
UPDATE ecs_order_info SET surplus = '0', integral = '0', integral_money = '0', bonus = '0', bonus_id = '0' WHERE order_id = '1';
INSERT INTO ecs_back_order (back_id, delivery_sn, order_sn, order_id, add_time, shipping_id, user_id, action_user, consignee,
  address, country, province, city, district, sign_building, email, zipcode, tel, mobile, best_time, postscript, how_oos,
  insure_fee, shipping_fee, update_time, suppliers_id, return_time, agency_id, invoice_no)
VALUES ('1', '2026112000001', '2026112320001', '1', '1795371600', '1', '1', 'admin', '許誠', '建设\"老\"街1号', '1', '2', '3', '4', '',
  'a@shop.invalid', '', '', '10012340001', '', '', '', '0.00', '11.30', '1795374000', '0', '1795374000', '0', 'SF1');
INSERT INTO ecs_back_goods (back_id, goods_id, product_id, product_sn, goods_name, goods_sn, is_real, send_number, goods_attr)
SELECT '1', goods_id, product_id, product_sn, goods_name, goods_sn, is_real, send_number, goods_attr FROM ecs_delivery_goods
WHERE delivery_id = 1;
UPDATE ecs_delivery_order SET status = 1 WHERE status IN (0, 2) AND order_id = 1;
UPDATE ecs_order_goods SET send_number = 0 WHERE order_id = '1';
-- = credit_note 2026112320001-CN2 return 146.90 16.90
