-- WooCommerce 11, orders in wp_wc_orders. Every statement is a transaction of its own, as the shop writes them.
-- Statements on tables that the mapping and books.sql do not read (stock, notes, sessions, lookup tables) are left out.

-- # accounts
INSERT INTO wp_users (ID, user_login, user_pass, user_nicename, user_email, user_url, user_registered, user_activation_key, user_status, display_name) VALUES (5, 'anna', '$P$B', 'anna', 'anna@example.com', '', '2026-01-10 10:00:00', '', 0, 'anna');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (5, 'first_name', 'Anna');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (5, 'last_name', 'Schmidt');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (5, 'wp_capabilities', 'a:1:{s:8:"customer";b:1;}');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (5, 'billing_first_name', 'Anna');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (5, 'billing_last_name', 'Schmidt');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (5, 'billing_address_1', 'Hauptstr. 5');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (5, 'billing_city', 'Bonn');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (5, 'billing_postcode', '53111');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (5, 'billing_country', 'DE');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (5, 'billing_email', 'anna@example.com');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (5, 'billing_phone', '0228 555');
INSERT INTO wp_users (ID, user_login, user_pass, user_nicename, user_email, user_url, user_registered, user_activation_key, user_status, display_name) VALUES (6, 'jonas', '$P$B', 'jonas', 'jonas@example.com', '', '2026-01-10 10:00:00', '', 0, 'Jonas Weber');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (6, 'first_name', '');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (6, 'last_name', '');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (6, 'wp_capabilities', 'a:1:{s:8:"customer";b:1;}');

-- # place
INSERT INTO wp_wc_orders (billing_email, currency, customer_id, customer_note, date_created_gmt, date_updated_gmt, id, ip_address, parent_order_id, payment_method, payment_method_title, status, tax_amount, total_amount, transaction_id, type, user_agent) VALUES ('anna@example.com', 'EUR', 5, '', '2026-03-02 09:07:00', '2026-03-02 09:07:00', 101, '203.0.113.7', 0, 'stripe', 'Card', 'wc-pending', '19', '124.95', '', 'shop_order', 'Mozilla/5.0') ON DUPLICATE KEY UPDATE billing_email = VALUES(billing_email), currency = VALUES(currency), customer_id = VALUES(customer_id), customer_note = VALUES(customer_note), date_created_gmt = VALUES(date_created_gmt), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), ip_address = VALUES(ip_address), parent_order_id = VALUES(parent_order_id), payment_method = VALUES(payment_method), payment_method_title = VALUES(payment_method_title), status = VALUES(status), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), transaction_id = VALUES(transaction_id), type = VALUES(type), user_agent = VALUES(user_agent);
INSERT INTO wp_wc_order_operational_data (cart_hash, coupon_usages_are_counted, created_via, date_completed_gmt, date_paid_gmt, discount_tax_amount, discount_total_amount, download_permission_granted, new_order_email_sent, order_id, order_key, order_stock_reduced, prices_include_tax, recorded_sales, shipping_tax_amount, shipping_total_amount, woocommerce_version) VALUES ('', 0, 'checkout', NULL, NULL, '0', '0', 0, 0, 101, 'wc_order_101', 0, 0, 0, '0.95', '5', '11.0.0') ON DUPLICATE KEY UPDATE cart_hash = VALUES(cart_hash), coupon_usages_are_counted = VALUES(coupon_usages_are_counted), created_via = VALUES(created_via), date_completed_gmt = VALUES(date_completed_gmt), date_paid_gmt = VALUES(date_paid_gmt), discount_tax_amount = VALUES(discount_tax_amount), discount_total_amount = VALUES(discount_total_amount), download_permission_granted = VALUES(download_permission_granted), new_order_email_sent = VALUES(new_order_email_sent), order_id = VALUES(order_id), order_key = VALUES(order_key), order_stock_reduced = VALUES(order_stock_reduced), prices_include_tax = VALUES(prices_include_tax), recorded_sales = VALUES(recorded_sales), shipping_tax_amount = VALUES(shipping_tax_amount), shipping_total_amount = VALUES(shipping_total_amount), woocommerce_version = VALUES(woocommerce_version);
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, email, phone) VALUES ('billing', 101, 'Anna', 'Schmidt', '', 'Hauptstr. 5', '', 'Bonn', '', '53111', 'DE', 'anna@example.com', '0228 555');
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, phone) VALUES ('shipping', 101, 'Anna', 'Schmidt', '', 'Hauptstr. 5', '', 'Bonn', '', '53111', 'DE', '');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1001, 'T-Shirt - Rot, L', 'line_item', 101);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1001, '_product_id', '200');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1001, '_variation_id', '201');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1001, '_qty', '2');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1001, '_tax_class', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1001, '_line_subtotal', '100');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1001, '_line_subtotal_tax', '19');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1001, '_line_total', '100');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1001, '_line_tax', '19');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1001, '_line_tax_data', 'a:2:{s:5:"total";a:1:{i:1;s:2:"19";}s:8:"subtotal";a:1:{i:1;s:2:"19";}}');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1002, 'Versand', 'shipping', 101);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1002, 'method_id', 'flat_rate');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1002, 'instance_id', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1002, 'cost', '5');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1002, 'total_tax', '0.95');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1002, 'taxes', 'a:1:{s:5:"total";a:1:{i:1;s:4:"0.95";}}');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1002, 'tax_status', 'taxable');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1003, 'DE-MWST-1', 'tax', 101);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1003, 'rate_id', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1003, 'label', 'MwSt.');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1003, 'compound', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1003, 'tax_amount', '19');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1003, 'shipping_tax_amount', '0.95');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1003, 'rate_percent', '19');

-- # pay
INSERT INTO wp_wc_orders (date_updated_gmt, id, status, type) VALUES ('2026-03-02 09:14:00', 101, 'wc-processing', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), status = VALUES(status), type = VALUES(type);
INSERT INTO wp_wc_order_operational_data (date_paid_gmt, order_id) VALUES ('2026-03-02 09:14:00', 101) ON DUPLICATE KEY UPDATE date_paid_gmt = VALUES(date_paid_gmt), order_id = VALUES(order_id);
-- = customer U5
-- = sales_order 101 124.95 19.95

-- # complete
INSERT INTO wp_wc_orders (date_updated_gmt, id, status, type) VALUES ('2026-03-02 09:21:00', 101, 'wc-completed', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), status = VALUES(status), type = VALUES(type);
INSERT INTO wp_wc_order_operational_data (date_completed_gmt, order_id) VALUES ('2026-03-02 09:21:00', 101) ON DUPLICATE KEY UPDATE date_completed_gmt = VALUES(date_completed_gmt), order_id = VALUES(order_id);

-- # partial refund with lines
INSERT INTO wp_wc_orders (currency, date_created_gmt, date_updated_gmt, id, parent_order_id, status, tax_amount, total_amount, type) VALUES ('EUR', '2026-03-02 09:28:00', '2026-03-02 09:28:00', 102, 101, 'wc-completed', '0', '0', 'shop_order_refund') ON DUPLICATE KEY UPDATE currency = VALUES(currency), date_created_gmt = VALUES(date_created_gmt), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), parent_order_id = VALUES(parent_order_id), status = VALUES(status), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), type = VALUES(type);
INSERT INTO wp_wc_order_operational_data (discount_tax_amount, discount_total_amount, order_id, prices_include_tax, shipping_tax_amount, shipping_total_amount, woocommerce_version) VALUES ('0', '0', 102, 0, '0', '0', '11.0.0') ON DUPLICATE KEY UPDATE discount_tax_amount = VALUES(discount_tax_amount), discount_total_amount = VALUES(discount_total_amount), order_id = VALUES(order_id), prices_include_tax = VALUES(prices_include_tax), shipping_tax_amount = VALUES(shipping_tax_amount), shipping_total_amount = VALUES(shipping_total_amount), woocommerce_version = VALUES(woocommerce_version);
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1004, 'T-Shirt - Rot, L', 'line_item', 102);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1004, '_product_id', '200');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1004, '_variation_id', '201');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1004, '_qty', '-1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1004, '_tax_class', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1004, '_line_subtotal', '-50');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1004, '_line_subtotal_tax', '-9.5');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1004, '_line_total', '-50');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1004, '_line_tax', '-9.5');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1004, '_line_tax_data', 'a:2:{s:5:"total";a:1:{i:1;s:4:"-9.5";}s:8:"subtotal";a:1:{i:1;s:4:"-9.5";}}');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1004, '_refunded_item_id', '1001');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1005, 'DE-MWST-1', 'tax', 102);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1005, 'rate_id', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1005, 'label', 'MwSt.');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1005, 'compound', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1005, 'tax_amount', '-9.5');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1005, 'shipping_tax_amount', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1005, 'rate_percent', '19');
INSERT INTO wp_wc_orders (date_updated_gmt, id, tax_amount, total_amount, type) VALUES ('2026-03-02 09:35:00', 102, '-9.5', '-59.5', 'shop_order_refund') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), type = VALUES(type);
-- = credit_note 101-CN1 return 59.50 9.50

-- # refund of shipping
INSERT INTO wp_wc_orders (currency, date_created_gmt, date_updated_gmt, id, parent_order_id, status, tax_amount, total_amount, type) VALUES ('EUR', '2026-03-02 09:49:00', '2026-03-02 09:49:00', 103, 101, 'wc-completed', '0', '0', 'shop_order_refund') ON DUPLICATE KEY UPDATE currency = VALUES(currency), date_created_gmt = VALUES(date_created_gmt), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), parent_order_id = VALUES(parent_order_id), status = VALUES(status), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), type = VALUES(type);
INSERT INTO wp_wc_order_operational_data (discount_tax_amount, discount_total_amount, order_id, prices_include_tax, shipping_tax_amount, shipping_total_amount, woocommerce_version) VALUES ('0', '0', 103, 0, '0', '0', '11.0.0') ON DUPLICATE KEY UPDATE discount_tax_amount = VALUES(discount_tax_amount), discount_total_amount = VALUES(discount_total_amount), order_id = VALUES(order_id), prices_include_tax = VALUES(prices_include_tax), shipping_tax_amount = VALUES(shipping_tax_amount), shipping_total_amount = VALUES(shipping_total_amount), woocommerce_version = VALUES(woocommerce_version);
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1006, 'Versand', 'shipping', 103);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1006, 'method_id', 'flat_rate');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1006, 'instance_id', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1006, 'cost', '-5');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1006, 'total_tax', '-0.95');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1006, 'taxes', 'a:1:{s:5:"total";a:1:{i:1;s:5:"-0.95";}}');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1006, 'tax_status', 'taxable');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1006, '_refunded_item_id', '1002');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1007, 'DE-MWST-1', 'tax', 103);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1007, 'rate_id', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1007, 'label', 'MwSt.');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1007, 'compound', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1007, 'tax_amount', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1007, 'shipping_tax_amount', '-0.95');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1007, 'rate_percent', '19');
INSERT INTO wp_wc_orders (date_updated_gmt, id, total_amount, type) VALUES ('2026-03-02 09:56:00', 103, '-5.95', 'shop_order_refund') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), total_amount = VALUES(total_amount), type = VALUES(type);
INSERT INTO wp_wc_order_operational_data (order_id, shipping_tax_amount, shipping_total_amount) VALUES (103, '-0.95', '-5') ON DUPLICATE KEY UPDATE order_id = VALUES(order_id), shipping_tax_amount = VALUES(shipping_tax_amount), shipping_total_amount = VALUES(shipping_total_amount);
-- = credit_note 101-CN2 discount 5.95 0.95

-- # a refund is deleted: its items stay behind
DELETE FROM wp_wc_orders WHERE id = 102;
DELETE FROM wp_wc_order_addresses WHERE order_id = 102;
DELETE FROM wp_wc_order_operational_data WHERE order_id = 102;
-- = debit_note 101-DN1 59.50 9.50

