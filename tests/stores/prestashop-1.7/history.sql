-- PrestaShop 1.7.6: what a shop writes, in its own order. Each statement is its own transaction.
-- Prices: MUG 24.00, TSHIRT 12.00, PEN 6.00, TEA 7.99 and freight 6.00 with 20 % of tax, BOOK 10.55 with 5.5 %.

-- # states, currency, countries, customers
INSERT INTO `ps_order_state`
  (`id_order_state`, `invoice`, `send_email`, `module_name`, `color`, `unremovable`, `hidden`, `logable`, `delivery`, `shipped`, `paid`, `pdf_invoice`, `pdf_delivery`, `deleted`) VALUES
  (1, 0, 1, 'ps_checkpayment', '#34209E', 1, 0, 0, 0, 0, 0, 0, 0, 0),
  (2, 1, 1, '', '#3498D8', 1, 0, 1, 0, 0, 1, 1, 0, 0),
  (3, 1, 1, '', '#3498D8', 1, 0, 1, 1, 0, 1, 0, 0, 0),
  (4, 1, 1, '', '#01B887', 1, 0, 1, 1, 1, 1, 0, 0, 0),
  (5, 1, 0, '', '#01B887', 1, 0, 1, 1, 1, 1, 0, 0, 0),
  (6, 0, 1, '', '#2C3E50', 1, 0, 0, 0, 0, 0, 0, 0, 0),
  (7, 1, 1, '', '#01B887', 1, 0, 0, 0, 0, 0, 0, 0, 0),
  (8, 0, 1, '', '#E74C3C', 1, 0, 0, 0, 0, 0, 0, 0, 0),
  (9, 1, 1, '', '#3498D8', 1, 0, 0, 0, 0, 1, 0, 0, 0),
  (10, 0, 1, 'ps_wirepayment', '#34209E', 1, 0, 0, 0, 0, 0, 0, 0, 0),
  (11, 1, 1, '', '#3498D8', 1, 0, 1, 0, 0, 1, 0, 0, 0),
  (12, 0, 1, '', '#34209E', 1, 0, 0, 0, 0, 0, 0, 0, 0),
  (13, 0, 0, 'ps_cashondelivery', '#34209E', 1, 0, 0, 0, 0, 0, 0, 0, 0);
INSERT INTO `ps_currency` (
  `id_currency`, `name`, `iso_code`, `numeric_iso_code`, `precision`, `conversion_rate`, `deleted`, `active`
) VALUES (
  '1', 'Euro', 'EUR', '978', '2', '1.000000', '0', '1'
);
INSERT INTO `ps_country` (
  `id_country`, `id_zone`, `id_currency`, `iso_code`, `call_prefix`, `active`, `contains_states`, `need_identification_number`,
  `need_zip_code`, `zip_code_format`, `display_tax_label`
) VALUES (
  '8', '1', '0', 'FR', '33', '1', '0', '0', '1', 'NNNNN', '1'
);
INSERT INTO `ps_country` (
  `id_country`, `id_zone`, `id_currency`, `iso_code`, `call_prefix`, `active`, `contains_states`, `need_identification_number`,
  `need_zip_code`, `zip_code_format`, `display_tax_label`
) VALUES (
  '10', '1', '0', 'IT', '39', '1', '1', '1', '1', 'NNNNN', '1'
);
INSERT INTO `ps_state` (
  `id_state`, `id_country`, `id_zone`, `name`, `iso_code`, `tax_behavior`, `active`
) VALUES (
  '209', '10', '1', 'Milano', 'MI', '0', '1'
);
INSERT INTO `ps_tax` (`id_tax`, `rate`, `active`, `deleted`) VALUES (1, '20.000', 1, 0), (2, '5.500', 1, 0);
INSERT INTO `ps_customer` (
  `id_customer`, `id_shop_group`, `id_shop`, `id_gender`, `id_default_group`, `id_lang`, `id_risk`, `company`, `siret`, `ape`,
  `firstname`, `lastname`, `email`, `passwd`, `last_passwd_gen`, `birthday`, `newsletter`, `optin`, `secure_key`, `active`,
  `is_guest`, `deleted`, `date_add`, `date_upd`
) VALUES (
  '1', '1', '1', '1', '3', '1', '0', NULL, NULL, NULL, 'Chloé', 'Martin', 'chloe@example.com',
  '$2y$10$uVvnYyGkRr0cB2YB1Wm1ZuTn8pZt8z8cVd0nD0V7m1yQxk3N4v6aK', '2026-11-20 02:00:00', '0000-00-00', '0', '0',
  'b44a6d9efd7a0076a0fbce6b15eaf3b1', '1', '0', '0', '2026-11-20 09:00:07', '2026-11-20 09:00:07'
);
INSERT INTO `ps_address` (
  `id_address`, `id_country`, `id_state`, `id_customer`, `id_manufacturer`, `id_supplier`, `id_warehouse`, `alias`, `company`,
  `lastname`, `firstname`, `address1`, `address2`, `postcode`, `city`, `other`, `phone`, `phone_mobile`, `vat_number`, `dni`,
  `date_add`, `date_upd`, `active`, `deleted`
) VALUES (
  '1', '8', '0', '1', '0', '0', '0', 'Mon adresse', '', 'Martin', 'Chloé', '12 rue des Lilas', '', '44000', 'Nantes', '',
  '0240000001', '', '', '', '2026-11-20 09:00:14', '2026-11-20 09:00:14', '1', '0'
);
INSERT INTO `ps_customer` (
  `id_customer`, `id_shop_group`, `id_shop`, `id_gender`, `id_default_group`, `id_lang`, `id_risk`, `company`, `siret`, `ape`,
  `firstname`, `lastname`, `email`, `passwd`, `last_passwd_gen`, `birthday`, `newsletter`, `optin`, `secure_key`, `active`,
  `is_guest`, `deleted`, `date_add`, `date_upd`
) VALUES (
  '2', '1', '1', '1', '3', '1', '0', 'Rossi Srl', '', NULL, 'Luca', 'Rossi', 'luca@example.com',
  '$2y$10$uVvnYyGkRr0cB2YB1Wm1ZuTn8pZt8z8cVd0nD0V7m1yQxk3N4v6aK', '2026-11-20 02:00:00', '0000-00-00', '0', '0',
  'b44a6d9efd7a0076a0fbce6b15eaf3b2', '1', '0', '0', '2026-11-20 09:00:21', '2026-11-20 09:00:21'
);
INSERT INTO `ps_address` (
  `id_address`, `id_country`, `id_state`, `id_customer`, `id_manufacturer`, `id_supplier`, `id_warehouse`, `alias`, `company`,
  `lastname`, `firstname`, `address1`, `address2`, `postcode`, `city`, `other`, `phone`, `phone_mobile`, `vat_number`, `dni`,
  `date_add`, `date_upd`, `active`, `deleted`
) VALUES (
  '2', '10', '209', '2', '0', '0', '0', 'Mon adresse', 'Rossi Srl', 'Rossi', 'Luca', 'Via Torino 5', '', '20123', 'Milano', '', '',
  '+39 333 0000002', 'IT01234567890', '', '2026-11-20 09:00:28', '2026-11-20 09:00:28', '1', '0'
);

-- # an order by bank wire: open
INSERT INTO `ps_orders` (
  `id_order`, `id_address_delivery`, `id_address_invoice`, `id_cart`, `id_currency`, `id_shop_group`, `id_shop`, `id_lang`,
  `id_customer`, `id_carrier`, `current_state`, `secure_key`, `payment`, `module`, `recyclable`, `gift`, `gift_message`,
  `mobile_theme`, `shipping_number`, `total_discounts`, `total_discounts_tax_incl`, `total_discounts_tax_excl`, `total_paid`,
  `total_paid_tax_incl`, `total_paid_tax_excl`, `total_products`, `total_products_wt`, `total_shipping`, `total_shipping_tax_incl`,
  `total_shipping_tax_excl`, `total_wrapping`, `total_wrapping_tax_incl`, `total_wrapping_tax_excl`, `total_paid_real`,
  `carrier_tax_rate`, `round_mode`, `round_type`, `conversion_rate`, `invoice_number`, `delivery_number`, `invoice_date`,
  `delivery_date`, `valid`, `reference`, `date_add`, `date_upd`
) VALUES (
  '17', '1', '1', '117', '1', '1', '1', '1', '1', '1', '0', 'b44a6d9efd7a0076a0fbce6b15eaf3b1', 'Bankwire', 'ps_wirepayment', '0',
  '0', '', '0', '', '0', '0', '0', '66.00', '66.00', '55.00', '50.00', '60.00', '6.00', '6.00', '5.00', '0', '0', '0', '0',
  '20.000', '2', '2', '1.000000', '0', '0', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '0', 'XKBKNABJK', '2026-11-20 09:00:35',
  '2026-11-20 09:00:35'
);
INSERT INTO `ps_order_detail` (
  `id_order_detail`, `id_order`, `id_order_invoice`, `id_warehouse`, `id_shop`, `product_id`, `product_attribute_id`,
  `id_customization`, `product_name`, `product_quantity`, `product_quantity_in_stock`, `product_quantity_return`,
  `product_quantity_refunded`, `product_quantity_reinjected`, `product_price`, `reduction_percent`, `reduction_amount`,
  `product_reference`, `product_weight`, `tax_name`, `tax_rate`, `tax_computation_method`, `id_tax_rules_group`, `ecotax`,
  `ecotax_tax_rate`, `discount_quantity_applied`, `download_hash`, `download_nb`, `unit_price_tax_incl`, `unit_price_tax_excl`,
  `total_price_tax_incl`, `total_price_tax_excl`, `original_product_price`
) VALUES (
  '31', '17', '0', '0', '1', '11', '0', '0', 'Mug Aube', '2', '2', '0', '0', '0', '20.000000', '0', '0', 'MUG', '0.300000', '',
  '0.000', '0', '1', '0', '0', '0', '', '0', '24.000000', '20.000000', '48.000000', '40.000000', '20.000000'
);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (31, 1, 4.00, 8.00);
INSERT INTO `ps_order_detail` (
  `id_order_detail`, `id_order`, `id_order_invoice`, `id_warehouse`, `id_shop`, `product_id`, `product_attribute_id`,
  `id_customization`, `product_name`, `product_quantity`, `product_quantity_in_stock`, `product_quantity_return`,
  `product_quantity_refunded`, `product_quantity_reinjected`, `product_price`, `reduction_percent`, `reduction_amount`,
  `product_reference`, `product_weight`, `tax_name`, `tax_rate`, `tax_computation_method`, `id_tax_rules_group`, `ecotax`,
  `ecotax_tax_rate`, `discount_quantity_applied`, `download_hash`, `download_nb`, `unit_price_tax_incl`, `unit_price_tax_excl`,
  `total_price_tax_incl`, `total_price_tax_excl`, `original_product_price`
) VALUES (
  '32', '17', '0', '0', '1', '12', '40', '0', 'T-shirt "Été" (Taille : M)', '1', '1', '0', '0', '0', '10.000000', '0', '0',
  'TSHIRT', '0.300000', '', '0.000', '0', '1', '0', '0', '0', '', '0', '12.000000', '10.000000', '12.000000', '10.000000',
  '10.000000'
);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (32, 1, 2.00, 2.00);
INSERT INTO `ps_order_carrier` (
  `id_order_carrier`, `id_order`, `id_carrier`, `id_order_invoice`, `weight`, `shipping_cost_tax_excl`, `shipping_cost_tax_incl`,
  `tracking_number`, `date_add`
) VALUES (
  '101', '17', '1', '0', '0.600000', '5.00', '6.00', '', '2026-11-20 09:00:42'
);
UPDATE `ps_orders` SET `current_state` = '10', `valid` = '0', `date_upd` = '2026-11-20 09:00:49' WHERE `id_order` = 17;
INSERT INTO `ps_order_history` (
  `id_order_history`, `id_employee`, `id_order`, `id_order_state`, `date_add`
) VALUES (
  '1', '1', '17', '10', '2026-11-20 09:00:56'
);
DELETE FROM `ps_order_detail_tax` WHERE id_order_detail IN (31, 32);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (31, 1, 4.00, 8.00), (32, 1, 2.00, 2.00);

-- # a piece is cancelled before it is paid
UPDATE `ps_order_detail` SET
  `product_quantity` = '1', `total_price_tax_incl` = '24.000000', `total_price_tax_excl` = '20.000000'
WHERE `id_order_detail` = 31;
UPDATE `ps_orders` SET
  `total_discounts` = '0', `total_discounts_tax_incl` = '0', `total_discounts_tax_excl` = '0', `total_paid` = '42.00',
  `total_paid_tax_incl` = '42.00', `total_paid_tax_excl` = '35.00', `total_products` = '30.00', `total_products_wt` = '36.00',
  `total_shipping` = '6.00', `total_shipping_tax_incl` = '6.00', `total_shipping_tax_excl` = '5.00', `total_wrapping` = '0',
  `total_wrapping_tax_incl` = '0', `total_wrapping_tax_excl` = '0', `date_upd` = '2026-11-20 09:01:03'
WHERE `id_order` = 17;
UPDATE `ps_order_carrier` SET `weight` = '0.300000' WHERE `id_order_carrier` = 101;

-- # a line is added and taken away again before it is paid
INSERT INTO `ps_order_detail` (
  `id_order_detail`, `id_order`, `id_order_invoice`, `id_warehouse`, `id_shop`, `product_id`, `product_attribute_id`,
  `id_customization`, `product_name`, `product_quantity`, `product_quantity_in_stock`, `product_quantity_return`,
  `product_quantity_refunded`, `product_quantity_reinjected`, `product_price`, `reduction_percent`, `reduction_amount`,
  `product_reference`, `product_weight`, `tax_name`, `tax_rate`, `tax_computation_method`, `id_tax_rules_group`, `ecotax`,
  `ecotax_tax_rate`, `discount_quantity_applied`, `download_hash`, `download_nb`, `unit_price_tax_incl`, `unit_price_tax_excl`,
  `total_price_tax_incl`, `total_price_tax_excl`, `original_product_price`
) VALUES (
  '33', '17', '0', '0', '1', '13', '0', '0', 'Stylo', '1', '1', '0', '0', '0', '5.000000', '0', '0', 'PEN', '0.300000', '', '0.000',
  '0', '1', '0', '0', '0', '', '0', '6.000000', '5.000000', '6.000000', '5.000000', '5.000000'
);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (33, 1, 1.00, 1.00);
UPDATE `ps_orders` SET
  `total_discounts` = '0', `total_discounts_tax_incl` = '0', `total_discounts_tax_excl` = '0', `total_paid` = '48.00',
  `total_paid_tax_incl` = '48.00', `total_paid_tax_excl` = '40.00', `total_products` = '35.00', `total_products_wt` = '42.00',
  `total_shipping` = '6.00', `total_shipping_tax_incl` = '6.00', `total_shipping_tax_excl` = '5.00', `total_wrapping` = '0',
  `total_wrapping_tax_incl` = '0', `total_wrapping_tax_excl` = '0', `date_upd` = '2026-11-20 09:01:10'
