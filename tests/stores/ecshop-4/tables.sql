-- ECShop 4, with the columns that it and its derivatives added since 2.7: what an order touches. The mapping reads region, users,
-- order_info, order_goods, back_order, back_goods and return_goods.

CREATE TABLE ecs_region (
  region_id smallint(5) unsigned NOT NULL AUTO_INCREMENT, parent_id smallint(5) unsigned NOT NULL DEFAULT 0,
  region_name varchar(120) NOT NULL DEFAULT '', region_type tinyint(1) NOT NULL DEFAULT 2, agency_id smallint(5) unsigned NOT NULL DEFAULT 0,
  PRIMARY KEY (region_id), KEY parent_id (parent_id), KEY region_type (region_type), KEY agency_id (agency_id)
) ENGINE=MyISAM DEFAULT CHARSET=utf8mb3 ROW_FORMAT=DYNAMIC;

CREATE TABLE ecs_users (
  user_id mediumint(8) unsigned NOT NULL AUTO_INCREMENT, email varchar(60) NOT NULL DEFAULT '', user_name varchar(60) NOT NULL DEFAULT '',
  password varchar(32) NOT NULL DEFAULT '', question varchar(255) NOT NULL DEFAULT '', answer varchar(255) NOT NULL DEFAULT '',
  sex tinyint(1) unsigned NOT NULL DEFAULT 0, birthday date NOT NULL DEFAULT '1970-01-01',
  user_money decimal(10,2) NOT NULL DEFAULT 0.00, frozen_money decimal(10,2) NOT NULL DEFAULT 0.00,
  pay_points int unsigned NOT NULL DEFAULT 0, rank_points int unsigned NOT NULL DEFAULT 0,
  address_id mediumint(8) unsigned NOT NULL DEFAULT 0, reg_time int(10) unsigned NOT NULL DEFAULT 0,
  last_login int(11) unsigned NOT NULL DEFAULT 0, last_time varchar(255) DEFAULT '1970-01-01 10:20:10',
  last_ip varchar(15) NOT NULL DEFAULT '', visit_count smallint(5) unsigned NOT NULL DEFAULT 0,
  user_rank tinyint(3) unsigned NOT NULL DEFAULT 0, is_special tinyint(3) unsigned NOT NULL DEFAULT 0,
  ec_salt varchar(10) NULL, salt varchar(10) NOT NULL DEFAULT '0', parent_id mediumint(9) NOT NULL DEFAULT 0,
  flag tinyint unsigned NOT NULL DEFAULT 0, alias varchar(60) NOT NULL, msn varchar(60) NOT NULL, qq varchar(20) NOT NULL,
  office_phone varchar(20) NOT NULL, home_phone varchar(20) NOT NULL, mobile_phone varchar(255) NOT NULL,
  is_validated tinyint unsigned NOT NULL DEFAULT 0, credit_line decimal(10,2) unsigned NOT NULL,
  passwd_question varchar(50) NULL, passwd_answer varchar(255) NULL,
  platform varchar(255) DEFAULT NULL, openid varchar(32) DEFAULT NULL, openid_h5 varchar(32) DEFAULT NULL, openid_mp varchar(32) DEFAULT NULL,
  user_type tinyint(1) unsigned NOT NULL DEFAULT 0, user_pic longtext, recode varchar(255) DEFAULT NULL, unionid varchar(255) DEFAULT NULL,
  chartcode varchar(255) DEFAULT NULL,
  PRIMARY KEY (user_id), UNIQUE KEY user_name (user_name), KEY email (email), KEY parent_id (parent_id), KEY flag (flag)
) ENGINE=MyISAM DEFAULT CHARSET=utf8mb3 ROW_FORMAT=DYNAMIC;

CREATE TABLE ecs_user_bonus (
  bonus_id mediumint(8) unsigned NOT NULL AUTO_INCREMENT, bonus_type_id tinyint(3) unsigned NOT NULL DEFAULT 0,
  bonus_sn bigint(20) unsigned NOT NULL DEFAULT 0, user_id mediumint(8) unsigned NOT NULL DEFAULT 0,
  used_time int(10) unsigned NOT NULL DEFAULT 0, order_id mediumint(8) unsigned NOT NULL DEFAULT 0,
  emailed tinyint unsigned NOT NULL DEFAULT 0,
  PRIMARY KEY (bonus_id), KEY user_id (user_id)
) ENGINE=MyISAM DEFAULT CHARSET=utf8mb3 ROW_FORMAT=DYNAMIC;