-- # full refund of what is left: the status follows
INSERT INTO wp_wc_orders (currency, date_created_gmt, date_updated_gmt, id, parent_order_id, status, tax_amount, total_amount, type) VALUES ('EUR', '2026-03-02 10:10:00', '2026-03-02 10:10:00', 104, 101, 'wc-completed', '0', '0', 'shop_order_refund') ON DUPLICATE KEY UPDATE currency = VALUES(currency), date_created_gmt = VALUES(date_created_gmt), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), parent_order_id = VALUES(parent_order_id), status = VALUES(status), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), type = VALUES(type);
INSERT INTO wp_wc_order_operational_data (discount_tax_amount, discount_total_amount, order_id, prices_include_tax, shipping_tax_amount, shipping_total_amount, woocommerce_version) VALUES ('0', '0', 104, 0, '0', '0', '11.0.0') ON DUPLICATE KEY UPDATE discount_tax_amount = VALUES(discount_tax_amount), discount_total_amount = VALUES(discount_total_amount), order_id = VALUES(order_id), prices_include_tax = VALUES(prices_include_tax), shipping_tax_amount = VALUES(shipping_tax_amount), shipping_total_amount = VALUES(shipping_total_amount), woocommerce_version = VALUES(woocommerce_version);
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1008, 'T-Shirt - Rot, L', 'line_item', 104);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1008, '_product_id', '200');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1008, '_variation_id', '201');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1008, '_qty', '-2');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1008, '_tax_class', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1008, '_line_subtotal', '-100');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1008, '_line_subtotal_tax', '-19');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1008, '_line_total', '-100');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1008, '_line_tax', '-19');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1008, '_line_tax_data', 'a:2:{s:5:"total";a:1:{i:1;s:3:"-19";}s:8:"subtotal";a:1:{i:1;s:3:"-19";}}');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1008, '_refunded_item_id', '1001');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1009, 'DE-MWST-1', 'tax', 104);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1009, 'rate_id', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1009, 'label', 'MwSt.');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1009, 'compound', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1009, 'tax_amount', '-19');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1009, 'shipping_tax_amount', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1009, 'rate_percent', '19');
INSERT INTO wp_wc_orders (date_updated_gmt, id, tax_amount, total_amount, type) VALUES ('2026-03-02 10:17:00', 104, '-19', '-119', 'shop_order_refund') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), type = VALUES(type);
INSERT INTO wp_wc_orders (date_updated_gmt, id, status, type) VALUES ('2026-03-02 10:24:00', 101, 'wc-refunded', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), status = VALUES(status), type = VALUES(type);
-- = credit_note 101-CN3 return 119.00 19.00

-- # a guest fills in the checkout: a draft, changed again and again
INSERT INTO wp_wc_orders (billing_email, currency, customer_id, customer_note, date_created_gmt, date_updated_gmt, id, ip_address, parent_order_id, payment_method, payment_method_title, status, tax_amount, total_amount, transaction_id, type, user_agent) VALUES (NULL, 'EUR', 0, '', '2026-03-02 10:31:00', '2026-03-02 10:31:00', 110, '203.0.113.7', 0, 'stripe', 'Card', 'wc-checkout-draft', '0', '0', '', 'shop_order', 'Mozilla/5.0') ON DUPLICATE KEY UPDATE billing_email = VALUES(billing_email), currency = VALUES(currency), customer_id = VALUES(customer_id), customer_note = VALUES(customer_note), date_created_gmt = VALUES(date_created_gmt), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), ip_address = VALUES(ip_address), parent_order_id = VALUES(parent_order_id), payment_method = VALUES(payment_method), payment_method_title = VALUES(payment_method_title), status = VALUES(status), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), transaction_id = VALUES(transaction_id), type = VALUES(type), user_agent = VALUES(user_agent);
INSERT INTO wp_wc_order_operational_data (cart_hash, coupon_usages_are_counted, created_via, date_completed_gmt, date_paid_gmt, discount_tax_amount, discount_total_amount, download_permission_granted, new_order_email_sent, order_id, order_key, order_stock_reduced, prices_include_tax, recorded_sales, shipping_tax_amount, shipping_total_amount, woocommerce_version) VALUES ('', 0, 'checkout', NULL, NULL, '0', '0', 0, 0, 110, 'wc_order_110', 0, 0, 0, '0', '0', '11.0.0') ON DUPLICATE KEY UPDATE cart_hash = VALUES(cart_hash), coupon_usages_are_counted = VALUES(coupon_usages_are_counted), created_via = VALUES(created_via), date_completed_gmt = VALUES(date_completed_gmt), date_paid_gmt = VALUES(date_paid_gmt), discount_tax_amount = VALUES(discount_tax_amount), discount_total_amount = VALUES(discount_total_amount), download_permission_granted = VALUES(download_permission_granted), new_order_email_sent = VALUES(new_order_email_sent), order_id = VALUES(order_id), order_key = VALUES(order_key), order_stock_reduced = VALUES(order_stock_reduced), prices_include_tax = VALUES(prices_include_tax), recorded_sales = VALUES(recorded_sales), shipping_tax_amount = VALUES(shipping_tax_amount), shipping_total_amount = VALUES(shipping_total_amount), woocommerce_version = VALUES(woocommerce_version);
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1010, 'Kochbuch', 'line_item', 110);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1010, '_product_id', '210');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1010, '_variation_id', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1010, '_qty', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1010, '_tax_class', 'ermaessigt');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1010, '_line_subtotal', '20');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1010, '_line_subtotal_tax', '1.4');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1010, '_line_total', '20');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1010, '_line_tax', '1.4');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1010, '_line_tax_data', 'a:2:{s:5:"total";a:1:{i:2;s:3:"1.4";}s:8:"subtotal";a:1:{i:2;s:3:"1.4";}}');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1011, 'Tasse &amp; Teller', 'line_item', 110);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1011, '_product_id', '211');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1011, '_variation_id', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1011, '_qty', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1011, '_tax_class', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1011, '_line_subtotal', '10');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1011, '_line_subtotal_tax', '1.9');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1011, '_line_total', '10');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1011, '_line_tax', '1.9');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1011, '_line_tax_data', 'a:2:{s:5:"total";a:1:{i:1;s:3:"1.9";}s:8:"subtotal";a:1:{i:1;s:3:"1.9";}}');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1012, 'Kostenloser Versand', 'shipping', 110);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1012, 'method_id', 'free_shipping');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1012, 'instance_id', '2');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1012, 'cost', '0.00');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1012, 'total_tax', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1012, 'taxes', 'a:1:{s:5:"total";a:0:{}}');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1012, 'tax_status', 'taxable');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1013, 'DE-MWST-1', 'tax', 110);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1013, 'rate_id', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1013, 'label', 'MwSt.');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1013, 'compound', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1013, 'tax_amount', '1.9');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1013, 'shipping_tax_amount', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1013, 'rate_percent', '19');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1014, 'DE-MWST-ERM-1', 'tax', 110);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1014, 'rate_id', '2');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1014, 'label', 'MwSt. erm.');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1014, 'compound', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1014, 'tax_amount', '1.4');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1014, 'shipping_tax_amount', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1014, 'rate_percent', '7');
INSERT INTO wp_wc_orders (date_updated_gmt, id, tax_amount, total_amount, type) VALUES ('2026-03-02 10:38:00', 110, '3.3', '33.3', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), type = VALUES(type);
INSERT INTO wp_wc_orders (billing_email, date_updated_gmt, id, type) VALUES ('Gerd.Gast@example.com', '2026-03-02 10:45:00', 110, 'shop_order') ON DUPLICATE KEY UPDATE billing_email = VALUES(billing_email), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), type = VALUES(type);
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, email, phone) VALUES ('billing', 110, 'Gerd', 'Gast', '', 'Weg 3', '', 'München', '', '80331', 'DE', 'Gerd.Gast@example.com', '0170 1');
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, phone) VALUES ('shipping', 110, 'Gerd', 'Gast', '', 'Weg 3', '', 'München', '', '80331', 'DE', '');

-- # the guest orders and pays: two rates of tax, free shipping
INSERT INTO wp_wc_orders (date_updated_gmt, id, status, type) VALUES ('2026-03-02 10:52:00', 110, 'wc-pending', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), status = VALUES(status), type = VALUES(type);
INSERT INTO wp_wc_orders (date_updated_gmt, id, status, type) VALUES ('2026-03-02 10:59:00', 110, 'wc-processing', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), status = VALUES(status), type = VALUES(type);
INSERT INTO wp_wc_order_operational_data (date_paid_gmt, order_id) VALUES ('2026-03-02 10:59:00', 110) ON DUPLICATE KEY UPDATE date_paid_gmt = VALUES(date_paid_gmt), order_id = VALUES(order_id);
-- = customer G110
-- = sales_order 110 33.30 3.30

-- # name and e-mail of the guest are corrected
INSERT INTO wp_wc_orders (billing_email, date_updated_gmt, id, type) VALUES ('gerd@example.com', '2026-03-02 11:06:00', 110, 'shop_order') ON DUPLICATE KEY UPDATE billing_email = VALUES(billing_email), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), type = VALUES(type);
UPDATE wp_wc_order_addresses SET first_name = 'Gerd', last_name = 'Gaster', company = '', address_1 = 'Weg 3', address_2 = '', city = 'München', state = '', postcode = '80331', country = 'DE', email = 'gerd@example.com', phone = '0170 1' WHERE order_id = 110 AND address_type = 'billing';
-- = customer G110

-- # discount afterwards: a coupon
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1015, 'fruehling', 'coupon', 110);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1015, 'discount_amount', '3');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1015, 'discount_amount_tax', '0.33');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1015, 'coupon_info', '[0,"fruehling","percent",10]');
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '18' WHERE order_item_id = 1010 AND meta_key = '_line_total';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '1.26' WHERE order_item_id = 1010 AND meta_key = '_line_tax';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = 'a:2:{s:5:"total";a:1:{i:2;s:4:"1.26";}s:8:"subtotal";a:1:{i:2;s:3:"1.4";}}' WHERE order_item_id = 1010 AND meta_key = '_line_tax_data';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '9' WHERE order_item_id = 1011 AND meta_key = '_line_total';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '1.71' WHERE order_item_id = 1011 AND meta_key = '_line_tax';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = 'a:2:{s:5:"total";a:1:{i:1;s:4:"1.71";}s:8:"subtotal";a:1:{i:1;s:3:"1.9";}}' WHERE order_item_id = 1011 AND meta_key = '_line_tax_data';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '1.71' WHERE order_item_id = 1013 AND meta_key = 'tax_amount';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '1.26' WHERE order_item_id = 1014 AND meta_key = 'tax_amount';
INSERT INTO wp_wc_orders (date_updated_gmt, id, tax_amount, type) VALUES ('2026-03-02 11:13:00', 110, '2.97', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), tax_amount = VALUES(tax_amount), type = VALUES(type);
INSERT INTO wp_wc_orders (date_updated_gmt, id, total_amount, type) VALUES ('2026-03-02 11:20:00', 110, '29.97', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), total_amount = VALUES(total_amount), type = VALUES(type);
-- = credit_note 110-CN1 discount 3.33 0.33

-- # the guest makes an account: his orders become its orders
INSERT INTO wp_users (ID, user_login, user_pass, user_nicename, user_email, user_url, user_registered, user_activation_key, user_status, display_name) VALUES (7, 'gerd', '$P$B', 'gerd', 'gerd@example.com', '', '2026-01-10 10:00:00', '', 0, 'Gerd');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (7, 'wp_capabilities', 'a:1:{s:8:"customer";b:1;}');
INSERT INTO wp_wc_orders (customer_id, date_updated_gmt, id, type) VALUES (7, '2026-03-02 11:27:00', 110, 'shop_order') ON DUPLICATE KEY UPDATE customer_id = VALUES(customer_id), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), type = VALUES(type);