WHERE `id_order` = 17;
UPDATE `ps_order_carrier` SET `weight` = '0.400000' WHERE `id_order_carrier` = 101;
DELETE FROM `ps_order_detail_tax` WHERE id_order_detail IN (33);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (33, 1, 1.00, 1.00);
UPDATE `ps_orders` SET
  `total_discounts` = '0', `total_discounts_tax_incl` = '0', `total_discounts_tax_excl` = '0', `total_paid` = '42.00',
  `total_paid_tax_incl` = '42.00', `total_paid_tax_excl` = '35.00', `total_products` = '30.00', `total_products_wt` = '36.00',
  `total_shipping` = '6.00', `total_shipping_tax_incl` = '6.00', `total_shipping_tax_excl` = '5.00', `total_wrapping` = '0',
  `total_wrapping_tax_incl` = '0', `total_wrapping_tax_excl` = '0', `date_upd` = '2026-11-20 09:01:17'
WHERE `id_order` = 17;
DELETE FROM `ps_order_detail` WHERE `id_order_detail` = 33;
DELETE FROM `ps_order_detail_tax` WHERE id_order_detail=33;
UPDATE `ps_order_carrier` SET `weight` = '0.300000' WHERE `id_order_carrier` = 101;

-- # the wire arrives: the order is posted
UPDATE `ps_orders` SET `current_state` = '2', `valid` = '1', `date_upd` = '2026-11-20 09:01:24' WHERE `id_order` = 17;
INSERT INTO `ps_order_invoice` (
  `id_order_invoice`, `id_order`, `number`, `delivery_number`, `delivery_date`, `total_discount_tax_excl`,
  `total_discount_tax_incl`, `total_paid_tax_excl`, `total_paid_tax_incl`, `total_products`, `total_products_wt`,
  `total_shipping_tax_excl`, `total_shipping_tax_incl`, `shipping_tax_computation_method`, `total_wrapping_tax_excl`,
  `total_wrapping_tax_incl`, `shop_address`, `note`, `date_add`
) VALUES (
  '1', '17', '0', '0', '0000-00-00 00:00:00', '0', '0', '35.00', '42.00', '30.00', '36.00', '5.00', '6.00', '0', '0', '0',
  'Quai 7, Nantes', '', '2026-11-20 09:01:31'
);
UPDATE `ps_order_invoice` SET number = 1 WHERE `id_order_invoice` = 1;
UPDATE `ps_order_carrier` SET `id_order_invoice` = '1' WHERE `id_order_carrier` = 101;
UPDATE `ps_order_detail` SET `id_order_invoice` = 1 WHERE `id_order` = 17;
UPDATE `ps_order_cart_rule` SET `id_order_invoice` = 1 WHERE `id_order` = 17;
UPDATE `ps_orders` SET
  `invoice_number` = '1', `invoice_date` = '2026-11-20 09:01:31', `date_upd` = '2026-11-20 09:01:38'
WHERE `id_order` = 17;
UPDATE `ps_orders` SET `total_paid_real` = '42.00', `date_upd` = '2026-11-20 09:01:45' WHERE `id_order` = 17;
INSERT INTO `ps_order_payment` (
  `id_order_payment`, `order_reference`, `id_currency`, `amount`, `payment_method`, `conversion_rate`, `transaction_id`,
  `card_number`, `card_brand`, `card_expiration`, `card_holder`, `date_add`
) VALUES (
  '1', 'XKBKNABJK', '1', '42.00', 'Bankwire', '1.000000', '', '', '', '', '', '2026-11-20 09:01:52'
);
INSERT INTO `ps_order_history` (
  `id_order_history`, `id_employee`, `id_order`, `id_order_state`, `date_add`
) VALUES (
  '2', '1', '17', '2', '2026-11-20 09:01:59'
);
-- = customer U1
-- = sales_order XKBKNABJK 42.00 7.00

-- # quantity up
UPDATE `ps_orders` SET
  `total_discounts` = '0', `total_discounts_tax_incl` = '0', `total_discounts_tax_excl` = '0', `total_paid` = '66.00',
  `total_paid_tax_incl` = '66.00', `total_paid_tax_excl` = '55.00', `total_products` = '50.00', `total_products_wt` = '60.00',
  `total_shipping` = '6.00', `total_shipping_tax_incl` = '6.00', `total_shipping_tax_excl` = '5.00', `total_wrapping` = '0',
  `total_wrapping_tax_incl` = '0', `total_wrapping_tax_excl` = '0', `date_upd` = '2026-11-20 09:02:06'
WHERE `id_order` = 17;
DELETE FROM `ps_order_detail_tax` WHERE id_order_detail IN (31);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (31, 1, 4.00, 8.00);
UPDATE `ps_order_detail` SET
  `product_quantity` = '2', `reduction_percent` = '0', `unit_price_tax_incl` = '24.000000', `unit_price_tax_excl` = '20.000000',
  `total_price_tax_incl` = '48.000000', `total_price_tax_excl` = '40.000000'
WHERE `id_order_detail` = 31;
UPDATE `ps_order_carrier` SET `weight` = '0.400000' WHERE `id_order_carrier` = 101;
UPDATE `ps_order_invoice` SET
  `total_discount_tax_excl` = '0', `total_discount_tax_incl` = '0', `total_paid_tax_excl` = '55.00',
  `total_paid_tax_incl` = '66.00', `total_products` = '50.00', `total_products_wt` = '60.00', `total_shipping_tax_excl` = '5.00',
  `total_shipping_tax_incl` = '6.00'
WHERE `id_order_invoice` = 1;
-- = debit_note XKBKNABJK-DN1 24.00 4.00

-- # quantity down
UPDATE `ps_orders` SET
  `total_discounts` = '0', `total_discounts_tax_incl` = '0', `total_discounts_tax_excl` = '0', `total_paid` = '42.00',
  `total_paid_tax_incl` = '42.00', `total_paid_tax_excl` = '35.00', `total_products` = '30.00', `total_products_wt` = '36.00',
  `total_shipping` = '6.00', `total_shipping_tax_incl` = '6.00', `total_shipping_tax_excl` = '5.00', `total_wrapping` = '0',
  `total_wrapping_tax_incl` = '0', `total_wrapping_tax_excl` = '0', `date_upd` = '2026-11-20 09:02:13'
WHERE `id_order` = 17;
DELETE FROM `ps_order_detail_tax` WHERE id_order_detail IN (31);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (31, 1, 4.00, 4.00);
UPDATE `ps_order_detail` SET
  `product_quantity` = '1', `reduction_percent` = '0', `unit_price_tax_incl` = '24.000000', `unit_price_tax_excl` = '20.000000',
  `total_price_tax_incl` = '24.000000', `total_price_tax_excl` = '20.000000'
WHERE `id_order_detail` = 31;
UPDATE `ps_order_carrier` SET `weight` = '0.300000' WHERE `id_order_carrier` = 101;
UPDATE `ps_order_invoice` SET
  `total_discount_tax_excl` = '0', `total_discount_tax_incl` = '0', `total_paid_tax_excl` = '35.00',
  `total_paid_tax_incl` = '42.00', `total_products` = '30.00', `total_products_wt` = '36.00', `total_shipping_tax_excl` = '5.00',
  `total_shipping_tax_incl` = '6.00'
WHERE `id_order_invoice` = 1;
-- = credit_note XKBKNABJK-CN1 cancellation 24.00 4.00

-- # a line is added
UPDATE `ps_order_invoice` SET
  `total_discount_tax_excl` = '0', `total_discount_tax_incl` = '0', `total_paid_tax_excl` = '40.00',
  `total_paid_tax_incl` = '48.00', `total_products` = '35.00', `total_products_wt` = '42.00', `total_shipping_tax_excl` = '5.00',
  `total_shipping_tax_incl` = '6.00'
WHERE `id_order_invoice` = 1;
INSERT INTO `ps_order_detail` (
  `id_order_detail`, `id_order`, `id_order_invoice`, `id_warehouse`, `id_shop`, `product_id`, `product_attribute_id`,
  `id_customization`, `product_name`, `product_quantity`, `product_quantity_in_stock`, `product_quantity_return`,
  `product_quantity_refunded`, `product_quantity_reinjected`, `product_price`, `reduction_percent`, `reduction_amount`,
  `product_reference`, `product_weight`, `tax_name`, `tax_rate`, `tax_computation_method`, `id_tax_rules_group`, `ecotax`,
  `ecotax_tax_rate`, `discount_quantity_applied`, `download_hash`, `download_nb`, `unit_price_tax_incl`, `unit_price_tax_excl`,
  `total_price_tax_incl`, `total_price_tax_excl`, `original_product_price`
) VALUES (
  '34', '17', '1', '0', '1', '13', '0', '0', 'Stylo', '1', '1', '0', '0', '0', '5.000000', '0', '0', 'PEN', '0.300000', '', '0.000',
  '0', '1', '0', '0', '0', '', '0', '6.000000', '5.000000', '6.000000', '5.000000', '5.000000'
);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (34, 1, 1.00, 1.00);
UPDATE `ps_orders` SET
  `total_discounts` = '0', `total_discounts_tax_incl` = '0', `total_discounts_tax_excl` = '0', `total_paid` = '48.00',
  `total_paid_tax_incl` = '48.00', `total_paid_tax_excl` = '40.00', `total_products` = '35.00', `total_products_wt` = '42.00',
  `total_shipping` = '6.00', `total_shipping_tax_incl` = '6.00', `total_shipping_tax_excl` = '5.00', `total_wrapping` = '0',
  `total_wrapping_tax_incl` = '0', `total_wrapping_tax_excl` = '0', `date_upd` = '2026-11-20 09:02:20'
WHERE `id_order` = 17;
UPDATE `ps_order_carrier` SET `weight` = '0.400000' WHERE `id_order_carrier` = 101;
DELETE FROM `ps_order_detail_tax` WHERE id_order_detail IN (34);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (34, 1, 1.00, 1.00);
-- = debit_note XKBKNABJK-DN2 6.00 1.00

-- # a line is taken away
UPDATE `ps_order_invoice` SET
  `total_discount_tax_excl` = '0', `total_discount_tax_incl` = '0', `total_paid_tax_excl` = '35.00',
  `total_paid_tax_incl` = '42.00', `total_products` = '30.00', `total_products_wt` = '36.00', `total_shipping_tax_excl` = '5.00',
  `total_shipping_tax_incl` = '6.00'
WHERE `id_order_invoice` = 1;
UPDATE `ps_orders` SET
  `total_discounts` = '0', `total_discounts_tax_incl` = '0', `total_discounts_tax_excl` = '0', `total_paid` = '42.00',
  `total_paid_tax_incl` = '42.00', `total_paid_tax_excl` = '35.00', `total_products` = '30.00', `total_products_wt` = '36.00',
  `total_shipping` = '6.00', `total_shipping_tax_incl` = '6.00', `total_shipping_tax_excl` = '5.00', `total_wrapping` = '0',
  `total_wrapping_tax_incl` = '0', `total_wrapping_tax_excl` = '0', `date_upd` = '2026-11-20 09:02:27'
WHERE `id_order` = 17;
DELETE FROM `ps_order_detail` WHERE `id_order_detail` = 34;
DELETE FROM `ps_order_detail_tax` WHERE id_order_detail=34;
UPDATE `ps_order_carrier` SET `weight` = '0.300000' WHERE `id_order_carrier` = 101;
-- = credit_note XKBKNABJK-CN2 cancellation 6.00 1.00

-- # a discount afterwards
UPDATE `ps_order_invoice` SET
  `total_discount_tax_excl` = '5.00', `total_discount_tax_incl` = '6.00', `total_paid_tax_excl` = '30.00',
  `total_paid_tax_incl` = '36.00', `total_products` = '30.00', `total_products_wt` = '36.00', `total_shipping_tax_excl` = '5.00',
  `total_shipping_tax_incl` = '6.00'
WHERE `id_order_invoice` = 1;
INSERT INTO `ps_order_cart_rule` (
  `id_order_cart_rule`, `id_order`, `id_cart_rule`, `id_order_invoice`, `name`, `value`, `value_tax_excl`, `free_shipping`
) VALUES (
  '1', '17', '501', '1', 'Geste commercial', '6.00', '5.00', '0'
);
UPDATE `ps_orders` SET
  `total_discounts` = '6.00', `total_discounts_tax_incl` = '6.00', `total_discounts_tax_excl` = '5.00', `total_paid` = '36.00',
  `total_paid_tax_incl` = '36.00', `total_paid_tax_excl` = '30.00', `total_products` = '30.00', `total_products_wt` = '36.00',
  `total_shipping` = '6.00', `total_shipping_tax_incl` = '6.00', `total_shipping_tax_excl` = '5.00', `total_wrapping` = '0',
  `total_wrapping_tax_incl` = '0', `total_wrapping_tax_excl` = '0', `date_upd` = '2026-11-20 09:02:34'
WHERE `id_order` = 17;
-- = credit_note XKBKNABJK-CN3 discount 6.00 1.00

-- # the discount is withdrawn
DELETE FROM `ps_order_cart_rule` WHERE `id_order_cart_rule` = 1;
UPDATE `ps_order_invoice` SET
  `total_discount_tax_excl` = '0', `total_discount_tax_incl` = '0', `total_paid_tax_excl` = '35.00',
  `total_paid_tax_incl` = '42.00', `total_products` = '30.00', `total_products_wt` = '36.00', `total_shipping_tax_excl` = '5.00',
  `total_shipping_tax_incl` = '6.00'
WHERE `id_order_invoice` = 1;
UPDATE `ps_orders` SET
  `total_discounts` = '0', `total_discounts_tax_incl` = '0', `total_discounts_tax_excl` = '0', `total_paid` = '42.00',
  `total_paid_tax_incl` = '42.00', `total_paid_tax_excl` = '35.00', `total_products` = '30.00', `total_products_wt` = '36.00',
  `total_shipping` = '6.00', `total_shipping_tax_incl` = '6.00', `total_shipping_tax_excl` = '5.00', `total_wrapping` = '0',
  `total_wrapping_tax_incl` = '0', `total_wrapping_tax_excl` = '0', `date_upd` = '2026-11-20 09:02:41'