CREATE TABLE ecs_account_log (
  log_id mediumint(8) unsigned NOT NULL AUTO_INCREMENT, user_id mediumint(8) unsigned NOT NULL, user_money decimal(10,2) NOT NULL,
  frozen_money decimal(10,2) NOT NULL, rank_points mediumint(9) NOT NULL, pay_points mediumint(9) NOT NULL,
  change_time int(10) unsigned NOT NULL, change_desc varchar(255) NOT NULL, change_type tinyint(3) unsigned NOT NULL,
  order_sn varchar(32) DEFAULT NULL, state enum('true','false') DEFAULT 'false',
  PRIMARY KEY (log_id), KEY user_id (user_id)
) ENGINE=MyISAM DEFAULT CHARSET=utf8mb3 ROW_FORMAT=DYNAMIC;

CREATE TABLE ecs_cart (
  rec_id mediumint(8) unsigned NOT NULL AUTO_INCREMENT, user_id mediumint(8) unsigned NOT NULL DEFAULT 0,
  session_id char(32) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin NOT NULL DEFAULT '', goods_id mediumint(8) unsigned NOT NULL DEFAULT 0,
  goods_sn varchar(60) NOT NULL DEFAULT '', product_id mediumint(8) unsigned NOT NULL DEFAULT 0, goods_name varchar(120) NOT NULL DEFAULT '',
  market_price decimal(10,2) unsigned NOT NULL DEFAULT 0.00, goods_price decimal(10,2) NOT NULL DEFAULT 0.00,
  goods_number smallint(5) unsigned NOT NULL DEFAULT 0, goods_attr text NOT NULL, is_real tinyint(1) unsigned NOT NULL DEFAULT 0,
  extension_code varchar(30) NOT NULL DEFAULT '', parent_id mediumint(8) unsigned NOT NULL DEFAULT 0,
  rec_type tinyint(1) unsigned NOT NULL DEFAULT 0, is_gift smallint unsigned NOT NULL DEFAULT 0,
  is_shipping tinyint(1) unsigned NOT NULL DEFAULT 0, can_handsel tinyint(3) unsigned NOT NULL DEFAULT 0,
  goods_attr_id varchar(255) NOT NULL DEFAULT '', is_checked enum('false','true') DEFAULT 'false',
  PRIMARY KEY (rec_id), KEY session_id (session_id)
) ENGINE=MyISAM DEFAULT CHARSET=utf8mb3 ROW_FORMAT=DYNAMIC;