-- # place: three pieces
INSERT INTO wp_wc_orders (billing_email, currency, customer_id, customer_note, date_created_gmt, date_updated_gmt, id, ip_address, parent_order_id, payment_method, payment_method_title, status, tax_amount, total_amount, transaction_id, type, user_agent) VALUES ('jonas@example.com', 'EUR', 6, '', '2026-03-02 11:34:00', '2026-03-02 11:34:00', 120, '203.0.113.7', 0, 'stripe', 'Card', 'wc-pending', '14.25', '89.25', '', 'shop_order', 'Mozilla/5.0') ON DUPLICATE KEY UPDATE billing_email = VALUES(billing_email), currency = VALUES(currency), customer_id = VALUES(customer_id), customer_note = VALUES(customer_note), date_created_gmt = VALUES(date_created_gmt), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), ip_address = VALUES(ip_address), parent_order_id = VALUES(parent_order_id), payment_method = VALUES(payment_method), payment_method_title = VALUES(payment_method_title), status = VALUES(status), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), transaction_id = VALUES(transaction_id), type = VALUES(type), user_agent = VALUES(user_agent);
INSERT INTO wp_wc_order_operational_data (cart_hash, coupon_usages_are_counted, created_via, date_completed_gmt, date_paid_gmt, discount_tax_amount, discount_total_amount, download_permission_granted, new_order_email_sent, order_id, order_key, order_stock_reduced, prices_include_tax, recorded_sales, shipping_tax_amount, shipping_total_amount, woocommerce_version) VALUES ('', 0, 'checkout', NULL, NULL, '0', '0', 0, 0, 120, 'wc_order_120', 0, 0, 0, '0', '0', '11.0.0') ON DUPLICATE KEY UPDATE cart_hash = VALUES(cart_hash), coupon_usages_are_counted = VALUES(coupon_usages_are_counted), created_via = VALUES(created_via), date_completed_gmt = VALUES(date_completed_gmt), date_paid_gmt = VALUES(date_paid_gmt), discount_tax_amount = VALUES(discount_tax_amount), discount_total_amount = VALUES(discount_total_amount), download_permission_granted = VALUES(download_permission_granted), new_order_email_sent = VALUES(new_order_email_sent), order_id = VALUES(order_id), order_key = VALUES(order_key), order_stock_reduced = VALUES(order_stock_reduced), prices_include_tax = VALUES(prices_include_tax), recorded_sales = VALUES(recorded_sales), shipping_tax_amount = VALUES(shipping_tax_amount), shipping_total_amount = VALUES(shipping_total_amount), woocommerce_version = VALUES(woocommerce_version);
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, email, phone) VALUES ('billing', 120, 'Jonas', 'Weber', '', 'Am Ring 1', '', 'Köln', '', '50667', 'DE', 'jonas@example.com', '');
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, phone) VALUES ('shipping', 120, 'Jonas', 'Weber', '', 'Am Ring 1', '', 'Köln', '', '50667', 'DE', '');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1016, 'Hose', 'line_item', 120);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1016, '_product_id', '301');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1016, '_variation_id', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1016, '_qty', '3');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1016, '_tax_class', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1016, '_line_subtotal', '75');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1016, '_line_subtotal_tax', '14.25');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1016, '_line_total', '75');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1016, '_line_tax', '14.25');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1016, '_line_tax_data', 'a:2:{s:5:"total";a:1:{i:1;s:5:"14.25";}s:8:"subtotal";a:1:{i:1;s:5:"14.25";}}');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1017, 'DE-MWST-1', 'tax', 120);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1017, 'rate_id', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1017, 'label', 'MwSt.');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1017, 'compound', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1017, 'tax_amount', '14.25');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1017, 'shipping_tax_amount', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1017, 'rate_percent', '19');

-- # change before posting: two pieces, a line more
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1018, 'Gürtel', 'line_item', 120);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1018, '_product_id', '302');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1018, '_variation_id', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1018, '_qty', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1018, '_tax_class', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1018, '_line_subtotal', '20');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1018, '_line_subtotal_tax', '3.8');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1018, '_line_total', '20');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1018, '_line_tax', '3.8');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1018, '_line_tax_data', 'a:2:{s:5:"total";a:1:{i:1;s:3:"3.8";}s:8:"subtotal";a:1:{i:1;s:3:"3.8";}}');
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '2' WHERE order_item_id = 1016 AND meta_key = '_qty';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '50' WHERE order_item_id = 1016 AND meta_key = '_line_subtotal';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '9.5' WHERE order_item_id = 1016 AND meta_key = '_line_subtotal_tax';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '50' WHERE order_item_id = 1016 AND meta_key = '_line_total';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '9.5' WHERE order_item_id = 1016 AND meta_key = '_line_tax';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = 'a:2:{s:5:"total";a:1:{i:1;s:3:"9.5";}s:8:"subtotal";a:1:{i:1;s:3:"9.5";}}' WHERE order_item_id = 1016 AND meta_key = '_line_tax_data';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '13.3' WHERE order_item_id = 1017 AND meta_key = 'tax_amount';
INSERT INTO wp_wc_orders (date_updated_gmt, id, tax_amount, type) VALUES ('2026-03-02 11:41:00', 120, '13.3', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), tax_amount = VALUES(tax_amount), type = VALUES(type);
INSERT INTO wp_wc_orders (date_updated_gmt, id, total_amount, type) VALUES ('2026-03-02 11:48:00', 120, '83.3', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), total_amount = VALUES(total_amount), type = VALUES(type);

-- # pay the changed order
INSERT INTO wp_wc_orders (date_updated_gmt, id, status, type) VALUES ('2026-03-02 11:55:00', 120, 'wc-processing', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), status = VALUES(status), type = VALUES(type);
INSERT INTO wp_wc_order_operational_data (date_paid_gmt, order_id) VALUES ('2026-03-02 11:55:00', 120) ON DUPLICATE KEY UPDATE date_paid_gmt = VALUES(date_paid_gmt), order_id = VALUES(order_id);
-- = customer U6
-- = sales_order 120 83.30 13.30

-- # the shop puts the order on hold, which opens it for editing
INSERT INTO wp_wc_orders (date_updated_gmt, id, status, type) VALUES ('2026-03-02 12:02:00', 120, 'wc-on-hold', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), status = VALUES(status), type = VALUES(type);
-- = held 120 open again

-- # quantity down, and released
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '1' WHERE order_item_id = 1016 AND meta_key = '_qty';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '25' WHERE order_item_id = 1016 AND meta_key = '_line_subtotal';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '4.75' WHERE order_item_id = 1016 AND meta_key = '_line_subtotal_tax';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '25' WHERE order_item_id = 1016 AND meta_key = '_line_total';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '4.75' WHERE order_item_id = 1016 AND meta_key = '_line_tax';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = 'a:2:{s:5:"total";a:1:{i:1;s:4:"4.75";}s:8:"subtotal";a:1:{i:1;s:4:"4.75";}}' WHERE order_item_id = 1016 AND meta_key = '_line_tax_data';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '8.55' WHERE order_item_id = 1017 AND meta_key = 'tax_amount';
INSERT INTO wp_wc_orders (date_updated_gmt, id, tax_amount, type) VALUES ('2026-03-02 12:09:00', 120, '8.55', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), tax_amount = VALUES(tax_amount), type = VALUES(type);
INSERT INTO wp_wc_orders (date_updated_gmt, id, total_amount, type) VALUES ('2026-03-02 12:16:00', 120, '53.55', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), total_amount = VALUES(total_amount), type = VALUES(type);
INSERT INTO wp_wc_orders (date_updated_gmt, id, status, type) VALUES ('2026-03-02 12:23:00', 120, 'wc-processing', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), status = VALUES(status), type = VALUES(type);
-- = credit_note 120-CN1 cancellation 29.75 4.75

-- # quantity up
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '3' WHERE order_item_id = 1016 AND meta_key = '_qty';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '75' WHERE order_item_id = 1016 AND meta_key = '_line_subtotal';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '14.25' WHERE order_item_id = 1016 AND meta_key = '_line_subtotal_tax';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '75' WHERE order_item_id = 1016 AND meta_key = '_line_total';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '14.25' WHERE order_item_id = 1016 AND meta_key = '_line_tax';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = 'a:2:{s:5:"total";a:1:{i:1;s:5:"14.25";}s:8:"subtotal";a:1:{i:1;s:5:"14.25";}}' WHERE order_item_id = 1016 AND meta_key = '_line_tax_data';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '18.05' WHERE order_item_id = 1017 AND meta_key = 'tax_amount';
INSERT INTO wp_wc_orders (date_updated_gmt, id, tax_amount, type) VALUES ('2026-03-02 12:30:00', 120, '18.05', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), tax_amount = VALUES(tax_amount), type = VALUES(type);
INSERT INTO wp_wc_orders (date_updated_gmt, id, total_amount, type) VALUES ('2026-03-02 12:37:00', 120, '113.05', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), total_amount = VALUES(total_amount), type = VALUES(type);
-- = debit_note 120-DN1 59.50 9.50

-- # a line is added
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1019, 'Socken', 'line_item', 120);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1019, '_product_id', '303');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1019, '_variation_id', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1019, '_qty', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1019, '_tax_class', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1019, '_line_subtotal', '10');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1019, '_line_subtotal_tax', '1.9');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1019, '_line_total', '10');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1019, '_line_tax', '1.9');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1019, '_line_tax_data', 'a:2:{s:5:"total";a:1:{i:1;s:3:"1.9";}s:8:"subtotal";a:1:{i:1;s:3:"1.9";}}');
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '19.95' WHERE order_item_id = 1017 AND meta_key = 'tax_amount';
INSERT INTO wp_wc_orders (date_updated_gmt, id, tax_amount, type) VALUES ('2026-03-02 12:44:00', 120, '19.95', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), tax_amount = VALUES(tax_amount), type = VALUES(type);
INSERT INTO wp_wc_orders (date_updated_gmt, id, total_amount, type) VALUES ('2026-03-02 12:51:00', 120, '124.95', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), total_amount = VALUES(total_amount), type = VALUES(type);
-- = debit_note 120-DN2 11.90 1.90

-- # a line is removed, a fee is added
DELETE FROM wp_woocommerce_order_items WHERE order_item_id = 1018;
DELETE FROM wp_woocommerce_order_itemmeta WHERE order_item_id = 1018;
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1020, 'Express', 'fee', 120);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1020, '_fee_amount', '10');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1020, '_tax_class', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1020, '_tax_status', 'taxable');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1020, '_line_total', '10');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1020, '_line_tax', '1.9');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1020, '_line_tax_data', 'a:1:{s:5:"total";a:1:{i:1;s:3:"1.9";}}');
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '18.05' WHERE order_item_id = 1017 AND meta_key = 'tax_amount';
INSERT INTO wp_wc_orders (date_updated_gmt, id, tax_amount, type) VALUES ('2026-03-02 12:58:00', 120, '18.05', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), tax_amount = VALUES(tax_amount), type = VALUES(type);
INSERT INTO wp_wc_orders (date_updated_gmt, id, total_amount, type) VALUES ('2026-03-02 13:05:00', 120, '113.05', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), total_amount = VALUES(total_amount), type = VALUES(type);
-- = debit_note 120-DN3 11.90 1.90
-- = credit_note 120-CN2 cancellation 23.80 3.80

-- # discount afterwards: a negative fee
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1021, 'Kulanz', 'fee', 120);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1021, '_fee_amount', '-10');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1021, '_tax_class', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1021, '_tax_status', 'taxable');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1021, '_line_total', '-10');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1021, '_line_tax', '-1.9');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1021, '_line_tax_data', 'a:1:{s:5:"total";a:1:{i:1;s:4:"-1.9";}}');
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '16.15' WHERE order_item_id = 1017 AND meta_key = 'tax_amount';
INSERT INTO wp_wc_orders (date_updated_gmt, id, tax_amount, type) VALUES ('2026-03-02 13:12:00', 120, '16.15', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), tax_amount = VALUES(tax_amount), type = VALUES(type);
INSERT INTO wp_wc_orders (date_updated_gmt, id, total_amount, type) VALUES ('2026-03-02 13:19:00', 120, '101.15', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), total_amount = VALUES(total_amount), type = VALUES(type);
-- = credit_note 120-CN3 discount 11.90 1.90