WHERE `id_order` = 17;
-- = debit_note XKBKNABJK-DN3 6.00 1.00

-- # a price is lowered
UPDATE `ps_orders` SET
  `total_discounts` = '0', `total_discounts_tax_incl` = '0', `total_discounts_tax_excl` = '0', `total_paid` = '28.00',
  `total_paid_tax_incl` = '28.00', `total_paid_tax_excl` = '23.33', `total_products` = '18.33', `total_products_wt` = '22.00',
  `total_shipping` = '6.00', `total_shipping_tax_incl` = '6.00', `total_shipping_tax_excl` = '5.00', `total_wrapping` = '0',
  `total_wrapping_tax_incl` = '0', `total_wrapping_tax_excl` = '0', `date_upd` = '2026-11-20 09:02:48'
WHERE `id_order` = 17;
DELETE FROM `ps_order_detail_tax` WHERE id_order_detail IN (31);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (31, 1, 1.67, 1.67);
UPDATE `ps_order_detail` SET
  `product_quantity` = '1', `reduction_percent` = '0', `unit_price_tax_incl` = '10.000000', `unit_price_tax_excl` = '8.330000',
  `total_price_tax_incl` = '10.000000', `total_price_tax_excl` = '8.330000'
WHERE `id_order_detail` = 31;
UPDATE `ps_order_carrier` SET `weight` = '0.300000' WHERE `id_order_carrier` = 101;
UPDATE `ps_order_invoice` SET
  `total_discount_tax_excl` = '0', `total_discount_tax_incl` = '0', `total_paid_tax_excl` = '23.33',
  `total_paid_tax_incl` = '28.00', `total_products` = '18.33', `total_products_wt` = '22.00', `total_shipping_tax_excl` = '5.00',
  `total_shipping_tax_incl` = '6.00'
WHERE `id_order_invoice` = 1;
-- = credit_note XKBKNABJK-CN4 discount 14.00 2.33

-- # freight is made dearer: another carrier
UPDATE `ps_orders` SET
  `total_discounts` = '0', `total_discounts_tax_incl` = '0', `total_discounts_tax_excl` = '0', `total_paid` = '31.60',
  `total_paid_tax_incl` = '31.60', `total_paid_tax_excl` = '26.33', `total_products` = '18.33', `total_products_wt` = '22.00',
  `total_shipping` = '9.60', `total_shipping_tax_incl` = '9.60', `total_shipping_tax_excl` = '8.00', `total_wrapping` = '0',
  `total_wrapping_tax_incl` = '0', `total_wrapping_tax_excl` = '0', `date_upd` = '2026-11-20 09:02:55'
WHERE `id_order` = 17;
UPDATE `ps_order_carrier` SET
  `weight` = '0.300000', `shipping_cost_tax_excl` = '8.00', `shipping_cost_tax_incl` = '9.60'
WHERE `id_order_carrier` = 101;
-- = debit_note XKBKNABJK-DN4 3.60 0.60

-- # shipped, then delivered
UPDATE `ps_orders` SET `current_state` = '4', `valid` = '1', `date_upd` = '2026-11-20 09:03:02' WHERE `id_order` = 17;
UPDATE `ps_order_invoice` SET `delivery_number` = '17', `delivery_date` = '2026-11-20 09:03:09' WHERE `id_order_invoice` = 1;
UPDATE `ps_orders` SET
  `delivery_number` = '17', `delivery_date` = '2026-11-20 09:03:09', `date_upd` = '2026-11-20 09:03:09'
WHERE `id_order` = 17;
INSERT INTO `ps_order_history` (
  `id_order_history`, `id_employee`, `id_order`, `id_order_state`, `date_add`
) VALUES (
  '3', '1', '17', '4', '2026-11-20 09:03:16'
);
UPDATE `ps_orders` SET `current_state` = '5', `valid` = '1', `date_upd` = '2026-11-20 09:03:23' WHERE `id_order` = 17;
UPDATE `ps_order_invoice` SET `delivery_number` = '17', `delivery_date` = '2026-11-20 09:03:30' WHERE `id_order_invoice` = 1;
UPDATE `ps_orders` SET
  `delivery_number` = '17', `delivery_date` = '2026-11-20 09:03:30', `date_upd` = '2026-11-20 09:03:30'
WHERE `id_order` = 17;
INSERT INTO `ps_order_history` (
  `id_order_history`, `id_employee`, `id_order`, `id_order_state`, `date_add`
) VALUES (
  '4', '1', '17', '5', '2026-11-20 09:03:37'
);

-- # an order that is paid at once: several commits, one document; two rates
INSERT INTO `ps_orders` (
  `id_order`, `id_address_delivery`, `id_address_invoice`, `id_cart`, `id_currency`, `id_shop_group`, `id_shop`, `id_lang`,
  `id_customer`, `id_carrier`, `current_state`, `secure_key`, `payment`, `module`, `recyclable`, `gift`, `gift_message`,
  `mobile_theme`, `shipping_number`, `total_discounts`, `total_discounts_tax_incl`, `total_discounts_tax_excl`, `total_paid`,
  `total_paid_tax_incl`, `total_paid_tax_excl`, `total_products`, `total_products_wt`, `total_shipping`, `total_shipping_tax_incl`,
  `total_shipping_tax_excl`, `total_wrapping`, `total_wrapping_tax_incl`, `total_wrapping_tax_excl`, `total_paid_real`,
  `carrier_tax_rate`, `round_mode`, `round_type`, `conversion_rate`, `invoice_number`, `delivery_number`, `invoice_date`,
  `delivery_date`, `valid`, `reference`, `date_add`, `date_upd`
) VALUES (
  '18', '2', '2', '118', '1', '1', '1', '1', '2', '1', '0', 'b44a6d9efd7a0076a0fbce6b15eaf3b2', 'PrestaShop Checkout',
  'ps_checkout', '0', '0', '', '0', '', '0', '0', '0', '51.10', '51.10', '45.00', '40.00', '45.10', '6.00', '6.00', '5.00', '0',
  '0', '0', '0', '20.000', '2', '2', '1.000000', '0', '0', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '0', 'OHSATSERP',
  '2026-11-20 09:03:44', '2026-11-20 09:03:44'
);
INSERT INTO `ps_order_detail` (
  `id_order_detail`, `id_order`, `id_order_invoice`, `id_warehouse`, `id_shop`, `product_id`, `product_attribute_id`,
  `id_customization`, `product_name`, `product_quantity`, `product_quantity_in_stock`, `product_quantity_return`,
  `product_quantity_refunded`, `product_quantity_reinjected`, `product_price`, `reduction_percent`, `reduction_amount`,
  `product_reference`, `product_weight`, `tax_name`, `tax_rate`, `tax_computation_method`, `id_tax_rules_group`, `ecotax`,
  `ecotax_tax_rate`, `discount_quantity_applied`, `download_hash`, `download_nb`, `unit_price_tax_incl`, `unit_price_tax_excl`,
  `total_price_tax_incl`, `total_price_tax_excl`, `original_product_price`
) VALUES (
  '35', '18', '0', '0', '1', '14', '0', '0', 'Carnet de bord', '2', '2', '0', '0', '0', '10.000000', '0', '0', 'BOOK', '0.300000',
  '', '0.000', '0', '2', '0', '0', '0', '', '0', '10.550000', '10.000000', '21.100000', '20.000000', '10.000000'
);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (35, 2, 0.55, 1.10);
INSERT INTO `ps_order_detail` (
  `id_order_detail`, `id_order`, `id_order_invoice`, `id_warehouse`, `id_shop`, `product_id`, `product_attribute_id`,
  `id_customization`, `product_name`, `product_quantity`, `product_quantity_in_stock`, `product_quantity_return`,
  `product_quantity_refunded`, `product_quantity_reinjected`, `product_price`, `reduction_percent`, `reduction_amount`,
  `product_reference`, `product_weight`, `tax_name`, `tax_rate`, `tax_computation_method`, `id_tax_rules_group`, `ecotax`,
  `ecotax_tax_rate`, `discount_quantity_applied`, `download_hash`, `download_nb`, `unit_price_tax_incl`, `unit_price_tax_excl`,
  `total_price_tax_incl`, `total_price_tax_excl`, `original_product_price`
) VALUES (
  '36', '18', '0', '0', '1', '11', '0', '0', 'Mug Aube', '1', '1', '0', '0', '0', '20.000000', '0', '0', 'MUG', '0.300000', '',
  '0.000', '0', '1', '0', '0', '0', '', '0', '24.000000', '20.000000', '24.000000', '20.000000', '20.000000'
);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (36, 1, 4.00, 4.00);
INSERT INTO `ps_order_carrier` (
  `id_order_carrier`, `id_order`, `id_carrier`, `id_order_invoice`, `weight`, `shipping_cost_tax_excl`, `shipping_cost_tax_incl`,
  `tracking_number`, `date_add`
) VALUES (
  '102', '18', '1', '0', '0.600000', '5.00', '6.00', '', '2026-11-20 09:03:51'
);
INSERT INTO `ps_order_payment` (
  `id_order_payment`, `order_reference`, `id_currency`, `amount`, `payment_method`, `conversion_rate`, `transaction_id`,
  `card_number`, `card_brand`, `card_expiration`, `card_holder`, `date_add`
) VALUES (
  '2', 'OHSATSERP', '1', '51.10', 'PrestaShop Checkout', '1.000000', '', '', '', '', '', '2026-11-20 09:03:58'
);
UPDATE `ps_orders` SET `total_paid_real` = '51.10', `date_upd` = '2026-11-20 09:04:05' WHERE `id_order` = 18;
UPDATE `ps_orders` SET `current_state` = '2', `valid` = '1', `date_upd` = '2026-11-20 09:04:12' WHERE `id_order` = 18;
INSERT INTO `ps_order_invoice` (
  `id_order_invoice`, `id_order`, `number`, `delivery_number`, `delivery_date`, `total_discount_tax_excl`,
  `total_discount_tax_incl`, `total_paid_tax_excl`, `total_paid_tax_incl`, `total_products`, `total_products_wt`,
  `total_shipping_tax_excl`, `total_shipping_tax_incl`, `shipping_tax_computation_method`, `total_wrapping_tax_excl`,
  `total_wrapping_tax_incl`, `shop_address`, `note`, `date_add`
) VALUES (
  '2', '18', '0', '0', '0000-00-00 00:00:00', '0', '0', '45.00', '51.10', '40.00', '45.10', '5.00', '6.00', '0', '0', '0',
  'Quai 7, Nantes', '', '2026-11-20 09:04:19'
);
UPDATE `ps_order_invoice` SET number = 2 WHERE `id_order_invoice` = 2;
UPDATE `ps_order_carrier` SET `id_order_invoice` = '2' WHERE `id_order_carrier` = 102;
UPDATE `ps_order_detail` SET `id_order_invoice` = 2 WHERE `id_order` = 18;
UPDATE `ps_order_cart_rule` SET `id_order_invoice` = 2 WHERE `id_order` = 18;
UPDATE `ps_orders` SET
  `invoice_number` = '2', `invoice_date` = '2026-11-20 09:04:19', `date_upd` = '2026-11-20 09:04:26'
WHERE `id_order` = 18;
INSERT INTO `ps_order_history` (
  `id_order_history`, `id_employee`, `id_order`, `id_order_state`, `date_add`
) VALUES (
  '5', '1', '18', '2', '2026-11-20 09:04:33'
);
DELETE FROM `ps_order_detail_tax` WHERE id_order_detail IN (35, 36);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (35, 2, 0.55, 1.10), (36, 1, 4.00, 4.00);
-- = customer U2
-- = sales_order OHSATSERP 51.10 6.10

-- # a partial refund with a line: one book came back
UPDATE `ps_order_carrier` SET `weight` = '0.400000' WHERE `id_order_carrier` = 102;
UPDATE `ps_order_detail` SET `product_quantity_refunded` = '1' WHERE `id_order_detail` = 35;
INSERT INTO `ps_order_slip` (
  `id_order_slip`, `id_customer`, `id_order`, `conversion_rate`, `total_products_tax_excl`, `total_products_tax_incl`,
  `total_shipping_tax_excl`, `total_shipping_tax_incl`, `amount`, `shipping_cost`, `shipping_cost_amount`, `partial`, `date_add`,
  `date_upd`, `order_slip_type`
) VALUES (
  '1', '2', '18', '1.000000', '10.00', '10.55', '0', '0', '10.55', '0', '0', '0', '2026-11-20 09:04:40', '2026-11-20 09:04:40', '0'
);
INSERT INTO `ps_order_slip_detail` (
  `id_order_slip`, `id_order_detail`, `product_quantity`, `unit_price_tax_excl`, `unit_price_tax_incl`, `total_price_tax_excl`,
  `total_price_tax_incl`, `amount_tax_excl`, `amount_tax_incl`
) VALUES (
  '1', '35', '1', '10.00', '10.55', '10.00', '10.55', '10.00', '10.55'
);
-- = credit_note OHSATSERP-CN1 return 10.55 0.55

-- # a partial refund of 6.00 for one mug: its price is lowered
UPDATE `ps_order_carrier` SET `weight` = '0.400000' WHERE `id_order_carrier` = 102;
UPDATE `ps_order_detail` SET `product_quantity_refunded` = '1' WHERE `id_order_detail` = 36;
INSERT INTO `ps_order_slip` (
  `id_order_slip`, `id_customer`, `id_order`, `conversion_rate`, `total_products_tax_excl`, `total_products_tax_incl`,
  `total_shipping_tax_excl`, `total_shipping_tax_incl`, `amount`, `shipping_cost`, `shipping_cost_amount`, `partial`, `date_add`,
  `date_upd`, `order_slip_type`
) VALUES (
  '2', '2', '18', '1.000000', '5.00', '6.00', '0', '0', '6.00', '0', '0', '0', '2026-11-20 09:04:47', '2026-11-20 09:04:47', '0'
);
INSERT INTO `ps_order_slip_detail` (
  `id_order_slip`, `id_order_detail`, `product_quantity`, `unit_price_tax_excl`, `unit_price_tax_incl`, `total_price_tax_excl`,
  `total_price_tax_incl`, `amount_tax_excl`, `amount_tax_incl`
) VALUES (
  '2', '36', '1', '5.00', '6.00', '5.00', '6.00', '5.00', '6.00'
);
-- = credit_note OHSATSERP-CN2 discount 6.00 1.00

