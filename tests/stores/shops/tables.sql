-- Tables of an order-management system, as far as an order touches them. They are invented; the columns are named as the open
-- interface of 聚水潭 names its fields.

CREATE TABLE oms_shop (
  shop_id int NOT NULL, shop_name varchar(100) NOT NULL, shop_site varchar(50) NOT NULL DEFAULT '', nick varchar(100) NOT NULL DEFAULT '',
  created datetime NOT NULL, modified datetime NOT NULL,
  PRIMARY KEY (shop_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE oms_order (
  o_id bigint NOT NULL, so_id varchar(50) NOT NULL, shop_id int NOT NULL, type varchar(20) NOT NULL DEFAULT '普通订单',
  as_id bigint DEFAULT NULL, order_date datetime NOT NULL, pay_date datetime DEFAULT NULL, send_date datetime DEFAULT NULL,
  status varchar(20) NOT NULL, shop_status varchar(50) NOT NULL DEFAULT '', shop_buyer_id varchar(100) NOT NULL DEFAULT '',
  receiver_name varchar(50) NOT NULL DEFAULT '', receiver_mobile varchar(50) NOT NULL DEFAULT '',
  receiver_state varchar(50) NOT NULL DEFAULT '', receiver_city varchar(50) NOT NULL DEFAULT '',
  receiver_district varchar(50) NOT NULL DEFAULT '', receiver_address varchar(200) NOT NULL DEFAULT '',
  pay_amount decimal(12,2) NOT NULL DEFAULT 0.00, paid_amount decimal(12,2) NOT NULL DEFAULT 0.00,
  free_amount decimal(12,2) NOT NULL DEFAULT 0.00, freight decimal(12,2) NOT NULL DEFAULT 0.00,
  l_id varchar(50) NOT NULL DEFAULT '', question_type varchar(50) NOT NULL DEFAULT '', remark varchar(200) NOT NULL DEFAULT '',
  PRIMARY KEY (o_id), KEY so_id (so_id), KEY shop_id (shop_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE oms_order_item (
  oi_id bigint NOT NULL, o_id bigint NOT NULL, outer_oi_id varchar(50) DEFAULT NULL, sku_id varchar(50) NOT NULL,
  name varchar(200) NOT NULL, properties_value varchar(200) NOT NULL DEFAULT '', qty int NOT NULL,
  price decimal(12,4) NOT NULL, amount decimal(12,2) NOT NULL, is_gift tinyint(1) NOT NULL DEFAULT 0,
  PRIMARY KEY (oi_id), KEY o_id (o_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE oms_aftersale (
  as_id bigint NOT NULL, outer_as_id varchar(50) NOT NULL DEFAULT '', o_id bigint NOT NULL, so_id varchar(50) NOT NULL,
  shop_id int NOT NULL, type varchar(20) NOT NULL, as_date datetime NOT NULL, confirm_date datetime DEFAULT NULL,
  status varchar(20) NOT NULL, shop_status varchar(50) NOT NULL DEFAULT '', good_status varchar(50) NOT NULL DEFAULT '',
  refund decimal(12,2) NOT NULL DEFAULT 0.00, payment decimal(12,2) NOT NULL DEFAULT 0.00, freight decimal(12,2) NOT NULL DEFAULT 0.00,
  remark varchar(200) NOT NULL DEFAULT '',
  PRIMARY KEY (as_id), KEY o_id (o_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE oms_aftersale_item (
  asi_id bigint NOT NULL, as_id bigint NOT NULL, outer_oi_id varchar(50) DEFAULT NULL, type varchar(20) NOT NULL,
  sku_id varchar(50) NOT NULL, name varchar(200) NOT NULL DEFAULT '', qty int NOT NULL, r_qty int NOT NULL DEFAULT 0,
  amount decimal(12,2) NOT NULL DEFAULT 0.00,
  PRIMARY KEY (asi_id), KEY as_id (as_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