-- # a new order for refunds of money
INSERT INTO wp_wc_orders (billing_email, currency, customer_id, customer_note, date_created_gmt, date_updated_gmt, id, ip_address, parent_order_id, payment_method, payment_method_title, status, tax_amount, total_amount, transaction_id, type, user_agent) VALUES ('anna@example.com', 'EUR', 5, '', '2026-03-02 13:26:00', '2026-03-02 13:26:00', 130, '203.0.113.7', 0, 'stripe', 'Card', 'wc-pending', '19', '119', '', 'shop_order', 'Mozilla/5.0') ON DUPLICATE KEY UPDATE billing_email = VALUES(billing_email), currency = VALUES(currency), customer_id = VALUES(customer_id), customer_note = VALUES(customer_note), date_created_gmt = VALUES(date_created_gmt), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), ip_address = VALUES(ip_address), parent_order_id = VALUES(parent_order_id), payment_method = VALUES(payment_method), payment_method_title = VALUES(payment_method_title), status = VALUES(status), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), transaction_id = VALUES(transaction_id), type = VALUES(type), user_agent = VALUES(user_agent);
INSERT INTO wp_wc_order_operational_data (cart_hash, coupon_usages_are_counted, created_via, date_completed_gmt, date_paid_gmt, discount_tax_amount, discount_total_amount, download_permission_granted, new_order_email_sent, order_id, order_key, order_stock_reduced, prices_include_tax, recorded_sales, shipping_tax_amount, shipping_total_amount, woocommerce_version) VALUES ('', 0, 'checkout', NULL, NULL, '0', '0', 0, 0, 130, 'wc_order_130', 0, 0, 0, '0', '0', '11.0.0') ON DUPLICATE KEY UPDATE cart_hash = VALUES(cart_hash), coupon_usages_are_counted = VALUES(coupon_usages_are_counted), created_via = VALUES(created_via), date_completed_gmt = VALUES(date_completed_gmt), date_paid_gmt = VALUES(date_paid_gmt), discount_tax_amount = VALUES(discount_tax_amount), discount_total_amount = VALUES(discount_total_amount), download_permission_granted = VALUES(download_permission_granted), new_order_email_sent = VALUES(new_order_email_sent), order_id = VALUES(order_id), order_key = VALUES(order_key), order_stock_reduced = VALUES(order_stock_reduced), prices_include_tax = VALUES(prices_include_tax), recorded_sales = VALUES(recorded_sales), shipping_tax_amount = VALUES(shipping_tax_amount), shipping_total_amount = VALUES(shipping_total_amount), woocommerce_version = VALUES(woocommerce_version);
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, email, phone) VALUES ('billing', 130, 'Anna', 'Schmidt', '', 'Hauptstr. 5', '', 'Bonn', '', '53111', 'DE', 'anna@example.com', '0228 555');
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, phone) VALUES ('shipping', 130, 'Anna', 'Schmidt', '', 'Hauptstr. 5', '', 'Bonn', '', '53111', 'DE', '');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1022, 'Lampe', 'line_item', 130);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1022, '_product_id', '310');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1022, '_variation_id', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1022, '_qty', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1022, '_tax_class', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1022, '_line_subtotal', '100');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1022, '_line_subtotal_tax', '19');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1022, '_line_total', '100');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1022, '_line_tax', '19');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1022, '_line_tax_data', 'a:2:{s:5:"total";a:1:{i:1;s:2:"19";}s:8:"subtotal";a:1:{i:1;s:2:"19";}}');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1023, 'DE-MWST-1', 'tax', 130);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1023, 'rate_id', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1023, 'label', 'MwSt.');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1023, 'compound', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1023, 'tax_amount', '19');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1023, 'shipping_tax_amount', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1023, 'rate_percent', '19');
INSERT INTO wp_wc_orders (date_updated_gmt, id, status, type) VALUES ('2026-03-02 13:33:00', 130, 'wc-processing', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), status = VALUES(status), type = VALUES(type);
INSERT INTO wp_wc_order_operational_data (date_paid_gmt, order_id) VALUES ('2026-03-02 13:33:00', 130) ON DUPLICATE KEY UPDATE date_paid_gmt = VALUES(date_paid_gmt), order_id = VALUES(order_id);
-- = sales_order 130 119.00 19.00

-- # amount-only refund
INSERT INTO wp_wc_orders (currency, date_created_gmt, date_updated_gmt, id, parent_order_id, status, tax_amount, total_amount, type) VALUES ('EUR', '2026-03-02 13:40:00', '2026-03-02 13:40:00', 131, 130, 'wc-completed', '0', '0', 'shop_order_refund') ON DUPLICATE KEY UPDATE currency = VALUES(currency), date_created_gmt = VALUES(date_created_gmt), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), parent_order_id = VALUES(parent_order_id), status = VALUES(status), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), type = VALUES(type);
INSERT INTO wp_wc_order_operational_data (discount_tax_amount, discount_total_amount, order_id, prices_include_tax, shipping_tax_amount, shipping_total_amount, woocommerce_version) VALUES ('0', '0', 131, 0, '0', '0', '11.0.0') ON DUPLICATE KEY UPDATE discount_tax_amount = VALUES(discount_tax_amount), discount_total_amount = VALUES(discount_total_amount), order_id = VALUES(order_id), prices_include_tax = VALUES(prices_include_tax), shipping_tax_amount = VALUES(shipping_tax_amount), shipping_total_amount = VALUES(shipping_total_amount), woocommerce_version = VALUES(woocommerce_version);
INSERT INTO wp_wc_orders (date_updated_gmt, id, total_amount, type) VALUES ('2026-03-02 13:47:00', 131, '-10', 'shop_order_refund') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), total_amount = VALUES(total_amount), type = VALUES(type);
-- = credit_note 130-CN1 discount 10.00 1.60

-- # money of a line, and no piece
INSERT INTO wp_wc_orders (currency, date_created_gmt, date_updated_gmt, id, parent_order_id, status, tax_amount, total_amount, type) VALUES ('EUR', '2026-03-02 14:01:00', '2026-03-02 14:01:00', 132, 130, 'wc-completed', '0', '0', 'shop_order_refund') ON DUPLICATE KEY UPDATE currency = VALUES(currency), date_created_gmt = VALUES(date_created_gmt), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), parent_order_id = VALUES(parent_order_id), status = VALUES(status), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), type = VALUES(type);
INSERT INTO wp_wc_order_operational_data (discount_tax_amount, discount_total_amount, order_id, prices_include_tax, shipping_tax_amount, shipping_total_amount, woocommerce_version) VALUES ('0', '0', 132, 0, '0', '0', '11.0.0') ON DUPLICATE KEY UPDATE discount_tax_amount = VALUES(discount_tax_amount), discount_total_amount = VALUES(discount_total_amount), order_id = VALUES(order_id), prices_include_tax = VALUES(prices_include_tax), shipping_tax_amount = VALUES(shipping_tax_amount), shipping_total_amount = VALUES(shipping_total_amount), woocommerce_version = VALUES(woocommerce_version);
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1024, 'Lampe', 'line_item', 132);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1024, '_product_id', '310');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1024, '_variation_id', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1024, '_qty', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1024, '_tax_class', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1024, '_line_subtotal', '-10');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1024, '_line_subtotal_tax', '-1.9');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1024, '_line_total', '-10');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1024, '_line_tax', '-1.9');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1024, '_line_tax_data', 'a:2:{s:5:"total";a:1:{i:1;s:4:"-1.9";}s:8:"subtotal";a:1:{i:1;s:4:"-1.9";}}');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1024, '_refunded_item_id', '1022');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1025, 'DE-MWST-1', 'tax', 132);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1025, 'rate_id', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1025, 'label', 'MwSt.');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1025, 'compound', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1025, 'tax_amount', '-1.9');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1025, 'shipping_tax_amount', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1025, 'rate_percent', '19');
INSERT INTO wp_wc_orders (date_updated_gmt, id, tax_amount, total_amount, type) VALUES ('2026-03-02 14:08:00', 132, '-1.9', '-11.9', 'shop_order_refund') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), type = VALUES(type);
-- = credit_note 130-CN2 discount 11.90 1.90

-- # the gateway refuses a refund: it is deleted again
INSERT INTO wp_wc_orders (currency, date_created_gmt, date_updated_gmt, id, parent_order_id, status, tax_amount, total_amount, type) VALUES ('EUR', '2026-03-02 14:22:00', '2026-03-02 14:22:00', 133, 130, 'wc-completed', '0', '0', 'shop_order_refund') ON DUPLICATE KEY UPDATE currency = VALUES(currency), date_created_gmt = VALUES(date_created_gmt), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), parent_order_id = VALUES(parent_order_id), status = VALUES(status), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), type = VALUES(type);
INSERT INTO wp_wc_order_operational_data (discount_tax_amount, discount_total_amount, order_id, prices_include_tax, shipping_tax_amount, shipping_total_amount, woocommerce_version) VALUES ('0', '0', 133, 0, '0', '0', '11.0.0') ON DUPLICATE KEY UPDATE discount_tax_amount = VALUES(discount_tax_amount), discount_total_amount = VALUES(discount_total_amount), order_id = VALUES(order_id), prices_include_tax = VALUES(prices_include_tax), shipping_tax_amount = VALUES(shipping_tax_amount), shipping_total_amount = VALUES(shipping_total_amount), woocommerce_version = VALUES(woocommerce_version);
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1026, 'Lampe', 'line_item', 133);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1026, '_product_id', '310');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1026, '_variation_id', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1026, '_qty', '-1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1026, '_tax_class', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1026, '_line_subtotal', '-81.6');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1026, '_line_subtotal_tax', '-15.5');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1026, '_line_total', '-81.6');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1026, '_line_tax', '-15.5');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1026, '_line_tax_data', 'a:2:{s:5:"total";a:1:{i:1;s:5:"-15.5";}s:8:"subtotal";a:1:{i:1;s:5:"-15.5";}}');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1026, '_refunded_item_id', '1022');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1027, 'DE-MWST-1', 'tax', 133);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1027, 'rate_id', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1027, 'label', 'MwSt.');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1027, 'compound', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1027, 'tax_amount', '-15.5');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1027, 'shipping_tax_amount', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1027, 'rate_percent', '19');
INSERT INTO wp_wc_orders (date_updated_gmt, id, tax_amount, total_amount, type) VALUES ('2026-03-02 14:29:00', 133, '-15.5', '-97.1', 'shop_order_refund') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), type = VALUES(type);
DELETE FROM wp_wc_orders WHERE id = 133;
DELETE FROM wp_wc_order_addresses WHERE order_id = 133;
DELETE FROM wp_wc_order_operational_data WHERE order_id = 133;

-- # cancel before posting
INSERT INTO wp_wc_orders (billing_email, currency, customer_id, customer_note, date_created_gmt, date_updated_gmt, id, ip_address, parent_order_id, payment_method, payment_method_title, status, tax_amount, total_amount, transaction_id, type, user_agent) VALUES ('anna@example.com', 'EUR', 5, '', '2026-03-02 14:50:00', '2026-03-02 14:50:00', 140, '203.0.113.7', 0, 'stripe', 'Card', 'wc-pending', '19', '119', '', 'shop_order', 'Mozilla/5.0') ON DUPLICATE KEY UPDATE billing_email = VALUES(billing_email), currency = VALUES(currency), customer_id = VALUES(customer_id), customer_note = VALUES(customer_note), date_created_gmt = VALUES(date_created_gmt), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), ip_address = VALUES(ip_address), parent_order_id = VALUES(parent_order_id), payment_method = VALUES(payment_method), payment_method_title = VALUES(payment_method_title), status = VALUES(status), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), transaction_id = VALUES(transaction_id), type = VALUES(type), user_agent = VALUES(user_agent);
INSERT INTO wp_wc_order_operational_data (cart_hash, coupon_usages_are_counted, created_via, date_completed_gmt, date_paid_gmt, discount_tax_amount, discount_total_amount, download_permission_granted, new_order_email_sent, order_id, order_key, order_stock_reduced, prices_include_tax, recorded_sales, shipping_tax_amount, shipping_total_amount, woocommerce_version) VALUES ('', 0, 'checkout', NULL, NULL, '0', '0', 0, 0, 140, 'wc_order_140', 0, 0, 0, '0', '0', '11.0.0') ON DUPLICATE KEY UPDATE cart_hash = VALUES(cart_hash), coupon_usages_are_counted = VALUES(coupon_usages_are_counted), created_via = VALUES(created_via), date_completed_gmt = VALUES(date_completed_gmt), date_paid_gmt = VALUES(date_paid_gmt), discount_tax_amount = VALUES(discount_tax_amount), discount_total_amount = VALUES(discount_total_amount), download_permission_granted = VALUES(download_permission_granted), new_order_email_sent = VALUES(new_order_email_sent), order_id = VALUES(order_id), order_key = VALUES(order_key), order_stock_reduced = VALUES(order_stock_reduced), prices_include_tax = VALUES(prices_include_tax), recorded_sales = VALUES(recorded_sales), shipping_tax_amount = VALUES(shipping_tax_amount), shipping_total_amount = VALUES(shipping_total_amount), woocommerce_version = VALUES(woocommerce_version);
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, email, phone) VALUES ('billing', 140, 'Anna', 'Schmidt', '', 'Hauptstr. 5', '', 'Bonn', '', '53111', 'DE', 'anna@example.com', '0228 555');
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, phone) VALUES ('shipping', 140, 'Anna', 'Schmidt', '', 'Hauptstr. 5', '', 'Bonn', '', '53111', 'DE', '');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1028, 'Lampe', 'line_item', 140);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1028, '_product_id', '310');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1028, '_variation_id', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1028, '_qty', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1028, '_tax_class', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1028, '_line_subtotal', '100');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1028, '_line_subtotal_tax', '19');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1028, '_line_total', '100');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1028, '_line_tax', '19');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1028, '_line_tax_data', 'a:2:{s:5:"total";a:1:{i:1;s:2:"19";}s:8:"subtotal";a:1:{i:1;s:2:"19";}}');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1029, 'DE-MWST-1', 'tax', 140);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1029, 'rate_id', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1029, 'label', 'MwSt.');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1029, 'compound', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1029, 'tax_amount', '19');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1029, 'shipping_tax_amount', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1029, 'rate_percent', '19');
INSERT INTO wp_wc_orders (date_updated_gmt, id, status, type) VALUES ('2026-03-02 14:57:00', 140, 'wc-cancelled', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), status = VALUES(status), type = VALUES(type);