-- # a part of the freight is refunded
UPDATE `ps_order_carrier` SET `weight` = '0.400000' WHERE `id_order_carrier` = 102;
INSERT INTO `ps_order_slip` (
  `id_order_slip`, `id_customer`, `id_order`, `conversion_rate`, `total_products_tax_excl`, `total_products_tax_incl`,
  `total_shipping_tax_excl`, `total_shipping_tax_incl`, `amount`, `shipping_cost`, `shipping_cost_amount`, `partial`, `date_add`,
  `date_upd`, `order_slip_type`
) VALUES (
  '3', '2', '18', '1.000000', '0', '0', '2.00', '2.40', '0', '1', '2.40', '0', '2026-11-20 09:04:54', '2026-11-20 09:04:54', '2'
);
-- = credit_note OHSATSERP-CN3 discount 2.40 0.40

-- # the state Refunded: all that is left
UPDATE `ps_orders` SET `current_state` = '7', `valid` = '0', `date_upd` = '2026-11-20 09:05:01' WHERE `id_order` = 18;
INSERT INTO `ps_order_history` (
  `id_order_history`, `id_employee`, `id_order`, `id_order_state`, `date_add`
) VALUES (
  '6', '1', '18', '7', '2026-11-20 09:05:08'
);
-- = credit_note OHSATSERP-CN4 return 32.15 4.15

-- # a guest orders, with gift wrapping
INSERT INTO `ps_customer` (
  `id_customer`, `id_shop_group`, `id_shop`, `id_gender`, `id_default_group`, `id_lang`, `id_risk`, `company`, `siret`, `ape`,
  `firstname`, `lastname`, `email`, `passwd`, `last_passwd_gen`, `birthday`, `newsletter`, `optin`, `secure_key`, `active`,
  `is_guest`, `deleted`, `date_add`, `date_upd`
) VALUES (
  '3', '1', '1', '1', '2', '1', '0', NULL, NULL, NULL, 'Anna', 'Muster', 'anna@example.com',
  '$2y$10$uVvnYyGkRr0cB2YB1Wm1ZuTn8pZt8z8cVd0nD0V7m1yQxk3N4v6aK', '2026-11-20 02:00:00', '0000-00-00', '0', '0',
  'b44a6d9efd7a0076a0fbce6b15eaf3b3', '1', '1', '0', '2026-11-20 09:05:15', '2026-11-20 09:05:15'
);
INSERT INTO `ps_address` (
  `id_address`, `id_country`, `id_state`, `id_customer`, `id_manufacturer`, `id_supplier`, `id_warehouse`, `alias`, `company`,
  `lastname`, `firstname`, `address1`, `address2`, `postcode`, `city`, `other`, `phone`, `phone_mobile`, `vat_number`, `dni`,
  `date_add`, `date_upd`, `active`, `deleted`
) VALUES (
  '3', '8', '0', '3', '0', '0', '0', 'Mon adresse', '', 'Muster', 'Anna', '3 quai Nord', '', '69001', 'Lyon', '', '0470000003', '',
  '', '', '2026-11-20 09:05:22', '2026-11-20 09:05:22', '1', '0'
);
INSERT INTO `ps_orders` (
  `id_order`, `id_address_delivery`, `id_address_invoice`, `id_cart`, `id_currency`, `id_shop_group`, `id_shop`, `id_lang`,
  `id_customer`, `id_carrier`, `current_state`, `secure_key`, `payment`, `module`, `recyclable`, `gift`, `gift_message`,
  `mobile_theme`, `shipping_number`, `total_discounts`, `total_discounts_tax_incl`, `total_discounts_tax_excl`, `total_paid`,
  `total_paid_tax_incl`, `total_paid_tax_excl`, `total_products`, `total_products_wt`, `total_shipping`, `total_shipping_tax_incl`,
  `total_shipping_tax_excl`, `total_wrapping`, `total_wrapping_tax_incl`, `total_wrapping_tax_excl`, `total_paid_real`,
  `carrier_tax_rate`, `round_mode`, `round_type`, `conversion_rate`, `invoice_number`, `delivery_number`, `invoice_date`,
  `delivery_date`, `valid`, `reference`, `date_add`, `date_upd`
) VALUES (
  '19', '3', '3', '119', '1', '1', '1', '1', '3', '1', '0', 'b44a6d9efd7a0076a0fbce6b15eaf3b3', 'PrestaShop Checkout',
  'ps_checkout', '0', '1', '', '0', '', '0', '0', '0', '32.40', '32.40', '27.00', '20.00', '24.00', '6.00', '6.00', '5.00', '2.40',
  '2.40', '2.00', '0', '20.000', '2', '2', '1.000000', '0', '0', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '0', 'UOYEVOLI',
  '2026-11-20 09:05:29', '2026-11-20 09:05:29'
);
INSERT INTO `ps_order_detail` (
  `id_order_detail`, `id_order`, `id_order_invoice`, `id_warehouse`, `id_shop`, `product_id`, `product_attribute_id`,
  `id_customization`, `product_name`, `product_quantity`, `product_quantity_in_stock`, `product_quantity_return`,
  `product_quantity_refunded`, `product_quantity_reinjected`, `product_price`, `reduction_percent`, `reduction_amount`,
  `product_reference`, `product_weight`, `tax_name`, `tax_rate`, `tax_computation_method`, `id_tax_rules_group`, `ecotax`,
  `ecotax_tax_rate`, `discount_quantity_applied`, `download_hash`, `download_nb`, `unit_price_tax_incl`, `unit_price_tax_excl`,
  `total_price_tax_incl`, `total_price_tax_excl`, `original_product_price`
) VALUES (
  '37', '19', '0', '0', '1', '11', '0', '0', 'Mug Aube', '1', '1', '0', '0', '0', '20.000000', '0', '0', 'MUG', '0.300000', '',
  '0.000', '0', '1', '0', '0', '0', '', '0', '24.000000', '20.000000', '24.000000', '20.000000', '20.000000'
);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (37, 1, 4.00, 4.00);
INSERT INTO `ps_order_carrier` (
  `id_order_carrier`, `id_order`, `id_carrier`, `id_order_invoice`, `weight`, `shipping_cost_tax_excl`, `shipping_cost_tax_incl`,
  `tracking_number`, `date_add`
) VALUES (
  '103', '19', '1', '0', '0.600000', '5.00', '6.00', '', '2026-11-20 09:05:36'
);
INSERT INTO `ps_order_payment` (
  `id_order_payment`, `order_reference`, `id_currency`, `amount`, `payment_method`, `conversion_rate`, `transaction_id`,
  `card_number`, `card_brand`, `card_expiration`, `card_holder`, `date_add`
) VALUES (
  '3', 'UOYEVOLI', '1', '32.40', 'PrestaShop Checkout', '1.000000', '', '', '', '', '', '2026-11-20 09:05:43'
);
UPDATE `ps_orders` SET `total_paid_real` = '32.40', `date_upd` = '2026-11-20 09:05:50' WHERE `id_order` = 19;
UPDATE `ps_orders` SET `current_state` = '2', `valid` = '1', `date_upd` = '2026-11-20 09:05:57' WHERE `id_order` = 19;
INSERT INTO `ps_order_invoice` (
  `id_order_invoice`, `id_order`, `number`, `delivery_number`, `delivery_date`, `total_discount_tax_excl`,
  `total_discount_tax_incl`, `total_paid_tax_excl`, `total_paid_tax_incl`, `total_products`, `total_products_wt`,
  `total_shipping_tax_excl`, `total_shipping_tax_incl`, `shipping_tax_computation_method`, `total_wrapping_tax_excl`,
  `total_wrapping_tax_incl`, `shop_address`, `note`, `date_add`
) VALUES (
  '3', '19', '0', '0', '0000-00-00 00:00:00', '0', '0', '27.00', '32.40', '20.00', '24.00', '5.00', '6.00', '0', '2.00', '2.40',
  'Quai 7, Nantes', '', '2026-11-20 09:06:04'
);
UPDATE `ps_order_invoice` SET number = 3 WHERE `id_order_invoice` = 3;
UPDATE `ps_order_carrier` SET `id_order_invoice` = '3' WHERE `id_order_carrier` = 103;
UPDATE `ps_order_detail` SET `id_order_invoice` = 3 WHERE `id_order` = 19;
UPDATE `ps_order_cart_rule` SET `id_order_invoice` = 3 WHERE `id_order` = 19;
UPDATE `ps_orders` SET
  `invoice_number` = '3', `invoice_date` = '2026-11-20 09:06:04', `date_upd` = '2026-11-20 09:06:11'
WHERE `id_order` = 19;
INSERT INTO `ps_order_history` (
  `id_order_history`, `id_employee`, `id_order`, `id_order_state`, `date_add`
) VALUES (
  '7', '1', '19', '2', '2026-11-20 09:06:18'
);
DELETE FROM `ps_order_detail_tax` WHERE id_order_detail IN (37);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (37, 1, 4.00, 4.00);
-- = customer U3
-- = sales_order UOYEVOLI 32.40 5.40

-- # a refund of an amount of the merchant's choice: the slip names a piece all the same
UPDATE `ps_order_carrier` SET `weight` = '0.200000' WHERE `id_order_carrier` = 103;
UPDATE `ps_order_detail` SET `product_quantity_refunded` = '1' WHERE `id_order_detail` = 37;
INSERT INTO `ps_order_slip` (
  `id_order_slip`, `id_customer`, `id_order`, `conversion_rate`, `total_products_tax_excl`, `total_products_tax_incl`,
  `total_shipping_tax_excl`, `total_shipping_tax_incl`, `amount`, `shipping_cost`, `shipping_cost_amount`, `partial`, `date_add`,
  `date_upd`, `order_slip_type`
) VALUES (
  '4', '3', '19', '1.000000', '20.00', '24.00', '0', '0', '5.00', '0', '0', '0', '2026-11-20 09:06:25', '2026-11-20 09:06:25', '2'
);
INSERT INTO `ps_order_slip_detail` (
  `id_order_slip`, `id_order_detail`, `product_quantity`, `unit_price_tax_excl`, `unit_price_tax_incl`, `total_price_tax_excl`,
  `total_price_tax_incl`, `amount_tax_excl`, `amount_tax_incl`
) VALUES (
  '4', '37', '1', '20.00', '24.00', '20.00', '24.00', '20.00', '24.00'
);
-- = credit_note UOYEVOLI-CN1 discount 5.00 0.83

-- # the guest registers: nothing of it is in his document
UPDATE `ps_customer` SET
  `is_guest` = '0', `id_default_group` = '3', `reset_password_token` = 'a1b2c3', `date_upd` = '2026-11-20 09:06:32'
WHERE `id_customer` = 3;

-- # cancelled after it was posted
UPDATE `ps_orders` SET `current_state` = '6', `valid` = '0', `date_upd` = '2026-11-20 09:06:39' WHERE `id_order` = 19;
INSERT INTO `ps_order_history` (
  `id_order_history`, `id_employee`, `id_order`, `id_order_state`, `date_add`
) VALUES (
  '8', '1', '19', '6', '2026-11-20 09:06:46'
);
-- = credit_note UOYEVOLI-CN2 cancellation 27.40 4.57

-- # cancelled before it was posted: no document
INSERT INTO `ps_orders` (
  `id_order`, `id_address_delivery`, `id_address_invoice`, `id_cart`, `id_currency`, `id_shop_group`, `id_shop`, `id_lang`,
  `id_customer`, `id_carrier`, `current_state`, `secure_key`, `payment`, `module`, `recyclable`, `gift`, `gift_message`,
  `mobile_theme`, `shipping_number`, `total_discounts`, `total_discounts_tax_incl`, `total_discounts_tax_excl`, `total_paid`,
  `total_paid_tax_incl`, `total_paid_tax_excl`, `total_products`, `total_products_wt`, `total_shipping`, `total_shipping_tax_incl`,
  `total_shipping_tax_excl`, `total_wrapping`, `total_wrapping_tax_incl`, `total_wrapping_tax_excl`, `total_paid_real`,
  `carrier_tax_rate`, `round_mode`, `round_type`, `conversion_rate`, `invoice_number`, `delivery_number`, `invoice_date`,
  `delivery_date`, `valid`, `reference`, `date_add`, `date_upd`
) VALUES (
  '20', '1', '1', '120', '1', '1', '1', '1', '1', '1', '0', 'b44a6d9efd7a0076a0fbce6b15eaf3b1', 'Bankwire', 'ps_wirepayment', '0',
  '0', '', '0', '', '0', '0', '0', '24.00', '24.00', '20.00', '15.00', '18.00', '6.00', '6.00', '5.00', '0', '0', '0', '0',
  '20.000', '2', '2', '1.000000', '0', '0', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '0', 'FFATNOMMJ', '2026-11-20 09:06:53',
  '2026-11-20 09:06:53'
);
INSERT INTO `ps_order_detail` (
  `id_order_detail`, `id_order`, `id_order_invoice`, `id_warehouse`, `id_shop`, `product_id`, `product_attribute_id`,
  `id_customization`, `product_name`, `product_quantity`, `product_quantity_in_stock`, `product_quantity_return`,
  `product_quantity_refunded`, `product_quantity_reinjected`, `product_price`, `reduction_percent`, `reduction_amount`,
  `product_reference`, `product_weight`, `tax_name`, `tax_rate`, `tax_computation_method`, `id_tax_rules_group`, `ecotax`,
  `ecotax_tax_rate`, `discount_quantity_applied`, `download_hash`, `download_nb`, `unit_price_tax_incl`, `unit_price_tax_excl`,
  `total_price_tax_incl`, `total_price_tax_excl`, `original_product_price`
) VALUES (
  '38', '20', '0', '0', '1', '13', '0', '0', 'Stylo', '3', '3', '0', '0', '0', '5.000000', '0', '0', 'PEN', '0.300000', '', '0.000',
  '0', '1', '0', '0', '0', '', '0', '6.000000', '5.000000', '18.000000', '15.000000', '5.000000'
);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (38, 1, 1.00, 3.00);
INSERT INTO `ps_order_carrier` (
  `id_order_carrier`, `id_order`, `id_carrier`, `id_order_invoice`, `weight`, `shipping_cost_tax_excl`, `shipping_cost_tax_incl`,
  `tracking_number`, `date_add`
) VALUES (
  '104', '20', '1', '0', '0.600000', '5.00', '6.00', '', '2026-11-20 09:07:00'
);
UPDATE `ps_orders` SET `current_state` = '10', `valid` = '0', `date_upd` = '2026-11-20 09:07:07' WHERE `id_order` = 20;
INSERT INTO `ps_order_history` (
  `id_order_history`, `id_employee`, `id_order`, `id_order_state`, `date_add`
) VALUES (
  '9', '1', '20', '10', '2026-11-20 09:07:14'
);
DELETE FROM `ps_order_detail_tax` WHERE id_order_detail IN (38);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (38, 1, 1.00, 3.00);
UPDATE `ps_orders` SET `current_state` = '6', `valid` = '0', `date_upd` = '2026-11-20 09:07:21' WHERE `id_order` = 20;
INSERT INTO `ps_order_history` (
  `id_order_history`, `id_employee`, `id_order`, `id_order_state`, `date_add`
) VALUES (
  '10', '1', '20', '6', '2026-11-20 09:07:28'
);