CREATE TABLE ecs_order_info (
  order_id mediumint(8) unsigned NOT NULL AUTO_INCREMENT, order_sn varchar(20) NOT NULL DEFAULT '',
  user_id mediumint(8) unsigned NOT NULL DEFAULT 0, order_status tinyint(1) unsigned NOT NULL DEFAULT 0,
  shipping_status tinyint(1) unsigned NOT NULL DEFAULT 0, pay_status tinyint(1) unsigned NOT NULL DEFAULT 0,
  consignee varchar(60) NOT NULL DEFAULT '', country smallint(5) unsigned NOT NULL DEFAULT 0,
  province smallint(5) unsigned NOT NULL DEFAULT 0, city smallint(5) unsigned NOT NULL DEFAULT 0,
  district smallint(5) unsigned NOT NULL DEFAULT 0, address varchar(255) NOT NULL DEFAULT '', zipcode varchar(60) NOT NULL DEFAULT '',
  tel varchar(60) NOT NULL DEFAULT '', mobile varchar(60) NOT NULL DEFAULT '', email varchar(60) NOT NULL DEFAULT '',
  best_time varchar(120) NOT NULL DEFAULT '', sign_building varchar(120) NOT NULL DEFAULT '', postscript varchar(255) NOT NULL DEFAULT '',
  shipping_id tinyint(3) NOT NULL DEFAULT 0, shipping_name varchar(120) NOT NULL DEFAULT '',
  pay_id tinyint(3) NOT NULL DEFAULT 0, pay_name varchar(120) NOT NULL DEFAULT '', how_oos varchar(120) NOT NULL DEFAULT '',
  how_surplus varchar(120) NOT NULL DEFAULT '', pack_name varchar(120) NOT NULL DEFAULT '', card_name varchar(120) NOT NULL DEFAULT '',
  card_message varchar(255) NOT NULL DEFAULT '', inv_payee varchar(120) NOT NULL DEFAULT '', inv_content varchar(120) NOT NULL DEFAULT '',
  goods_amount decimal(10,2) NOT NULL DEFAULT 0.00, shipping_fee decimal(10,2) NOT NULL DEFAULT 0.00,
  insure_fee decimal(10,2) NOT NULL DEFAULT 0.00, pay_fee decimal(10,2) NOT NULL DEFAULT 0.00,
  pack_fee decimal(10,2) NOT NULL DEFAULT 0.00, card_fee decimal(10,2) NOT NULL DEFAULT 0.00,
  goods_discount_fee decimal(10,2) NOT NULL DEFAULT 0.00,
 
  money_paid decimal(10,2) NOT NULL DEFAULT 0.00, surplus decimal(10,2) NOT NULL DEFAULT 0.00,
  integral int unsigned NOT NULL DEFAULT 0, integral_money decimal(10,2) NOT NULL DEFAULT 0.00,
  bonus decimal(10,2) NOT NULL DEFAULT 0.00, order_amount decimal(10,2) NOT NULL DEFAULT 0.00,
  from_ad smallint(5) NOT NULL DEFAULT 0, referer varchar(255) NOT NULL DEFAULT '',
  add_time int(10) unsigned NOT NULL DEFAULT 0, confirm_time int(10) unsigned NOT NULL DEFAULT 0,
  pay_time int(10) unsigned NOT NULL DEFAULT 0, shipping_time int(10) unsigned NOT NULL DEFAULT 0,
  pack_id tinyint(3) unsigned NOT NULL DEFAULT 0, card_id tinyint(3) unsigned NOT NULL DEFAULT 0,
  bonus_id mediumint(8) unsigned NOT NULL DEFAULT 0, invoice_no varchar(255) NOT NULL DEFAULT '',
  extension_code varchar(30) NOT NULL DEFAULT '', extension_id mediumint(8) unsigned NOT NULL DEFAULT 0,
  to_buyer varchar(255) NOT NULL DEFAULT '', pay_note varchar(255) NOT NULL DEFAULT '', agency_id smallint(5) unsigned NOT NULL,
  inv_type varchar(60) NOT NULL, tax decimal(10,2) NOT NULL, tax_num varchar(128) DEFAULT NULL, is_separate tinyint(1) NOT NULL DEFAULT 0,
  parent_id mediumint(8) unsigned NOT NULL DEFAULT 0, discount decimal(10,2) NOT NULL,
  callback_status enum('true','false') DEFAULT 'true', lastmodify int(10) unsigned NOT NULL DEFAULT 0,
  apply_for_status enum('true','false') DEFAULT 'false', platform varchar(255) DEFAULT NULL, order_type tinyint(1) NOT NULL DEFAULT 0,
  pt_id int(11) NOT NULL DEFAULT 0,
  PRIMARY KEY (order_id), UNIQUE KEY order_sn (order_sn), KEY user_id (user_id), KEY order_status (order_status),
  KEY shipping_status (shipping_status), KEY pay_status (pay_status), KEY shipping_id (shipping_id), KEY pay_id (pay_id),
  KEY extension_code (extension_code, extension_id), KEY agency_id (agency_id)
) ENGINE=MyISAM DEFAULT CHARSET=utf8mb3 ROW_FORMAT=DYNAMIC;

CREATE TABLE ecs_order_goods (
  rec_id mediumint(8) unsigned NOT NULL AUTO_INCREMENT, order_id mediumint(8) unsigned NOT NULL DEFAULT 0,
  goods_id mediumint(8) unsigned NOT NULL DEFAULT 0, act_id int(11) NOT NULL DEFAULT 0,
  goods_name varchar(120) NOT NULL DEFAULT '', goods_sn varchar(60) NOT NULL DEFAULT '',
  product_id mediumint(8) unsigned NOT NULL DEFAULT 0, goods_number smallint(5) unsigned NOT NULL DEFAULT 1,
  market_price decimal(10,2) NOT NULL DEFAULT 0.00, goods_price decimal(10,2) NOT NULL DEFAULT 0.00, discount_fee decimal(10,2) NOT NULL DEFAULT 0.00,
  goods_attr text NOT NULL,
  send_number smallint(5) unsigned NOT NULL DEFAULT 0, is_real tinyint(1) unsigned NOT NULL DEFAULT 0,
  extension_code varchar(30) NOT NULL DEFAULT '', parent_id mediumint(8) unsigned NOT NULL DEFAULT 0,
  is_gift smallint unsigned NOT NULL DEFAULT 0, goods_attr_id varchar(255) NOT NULL DEFAULT '', package_attr_id varchar(100) DEFAULT '',
  PRIMARY KEY (rec_id), KEY order_id (order_id), KEY goods_id (goods_id)
) ENGINE=MyISAM DEFAULT CHARSET=utf8mb3 ROW_FORMAT=DYNAMIC;