-- # an order of a guest without e-mail
INSERT INTO wp_wc_orders (billing_email, currency, customer_id, customer_note, date_created_gmt, date_updated_gmt, id, ip_address, parent_order_id, payment_method, payment_method_title, status, tax_amount, total_amount, transaction_id, type, user_agent) VALUES (NULL, 'EUR', 0, '', '2026-03-02 15:04:00', '2026-03-02 15:04:00', 141, '203.0.113.7', 0, 'stripe', 'Card', 'wc-pending', '9.5', '65.45', '', 'shop_order', 'Mozilla/5.0') ON DUPLICATE KEY UPDATE billing_email = VALUES(billing_email), currency = VALUES(currency), customer_id = VALUES(customer_id), customer_note = VALUES(customer_note), date_created_gmt = VALUES(date_created_gmt), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), ip_address = VALUES(ip_address), parent_order_id = VALUES(parent_order_id), payment_method = VALUES(payment_method), payment_method_title = VALUES(payment_method_title), status = VALUES(status), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), transaction_id = VALUES(transaction_id), type = VALUES(type), user_agent = VALUES(user_agent);
INSERT INTO wp_wc_order_operational_data (cart_hash, coupon_usages_are_counted, created_via, date_completed_gmt, date_paid_gmt, discount_tax_amount, discount_total_amount, download_permission_granted, new_order_email_sent, order_id, order_key, order_stock_reduced, prices_include_tax, recorded_sales, shipping_tax_amount, shipping_total_amount, woocommerce_version) VALUES ('', 0, 'checkout', NULL, NULL, '0', '0', 0, 0, 141, 'wc_order_141', 0, 0, 0, '0.95', '5', '11.0.0') ON DUPLICATE KEY UPDATE cart_hash = VALUES(cart_hash), coupon_usages_are_counted = VALUES(coupon_usages_are_counted), created_via = VALUES(created_via), date_completed_gmt = VALUES(date_completed_gmt), date_paid_gmt = VALUES(date_paid_gmt), discount_tax_amount = VALUES(discount_tax_amount), discount_total_amount = VALUES(discount_total_amount), download_permission_granted = VALUES(download_permission_granted), new_order_email_sent = VALUES(new_order_email_sent), order_id = VALUES(order_id), order_key = VALUES(order_key), order_stock_reduced = VALUES(order_stock_reduced), prices_include_tax = VALUES(prices_include_tax), recorded_sales = VALUES(recorded_sales), shipping_tax_amount = VALUES(shipping_tax_amount), shipping_total_amount = VALUES(shipping_total_amount), woocommerce_version = VALUES(woocommerce_version);
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, email, phone) VALUES ('billing', 141, 'Rita', 'Ruf', '', 'Gasse 9', '', 'Hamburg', '', '20095', 'DE', '', '');
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, phone) VALUES ('shipping', 141, 'Rita', 'Ruf', '', 'Gasse 9', '', 'Hamburg', '', '20095', 'DE', '');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1030, 'Stuhl', 'line_item', 141);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1030, '_product_id', '320');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1030, '_variation_id', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1030, '_qty', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1030, '_tax_class', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1030, '_line_subtotal', '50');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1030, '_line_subtotal_tax', '9.5');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1030, '_line_total', '50');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1030, '_line_tax', '9.5');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1030, '_line_tax_data', 'a:2:{s:5:"total";a:1:{i:1;s:3:"9.5";}s:8:"subtotal";a:1:{i:1;s:3:"9.5";}}');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1031, 'Versand', 'shipping', 141);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1031, 'method_id', 'flat_rate');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1031, 'instance_id', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1031, 'cost', '5');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1031, 'total_tax', '0.95');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1031, 'taxes', 'a:1:{s:5:"total";a:1:{i:1;s:4:"0.95";}}');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1031, 'tax_status', 'taxable');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1032, 'DE-MWST-1', 'tax', 141);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1032, 'rate_id', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1032, 'label', 'MwSt.');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1032, 'compound', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1032, 'tax_amount', '9.5');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1032, 'shipping_tax_amount', '0.95');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1032, 'rate_percent', '19');
INSERT INTO wp_wc_orders (date_updated_gmt, id, status, type) VALUES ('2026-03-02 15:11:00', 141, 'wc-processing', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), status = VALUES(status), type = VALUES(type);
INSERT INTO wp_wc_order_operational_data (date_paid_gmt, order_id) VALUES ('2026-03-02 15:11:00', 141) ON DUPLICATE KEY UPDATE date_paid_gmt = VALUES(date_paid_gmt), order_id = VALUES(order_id);
-- = customer G141
-- = sales_order 141 65.45 10.45

-- # cancel after posting
INSERT INTO wp_wc_orders (date_updated_gmt, id, status, type) VALUES ('2026-03-02 15:18:00', 141, 'wc-cancelled', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), status = VALUES(status), type = VALUES(type);
-- = credit_note 141-CN1 cancellation 65.45 10.45

-- # place and pay in one go
INSERT INTO wp_wc_orders (billing_email, currency, customer_id, customer_note, date_created_gmt, date_updated_gmt, id, ip_address, parent_order_id, payment_method, payment_method_title, status, tax_amount, total_amount, transaction_id, type, user_agent) VALUES ('anna@example.com', 'EUR', 5, '', '2026-03-02 15:25:00', '2026-03-02 15:25:00', 142, '203.0.113.7', 0, 'stripe', 'Card', 'wc-pending', '9.5', '59.5', '', 'shop_order', 'Mozilla/5.0') ON DUPLICATE KEY UPDATE billing_email = VALUES(billing_email), currency = VALUES(currency), customer_id = VALUES(customer_id), customer_note = VALUES(customer_note), date_created_gmt = VALUES(date_created_gmt), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), ip_address = VALUES(ip_address), parent_order_id = VALUES(parent_order_id), payment_method = VALUES(payment_method), payment_method_title = VALUES(payment_method_title), status = VALUES(status), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), transaction_id = VALUES(transaction_id), type = VALUES(type), user_agent = VALUES(user_agent);
INSERT INTO wp_wc_order_operational_data (cart_hash, coupon_usages_are_counted, created_via, date_completed_gmt, date_paid_gmt, discount_tax_amount, discount_total_amount, download_permission_granted, new_order_email_sent, order_id, order_key, order_stock_reduced, prices_include_tax, recorded_sales, shipping_tax_amount, shipping_total_amount, woocommerce_version) VALUES ('', 0, 'checkout', NULL, NULL, '0', '0', 0, 0, 142, 'wc_order_142', 0, 0, 0, '0', '0', '11.0.0') ON DUPLICATE KEY UPDATE cart_hash = VALUES(cart_hash), coupon_usages_are_counted = VALUES(coupon_usages_are_counted), created_via = VALUES(created_via), date_completed_gmt = VALUES(date_completed_gmt), date_paid_gmt = VALUES(date_paid_gmt), discount_tax_amount = VALUES(discount_tax_amount), discount_total_amount = VALUES(discount_total_amount), download_permission_granted = VALUES(download_permission_granted), new_order_email_sent = VALUES(new_order_email_sent), order_id = VALUES(order_id), order_key = VALUES(order_key), order_stock_reduced = VALUES(order_stock_reduced), prices_include_tax = VALUES(prices_include_tax), recorded_sales = VALUES(recorded_sales), shipping_tax_amount = VALUES(shipping_tax_amount), shipping_total_amount = VALUES(shipping_total_amount), woocommerce_version = VALUES(woocommerce_version);
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, email, phone) VALUES ('billing', 142, 'Anna', 'Schmidt', '', 'Hauptstr. 5', '', 'Bonn', '', '53111', 'DE', 'anna@example.com', '0228 555');
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, phone) VALUES ('shipping', 142, 'Anna', 'Schmidt', '', 'Hauptstr. 5', '', 'Bonn', '', '53111', 'DE', '');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1033, 'Stuhl', 'line_item', 142);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1033, '_product_id', '320');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1033, '_variation_id', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1033, '_qty', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1033, '_tax_class', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1033, '_line_subtotal', '50');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1033, '_line_subtotal_tax', '9.5');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1033, '_line_total', '50');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1033, '_line_tax', '9.5');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1033, '_line_tax_data', 'a:2:{s:5:"total";a:1:{i:1;s:3:"9.5";}s:8:"subtotal";a:1:{i:1;s:3:"9.5";}}');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1034, 'DE-MWST-1', 'tax', 142);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1034, 'rate_id', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1034, 'label', 'MwSt.');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1034, 'compound', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1034, 'tax_amount', '9.5');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1034, 'shipping_tax_amount', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1034, 'rate_percent', '19');
INSERT INTO wp_wc_orders (date_updated_gmt, id, status, type) VALUES ('2026-03-02 15:32:00', 142, 'wc-processing', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), status = VALUES(status), type = VALUES(type);
INSERT INTO wp_wc_order_operational_data (date_paid_gmt, order_id) VALUES ('2026-03-02 15:32:00', 142) ON DUPLICATE KEY UPDATE date_paid_gmt = VALUES(date_paid_gmt), order_id = VALUES(order_id);
-- = sales_order 142 59.50 9.50

-- # it goes to the trash
UPDATE wp_wc_orders SET status = 'trash', date_updated_gmt = '2026-03-02 15:39:00' WHERE id = 142;
-- = credit_note 142-CN1 cancellation 59.50 9.50

-- # it comes back
INSERT INTO wp_wc_orders (date_updated_gmt, id, status, type) VALUES ('2026-03-02 15:46:00', 142, 'wc-processing', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), status = VALUES(status), type = VALUES(type);
-- = sales_order 142-R1 59.50 9.50

-- # and goes to the trash again
UPDATE wp_wc_orders SET status = 'trash', date_updated_gmt = '2026-03-02 15:53:00' WHERE id = 142;
-- = credit_note 142-CN2 cancellation 59.50 9.50