-- # an order without a reference for its product
INSERT INTO `ps_orders` (
  `id_order`, `id_address_delivery`, `id_address_invoice`, `id_cart`, `id_currency`, `id_shop_group`, `id_shop`, `id_lang`,
  `id_customer`, `id_carrier`, `current_state`, `secure_key`, `payment`, `module`, `recyclable`, `gift`, `gift_message`,
  `mobile_theme`, `shipping_number`, `total_discounts`, `total_discounts_tax_incl`, `total_discounts_tax_excl`, `total_paid`,
  `total_paid_tax_incl`, `total_paid_tax_excl`, `total_products`, `total_products_wt`, `total_shipping`, `total_shipping_tax_incl`,
  `total_shipping_tax_excl`, `total_wrapping`, `total_wrapping_tax_incl`, `total_wrapping_tax_excl`, `total_paid_real`,
  `carrier_tax_rate`, `round_mode`, `round_type`, `conversion_rate`, `invoice_number`, `delivery_number`, `invoice_date`,
  `delivery_date`, `valid`, `reference`, `date_add`, `date_upd`
) VALUES (
  '21', '1', '1', '121', '1', '1', '1', '1', '1', '1', '0', 'b44a6d9efd7a0076a0fbce6b15eaf3b1', 'PrestaShop Checkout',
  'ps_checkout', '0', '0', '', '0', '', '0', '0', '0', '36.00', '36.00', '30.00', '25.00', '30.00', '6.00', '6.00', '5.00', '0',
  '0', '0', '0', '20.000', '2', '2', '1.000000', '0', '0', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '0', 'KHWLILZLL',
  '2026-11-20 09:07:35', '2026-11-20 09:07:35'
);
INSERT INTO `ps_order_detail` (
  `id_order_detail`, `id_order`, `id_order_invoice`, `id_warehouse`, `id_shop`, `product_id`, `product_attribute_id`,
  `id_customization`, `product_name`, `product_quantity`, `product_quantity_in_stock`, `product_quantity_return`,
  `product_quantity_refunded`, `product_quantity_reinjected`, `product_price`, `reduction_percent`, `reduction_amount`,
  `product_reference`, `product_weight`, `tax_name`, `tax_rate`, `tax_computation_method`, `id_tax_rules_group`, `ecotax`,
  `ecotax_tax_rate`, `discount_quantity_applied`, `download_hash`, `download_nb`, `unit_price_tax_incl`, `unit_price_tax_excl`,
  `total_price_tax_incl`, `total_price_tax_excl`, `original_product_price`
) VALUES (
  '39', '21', '0', '0', '1', '16', '0', '0', 'Carte cadeau imprimée', '1', '1', '0', '0', '0', '25.000000', '0', '0', '',
  '0.300000', '', '0.000', '0', '1', '0', '0', '0', '', '0', '30.000000', '25.000000', '30.000000', '25.000000', '25.000000'
);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (39, 1, 5.00, 5.00);
INSERT INTO `ps_order_carrier` (
  `id_order_carrier`, `id_order`, `id_carrier`, `id_order_invoice`, `weight`, `shipping_cost_tax_excl`, `shipping_cost_tax_incl`,
  `tracking_number`, `date_add`
) VALUES (
  '105', '21', '1', '0', '0.600000', '5.00', '6.00', '', '2026-11-20 09:07:42'
);
INSERT INTO `ps_order_payment` (
  `id_order_payment`, `order_reference`, `id_currency`, `amount`, `payment_method`, `conversion_rate`, `transaction_id`,
  `card_number`, `card_brand`, `card_expiration`, `card_holder`, `date_add`
) VALUES (
  '4', 'KHWLILZLL', '1', '36.00', 'PrestaShop Checkout', '1.000000', '', '', '', '', '', '2026-11-20 09:07:49'
);
UPDATE `ps_orders` SET `total_paid_real` = '36.00', `date_upd` = '2026-11-20 09:07:56' WHERE `id_order` = 21;
UPDATE `ps_orders` SET `current_state` = '2', `valid` = '1', `date_upd` = '2026-11-20 09:08:03' WHERE `id_order` = 21;
INSERT INTO `ps_order_invoice` (
  `id_order_invoice`, `id_order`, `number`, `delivery_number`, `delivery_date`, `total_discount_tax_excl`,
  `total_discount_tax_incl`, `total_paid_tax_excl`, `total_paid_tax_incl`, `total_products`, `total_products_wt`,
  `total_shipping_tax_excl`, `total_shipping_tax_incl`, `shipping_tax_computation_method`, `total_wrapping_tax_excl`,
  `total_wrapping_tax_incl`, `shop_address`, `note`, `date_add`
) VALUES (
  '4', '21', '0', '0', '0000-00-00 00:00:00', '0', '0', '30.00', '36.00', '25.00', '30.00', '5.00', '6.00', '0', '0', '0',
  'Quai 7, Nantes', '', '2026-11-20 09:08:10'
);
UPDATE `ps_order_invoice` SET number = 4 WHERE `id_order_invoice` = 4;
UPDATE `ps_order_carrier` SET `id_order_invoice` = '4' WHERE `id_order_carrier` = 105;
UPDATE `ps_order_detail` SET `id_order_invoice` = 4 WHERE `id_order` = 21;
UPDATE `ps_order_cart_rule` SET `id_order_invoice` = 4 WHERE `id_order` = 21;
UPDATE `ps_orders` SET
  `invoice_number` = '4', `invoice_date` = '2026-11-20 09:08:10', `date_upd` = '2026-11-20 09:08:17'
WHERE `id_order` = 21;
INSERT INTO `ps_order_history` (
  `id_order_history`, `id_employee`, `id_order`, `id_order_state`, `date_add`
) VALUES (
  '11', '1', '21', '2', '2026-11-20 09:08:24'
);
DELETE FROM `ps_order_detail_tax` WHERE id_order_detail IN (39);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (39, 1, 5.00, 5.00);
-- = sales_order KHWLILZLL 36.00 6.00

-- # all of it comes back after it was shipped, freight too
UPDATE `ps_orders` SET `current_state` = '4', `valid` = '1', `date_upd` = '2026-11-20 09:08:31' WHERE `id_order` = 21;
UPDATE `ps_order_invoice` SET `delivery_number` = '21', `delivery_date` = '2026-11-20 09:08:38' WHERE `id_order_invoice` = 4;
UPDATE `ps_orders` SET
  `delivery_number` = '21', `delivery_date` = '2026-11-20 09:08:38', `date_upd` = '2026-11-20 09:08:38'
WHERE `id_order` = 21;
INSERT INTO `ps_order_history` (
  `id_order_history`, `id_employee`, `id_order`, `id_order_state`, `date_add`
) VALUES (
  '12', '1', '21', '4', '2026-11-20 09:08:45'
);
UPDATE `ps_order_carrier` SET `weight` = '0.200000' WHERE `id_order_carrier` = 105;
UPDATE `ps_order_detail` SET `product_quantity_return` = '1' WHERE `id_order_detail` = 39;
INSERT INTO `ps_order_slip` (
  `id_order_slip`, `id_customer`, `id_order`, `conversion_rate`, `total_products_tax_excl`, `total_products_tax_incl`,
  `total_shipping_tax_excl`, `total_shipping_tax_incl`, `amount`, `shipping_cost`, `shipping_cost_amount`, `partial`, `date_add`,
  `date_upd`, `order_slip_type`
) VALUES (
  '5', '1', '21', '1.000000', '25.00', '30.00', '5.00', '6.00', '30.00', '1', '6.00', '0', '2026-11-20 09:08:52',
  '2026-11-20 09:08:52', '2'
);
INSERT INTO `ps_order_slip_detail` (
  `id_order_slip`, `id_order_detail`, `product_quantity`, `unit_price_tax_excl`, `unit_price_tax_incl`, `total_price_tax_excl`,
  `total_price_tax_incl`, `amount_tax_excl`, `amount_tax_incl`
) VALUES (
  '5', '39', '1', '25.00', '30.00', '25.00', '30.00', '25.00', '30.00'
);
-- = credit_note KHWLILZLL-CN1 return 30.00 5.00
-- = credit_note KHWLILZLL-CN2 discount 6.00 1.00

-- # … and then gets the state Refunded: nothing is left to take back
UPDATE `ps_orders` SET `current_state` = '7', `valid` = '0', `date_upd` = '2026-11-20 09:08:59' WHERE `id_order` = 21;
INSERT INTO `ps_order_history` (
  `id_order_history`, `id_employee`, `id_order`, `id_order_state`, `date_add`
) VALUES (
  '13', '1', '21', '7', '2026-11-20 09:09:06'
);

-- # a voucher at the checkout
INSERT INTO `ps_orders` (
  `id_order`, `id_address_delivery`, `id_address_invoice`, `id_cart`, `id_currency`, `id_shop_group`, `id_shop`, `id_lang`,
  `id_customer`, `id_carrier`, `current_state`, `secure_key`, `payment`, `module`, `recyclable`, `gift`, `gift_message`,
  `mobile_theme`, `shipping_number`, `total_discounts`, `total_discounts_tax_incl`, `total_discounts_tax_excl`, `total_paid`,
  `total_paid_tax_incl`, `total_paid_tax_excl`, `total_products`, `total_products_wt`, `total_shipping`, `total_shipping_tax_incl`,
  `total_shipping_tax_excl`, `total_wrapping`, `total_wrapping_tax_incl`, `total_wrapping_tax_excl`, `total_paid_real`,
  `carrier_tax_rate`, `round_mode`, `round_type`, `conversion_rate`, `invoice_number`, `delivery_number`, `invoice_date`,
  `delivery_date`, `valid`, `reference`, `date_add`, `date_upd`
) VALUES (
  '22', '1', '1', '122', '1', '1', '1', '1', '1', '1', '0', 'b44a6d9efd7a0076a0fbce6b15eaf3b1', 'PrestaShop Checkout',
  'ps_checkout', '0', '0', '', '0', '', '4.80', '4.80', '4.00', '49.20', '49.20', '41.00', '40.00', '48.00', '6.00', '6.00', '5.00',
  '0', '0', '0', '0', '20.000', '2', '2', '1.000000', '0', '0', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '0', 'QTBCWVVPS',
  '2026-11-20 09:09:13', '2026-11-20 09:09:13'
);
INSERT INTO `ps_order_detail` (
  `id_order_detail`, `id_order`, `id_order_invoice`, `id_warehouse`, `id_shop`, `product_id`, `product_attribute_id`,
  `id_customization`, `product_name`, `product_quantity`, `product_quantity_in_stock`, `product_quantity_return`,
  `product_quantity_refunded`, `product_quantity_reinjected`, `product_price`, `reduction_percent`, `reduction_amount`,
  `product_reference`, `product_weight`, `tax_name`, `tax_rate`, `tax_computation_method`, `id_tax_rules_group`, `ecotax`,
  `ecotax_tax_rate`, `discount_quantity_applied`, `download_hash`, `download_nb`, `unit_price_tax_incl`, `unit_price_tax_excl`,
  `total_price_tax_incl`, `total_price_tax_excl`, `original_product_price`
) VALUES (
  '40', '22', '0', '0', '1', '11', '0', '0', 'Mug Aube', '2', '2', '0', '0', '0', '20.000000', '0', '0', 'MUG', '0.300000', '',
  '0.000', '0', '1', '0', '0', '0', '', '0', '24.000000', '20.000000', '48.000000', '40.000000', '20.000000'
);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (40, 1, 4.00, 8.00);
INSERT INTO `ps_order_carrier` (
  `id_order_carrier`, `id_order`, `id_carrier`, `id_order_invoice`, `weight`, `shipping_cost_tax_excl`, `shipping_cost_tax_incl`,
  `tracking_number`, `date_add`
) VALUES (
  '106', '22', '1', '0', '0.600000', '5.00', '6.00', '', '2026-11-20 09:09:20'
);
INSERT INTO `ps_order_payment` (
  `id_order_payment`, `order_reference`, `id_currency`, `amount`, `payment_method`, `conversion_rate`, `transaction_id`,
  `card_number`, `card_brand`, `card_expiration`, `card_holder`, `date_add`
) VALUES (
  '5', 'QTBCWVVPS', '1', '49.20', 'PrestaShop Checkout', '1.000000', '', '', '', '', '', '2026-11-20 09:09:27'
);
UPDATE `ps_orders` SET `total_paid_real` = '49.20', `date_upd` = '2026-11-20 09:09:34' WHERE `id_order` = 22;
INSERT INTO `ps_order_cart_rule` (
  `id_order_cart_rule`, `id_order`, `id_cart_rule`, `id_order_invoice`, `name`, `value`, `value_tax_excl`, `free_shipping`
) VALUES (
  '2', '22', '502', '0', 'Bienvenue -10%', '4.80', '4.00', '0'
);
UPDATE `ps_orders` SET `current_state` = '2', `valid` = '1', `date_upd` = '2026-11-20 09:09:41' WHERE `id_order` = 22;
INSERT INTO `ps_order_invoice` (
  `id_order_invoice`, `id_order`, `number`, `delivery_number`, `delivery_date`, `total_discount_tax_excl`,
  `total_discount_tax_incl`, `total_paid_tax_excl`, `total_paid_tax_incl`, `total_products`, `total_products_wt`,
  `total_shipping_tax_excl`, `total_shipping_tax_incl`, `shipping_tax_computation_method`, `total_wrapping_tax_excl`,
  `total_wrapping_tax_incl`, `shop_address`, `note`, `date_add`
) VALUES (
  '5', '22', '0', '0', '0000-00-00 00:00:00', '4.00', '4.80', '41.00', '49.20', '40.00', '48.00', '5.00', '6.00', '0', '0', '0',
  'Quai 7, Nantes', '', '2026-11-20 09:09:48'
);
UPDATE `ps_order_invoice` SET number = 5 WHERE `id_order_invoice` = 5;
UPDATE `ps_order_carrier` SET `id_order_invoice` = '5' WHERE `id_order_carrier` = 106;
UPDATE `ps_order_detail` SET `id_order_invoice` = 5 WHERE `id_order` = 22;
UPDATE `ps_order_cart_rule` SET `id_order_invoice` = 5 WHERE `id_order` = 22;
UPDATE `ps_orders` SET
  `invoice_number` = '5', `invoice_date` = '2026-11-20 09:09:48', `date_upd` = '2026-11-20 09:09:55'