CREATE TABLE ecs_order_action (
  action_id mediumint(8) unsigned NOT NULL AUTO_INCREMENT, order_id mediumint(8) unsigned NOT NULL DEFAULT 0,
  action_user varchar(30) NOT NULL DEFAULT '', order_status tinyint(1) unsigned NOT NULL DEFAULT 0,
  shipping_status tinyint(1) unsigned NOT NULL DEFAULT 0, pay_status tinyint(1) unsigned NOT NULL DEFAULT 0,
  action_place tinyint(1) unsigned NOT NULL DEFAULT 0, action_note varchar(255) NOT NULL DEFAULT '',
  log_time int(11) unsigned NOT NULL DEFAULT 0,
  PRIMARY KEY (action_id), KEY order_id (order_id)
) ENGINE=MyISAM DEFAULT CHARSET=utf8mb3 ROW_FORMAT=DYNAMIC;

CREATE TABLE ecs_pay_log (
  log_id int(10) unsigned NOT NULL AUTO_INCREMENT, order_id mediumint(8) unsigned NOT NULL DEFAULT 0,
  order_amount decimal(10,2) unsigned NOT NULL, order_type tinyint(1) unsigned NOT NULL DEFAULT 0, is_paid tinyint(1) unsigned NOT NULL DEFAULT 0,
  PRIMARY KEY (log_id)
) ENGINE=MyISAM DEFAULT CHARSET=utf8mb3 ROW_FORMAT=DYNAMIC;

CREATE TABLE ecs_delivery_order (
  delivery_id mediumint(8) unsigned NOT NULL AUTO_INCREMENT, delivery_sn varchar(20) NOT NULL, order_sn varchar(20) NOT NULL,
  order_id mediumint(8) unsigned NOT NULL DEFAULT 0, invoice_no varchar(50) DEFAULT NULL, add_time int(10) unsigned DEFAULT 0,
  shipping_id tinyint(3) unsigned DEFAULT 0, shipping_name varchar(120) DEFAULT NULL, user_id mediumint(8) unsigned DEFAULT 0,
  action_user varchar(30) DEFAULT NULL, consignee varchar(60) DEFAULT NULL, address varchar(250) DEFAULT NULL,
  country smallint(5) unsigned DEFAULT 0, province smallint(5) unsigned DEFAULT 0, city smallint(5) unsigned DEFAULT 0,
  district smallint(5) unsigned DEFAULT 0, sign_building varchar(120) DEFAULT NULL, email varchar(60) DEFAULT NULL,
  zipcode varchar(60) DEFAULT NULL, tel varchar(60) DEFAULT NULL, mobile varchar(60) DEFAULT NULL, best_time varchar(120) DEFAULT NULL,
  postscript varchar(255) DEFAULT NULL, how_oos varchar(120) DEFAULT NULL, insure_fee decimal(10,2) unsigned DEFAULT 0.00,
  shipping_fee decimal(10,2) unsigned DEFAULT 0.00, update_time int(10) unsigned DEFAULT 0, suppliers_id smallint(5) DEFAULT 0,
  status tinyint(1) unsigned NOT NULL DEFAULT 0, agency_id smallint(5) unsigned DEFAULT 0,
  PRIMARY KEY (delivery_id), KEY user_id (user_id), KEY order_id (order_id)
) ENGINE=MyISAM DEFAULT CHARSET=utf8mb3 ROW_FORMAT=DYNAMIC;