-- # an order with a refund
INSERT INTO wp_wc_orders (billing_email, currency, customer_id, customer_note, date_created_gmt, date_updated_gmt, id, ip_address, parent_order_id, payment_method, payment_method_title, status, tax_amount, total_amount, transaction_id, type, user_agent) VALUES ('anna@example.com', 'EUR', 5, '', '2026-03-02 16:00:00', '2026-03-02 16:00:00', 143, '203.0.113.7', 0, 'stripe', 'Card', 'wc-pending', '19', '119', '', 'shop_order', 'Mozilla/5.0') ON DUPLICATE KEY UPDATE billing_email = VALUES(billing_email), currency = VALUES(currency), customer_id = VALUES(customer_id), customer_note = VALUES(customer_note), date_created_gmt = VALUES(date_created_gmt), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), ip_address = VALUES(ip_address), parent_order_id = VALUES(parent_order_id), payment_method = VALUES(payment_method), payment_method_title = VALUES(payment_method_title), status = VALUES(status), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), transaction_id = VALUES(transaction_id), type = VALUES(type), user_agent = VALUES(user_agent);
INSERT INTO wp_wc_order_operational_data (cart_hash, coupon_usages_are_counted, created_via, date_completed_gmt, date_paid_gmt, discount_tax_amount, discount_total_amount, download_permission_granted, new_order_email_sent, order_id, order_key, order_stock_reduced, prices_include_tax, recorded_sales, shipping_tax_amount, shipping_total_amount, woocommerce_version) VALUES ('', 0, 'checkout', NULL, NULL, '0', '0', 0, 0, 143, 'wc_order_143', 0, 0, 0, '0', '0', '11.0.0') ON DUPLICATE KEY UPDATE cart_hash = VALUES(cart_hash), coupon_usages_are_counted = VALUES(coupon_usages_are_counted), created_via = VALUES(created_via), date_completed_gmt = VALUES(date_completed_gmt), date_paid_gmt = VALUES(date_paid_gmt), discount_tax_amount = VALUES(discount_tax_amount), discount_total_amount = VALUES(discount_total_amount), download_permission_granted = VALUES(download_permission_granted), new_order_email_sent = VALUES(new_order_email_sent), order_id = VALUES(order_id), order_key = VALUES(order_key), order_stock_reduced = VALUES(order_stock_reduced), prices_include_tax = VALUES(prices_include_tax), recorded_sales = VALUES(recorded_sales), shipping_tax_amount = VALUES(shipping_tax_amount), shipping_total_amount = VALUES(shipping_total_amount), woocommerce_version = VALUES(woocommerce_version);
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, email, phone) VALUES ('billing', 143, 'Anna', 'Schmidt', '', 'Hauptstr. 5', '', 'Bonn', '', '53111', 'DE', 'anna@example.com', '0228 555');
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, phone) VALUES ('shipping', 143, 'Anna', 'Schmidt', '', 'Hauptstr. 5', '', 'Bonn', '', '53111', 'DE', '');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1035, 'Stuhl', 'line_item', 143);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1035, '_product_id', '320');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1035, '_variation_id', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1035, '_qty', '2');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1035, '_tax_class', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1035, '_line_subtotal', '100');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1035, '_line_subtotal_tax', '19');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1035, '_line_total', '100');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1035, '_line_tax', '19');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1035, '_line_tax_data', 'a:2:{s:5:"total";a:1:{i:1;s:2:"19";}s:8:"subtotal";a:1:{i:1;s:2:"19";}}');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1036, 'DE-MWST-1', 'tax', 143);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1036, 'rate_id', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1036, 'label', 'MwSt.');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1036, 'compound', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1036, 'tax_amount', '19');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1036, 'shipping_tax_amount', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1036, 'rate_percent', '19');
INSERT INTO wp_wc_orders (date_updated_gmt, id, status, type) VALUES ('2026-03-02 16:07:00', 143, 'wc-processing', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), status = VALUES(status), type = VALUES(type);
INSERT INTO wp_wc_order_operational_data (date_paid_gmt, order_id) VALUES ('2026-03-02 16:07:00', 143) ON DUPLICATE KEY UPDATE date_paid_gmt = VALUES(date_paid_gmt), order_id = VALUES(order_id);
-- = sales_order 143 119.00 19.00

-- # its refund
INSERT INTO wp_wc_orders (currency, date_created_gmt, date_updated_gmt, id, parent_order_id, status, tax_amount, total_amount, type) VALUES ('EUR', '2026-03-02 16:14:00', '2026-03-02 16:14:00', 144, 143, 'wc-completed', '0', '0', 'shop_order_refund') ON DUPLICATE KEY UPDATE currency = VALUES(currency), date_created_gmt = VALUES(date_created_gmt), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), parent_order_id = VALUES(parent_order_id), status = VALUES(status), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), type = VALUES(type);
INSERT INTO wp_wc_order_operational_data (discount_tax_amount, discount_total_amount, order_id, prices_include_tax, shipping_tax_amount, shipping_total_amount, woocommerce_version) VALUES ('0', '0', 144, 0, '0', '0', '11.0.0') ON DUPLICATE KEY UPDATE discount_tax_amount = VALUES(discount_tax_amount), discount_total_amount = VALUES(discount_total_amount), order_id = VALUES(order_id), prices_include_tax = VALUES(prices_include_tax), shipping_tax_amount = VALUES(shipping_tax_amount), shipping_total_amount = VALUES(shipping_total_amount), woocommerce_version = VALUES(woocommerce_version);
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1037, 'Stuhl', 'line_item', 144);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1037, '_product_id', '320');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1037, '_variation_id', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1037, '_qty', '-1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1037, '_tax_class', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1037, '_line_subtotal', '-50');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1037, '_line_subtotal_tax', '-9.5');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1037, '_line_total', '-50');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1037, '_line_tax', '-9.5');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1037, '_line_tax_data', 'a:2:{s:5:"total";a:1:{i:1;s:4:"-9.5";}s:8:"subtotal";a:1:{i:1;s:4:"-9.5";}}');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1037, '_refunded_item_id', '1035');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1038, 'DE-MWST-1', 'tax', 144);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1038, 'rate_id', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1038, 'label', 'MwSt.');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1038, 'compound', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1038, 'tax_amount', '-9.5');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1038, 'shipping_tax_amount', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1038, 'rate_percent', '19');
INSERT INTO wp_wc_orders (date_updated_gmt, id, tax_amount, total_amount, type) VALUES ('2026-03-02 16:21:00', 144, '-9.5', '-59.5', 'shop_order_refund') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), type = VALUES(type);
-- = credit_note 143-CN1 return 59.50 9.50

-- # it is deleted without the trash, refunds first
DELETE wp_woocommerce_order_items, wp_woocommerce_order_itemmeta FROM wp_woocommerce_order_items JOIN wp_woocommerce_order_itemmeta ON wp_woocommerce_order_items.order_item_id = wp_woocommerce_order_itemmeta.order_item_id WHERE wp_woocommerce_order_items.order_id = '143';
DELETE FROM wp_wc_orders WHERE id = 144;
DELETE FROM wp_wc_order_addresses WHERE order_id = 144;
DELETE FROM wp_wc_order_operational_data WHERE order_id = 144;
DELETE FROM wp_wc_orders WHERE id = 143;
DELETE FROM wp_wc_order_addresses WHERE order_id = 143;
DELETE FROM wp_wc_order_operational_data WHERE order_id = 143;
-- = held 143 gone from the store

-- # the status is set to refunded by hand: a refund without lines follows
INSERT INTO wp_wc_orders (billing_email, currency, customer_id, customer_note, date_created_gmt, date_updated_gmt, id, ip_address, parent_order_id, payment_method, payment_method_title, status, tax_amount, total_amount, transaction_id, type, user_agent) VALUES ('anna@example.com', 'EUR', 5, '', '2026-03-02 16:35:00', '2026-03-02 16:35:00', 150, '203.0.113.7', 0, 'stripe', 'Card', 'wc-pending', '19', '124.95', '', 'shop_order', 'Mozilla/5.0') ON DUPLICATE KEY UPDATE billing_email = VALUES(billing_email), currency = VALUES(currency), customer_id = VALUES(customer_id), customer_note = VALUES(customer_note), date_created_gmt = VALUES(date_created_gmt), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), ip_address = VALUES(ip_address), parent_order_id = VALUES(parent_order_id), payment_method = VALUES(payment_method), payment_method_title = VALUES(payment_method_title), status = VALUES(status), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), transaction_id = VALUES(transaction_id), type = VALUES(type), user_agent = VALUES(user_agent);
INSERT INTO wp_wc_order_operational_data (cart_hash, coupon_usages_are_counted, created_via, date_completed_gmt, date_paid_gmt, discount_tax_amount, discount_total_amount, download_permission_granted, new_order_email_sent, order_id, order_key, order_stock_reduced, prices_include_tax, recorded_sales, shipping_tax_amount, shipping_total_amount, woocommerce_version) VALUES ('', 0, 'checkout', NULL, NULL, '0', '0', 0, 0, 150, 'wc_order_150', 0, 0, 0, '0.95', '5', '11.0.0') ON DUPLICATE KEY UPDATE cart_hash = VALUES(cart_hash), coupon_usages_are_counted = VALUES(coupon_usages_are_counted), created_via = VALUES(created_via), date_completed_gmt = VALUES(date_completed_gmt), date_paid_gmt = VALUES(date_paid_gmt), discount_tax_amount = VALUES(discount_tax_amount), discount_total_amount = VALUES(discount_total_amount), download_permission_granted = VALUES(download_permission_granted), new_order_email_sent = VALUES(new_order_email_sent), order_id = VALUES(order_id), order_key = VALUES(order_key), order_stock_reduced = VALUES(order_stock_reduced), prices_include_tax = VALUES(prices_include_tax), recorded_sales = VALUES(recorded_sales), shipping_tax_amount = VALUES(shipping_tax_amount), shipping_total_amount = VALUES(shipping_total_amount), woocommerce_version = VALUES(woocommerce_version);
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, email, phone) VALUES ('billing', 150, 'Anna', 'Schmidt', '', 'Hauptstr. 5', '', 'Bonn', '', '53111', 'DE', 'anna@example.com', '0228 555');
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, phone) VALUES ('shipping', 150, 'Anna', 'Schmidt', '', 'Hauptstr. 5', '', 'Bonn', '', '53111', 'DE', '');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1039, 'Tisch', 'line_item', 150);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1039, '_product_id', '330');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1039, '_variation_id', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1039, '_qty', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1039, '_tax_class', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1039, '_line_subtotal', '100');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1039, '_line_subtotal_tax', '19');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1039, '_line_total', '100');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1039, '_line_tax', '19');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1039, '_line_tax_data', 'a:2:{s:5:"total";a:1:{i:1;s:2:"19";}s:8:"subtotal";a:1:{i:1;s:2:"19";}}');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1040, 'Versand', 'shipping', 150);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1040, 'method_id', 'flat_rate');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1040, 'instance_id', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1040, 'cost', '5');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1040, 'total_tax', '0.95');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1040, 'taxes', 'a:1:{s:5:"total";a:1:{i:1;s:4:"0.95";}}');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1040, 'tax_status', 'taxable');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1041, 'DE-MWST-1', 'tax', 150);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1041, 'rate_id', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1041, 'label', 'MwSt.');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1041, 'compound', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1041, 'tax_amount', '19');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1041, 'shipping_tax_amount', '0.95');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1041, 'rate_percent', '19');
INSERT INTO wp_wc_orders (date_updated_gmt, id, status, type) VALUES ('2026-03-02 16:42:00', 150, 'wc-processing', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), status = VALUES(status), type = VALUES(type);
INSERT INTO wp_wc_order_operational_data (date_paid_gmt, order_id) VALUES ('2026-03-02 16:42:00', 150) ON DUPLICATE KEY UPDATE date_paid_gmt = VALUES(date_paid_gmt), order_id = VALUES(order_id);
-- = sales_order 150 124.95 19.95

-- # refunded by hand
INSERT INTO wp_wc_orders (date_updated_gmt, id, status, type) VALUES ('2026-03-02 16:49:00', 150, 'wc-refunded', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), status = VALUES(status), type = VALUES(type);
INSERT INTO wp_wc_orders (currency, date_created_gmt, date_updated_gmt, id, parent_order_id, status, tax_amount, total_amount, type) VALUES ('EUR', '2026-03-02 16:56:00', '2026-03-02 16:56:00', 151, 150, 'wc-completed', '0', '0', 'shop_order_refund') ON DUPLICATE KEY UPDATE currency = VALUES(currency), date_created_gmt = VALUES(date_created_gmt), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), parent_order_id = VALUES(parent_order_id), status = VALUES(status), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), type = VALUES(type);
INSERT INTO wp_wc_order_operational_data (discount_tax_amount, discount_total_amount, order_id, prices_include_tax, shipping_tax_amount, shipping_total_amount, woocommerce_version) VALUES ('0', '0', 151, 0, '0', '0', '11.0.0') ON DUPLICATE KEY UPDATE discount_tax_amount = VALUES(discount_tax_amount), discount_total_amount = VALUES(discount_total_amount), order_id = VALUES(order_id), prices_include_tax = VALUES(prices_include_tax), shipping_tax_amount = VALUES(shipping_tax_amount), shipping_total_amount = VALUES(shipping_total_amount), woocommerce_version = VALUES(woocommerce_version);
INSERT INTO wp_wc_orders (date_updated_gmt, id, total_amount, type) VALUES ('2026-03-02 17:03:00', 151, '-124.95', 'shop_order_refund') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), total_amount = VALUES(total_amount), type = VALUES(type);
-- = credit_note 150-CN1 return 124.95 19.95