WHERE `id_order` = 22;
INSERT INTO `ps_order_history` (
  `id_order_history`, `id_employee`, `id_order`, `id_order_state`, `date_add`
) VALUES (
  '14', '1', '22', '2', '2026-11-20 09:10:02'
);
DELETE FROM `ps_order_detail_tax` WHERE id_order_detail IN (40);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (40, 1, 4.00, 8.00);
-- = sales_order QTBCWVVPS 49.20 8.20

-- # one of two comes back at its full price: what it had of the voucher comes off the other
UPDATE `ps_order_carrier` SET `weight` = '0.300000' WHERE `id_order_carrier` = 106;
UPDATE `ps_order_detail` SET `product_quantity_refunded` = '1' WHERE `id_order_detail` = 40;
INSERT INTO `ps_order_slip` (
  `id_order_slip`, `id_customer`, `id_order`, `conversion_rate`, `total_products_tax_excl`, `total_products_tax_incl`,
  `total_shipping_tax_excl`, `total_shipping_tax_incl`, `amount`, `shipping_cost`, `shipping_cost_amount`, `partial`, `date_add`,
  `date_upd`, `order_slip_type`
) VALUES (
  '6', '1', '22', '1.000000', '20.00', '24.00', '0', '0', '24.00', '0', '0', '0', '2026-11-20 09:10:09', '2026-11-20 09:10:09', '0'
);
INSERT INTO `ps_order_slip_detail` (
  `id_order_slip`, `id_order_detail`, `product_quantity`, `unit_price_tax_excl`, `unit_price_tax_incl`, `total_price_tax_excl`,
  `total_price_tax_incl`, `amount_tax_excl`, `amount_tax_incl`
) VALUES (
  '6', '40', '1', '20.00', '24.00', '20.00', '24.00', '20.00', '24.00'
);
-- = credit_note QTBCWVVPS-CN1 return 21.60 3.60
-- = credit_note QTBCWVVPS-CN2 discount 2.40 0.40

-- # another one with a voucher
INSERT INTO `ps_orders` (
  `id_order`, `id_address_delivery`, `id_address_invoice`, `id_cart`, `id_currency`, `id_shop_group`, `id_shop`, `id_lang`,
  `id_customer`, `id_carrier`, `current_state`, `secure_key`, `payment`, `module`, `recyclable`, `gift`, `gift_message`,
  `mobile_theme`, `shipping_number`, `total_discounts`, `total_discounts_tax_incl`, `total_discounts_tax_excl`, `total_paid`,
  `total_paid_tax_incl`, `total_paid_tax_excl`, `total_products`, `total_products_wt`, `total_shipping`, `total_shipping_tax_incl`,
  `total_shipping_tax_excl`, `total_wrapping`, `total_wrapping_tax_incl`, `total_wrapping_tax_excl`, `total_paid_real`,
  `carrier_tax_rate`, `round_mode`, `round_type`, `conversion_rate`, `invoice_number`, `delivery_number`, `invoice_date`,
  `delivery_date`, `valid`, `reference`, `date_add`, `date_upd`
) VALUES (
  '23', '1', '1', '123', '1', '1', '1', '1', '1', '1', '0', 'b44a6d9efd7a0076a0fbce6b15eaf3b1', 'PrestaShop Checkout',
  'ps_checkout', '0', '0', '', '0', '', '4.80', '4.80', '4.00', '49.20', '49.20', '41.00', '40.00', '48.00', '6.00', '6.00', '5.00',
  '0', '0', '0', '0', '20.000', '2', '2', '1.000000', '0', '0', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '0', 'RBZTQWLKD',
  '2026-11-20 09:10:16', '2026-11-20 09:10:16'
);
INSERT INTO `ps_order_detail` (
  `id_order_detail`, `id_order`, `id_order_invoice`, `id_warehouse`, `id_shop`, `product_id`, `product_attribute_id`,
  `id_customization`, `product_name`, `product_quantity`, `product_quantity_in_stock`, `product_quantity_return`,
  `product_quantity_refunded`, `product_quantity_reinjected`, `product_price`, `reduction_percent`, `reduction_amount`,
  `product_reference`, `product_weight`, `tax_name`, `tax_rate`, `tax_computation_method`, `id_tax_rules_group`, `ecotax`,
  `ecotax_tax_rate`, `discount_quantity_applied`, `download_hash`, `download_nb`, `unit_price_tax_incl`, `unit_price_tax_excl`,
  `total_price_tax_incl`, `total_price_tax_excl`, `original_product_price`
) VALUES (
  '41', '23', '0', '0', '1', '11', '0', '0', 'Mug Aube', '2', '2', '0', '0', '0', '20.000000', '0', '0', 'MUG', '0.300000', '',
  '0.000', '0', '1', '0', '0', '0', '', '0', '24.000000', '20.000000', '48.000000', '40.000000', '20.000000'
);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (41, 1, 4.00, 8.00);
INSERT INTO `ps_order_carrier` (
  `id_order_carrier`, `id_order`, `id_carrier`, `id_order_invoice`, `weight`, `shipping_cost_tax_excl`, `shipping_cost_tax_incl`,
  `tracking_number`, `date_add`
) VALUES (
  '107', '23', '1', '0', '0.600000', '5.00', '6.00', '', '2026-11-20 09:10:23'
);
INSERT INTO `ps_order_payment` (
  `id_order_payment`, `order_reference`, `id_currency`, `amount`, `payment_method`, `conversion_rate`, `transaction_id`,
  `card_number`, `card_brand`, `card_expiration`, `card_holder`, `date_add`
) VALUES (
  '6', 'RBZTQWLKD', '1', '49.20', 'PrestaShop Checkout', '1.000000', '', '', '', '', '', '2026-11-20 09:10:30'
);
UPDATE `ps_orders` SET `total_paid_real` = '49.20', `date_upd` = '2026-11-20 09:10:37' WHERE `id_order` = 23;
INSERT INTO `ps_order_cart_rule` (
  `id_order_cart_rule`, `id_order`, `id_cart_rule`, `id_order_invoice`, `name`, `value`, `value_tax_excl`, `free_shipping`
) VALUES (
  '3', '23', '503', '0', 'Bienvenue -10%', '4.80', '4.00', '0'
);
UPDATE `ps_orders` SET `current_state` = '2', `valid` = '1', `date_upd` = '2026-11-20 09:10:44' WHERE `id_order` = 23;
INSERT INTO `ps_order_invoice` (
  `id_order_invoice`, `id_order`, `number`, `delivery_number`, `delivery_date`, `total_discount_tax_excl`,
  `total_discount_tax_incl`, `total_paid_tax_excl`, `total_paid_tax_incl`, `total_products`, `total_products_wt`,
  `total_shipping_tax_excl`, `total_shipping_tax_incl`, `shipping_tax_computation_method`, `total_wrapping_tax_excl`,
  `total_wrapping_tax_incl`, `shop_address`, `note`, `date_add`
) VALUES (
  '6', '23', '0', '0', '0000-00-00 00:00:00', '4.00', '4.80', '41.00', '49.20', '40.00', '48.00', '5.00', '6.00', '0', '0', '0',
  'Quai 7, Nantes', '', '2026-11-20 09:10:51'
);
UPDATE `ps_order_invoice` SET number = 6 WHERE `id_order_invoice` = 6;
UPDATE `ps_order_carrier` SET `id_order_invoice` = '6' WHERE `id_order_carrier` = 107;
UPDATE `ps_order_detail` SET `id_order_invoice` = 6 WHERE `id_order` = 23;
UPDATE `ps_order_cart_rule` SET `id_order_invoice` = 6 WHERE `id_order` = 23;
UPDATE `ps_orders` SET
  `invoice_number` = '6', `invoice_date` = '2026-11-20 09:10:51', `date_upd` = '2026-11-20 09:10:58'
WHERE `id_order` = 23;
INSERT INTO `ps_order_history` (
  `id_order_history`, `id_employee`, `id_order`, `id_order_state`, `date_add`
) VALUES (
  '15', '1', '23', '2', '2026-11-20 09:11:05'
);
DELETE FROM `ps_order_detail_tax` WHERE id_order_detail IN (41);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (41, 1, 4.00, 8.00);
-- = sales_order RBZTQWLKD 49.20 8.20

-- # one of two comes back less the whole voucher: the other one stands at its full price (prices without tax: tax_incl is lowered)
UPDATE `ps_order_carrier` SET `weight` = '0.300000' WHERE `id_order_carrier` = 107;
UPDATE `ps_order_detail` SET `product_quantity_refunded` = '1' WHERE `id_order_detail` = 41;
INSERT INTO `ps_order_slip` (
  `id_order_slip`, `id_customer`, `id_order`, `conversion_rate`, `total_products_tax_excl`, `total_products_tax_incl`,
  `total_shipping_tax_excl`, `total_shipping_tax_incl`, `amount`, `shipping_cost`, `shipping_cost_amount`, `partial`, `date_add`,
  `date_upd`, `order_slip_type`
) VALUES (
  '7', '1', '23', '1.000000', '20.00', '19.20', '0', '0', '20.00', '0', '0', '0', '2026-11-20 09:11:12', '2026-11-20 09:11:12', '1'
);
INSERT INTO `ps_order_slip_detail` (
  `id_order_slip`, `id_order_detail`, `product_quantity`, `unit_price_tax_excl`, `unit_price_tax_incl`, `total_price_tax_excl`,
  `total_price_tax_incl`, `amount_tax_excl`, `amount_tax_incl`
) VALUES (
  '7', '41', '1', '20.00', '24.00', '20.00', '24.00', '20.00', '24.00'
);
-- = debit_note RBZTQWLKD-DN1 2.40 0.40
-- = credit_note RBZTQWLKD-CN1 return 21.60 3.60

-- # one cart, two carriers: two orders with one reference
INSERT INTO `ps_orders` (
  `id_order`, `id_address_delivery`, `id_address_invoice`, `id_cart`, `id_currency`, `id_shop_group`, `id_shop`, `id_lang`,
  `id_customer`, `id_carrier`, `current_state`, `secure_key`, `payment`, `module`, `recyclable`, `gift`, `gift_message`,
  `mobile_theme`, `shipping_number`, `total_discounts`, `total_discounts_tax_incl`, `total_discounts_tax_excl`, `total_paid`,
  `total_paid_tax_incl`, `total_paid_tax_excl`, `total_products`, `total_products_wt`, `total_shipping`, `total_shipping_tax_incl`,
  `total_shipping_tax_excl`, `total_wrapping`, `total_wrapping_tax_incl`, `total_wrapping_tax_excl`, `total_paid_real`,
  `carrier_tax_rate`, `round_mode`, `round_type`, `conversion_rate`, `invoice_number`, `delivery_number`, `invoice_date`,
  `delivery_date`, `valid`, `reference`, `date_add`, `date_upd`
) VALUES (
  '24', '2', '2', '124', '1', '1', '1', '1', '2', '1', '0', 'b44a6d9efd7a0076a0fbce6b15eaf3b2', 'PrestaShop Checkout',
  'ps_checkout', '0', '0', '', '0', '', '0', '0', '0', '29.97', '29.97', '24.97', '19.97', '23.97', '6.00', '6.00', '5.00', '0',
  '0', '0', '0', '20.000', '2', '2', '1.000000', '0', '0', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '0', 'MNPQRSTVW',
  '2026-11-20 09:11:19', '2026-11-20 09:11:19'
);
INSERT INTO `ps_order_detail` (
  `id_order_detail`, `id_order`, `id_order_invoice`, `id_warehouse`, `id_shop`, `product_id`, `product_attribute_id`,
  `id_customization`, `product_name`, `product_quantity`, `product_quantity_in_stock`, `product_quantity_return`,
  `product_quantity_refunded`, `product_quantity_reinjected`, `product_price`, `reduction_percent`, `reduction_amount`,
  `product_reference`, `product_weight`, `tax_name`, `tax_rate`, `tax_computation_method`, `id_tax_rules_group`, `ecotax`,
  `ecotax_tax_rate`, `discount_quantity_applied`, `download_hash`, `download_nb`, `unit_price_tax_incl`, `unit_price_tax_excl`,
  `total_price_tax_incl`, `total_price_tax_excl`, `original_product_price`
) VALUES (
  '42', '24', '0', '0', '1', '15', '0', '0', 'Thé noir, 100 g', '3', '3', '0', '0', '0', '6.658333', '0', '0', 'TEA', '0.300000',
  '', '0.000', '0', '1', '0', '0', '0', '', '0', '7.990000', '6.658333', '23.970000', '19.970000', '6.658333'
);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (42, 1, 1.331667, 4.00);
INSERT INTO `ps_order_carrier` (
  `id_order_carrier`, `id_order`, `id_carrier`, `id_order_invoice`, `weight`, `shipping_cost_tax_excl`, `shipping_cost_tax_incl`,
  `tracking_number`, `date_add`
) VALUES (
  '108', '24', '1', '0', '0.600000', '5.00', '6.00', '', '2026-11-20 09:11:26'
);
INSERT INTO `ps_orders` (
  `id_order`, `id_address_delivery`, `id_address_invoice`, `id_cart`, `id_currency`, `id_shop_group`, `id_shop`, `id_lang`,
  `id_customer`, `id_carrier`, `current_state`, `secure_key`, `payment`, `module`, `recyclable`, `gift`, `gift_message`,
  `mobile_theme`, `shipping_number`, `total_discounts`, `total_discounts_tax_incl`, `total_discounts_tax_excl`, `total_paid`,
  `total_paid_tax_incl`, `total_paid_tax_excl`, `total_products`, `total_products_wt`, `total_shipping`, `total_shipping_tax_incl`,
  `total_shipping_tax_excl`, `total_wrapping`, `total_wrapping_tax_incl`, `total_wrapping_tax_excl`, `total_paid_real`,
  `carrier_tax_rate`, `round_mode`, `round_type`, `conversion_rate`, `invoice_number`, `delivery_number`, `invoice_date`,
  `delivery_date`, `valid`, `reference`, `date_add`, `date_upd`
) VALUES (
  '25', '2', '2', '124', '1', '1', '1', '1', '2', '2', '0', 'b44a6d9efd7a0076a0fbce6b15eaf3b2', 'PrestaShop Checkout',
  'ps_checkout', '0', '0', '', '0', '', '0', '0', '0', '16.55', '16.55', '15.00', '10.00', '10.55', '6.00', '6.00', '5.00', '0',
  '0', '0', '0', '20.000', '2', '2', '1.000000', '0', '0', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '0', 'MNPQRSTVW',
  '2026-11-20 09:11:33', '2026-11-20 09:11:33'
);
INSERT INTO `ps_order_detail` (
  `id_order_detail`, `id_order`, `id_order_invoice`, `id_warehouse`, `id_shop`, `product_id`, `product_attribute_id`,
  `id_customization`, `product_name`, `product_quantity`, `product_quantity_in_stock`, `product_quantity_return`,
  `product_quantity_refunded`, `product_quantity_reinjected`, `product_price`, `reduction_percent`, `reduction_amount`,
  `product_reference`, `product_weight`, `tax_name`, `tax_rate`, `tax_computation_method`, `id_tax_rules_group`, `ecotax`,
  `ecotax_tax_rate`, `discount_quantity_applied`, `download_hash`, `download_nb`, `unit_price_tax_incl`, `unit_price_tax_excl`,
  `total_price_tax_incl`, `total_price_tax_excl`, `original_product_price`
) VALUES (
  '43', '25', '0', '0', '1', '14', '0', '0', 'Carnet de bord', '1', '1', '0', '0', '0', '10.000000', '0', '0', 'BOOK', '0.300000',
  '', '0.000', '0', '2', '0', '0', '0', '', '0', '10.550000', '10.000000', '10.550000', '10.000000', '10.000000'
);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (43, 2, 0.55, 0.55);
INSERT INTO `ps_order_carrier` (
  `id_order_carrier`, `id_order`, `id_carrier`, `id_order_invoice`, `weight`, `shipping_cost_tax_excl`, `shipping_cost_tax_incl`,
  `tracking_number`, `date_add`
) VALUES (
  '109', '25', '2', '0', '0.600000', '5.00', '6.00', '', '2026-11-20 09:11:40'
);
INSERT INTO `ps_order_payment` (
  `id_order_payment`, `order_reference`, `id_currency`, `amount`, `payment_method`, `conversion_rate`, `transaction_id`,
  `card_number`, `card_brand`, `card_expiration`, `card_holder`, `date_add`
) VALUES (
  '7', 'MNPQRSTVW', '1', '29.97', 'PrestaShop Checkout', '1.000000', '', '', '', '', '', '2026-11-20 09:11:47'
);
UPDATE `ps_orders` SET `total_paid_real` = '29.97', `date_upd` = '2026-11-20 09:11:54' WHERE `id_order` = 24;
UPDATE `ps_orders` SET `current_state` = '2', `valid` = '1', `date_upd` = '2026-11-20 09:12:01' WHERE `id_order` = 24;
INSERT INTO `ps_order_invoice` (
  `id_order_invoice`, `id_order`, `number`, `delivery_number`, `delivery_date`, `total_discount_tax_excl`,
  `total_discount_tax_incl`, `total_paid_tax_excl`, `total_paid_tax_incl`, `total_products`, `total_products_wt`,
  `total_shipping_tax_excl`, `total_shipping_tax_incl`, `shipping_tax_computation_method`, `total_wrapping_tax_excl`,
  `total_wrapping_tax_incl`, `shop_address`, `note`, `date_add`
) VALUES (
  '7', '24', '0', '0', '0000-00-00 00:00:00', '0', '0', '24.97', '29.97', '19.97', '23.97', '5.00', '6.00', '0', '0', '0',
  'Quai 7, Nantes', '', '2026-11-20 09:12:08'
);
UPDATE `ps_order_invoice` SET number = 7 WHERE `id_order_invoice` = 7;
UPDATE `ps_order_carrier` SET `id_order_invoice` = '7' WHERE `id_order_carrier` = 108;
UPDATE `ps_order_detail` SET `id_order_invoice` = 7 WHERE `id_order` = 24;
UPDATE `ps_order_cart_rule` SET `id_order_invoice` = 7 WHERE `id_order` = 24;
UPDATE `ps_orders` SET
  `invoice_number` = '7', `invoice_date` = '2026-11-20 09:12:08', `date_upd` = '2026-11-20 09:12:15'