CREATE TABLE ecs_delivery_goods (
  rec_id mediumint(8) unsigned NOT NULL AUTO_INCREMENT, delivery_id mediumint(8) unsigned NOT NULL DEFAULT 0,
  goods_id mediumint(8) unsigned NOT NULL DEFAULT 0, product_id mediumint(8) unsigned DEFAULT 0, product_sn varchar(60) DEFAULT NULL,
  goods_name varchar(120) DEFAULT NULL, brand_name varchar(60) DEFAULT NULL, goods_sn varchar(60) DEFAULT NULL,
  is_real tinyint(1) unsigned DEFAULT 0, extension_code varchar(30) DEFAULT NULL, parent_id mediumint(8) unsigned DEFAULT 0,
  send_number smallint(5) unsigned DEFAULT 0, goods_attr text,
  PRIMARY KEY (rec_id), KEY delivery_id (delivery_id, goods_id), KEY goods_id (goods_id)
) ENGINE=MyISAM DEFAULT CHARSET=utf8mb3 ROW_FORMAT=DYNAMIC;

CREATE TABLE ecs_back_order (
  back_id mediumint(8) unsigned NOT NULL AUTO_INCREMENT, delivery_sn varchar(20) NOT NULL, order_sn varchar(20) NOT NULL,
  order_id mediumint(8) unsigned NOT NULL DEFAULT 0, invoice_no varchar(50) DEFAULT NULL, add_time int(10) unsigned DEFAULT 0,
  shipping_id tinyint(3) unsigned DEFAULT 0, shipping_name varchar(120) DEFAULT NULL, user_id mediumint(8) unsigned DEFAULT 0,
  action_user varchar(30) DEFAULT NULL, consignee varchar(60) DEFAULT NULL, address varchar(250) DEFAULT NULL,
  country smallint(5) unsigned DEFAULT 0, province smallint(5) unsigned DEFAULT 0, city smallint(5) unsigned DEFAULT 0,
  district smallint(5) unsigned DEFAULT 0, sign_building varchar(120) DEFAULT NULL, email varchar(60) DEFAULT NULL,
  zipcode varchar(60) DEFAULT NULL, tel varchar(60) DEFAULT NULL, mobile varchar(60) DEFAULT NULL, best_time varchar(120) DEFAULT NULL,
  postscript varchar(255) DEFAULT NULL, how_oos varchar(120) DEFAULT NULL, insure_fee decimal(10,2) unsigned DEFAULT 0.00,
  shipping_fee decimal(10,2) unsigned DEFAULT 0.00, update_time int(10) unsigned DEFAULT 0, suppliers_id smallint(5) DEFAULT 0,
  status tinyint(1) unsigned NOT NULL DEFAULT 0, return_time int(10) unsigned DEFAULT 0, agency_id smallint(5) unsigned DEFAULT 0,
  PRIMARY KEY (back_id), KEY user_id (user_id), KEY order_id (order_id)
) ENGINE=MyISAM DEFAULT CHARSET=utf8mb3 ROW_FORMAT=DYNAMIC;

CREATE TABLE ecs_back_goods (
  rec_id mediumint(8) unsigned NOT NULL AUTO_INCREMENT, back_id mediumint(8) unsigned DEFAULT 0,
  goods_id mediumint(8) unsigned NOT NULL DEFAULT 0, product_id mediumint(8) unsigned NOT NULL DEFAULT 0,
  product_sn varchar(60) DEFAULT NULL, goods_name varchar(120) DEFAULT NULL, brand_name varchar(60) DEFAULT NULL,
  goods_sn varchar(60) DEFAULT NULL, is_real tinyint(1) unsigned DEFAULT 0, send_number smallint(5) unsigned DEFAULT 0, goods_attr text,
  PRIMARY KEY (rec_id), KEY back_id (back_id), KEY goods_id (goods_id)
) ENGINE=MyISAM DEFAULT CHARSET=utf8mb3 ROW_FORMAT=DYNAMIC;

CREATE TABLE ecs_return_goods (
  r_id int(11) NOT NULL AUTO_INCREMENT, return_id varchar(200) NOT NULL, order_id int(11) NOT NULL, order_sn varchar(200) NOT NULL,
  user_id varchar(200) DEFAULT NULL, goods_id varchar(200) DEFAULT NULL, goods_name varchar(200) DEFAULT NULL,
  num varchar(200) DEFAULT NULL, return_code varchar(200) DEFAULT NULL, return_text varchar(255) DEFAULT NULL,
  seller_return_code varchar(200) DEFAULT NULL, return_status enum('succ','error','wait','code') NOT NULL DEFAULT 'wait',
  t_time int(11) DEFAULT NULL, ctime int(11) DEFAULT NULL,
  PRIMARY KEY (r_id)
) ENGINE=MyISAM DEFAULT CHARSET=utf8mb3 ROW_FORMAT=DYNAMIC;