-- # customer changed
UPDATE wp_usermeta SET meta_value = 'Schmidt-Lang' WHERE user_id = 5 AND meta_key = 'billing_last_name';
UPDATE wp_usermeta SET meta_value = '0228 556' WHERE user_id = 5 AND meta_key = 'billing_phone';
-- = customer U5

-- # a visit of a customer changes nothing that is told
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (5, 'wc_last_active', '1772409600');
UPDATE wp_users SET user_pass = '$P$C' WHERE ID = 5;

-- # bank transfer: on hold
INSERT INTO wp_wc_orders (billing_email, currency, customer_id, customer_note, date_created_gmt, date_updated_gmt, id, ip_address, parent_order_id, payment_method, payment_method_title, status, tax_amount, total_amount, transaction_id, type, user_agent) VALUES ('anna@example.com', 'EUR', 5, '', '2026-03-02 17:17:00', '2026-03-02 17:17:00', 160, '203.0.113.7', 0, 'stripe', 'Card', 'wc-pending', '3.8', '23.8', '', 'shop_order', 'Mozilla/5.0') ON DUPLICATE KEY UPDATE billing_email = VALUES(billing_email), currency = VALUES(currency), customer_id = VALUES(customer_id), customer_note = VALUES(customer_note), date_created_gmt = VALUES(date_created_gmt), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), ip_address = VALUES(ip_address), parent_order_id = VALUES(parent_order_id), payment_method = VALUES(payment_method), payment_method_title = VALUES(payment_method_title), status = VALUES(status), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), transaction_id = VALUES(transaction_id), type = VALUES(type), user_agent = VALUES(user_agent);
INSERT INTO wp_wc_order_operational_data (cart_hash, coupon_usages_are_counted, created_via, date_completed_gmt, date_paid_gmt, discount_tax_amount, discount_total_amount, download_permission_granted, new_order_email_sent, order_id, order_key, order_stock_reduced, prices_include_tax, recorded_sales, shipping_tax_amount, shipping_total_amount, woocommerce_version) VALUES ('', 0, 'checkout', NULL, NULL, '0', '0', 0, 0, 160, 'wc_order_160', 0, 0, 0, '0', '0', '11.0.0') ON DUPLICATE KEY UPDATE cart_hash = VALUES(cart_hash), coupon_usages_are_counted = VALUES(coupon_usages_are_counted), created_via = VALUES(created_via), date_completed_gmt = VALUES(date_completed_gmt), date_paid_gmt = VALUES(date_paid_gmt), discount_tax_amount = VALUES(discount_tax_amount), discount_total_amount = VALUES(discount_total_amount), download_permission_granted = VALUES(download_permission_granted), new_order_email_sent = VALUES(new_order_email_sent), order_id = VALUES(order_id), order_key = VALUES(order_key), order_stock_reduced = VALUES(order_stock_reduced), prices_include_tax = VALUES(prices_include_tax), recorded_sales = VALUES(recorded_sales), shipping_tax_amount = VALUES(shipping_tax_amount), shipping_total_amount = VALUES(shipping_total_amount), woocommerce_version = VALUES(woocommerce_version);
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, email, phone) VALUES ('billing', 160, 'Anna', 'Schmidt', '', 'Hauptstr. 5', '', 'Bonn', '', '53111', 'DE', 'anna@example.com', '0228 555');
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, phone) VALUES ('shipping', 160, 'Anna', 'Schmidt', '', 'Hauptstr. 5', '', 'Bonn', '', '53111', 'DE', '');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1042, 'Regal', 'line_item', 160);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1042, '_product_id', '340');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1042, '_variation_id', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1042, '_qty', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1042, '_tax_class', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1042, '_line_subtotal', '20');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1042, '_line_subtotal_tax', '3.8');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1042, '_line_total', '20');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1042, '_line_tax', '3.8');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1042, '_line_tax_data', 'a:2:{s:5:"total";a:1:{i:1;s:3:"3.8";}s:8:"subtotal";a:1:{i:1;s:3:"3.8";}}');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1043, 'DE-MWST-1', 'tax', 160);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1043, 'rate_id', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1043, 'label', 'MwSt.');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1043, 'compound', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1043, 'tax_amount', '3.8');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1043, 'shipping_tax_amount', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1043, 'rate_percent', '19');
INSERT INTO wp_wc_orders (date_updated_gmt, id, status, type) VALUES ('2026-03-02 17:24:00', 160, 'wc-on-hold', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), status = VALUES(status), type = VALUES(type);

-- # the money has come
INSERT INTO wp_wc_orders (date_updated_gmt, id, status, type) VALUES ('2026-03-02 17:31:00', 160, 'wc-processing', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), status = VALUES(status), type = VALUES(type);
INSERT INTO wp_wc_order_operational_data (date_paid_gmt, order_id) VALUES ('2026-03-02 17:31:00', 160) ON DUPLICATE KEY UPDATE date_paid_gmt = VALUES(date_paid_gmt), order_id = VALUES(order_id);
-- = sales_order 160 23.80 3.80

-- # an account is deleted: its orders become orders of guests
DELETE FROM wp_usermeta WHERE user_id = 6 AND meta_key = 'first_name';
DELETE FROM wp_usermeta WHERE user_id = 6 AND meta_key = 'last_name';
DELETE FROM wp_usermeta WHERE user_id = 6 AND meta_key = 'wp_capabilities';
DELETE FROM wp_users WHERE ID = 6;
UPDATE wp_wc_orders SET customer_id = 0, date_updated_gmt = '2026-03-02 17:38:00' WHERE customer_id = 6;

-- # prices with tax: net amounts have six digits
INSERT INTO wp_wc_orders (billing_email, currency, customer_id, customer_note, date_created_gmt, date_updated_gmt, id, ip_address, parent_order_id, payment_method, payment_method_title, status, tax_amount, total_amount, transaction_id, type, user_agent) VALUES ('anna@example.com', 'EUR', 5, '', '2026-03-02 17:45:00', '2026-03-02 17:45:00', 170, '203.0.113.7', 0, 'stripe', 'Card', 'wc-pending', '4.79', '29.97', '', 'shop_order', 'Mozilla/5.0') ON DUPLICATE KEY UPDATE billing_email = VALUES(billing_email), currency = VALUES(currency), customer_id = VALUES(customer_id), customer_note = VALUES(customer_note), date_created_gmt = VALUES(date_created_gmt), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), ip_address = VALUES(ip_address), parent_order_id = VALUES(parent_order_id), payment_method = VALUES(payment_method), payment_method_title = VALUES(payment_method_title), status = VALUES(status), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), transaction_id = VALUES(transaction_id), type = VALUES(type), user_agent = VALUES(user_agent);
INSERT INTO wp_wc_order_operational_data (cart_hash, coupon_usages_are_counted, created_via, date_completed_gmt, date_paid_gmt, discount_tax_amount, discount_total_amount, download_permission_granted, new_order_email_sent, order_id, order_key, order_stock_reduced, prices_include_tax, recorded_sales, shipping_tax_amount, shipping_total_amount, woocommerce_version) VALUES ('', 0, 'checkout', NULL, NULL, '0', '0', 0, 0, 170, 'wc_order_170', 0, 1, 0, '0', '0', '11.0.0') ON DUPLICATE KEY UPDATE cart_hash = VALUES(cart_hash), coupon_usages_are_counted = VALUES(coupon_usages_are_counted), created_via = VALUES(created_via), date_completed_gmt = VALUES(date_completed_gmt), date_paid_gmt = VALUES(date_paid_gmt), discount_tax_amount = VALUES(discount_tax_amount), discount_total_amount = VALUES(discount_total_amount), download_permission_granted = VALUES(download_permission_granted), new_order_email_sent = VALUES(new_order_email_sent), order_id = VALUES(order_id), order_key = VALUES(order_key), order_stock_reduced = VALUES(order_stock_reduced), prices_include_tax = VALUES(prices_include_tax), recorded_sales = VALUES(recorded_sales), shipping_tax_amount = VALUES(shipping_tax_amount), shipping_total_amount = VALUES(shipping_total_amount), woocommerce_version = VALUES(woocommerce_version);
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, email, phone) VALUES ('billing', 170, 'Anna', 'Schmidt', '', 'Hauptstr. 5', '', 'Bonn', '', '53111', 'DE', 'anna@example.com', '0228 555');
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, phone) VALUES ('shipping', 170, 'Anna', 'Schmidt', '', 'Hauptstr. 5', '', 'Bonn', '', '53111', 'DE', '');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1044, 'Stift', 'line_item', 170);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1044, '_product_id', '350');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1044, '_variation_id', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1044, '_qty', '3');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1044, '_tax_class', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1044, '_line_subtotal', '25.184874');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1044, '_line_subtotal_tax', '4.785126');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1044, '_line_total', '25.184874');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1044, '_line_tax', '4.785126');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1044, '_line_tax_data', 'a:2:{s:5:"total";a:1:{i:1;s:8:"4.785126";}s:8:"subtotal";a:1:{i:1;s:8:"4.785126";}}');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1045, 'DE-MWST-1', 'tax', 170);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1045, 'rate_id', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1045, 'label', 'MwSt.');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1045, 'compound', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1045, 'tax_amount', '4.785126');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1045, 'shipping_tax_amount', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1045, 'rate_percent', '19');
INSERT INTO wp_wc_orders (date_updated_gmt, id, status, type) VALUES ('2026-03-02 17:52:00', 170, 'wc-processing', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), status = VALUES(status), type = VALUES(type);
INSERT INTO wp_wc_order_operational_data (date_paid_gmt, order_id) VALUES ('2026-03-02 17:52:00', 170) ON DUPLICATE KEY UPDATE date_paid_gmt = VALUES(date_paid_gmt), order_id = VALUES(order_id);
-- = sales_order 170 29.97 4.79

-- # refund of one of them, in cents
INSERT INTO wp_wc_orders (currency, date_created_gmt, date_updated_gmt, id, parent_order_id, status, tax_amount, total_amount, type) VALUES ('EUR', '2026-03-02 17:59:00', '2026-03-02 17:59:00', 171, 170, 'wc-completed', '0', '0', 'shop_order_refund') ON DUPLICATE KEY UPDATE currency = VALUES(currency), date_created_gmt = VALUES(date_created_gmt), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), parent_order_id = VALUES(parent_order_id), status = VALUES(status), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), type = VALUES(type);
INSERT INTO wp_wc_order_operational_data (discount_tax_amount, discount_total_amount, order_id, prices_include_tax, shipping_tax_amount, shipping_total_amount, woocommerce_version) VALUES ('0', '0', 171, 1, '0', '0', '11.0.0') ON DUPLICATE KEY UPDATE discount_tax_amount = VALUES(discount_tax_amount), discount_total_amount = VALUES(discount_total_amount), order_id = VALUES(order_id), prices_include_tax = VALUES(prices_include_tax), shipping_tax_amount = VALUES(shipping_tax_amount), shipping_total_amount = VALUES(shipping_total_amount), woocommerce_version = VALUES(woocommerce_version);
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1046, 'Stift', 'line_item', 171);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1046, '_product_id', '350');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1046, '_variation_id', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1046, '_qty', '-1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1046, '_tax_class', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1046, '_line_subtotal', '-8.39');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1046, '_line_subtotal_tax', '-1.6');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1046, '_line_total', '-8.39');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1046, '_line_tax', '-1.6');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1046, '_line_tax_data', 'a:2:{s:5:"total";a:1:{i:1;s:4:"-1.6";}s:8:"subtotal";a:1:{i:1;s:4:"-1.6";}}');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1046, '_refunded_item_id', '1044');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1047, 'DE-MWST-1', 'tax', 171);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1047, 'rate_id', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1047, 'label', 'MwSt.');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1047, 'compound', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1047, 'tax_amount', '-1.6');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1047, 'shipping_tax_amount', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1047, 'rate_percent', '19');
INSERT INTO wp_wc_orders (date_updated_gmt, id, tax_amount, total_amount, type) VALUES ('2026-03-02 18:06:00', 171, '-1.6', '-9.99', 'shop_order_refund') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), type = VALUES(type);
-- = credit_note 170-CN1 return 9.99 1.60