WHERE `id_order` = 24;
INSERT INTO `ps_order_history` (
  `id_order_history`, `id_employee`, `id_order`, `id_order_state`, `date_add`
) VALUES (
  '16', '1', '24', '2', '2026-11-20 09:12:22'
);
DELETE FROM `ps_order_detail_tax` WHERE id_order_detail IN (42);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (42, 1, 1.331667, 4.00);
INSERT INTO `ps_order_payment` (
  `id_order_payment`, `order_reference`, `id_currency`, `amount`, `payment_method`, `conversion_rate`, `transaction_id`,
  `card_number`, `card_brand`, `card_expiration`, `card_holder`, `date_add`
) VALUES (
  '8', 'MNPQRSTVW', '1', '16.55', 'PrestaShop Checkout', '1.000000', '', '', '', '', '', '2026-11-20 09:12:29'
);
UPDATE `ps_orders` SET `total_paid_real` = '16.55', `date_upd` = '2026-11-20 09:12:36' WHERE `id_order` = 25;
UPDATE `ps_orders` SET `current_state` = '2', `valid` = '1', `date_upd` = '2026-11-20 09:12:43' WHERE `id_order` = 25;
INSERT INTO `ps_order_invoice` (
  `id_order_invoice`, `id_order`, `number`, `delivery_number`, `delivery_date`, `total_discount_tax_excl`,
  `total_discount_tax_incl`, `total_paid_tax_excl`, `total_paid_tax_incl`, `total_products`, `total_products_wt`,
  `total_shipping_tax_excl`, `total_shipping_tax_incl`, `shipping_tax_computation_method`, `total_wrapping_tax_excl`,
  `total_wrapping_tax_incl`, `shop_address`, `note`, `date_add`
) VALUES (
  '8', '25', '0', '0', '0000-00-00 00:00:00', '0', '0', '15.00', '16.55', '10.00', '10.55', '5.00', '6.00', '0', '0', '0',
  'Quai 7, Nantes', '', '2026-11-20 09:12:50'
);
UPDATE `ps_order_invoice` SET number = 8 WHERE `id_order_invoice` = 8;
UPDATE `ps_order_carrier` SET `id_order_invoice` = '8' WHERE `id_order_carrier` = 109;
UPDATE `ps_order_detail` SET `id_order_invoice` = 8 WHERE `id_order` = 25;
UPDATE `ps_order_cart_rule` SET `id_order_invoice` = 8 WHERE `id_order` = 25;
UPDATE `ps_orders` SET
  `invoice_number` = '8', `invoice_date` = '2026-11-20 09:12:50', `date_upd` = '2026-11-20 09:12:57'
WHERE `id_order` = 25;
INSERT INTO `ps_order_history` (
  `id_order_history`, `id_employee`, `id_order`, `id_order_state`, `date_add`
) VALUES (
  '17', '1', '25', '2', '2026-11-20 09:13:04'
);
DELETE FROM `ps_order_detail_tax` WHERE id_order_detail IN (43);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (43, 2, 0.55, 0.55);
-- = sales_order MNPQRSTVW 29.97 5.00
-- = sales_order MNPQRSTVW#2 16.55 1.55

-- # a piece whose price has more digits than cents comes back
UPDATE `ps_order_carrier` SET `weight` = '0.400000' WHERE `id_order_carrier` = 108;
UPDATE `ps_order_detail` SET `product_quantity_refunded` = '1' WHERE `id_order_detail` = 42;
INSERT INTO `ps_order_slip` (
  `id_order_slip`, `id_customer`, `id_order`, `conversion_rate`, `total_products_tax_excl`, `total_products_tax_incl`,
  `total_shipping_tax_excl`, `total_shipping_tax_incl`, `amount`, `shipping_cost`, `shipping_cost_amount`, `partial`, `date_add`,
  `date_upd`, `order_slip_type`
) VALUES (
  '8', '2', '24', '1.000000', '6.66', '7.99', '0', '0', '7.99', '0', '0', '0', '2026-11-20 09:13:11', '2026-11-20 09:13:11', '0'
);
INSERT INTO `ps_order_slip_detail` (
  `id_order_slip`, `id_order_detail`, `product_quantity`, `unit_price_tax_excl`, `unit_price_tax_incl`, `total_price_tax_excl`,
  `total_price_tax_incl`, `amount_tax_excl`, `amount_tax_incl`
) VALUES (
  '8', '42', '1', '6.66', '7.99', '6.66', '7.99', '6.66', '7.99'
);
-- = credit_note MNPQRSTVW-CN1 return 7.99 1.33

-- # everything is free: a voucher over goods and freight
INSERT INTO `ps_orders` (
  `id_order`, `id_address_delivery`, `id_address_invoice`, `id_cart`, `id_currency`, `id_shop_group`, `id_shop`, `id_lang`,
  `id_customer`, `id_carrier`, `current_state`, `secure_key`, `payment`, `module`, `recyclable`, `gift`, `gift_message`,
  `mobile_theme`, `shipping_number`, `total_discounts`, `total_discounts_tax_incl`, `total_discounts_tax_excl`, `total_paid`,
  `total_paid_tax_incl`, `total_paid_tax_excl`, `total_products`, `total_products_wt`, `total_shipping`, `total_shipping_tax_incl`,
  `total_shipping_tax_excl`, `total_wrapping`, `total_wrapping_tax_incl`, `total_wrapping_tax_excl`, `total_paid_real`,
  `carrier_tax_rate`, `round_mode`, `round_type`, `conversion_rate`, `invoice_number`, `delivery_number`, `invoice_date`,
  `delivery_date`, `valid`, `reference`, `date_add`, `date_upd`
) VALUES (
  '26', '1', '1', '126', '1', '1', '1', '1', '1', '1', '0', 'b44a6d9efd7a0076a0fbce6b15eaf3b1', 'Free order', 'ps_checkout', '0',
  '0', '', '0', '', '18.00', '18.00', '15.00', '0.00', '0.00', '0.00', '10.00', '12.00', '6.00', '6.00', '5.00', '0', '0', '0', '0',
  '20.000', '2', '2', '1.000000', '0', '0', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '0', 'ZEROZEROA', '2026-11-20 09:13:18',
  '2026-11-20 09:13:18'
);
INSERT INTO `ps_order_detail` (
  `id_order_detail`, `id_order`, `id_order_invoice`, `id_warehouse`, `id_shop`, `product_id`, `product_attribute_id`,
  `id_customization`, `product_name`, `product_quantity`, `product_quantity_in_stock`, `product_quantity_return`,
  `product_quantity_refunded`, `product_quantity_reinjected`, `product_price`, `reduction_percent`, `reduction_amount`,
  `product_reference`, `product_weight`, `tax_name`, `tax_rate`, `tax_computation_method`, `id_tax_rules_group`, `ecotax`,
  `ecotax_tax_rate`, `discount_quantity_applied`, `download_hash`, `download_nb`, `unit_price_tax_incl`, `unit_price_tax_excl`,
  `total_price_tax_incl`, `total_price_tax_excl`, `original_product_price`
) VALUES (
  '44', '26', '0', '0', '1', '12', '40', '0', 'T-shirt "Été" (Taille : M)', '1', '1', '0', '0', '0', '10.000000', '0', '0',
  'TSHIRT', '0.300000', '', '0.000', '0', '1', '0', '0', '0', '', '0', '12.000000', '10.000000', '12.000000', '10.000000',
  '10.000000'
);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (44, 1, 2.00, 2.00);
INSERT INTO `ps_order_carrier` (
  `id_order_carrier`, `id_order`, `id_carrier`, `id_order_invoice`, `weight`, `shipping_cost_tax_excl`, `shipping_cost_tax_incl`,
  `tracking_number`, `date_add`
) VALUES (
  '110', '26', '1', '0', '0.600000', '5.00', '6.00', '', '2026-11-20 09:13:25'
);
INSERT INTO `ps_order_payment` (
  `id_order_payment`, `order_reference`, `id_currency`, `amount`, `payment_method`, `conversion_rate`, `transaction_id`,
  `card_number`, `card_brand`, `card_expiration`, `card_holder`, `date_add`
) VALUES (
  '9', 'ZEROZEROA', '1', '0.00', 'Free order', '1.000000', '', '', '', '', '', '2026-11-20 09:13:32'
);
UPDATE `ps_orders` SET `total_paid_real` = '0.00', `date_upd` = '2026-11-20 09:13:39' WHERE `id_order` = 26;
INSERT INTO `ps_order_cart_rule` (
  `id_order_cart_rule`, `id_order`, `id_cart_rule`, `id_order_invoice`, `name`, `value`, `value_tax_excl`, `free_shipping`
) VALUES (
  '4', '26', '504', '0', 'Gagnant', '18.00', '15.00', '1'
);
UPDATE `ps_orders` SET `current_state` = '2', `valid` = '1', `date_upd` = '2026-11-20 09:13:46' WHERE `id_order` = 26;
INSERT INTO `ps_order_invoice` (
  `id_order_invoice`, `id_order`, `number`, `delivery_number`, `delivery_date`, `total_discount_tax_excl`,
  `total_discount_tax_incl`, `total_paid_tax_excl`, `total_paid_tax_incl`, `total_products`, `total_products_wt`,
  `total_shipping_tax_excl`, `total_shipping_tax_incl`, `shipping_tax_computation_method`, `total_wrapping_tax_excl`,
  `total_wrapping_tax_incl`, `shop_address`, `note`, `date_add`
) VALUES (
  '9', '26', '0', '0', '0000-00-00 00:00:00', '15.00', '18.00', '0.00', '0.00', '10.00', '12.00', '5.00', '6.00', '0', '0', '0',
  'Quai 7, Nantes', '', '2026-11-20 09:13:53'
);
UPDATE `ps_order_invoice` SET number = 9 WHERE `id_order_invoice` = 9;
UPDATE `ps_order_carrier` SET `id_order_invoice` = '9' WHERE `id_order_carrier` = 110;
UPDATE `ps_order_detail` SET `id_order_invoice` = 9 WHERE `id_order` = 26;
UPDATE `ps_order_cart_rule` SET `id_order_invoice` = 9 WHERE `id_order` = 26;
UPDATE `ps_orders` SET
  `invoice_number` = '9', `invoice_date` = '2026-11-20 09:13:53', `date_upd` = '2026-11-20 09:14:00'
WHERE `id_order` = 26;
INSERT INTO `ps_order_history` (
  `id_order_history`, `id_employee`, `id_order`, `id_order_state`, `date_add`
) VALUES (
  '18', '1', '26', '2', '2026-11-20 09:14:07'
);
DELETE FROM `ps_order_detail_tax` WHERE id_order_detail IN (44);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (44, 1, 2.00, 2.00);
-- = sales_order ZEROZEROA 0.00 0.00

-- # a payment fails after all: held, not cancelled
INSERT INTO `ps_orders` (
  `id_order`, `id_address_delivery`, `id_address_invoice`, `id_cart`, `id_currency`, `id_shop_group`, `id_shop`, `id_lang`,
  `id_customer`, `id_carrier`, `current_state`, `secure_key`, `payment`, `module`, `recyclable`, `gift`, `gift_message`,
  `mobile_theme`, `shipping_number`, `total_discounts`, `total_discounts_tax_incl`, `total_discounts_tax_excl`, `total_paid`,
  `total_paid_tax_incl`, `total_paid_tax_excl`, `total_products`, `total_products_wt`, `total_shipping`, `total_shipping_tax_incl`,
  `total_shipping_tax_excl`, `total_wrapping`, `total_wrapping_tax_incl`, `total_wrapping_tax_excl`, `total_paid_real`,
  `carrier_tax_rate`, `round_mode`, `round_type`, `conversion_rate`, `invoice_number`, `delivery_number`, `invoice_date`,
  `delivery_date`, `valid`, `reference`, `date_add`, `date_upd`
) VALUES (
  '27', '2', '2', '127', '1', '1', '1', '1', '2', '1', '0', 'b44a6d9efd7a0076a0fbce6b15eaf3b2', 'PrestaShop Checkout',
  'ps_checkout', '0', '0', '', '0', '', '0', '0', '0', '30.00', '30.00', '25.00', '20.00', '24.00', '6.00', '6.00', '5.00', '0',
  '0', '0', '0', '20.000', '2', '2', '1.000000', '0', '0', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '0', 'ERRPAYBAD',
  '2026-11-20 09:14:14', '2026-11-20 09:14:14'
);
INSERT INTO `ps_order_detail` (
  `id_order_detail`, `id_order`, `id_order_invoice`, `id_warehouse`, `id_shop`, `product_id`, `product_attribute_id`,
  `id_customization`, `product_name`, `product_quantity`, `product_quantity_in_stock`, `product_quantity_return`,
  `product_quantity_refunded`, `product_quantity_reinjected`, `product_price`, `reduction_percent`, `reduction_amount`,
  `product_reference`, `product_weight`, `tax_name`, `tax_rate`, `tax_computation_method`, `id_tax_rules_group`, `ecotax`,
  `ecotax_tax_rate`, `discount_quantity_applied`, `download_hash`, `download_nb`, `unit_price_tax_incl`, `unit_price_tax_excl`,
  `total_price_tax_incl`, `total_price_tax_excl`, `original_product_price`
) VALUES (
  '45', '27', '0', '0', '1', '12', '40', '0', 'T-shirt "Été" (Taille : M)', '2', '2', '0', '0', '0', '10.000000', '0', '0',
  'TSHIRT', '0.300000', '', '0.000', '0', '1', '0', '0', '0', '', '0', '12.000000', '10.000000', '24.000000', '20.000000',
  '10.000000'
);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (45, 1, 2.00, 4.00);
INSERT INTO `ps_order_carrier` (
  `id_order_carrier`, `id_order`, `id_carrier`, `id_order_invoice`, `weight`, `shipping_cost_tax_excl`, `shipping_cost_tax_incl`,
  `tracking_number`, `date_add`
) VALUES (
  '111', '27', '1', '0', '0.600000', '5.00', '6.00', '', '2026-11-20 09:14:21'
);
INSERT INTO `ps_order_payment` (
  `id_order_payment`, `order_reference`, `id_currency`, `amount`, `payment_method`, `conversion_rate`, `transaction_id`,
  `card_number`, `card_brand`, `card_expiration`, `card_holder`, `date_add`
) VALUES (
  '10', 'ERRPAYBAD', '1', '30.00', 'PrestaShop Checkout', '1.000000', '', '', '', '', '', '2026-11-20 09:14:28'
);
UPDATE `ps_orders` SET `total_paid_real` = '30.00', `date_upd` = '2026-11-20 09:14:35' WHERE `id_order` = 27;
UPDATE `ps_orders` SET `current_state` = '2', `valid` = '1', `date_upd` = '2026-11-20 09:14:42' WHERE `id_order` = 27;
INSERT INTO `ps_order_invoice` (
  `id_order_invoice`, `id_order`, `number`, `delivery_number`, `delivery_date`, `total_discount_tax_excl`,
  `total_discount_tax_incl`, `total_paid_tax_excl`, `total_paid_tax_incl`, `total_products`, `total_products_wt`,
  `total_shipping_tax_excl`, `total_shipping_tax_incl`, `shipping_tax_computation_method`, `total_wrapping_tax_excl`,
  `total_wrapping_tax_incl`, `shop_address`, `note`, `date_add`
) VALUES (
  '10', '27', '0', '0', '0000-00-00 00:00:00', '0', '0', '25.00', '30.00', '20.00', '24.00', '5.00', '6.00', '0', '0', '0',
  'Quai 7, Nantes', '', '2026-11-20 09:14:49'
);
UPDATE `ps_order_invoice` SET number = 10 WHERE `id_order_invoice` = 10;
UPDATE `ps_order_carrier` SET `id_order_invoice` = '10' WHERE `id_order_carrier` = 111;
UPDATE `ps_order_detail` SET `id_order_invoice` = 10 WHERE `id_order` = 27;
UPDATE `ps_order_cart_rule` SET `id_order_invoice` = 10 WHERE `id_order` = 27;
UPDATE `ps_orders` SET
  `invoice_number` = '10', `invoice_date` = '2026-11-20 09:14:49', `date_upd` = '2026-11-20 09:14:56'
WHERE `id_order` = 27;
INSERT INTO `ps_order_history` (
  `id_order_history`, `id_employee`, `id_order`, `id_order_state`, `date_add`
) VALUES (
  '19', '1', '27', '2', '2026-11-20 09:15:03'
);
DELETE FROM `ps_order_detail_tax` WHERE id_order_detail IN (45);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (45, 1, 2.00, 4.00);
-- = sales_order ERRPAYBAD 30.00 5.00

-- # … the state Payment error
UPDATE `ps_orders` SET `current_state` = '8', `valid` = '0', `date_upd` = '2026-11-20 09:15:10' WHERE `id_order` = 27;
INSERT INTO `ps_order_history` (
  `id_order_history`, `id_employee`, `id_order`, `id_order_state`, `date_add`
) VALUES (
  '20', '1', '27', '8', '2026-11-20 09:15:17'
);
-- = held 27 open again

-- # … and is paid again: nothing has changed
UPDATE `ps_orders` SET `current_state` = '2', `valid` = '1', `date_upd` = '2026-11-20 09:15:24' WHERE `id_order` = 27;
INSERT INTO `ps_order_history` (
  `id_order_history`, `id_employee`, `id_order`, `id_order_state`, `date_add`
) VALUES (
  '21', '1', '27', '2', '2026-11-20 09:15:31'
);

-- # an order is deleted through the web service: its lines stay
INSERT INTO `ps_orders` (
  `id_order`, `id_address_delivery`, `id_address_invoice`, `id_cart`, `id_currency`, `id_shop_group`, `id_shop`, `id_lang`,
  `id_customer`, `id_carrier`, `current_state`, `secure_key`, `payment`, `module`, `recyclable`, `gift`, `gift_message`,
  `mobile_theme`, `shipping_number`, `total_discounts`, `total_discounts_tax_incl`, `total_discounts_tax_excl`, `total_paid`,
  `total_paid_tax_incl`, `total_paid_tax_excl`, `total_products`, `total_products_wt`, `total_shipping`, `total_shipping_tax_incl`,
  `total_shipping_tax_excl`, `total_wrapping`, `total_wrapping_tax_incl`, `total_wrapping_tax_excl`, `total_paid_real`,
  `carrier_tax_rate`, `round_mode`, `round_type`, `conversion_rate`, `invoice_number`, `delivery_number`, `invoice_date`,
  `delivery_date`, `valid`, `reference`, `date_add`, `date_upd`
) VALUES (
  '28', '1', '1', '128', '1', '1', '1', '1', '1', '1', '0', 'b44a6d9efd7a0076a0fbce6b15eaf3b1', 'PrestaShop Checkout',
  'ps_checkout', '0', '0', '', '0', '', '0', '0', '0', '18.00', '18.00', '15.00', '10.00', '12.00', '6.00', '6.00', '5.00', '0',
  '0', '0', '0', '20.000', '2', '2', '1.000000', '0', '0', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '0', 'DELETEDXX',
  '2026-11-20 09:15:38', '2026-11-20 09:15:38'
);
INSERT INTO `ps_order_detail` (
  `id_order_detail`, `id_order`, `id_order_invoice`, `id_warehouse`, `id_shop`, `product_id`, `product_attribute_id`,
  `id_customization`, `product_name`, `product_quantity`, `product_quantity_in_stock`, `product_quantity_return`,
  `product_quantity_refunded`, `product_quantity_reinjected`, `product_price`, `reduction_percent`, `reduction_amount`,
  `product_reference`, `product_weight`, `tax_name`, `tax_rate`, `tax_computation_method`, `id_tax_rules_group`, `ecotax`,
  `ecotax_tax_rate`, `discount_quantity_applied`, `download_hash`, `download_nb`, `unit_price_tax_incl`, `unit_price_tax_excl`,
  `total_price_tax_incl`, `total_price_tax_excl`, `original_product_price`
) VALUES (
  '46', '28', '0', '0', '1', '13', '0', '0', 'Stylo', '2', '2', '0', '0', '0', '5.000000', '0', '0', 'PEN', '0.300000', '', '0.000',
  '0', '1', '0', '0', '0', '', '0', '6.000000', '5.000000', '12.000000', '10.000000', '5.000000'
);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (46, 1, 1.00, 2.00);
INSERT INTO `ps_order_carrier` (
  `id_order_carrier`, `id_order`, `id_carrier`, `id_order_invoice`, `weight`, `shipping_cost_tax_excl`, `shipping_cost_tax_incl`,
  `tracking_number`, `date_add`
) VALUES (
  '112', '28', '1', '0', '0.600000', '5.00', '6.00', '', '2026-11-20 09:15:45'
);
INSERT INTO `ps_order_payment` (
  `id_order_payment`, `order_reference`, `id_currency`, `amount`, `payment_method`, `conversion_rate`, `transaction_id`,
  `card_number`, `card_brand`, `card_expiration`, `card_holder`, `date_add`
) VALUES (
  '11', 'DELETEDXX', '1', '18.00', 'PrestaShop Checkout', '1.000000', '', '', '', '', '', '2026-11-20 09:15:52'
);
UPDATE `ps_orders` SET `total_paid_real` = '18.00', `date_upd` = '2026-11-20 09:15:59' WHERE `id_order` = 28;
UPDATE `ps_orders` SET `current_state` = '2', `valid` = '1', `date_upd` = '2026-11-20 09:16:06' WHERE `id_order` = 28;
INSERT INTO `ps_order_invoice` (
  `id_order_invoice`, `id_order`, `number`, `delivery_number`, `delivery_date`, `total_discount_tax_excl`,
  `total_discount_tax_incl`, `total_paid_tax_excl`, `total_paid_tax_incl`, `total_products`, `total_products_wt`,
  `total_shipping_tax_excl`, `total_shipping_tax_incl`, `shipping_tax_computation_method`, `total_wrapping_tax_excl`,
  `total_wrapping_tax_incl`, `shop_address`, `note`, `date_add`
) VALUES (
  '11', '28', '0', '0', '0000-00-00 00:00:00', '0', '0', '15.00', '18.00', '10.00', '12.00', '5.00', '6.00', '0', '0', '0',
  'Quai 7, Nantes', '', '2026-11-20 09:16:13'
);
UPDATE `ps_order_invoice` SET number = 11 WHERE `id_order_invoice` = 11;
UPDATE `ps_order_carrier` SET `id_order_invoice` = '11' WHERE `id_order_carrier` = 112;
UPDATE `ps_order_detail` SET `id_order_invoice` = 11 WHERE `id_order` = 28;
UPDATE `ps_order_cart_rule` SET `id_order_invoice` = 11 WHERE `id_order` = 28;
UPDATE `ps_orders` SET
  `invoice_number` = '11', `invoice_date` = '2026-11-20 09:16:13', `date_upd` = '2026-11-20 09:16:20'
WHERE `id_order` = 28;
INSERT INTO `ps_order_history` (
  `id_order_history`, `id_employee`, `id_order`, `id_order_state`, `date_add`
) VALUES (
  '22', '1', '28', '2', '2026-11-20 09:16:27'
);
DELETE FROM `ps_order_detail_tax` WHERE id_order_detail IN (46);
INSERT INTO `ps_order_detail_tax` (`id_order_detail`, `id_tax`, `unit_amount`, `total_amount`) VALUES (46, 1, 1.00, 2.00);
-- = sales_order DELETEDXX 18.00 3.00

-- # … deleted
DELETE FROM `ps_orders` WHERE `id_order` = 28;
-- = held 28

-- # a customer changes her e-mail
UPDATE `ps_customer` SET `email` = 'chloe.martin@example.com', `date_upd` = '2026-11-20 09:16:34' WHERE `id_customer` = 1;
-- = customer U1

-- # a customer moves: the address that orders have is marked as deleted, and a new one is written
UPDATE `ps_address` SET `deleted` = '1', `date_upd` = '2026-11-20 09:16:41' WHERE `id_address` = 2;
INSERT INTO `ps_address` (
  `id_address`, `id_country`, `id_state`, `id_customer`, `id_manufacturer`, `id_supplier`, `id_warehouse`, `alias`, `company`,
  `lastname`, `firstname`, `address1`, `address2`, `postcode`, `city`, `other`, `phone`, `phone_mobile`, `vat_number`, `dni`,
  `date_add`, `date_upd`, `active`, `deleted`
) VALUES (
  '4', '10', '209', '2', '0', '0', '0', 'Mon adresse', 'Rossi Srl', 'Rossi', 'Luca', 'Corso Como 9', '', '20154', 'Milano', '', '',
  '+39 333 0000002', 'IT01234567890', '', '2026-11-20 09:16:48', '2026-11-20 09:16:48', '1', '0'
);
-- = customer U2