-- # a payment fails
INSERT INTO wp_wc_orders (billing_email, currency, customer_id, customer_note, date_created_gmt, date_updated_gmt, id, ip_address, parent_order_id, payment_method, payment_method_title, status, tax_amount, total_amount, transaction_id, type, user_agent) VALUES ('anna@example.com', 'EUR', 5, '', '2026-03-02 18:20:00', '2026-03-02 18:20:00', 180, '203.0.113.7', 0, 'stripe', 'Card', 'wc-pending', '5.2', '45.2', '', 'shop_order', 'Mozilla/5.0') ON DUPLICATE KEY UPDATE billing_email = VALUES(billing_email), currency = VALUES(currency), customer_id = VALUES(customer_id), customer_note = VALUES(customer_note), date_created_gmt = VALUES(date_created_gmt), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), ip_address = VALUES(ip_address), parent_order_id = VALUES(parent_order_id), payment_method = VALUES(payment_method), payment_method_title = VALUES(payment_method_title), status = VALUES(status), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), transaction_id = VALUES(transaction_id), type = VALUES(type), user_agent = VALUES(user_agent);
INSERT INTO wp_wc_order_operational_data (cart_hash, coupon_usages_are_counted, created_via, date_completed_gmt, date_paid_gmt, discount_tax_amount, discount_total_amount, download_permission_granted, new_order_email_sent, order_id, order_key, order_stock_reduced, prices_include_tax, recorded_sales, shipping_tax_amount, shipping_total_amount, woocommerce_version) VALUES ('', 0, 'checkout', NULL, NULL, '0', '0', 0, 0, 180, 'wc_order_180', 0, 0, 0, '0', '0', '11.0.0') ON DUPLICATE KEY UPDATE cart_hash = VALUES(cart_hash), coupon_usages_are_counted = VALUES(coupon_usages_are_counted), created_via = VALUES(created_via), date_completed_gmt = VALUES(date_completed_gmt), date_paid_gmt = VALUES(date_paid_gmt), discount_tax_amount = VALUES(discount_tax_amount), discount_total_amount = VALUES(discount_total_amount), download_permission_granted = VALUES(download_permission_granted), new_order_email_sent = VALUES(new_order_email_sent), order_id = VALUES(order_id), order_key = VALUES(order_key), order_stock_reduced = VALUES(order_stock_reduced), prices_include_tax = VALUES(prices_include_tax), recorded_sales = VALUES(recorded_sales), shipping_tax_amount = VALUES(shipping_tax_amount), shipping_total_amount = VALUES(shipping_total_amount), woocommerce_version = VALUES(woocommerce_version);
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, email, phone) VALUES ('billing', 180, 'Anna', 'Schmidt', '', 'Hauptstr. 5', '', 'Bonn', '', '53111', 'DE', 'anna@example.com', '0228 555');
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, phone) VALUES ('shipping', 180, 'Anna', 'Schmidt', '', 'Hauptstr. 5', '', 'Bonn', '', '53111', 'DE', '');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1048, 'Regal', 'line_item', 180);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1048, '_product_id', '340');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1048, '_variation_id', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1048, '_qty', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1048, '_tax_class', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1048, '_line_subtotal', '20');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1048, '_line_subtotal_tax', '3.8');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1048, '_line_total', '20');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1048, '_line_tax', '3.8');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1048, '_line_tax_data', 'a:2:{s:5:"total";a:1:{i:1;s:3:"3.8";}s:8:"subtotal";a:1:{i:1;s:3:"3.8";}}');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1049, 'Kochbuch', 'line_item', 180);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1049, '_product_id', '210');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1049, '_variation_id', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1049, '_qty', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1049, '_tax_class', 'ermaessigt');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1049, '_line_subtotal', '20');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1049, '_line_subtotal_tax', '1.4');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1049, '_line_total', '20');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1049, '_line_tax', '1.4');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1049, '_line_tax_data', 'a:2:{s:5:"total";a:1:{i:2;s:3:"1.4";}s:8:"subtotal";a:1:{i:2;s:3:"1.4";}}');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1050, 'DE-MWST-1', 'tax', 180);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1050, 'rate_id', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1050, 'label', 'MwSt.');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1050, 'compound', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1050, 'tax_amount', '3.8');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1050, 'shipping_tax_amount', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1050, 'rate_percent', '19');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1051, 'DE-MWST-ERM-1', 'tax', 180);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1051, 'rate_id', '2');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1051, 'label', 'MwSt. erm.');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1051, 'compound', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1051, 'tax_amount', '1.4');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1051, 'shipping_tax_amount', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1051, 'rate_percent', '7');
INSERT INTO wp_wc_orders (date_updated_gmt, id, status, type) VALUES ('2026-03-02 18:27:00', 180, 'wc-failed', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), status = VALUES(status), type = VALUES(type);

-- # and succeeds at the second try
INSERT INTO wp_wc_orders (date_updated_gmt, id, status, type) VALUES ('2026-03-02 18:34:00', 180, 'wc-processing', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), status = VALUES(status), type = VALUES(type);
INSERT INTO wp_wc_order_operational_data (date_paid_gmt, order_id) VALUES ('2026-03-02 18:34:00', 180) ON DUPLICATE KEY UPDATE date_paid_gmt = VALUES(date_paid_gmt), order_id = VALUES(order_id);
-- = sales_order 180 45.20 5.20

-- # the shop saves the order items: each line gets an empty tax for the other rate
UPDATE wp_woocommerce_order_itemmeta SET meta_value = 'a:2:{s:5:"total";a:2:{i:1;s:3:"3.8";i:2;s:0:"";}s:8:"subtotal";a:2:{i:1;s:3:"3.8";i:2;s:0:"";}}' WHERE order_item_id = 1048 AND meta_key = '_line_tax_data';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = 'a:2:{s:5:"total";a:2:{i:1;s:0:"";i:2;s:3:"1.4";}s:8:"subtotal";a:2:{i:1;s:0:"";i:2;s:3:"1.4";}}' WHERE order_item_id = 1049 AND meta_key = '_line_tax_data';

-- # it is sent
INSERT INTO wp_wc_orders (date_updated_gmt, id, status, type) VALUES ('2026-03-02 18:41:00', 180, 'wc-completed', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), status = VALUES(status), type = VALUES(type);
INSERT INTO wp_wc_order_operational_data (date_completed_gmt, order_id) VALUES ('2026-03-02 18:41:00', 180) ON DUPLICATE KEY UPDATE date_completed_gmt = VALUES(date_completed_gmt), order_id = VALUES(order_id);

-- # an order as shops before 3.7 wrote it: its tax says no percent
INSERT INTO wp_wc_orders (billing_email, currency, customer_id, customer_note, date_created_gmt, date_updated_gmt, id, ip_address, parent_order_id, payment_method, payment_method_title, status, tax_amount, total_amount, transaction_id, type, user_agent) VALUES ('anna@example.com', 'EUR', 5, '', '2026-03-02 18:48:00', '2026-03-02 18:48:00', 185, '203.0.113.7', 0, 'stripe', 'Card', 'wc-pending', '3.8', '29.75', '', 'shop_order', 'Mozilla/5.0') ON DUPLICATE KEY UPDATE billing_email = VALUES(billing_email), currency = VALUES(currency), customer_id = VALUES(customer_id), customer_note = VALUES(customer_note), date_created_gmt = VALUES(date_created_gmt), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), ip_address = VALUES(ip_address), parent_order_id = VALUES(parent_order_id), payment_method = VALUES(payment_method), payment_method_title = VALUES(payment_method_title), status = VALUES(status), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), transaction_id = VALUES(transaction_id), type = VALUES(type), user_agent = VALUES(user_agent);
INSERT INTO wp_wc_order_operational_data (cart_hash, coupon_usages_are_counted, created_via, date_completed_gmt, date_paid_gmt, discount_tax_amount, discount_total_amount, download_permission_granted, new_order_email_sent, order_id, order_key, order_stock_reduced, prices_include_tax, recorded_sales, shipping_tax_amount, shipping_total_amount, woocommerce_version) VALUES ('', 0, 'checkout', NULL, NULL, '0', '0', 0, 0, 185, 'wc_order_185', 0, 0, 0, '0.95', '5', '11.0.0') ON DUPLICATE KEY UPDATE cart_hash = VALUES(cart_hash), coupon_usages_are_counted = VALUES(coupon_usages_are_counted), created_via = VALUES(created_via), date_completed_gmt = VALUES(date_completed_gmt), date_paid_gmt = VALUES(date_paid_gmt), discount_tax_amount = VALUES(discount_tax_amount), discount_total_amount = VALUES(discount_total_amount), download_permission_granted = VALUES(download_permission_granted), new_order_email_sent = VALUES(new_order_email_sent), order_id = VALUES(order_id), order_key = VALUES(order_key), order_stock_reduced = VALUES(order_stock_reduced), prices_include_tax = VALUES(prices_include_tax), recorded_sales = VALUES(recorded_sales), shipping_tax_amount = VALUES(shipping_tax_amount), shipping_total_amount = VALUES(shipping_total_amount), woocommerce_version = VALUES(woocommerce_version);
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, email, phone) VALUES ('billing', 185, 'Anna', 'Schmidt', '', 'Hauptstr. 5', '', 'Bonn', '', '53111', 'DE', 'anna@example.com', '0228 555');
INSERT INTO wp_wc_order_addresses (address_type, order_id, first_name, last_name, company, address_1, address_2, city, state, postcode, country, phone) VALUES ('shipping', 185, 'Anna', 'Schmidt', '', 'Hauptstr. 5', '', 'Bonn', '', '53111', 'DE', '');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1052, 'Regal', 'line_item', 185);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1052, '_product_id', '340');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1052, '_variation_id', '0');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1052, '_qty', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1052, '_tax_class', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1052, '_line_subtotal', '20');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1052, '_line_subtotal_tax', '3.8');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1052, '_line_total', '20');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1052, '_line_tax', '3.8');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1052, '_line_tax_data', 'a:2:{s:5:"total";a:1:{i:1;s:3:"3.8";}s:8:"subtotal";a:1:{i:1;s:3:"3.8";}}');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1053, 'Versand', 'shipping', 185);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1053, 'method_id', 'flat_rate');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1053, 'instance_id', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1053, 'cost', '5');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1053, 'total_tax', '0.95');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1053, 'taxes', 'a:1:{s:5:"total";a:1:{i:1;s:4:"0.95";}}');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1053, 'tax_status', 'taxable');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (1054, 'DE-MWST-1', 'tax', 185);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1054, 'rate_id', '1');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1054, 'label', 'MwSt.');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1054, 'compound', '');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1054, 'tax_amount', '3.8');
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1054, 'shipping_tax_amount', '0.95');
INSERT INTO wp_wc_orders (date_updated_gmt, id, status, type) VALUES ('2026-03-02 18:55:00', 185, 'wc-processing', 'shop_order') ON DUPLICATE KEY UPDATE date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), status = VALUES(status), type = VALUES(type);
INSERT INTO wp_wc_order_operational_data (date_paid_gmt, order_id) VALUES ('2026-03-02 18:55:00', 185) ON DUPLICATE KEY UPDATE date_paid_gmt = VALUES(date_paid_gmt), order_id = VALUES(order_id);
-- = sales_order 185 29.75 4.75

-- # an order is begun in the admin and left
INSERT INTO wp_wc_orders (billing_email, currency, customer_id, customer_note, date_created_gmt, date_updated_gmt, id, ip_address, parent_order_id, payment_method, payment_method_title, status, tax_amount, total_amount, transaction_id, type, user_agent) VALUES (NULL, 'EUR', 0, '', '2026-03-02 19:02:00', '2026-03-02 19:02:00', 190, '203.0.113.7', 0, 'stripe', 'Card', 'auto-draft', '0', '0', '', 'shop_order', 'Mozilla/5.0') ON DUPLICATE KEY UPDATE billing_email = VALUES(billing_email), currency = VALUES(currency), customer_id = VALUES(customer_id), customer_note = VALUES(customer_note), date_created_gmt = VALUES(date_created_gmt), date_updated_gmt = VALUES(date_updated_gmt), id = VALUES(id), ip_address = VALUES(ip_address), parent_order_id = VALUES(parent_order_id), payment_method = VALUES(payment_method), payment_method_title = VALUES(payment_method_title), status = VALUES(status), tax_amount = VALUES(tax_amount), total_amount = VALUES(total_amount), transaction_id = VALUES(transaction_id), type = VALUES(type), user_agent = VALUES(user_agent);
