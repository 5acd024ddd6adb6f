-- WooCommerce 11, orders in wp_posts and wp_postmeta. Every statement is a transaction of its own, as the shop writes them.
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
INSERT INTO wp_posts (ID, post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt, post_status, comment_status, ping_status, post_password, post_name, to_ping, pinged, post_modified, post_modified_gmt, post_content_filtered, post_parent, guid, menu_order, post_type, post_mime_type, comment_count) VALUES (101, 1, '2026-03-02 10:07:00', '2026-03-02 09:07:00', '', 'Order &ndash; 2026-03-02', '', 'wc-pending', 'open', 'closed', 'wc_order_101', 'order-101', '', '', '2026-03-02 10:07:00', '2026-03-02 09:07:00', '', 0, '', 0, 'shop_order', '', 0);
UPDATE wp_posts SET guid = 'https://shop.example/?post_type=shop_order&p=101' WHERE ID = 101;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_order_key', 'wc_order_101');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_customer_user', '5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_payment_method', 'stripe');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_payment_method_title', 'Card');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_created_via', 'checkout');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_billing_first_name', 'Anna');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_billing_last_name', 'Schmidt');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_billing_address_1', 'Hauptstr. 5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_billing_city', 'Bonn');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_billing_postcode', '53111');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_billing_country', 'DE');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_billing_email', 'anna@example.com');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_billing_phone', '0228 555');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_shipping_first_name', 'Anna');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_shipping_last_name', 'Schmidt');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_shipping_address_1', 'Hauptstr. 5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_shipping_city', 'Bonn');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_shipping_postcode', '53111');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_shipping_country', 'DE');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_order_currency', 'EUR');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_cart_discount', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_cart_discount_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_order_shipping', '5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_order_shipping_tax', '0.95');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_order_tax', '19');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_order_total', '124.95');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_order_version', '11.0.0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_prices_include_tax', 'no');
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
UPDATE wp_posts SET post_status = 'wc-processing', post_modified = '2026-03-02 10:14:00', post_modified_gmt = '2026-03-02 09:14:00' WHERE ID = 101;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_date_paid', '1772445600');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_paid_date', '2026-03-02 10:14:00');
-- = customer U5
-- = sales_order 101 124.95 19.95

-- # complete
UPDATE wp_posts SET post_status = 'wc-completed', post_modified = '2026-03-02 10:21:00', post_modified_gmt = '2026-03-02 09:21:00' WHERE ID = 101;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (101, '_date_completed', '1772449200');

-- # partial refund with lines
INSERT INTO wp_posts (ID, post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt, post_status, comment_status, ping_status, post_password, post_name, to_ping, pinged, post_modified, post_modified_gmt, post_content_filtered, post_parent, guid, menu_order, post_type, post_mime_type, comment_count) VALUES (102, 1, '2026-03-02 10:28:00', '2026-03-02 09:28:00', '', 'Refund &ndash; 2026-03-02', '', 'wc-completed', 'open', 'closed', 'wc_order_102', 'order-102', '', '', '2026-03-02 10:28:00', '2026-03-02 09:28:00', '', 101, '', 0, 'shop_order_refund', '', 0);
UPDATE wp_posts SET guid = 'https://shop.example/?post_type=shop_order_refund&p=102' WHERE ID = 102;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (102, '_order_currency', 'EUR');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (102, '_cart_discount', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (102, '_cart_discount_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (102, '_order_shipping', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (102, '_order_shipping_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (102, '_order_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (102, '_order_total', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (102, '_order_version', '11.0.0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (102, '_prices_include_tax', 'no');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (102, '_refund_amount', '59.5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (102, '_refunded_by', '1');
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
UPDATE wp_postmeta SET meta_value = '-9.5' WHERE post_id = 102 AND meta_key = '_order_tax';
UPDATE wp_postmeta SET meta_value = '-59.50' WHERE post_id = 102 AND meta_key = '_order_total';
UPDATE wp_posts SET post_modified = '2026-03-02 10:35:00', post_modified_gmt = '2026-03-02 09:35:00' WHERE ID = 101;
-- = credit_note 101-CN1 return 59.50 9.50

-- # refund of shipping
INSERT INTO wp_posts (ID, post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt, post_status, comment_status, ping_status, post_password, post_name, to_ping, pinged, post_modified, post_modified_gmt, post_content_filtered, post_parent, guid, menu_order, post_type, post_mime_type, comment_count) VALUES (103, 1, '2026-03-02 10:42:00', '2026-03-02 09:42:00', '', 'Refund &ndash; 2026-03-02', '', 'wc-completed', 'open', 'closed', 'wc_order_103', 'order-103', '', '', '2026-03-02 10:42:00', '2026-03-02 09:42:00', '', 101, '', 0, 'shop_order_refund', '', 0);
UPDATE wp_posts SET guid = 'https://shop.example/?post_type=shop_order_refund&p=103' WHERE ID = 103;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (103, '_order_currency', 'EUR');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (103, '_cart_discount', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (103, '_cart_discount_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (103, '_order_shipping', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (103, '_order_shipping_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (103, '_order_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (103, '_order_total', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (103, '_order_version', '11.0.0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (103, '_prices_include_tax', 'no');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (103, '_refund_amount', '5.95');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (103, '_refunded_by', '1');
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
UPDATE wp_postmeta SET meta_value = '-5' WHERE post_id = 103 AND meta_key = '_order_shipping';
UPDATE wp_postmeta SET meta_value = '-0.95' WHERE post_id = 103 AND meta_key = '_order_shipping_tax';
UPDATE wp_postmeta SET meta_value = '-5.95' WHERE post_id = 103 AND meta_key = '_order_total';
UPDATE wp_posts SET post_modified = '2026-03-02 10:49:00', post_modified_gmt = '2026-03-02 09:49:00' WHERE ID = 101;
-- = credit_note 101-CN2 discount 5.95 0.95

-- # a refund is deleted
DELETE wp_woocommerce_order_items, wp_woocommerce_order_itemmeta FROM wp_woocommerce_order_items JOIN wp_woocommerce_order_itemmeta ON wp_woocommerce_order_items.order_item_id = wp_woocommerce_order_itemmeta.order_item_id WHERE wp_woocommerce_order_items.order_id = '102';
DELETE FROM wp_postmeta WHERE post_id = 102;
DELETE FROM wp_posts WHERE ID = 102;
-- = debit_note 101-DN1 59.50 9.50

-- # full refund of what is left: the status follows
INSERT INTO wp_posts (ID, post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt, post_status, comment_status, ping_status, post_password, post_name, to_ping, pinged, post_modified, post_modified_gmt, post_content_filtered, post_parent, guid, menu_order, post_type, post_mime_type, comment_count) VALUES (104, 1, '2026-03-02 10:56:00', '2026-03-02 09:56:00', '', 'Refund &ndash; 2026-03-02', '', 'wc-completed', 'open', 'closed', 'wc_order_104', 'order-104', '', '', '2026-03-02 10:56:00', '2026-03-02 09:56:00', '', 101, '', 0, 'shop_order_refund', '', 0);
UPDATE wp_posts SET guid = 'https://shop.example/?post_type=shop_order_refund&p=104' WHERE ID = 104;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (104, '_order_currency', 'EUR');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (104, '_cart_discount', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (104, '_cart_discount_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (104, '_order_shipping', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (104, '_order_shipping_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (104, '_order_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (104, '_order_total', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (104, '_order_version', '11.0.0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (104, '_prices_include_tax', 'no');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (104, '_refund_amount', '119');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (104, '_refunded_by', '1');
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
UPDATE wp_postmeta SET meta_value = '-19' WHERE post_id = 104 AND meta_key = '_order_tax';
UPDATE wp_postmeta SET meta_value = '-119.00' WHERE post_id = 104 AND meta_key = '_order_total';
UPDATE wp_posts SET post_status = 'wc-refunded', post_modified = '2026-03-02 11:03:00', post_modified_gmt = '2026-03-02 10:03:00' WHERE ID = 101;
-- = credit_note 101-CN3 return 119.00 19.00

-- # a guest fills in the checkout: a draft, changed again and again
INSERT INTO wp_posts (ID, post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt, post_status, comment_status, ping_status, post_password, post_name, to_ping, pinged, post_modified, post_modified_gmt, post_content_filtered, post_parent, guid, menu_order, post_type, post_mime_type, comment_count) VALUES (110, 1, '2026-03-02 11:10:00', '2026-03-02 10:10:00', '', 'Order &ndash; 2026-03-02', '', 'wc-checkout-draft', 'open', 'closed', 'wc_order_110', 'order-110', '', '', '2026-03-02 11:10:00', '2026-03-02 10:10:00', '', 0, '', 0, 'shop_order', '', 0);
UPDATE wp_posts SET guid = 'https://shop.example/?post_type=shop_order&p=110' WHERE ID = 110;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_order_key', 'wc_order_110');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_customer_user', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_payment_method', 'stripe');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_payment_method_title', 'Card');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_created_via', 'checkout');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_order_currency', 'EUR');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_cart_discount', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_cart_discount_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_order_shipping', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_order_shipping_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_order_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_order_total', '0.00');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_order_version', '11.0.0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_prices_include_tax', 'no');
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
UPDATE wp_posts SET post_modified = '2026-03-02 11:17:00', post_modified_gmt = '2026-03-02 10:17:00' WHERE ID = 110;
UPDATE wp_postmeta SET meta_value = '3.3' WHERE post_id = 110 AND meta_key = '_order_tax';
UPDATE wp_postmeta SET meta_value = '33.30' WHERE post_id = 110 AND meta_key = '_order_total';
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_billing_first_name', 'Gerd');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_billing_last_name', 'Gast');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_billing_address_1', 'Weg 3');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_billing_city', 'München');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_billing_postcode', '80331');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_billing_country', 'DE');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_billing_email', 'Gerd.Gast@example.com');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_billing_phone', '0170 1');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_shipping_first_name', 'Gerd');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_shipping_last_name', 'Gast');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_shipping_address_1', 'Weg 3');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_shipping_city', 'München');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_shipping_postcode', '80331');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_shipping_country', 'DE');
UPDATE wp_posts SET post_modified = '2026-03-02 11:24:00', post_modified_gmt = '2026-03-02 10:24:00' WHERE ID = 110;

-- # the guest orders and pays: two rates of tax, free shipping
UPDATE wp_posts SET post_status = 'wc-pending', post_modified = '2026-03-02 11:31:00', post_modified_gmt = '2026-03-02 10:31:00' WHERE ID = 110;
UPDATE wp_posts SET post_status = 'wc-processing', post_modified = '2026-03-02 11:38:00', post_modified_gmt = '2026-03-02 10:38:00' WHERE ID = 110;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_date_paid', '1772445600');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (110, '_paid_date', '2026-03-02 11:38:00');
-- = customer G110
-- = sales_order 110 33.30 3.30

-- # name and e-mail of the guest are corrected
UPDATE wp_posts SET post_modified = '2026-03-02 11:45:00', post_modified_gmt = '2026-03-02 10:45:00' WHERE ID = 110;
UPDATE wp_postmeta SET meta_value = 'Gaster' WHERE post_id = 110 AND meta_key = '_billing_last_name';
UPDATE wp_postmeta SET meta_value = 'gerd@example.com' WHERE post_id = 110 AND meta_key = '_billing_email';
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
UPDATE wp_posts SET post_modified = '2026-03-02 11:52:00', post_modified_gmt = '2026-03-02 10:52:00' WHERE ID = 110;
UPDATE wp_postmeta SET meta_value = '2.97' WHERE post_id = 110 AND meta_key = '_order_tax';
UPDATE wp_posts SET post_modified = '2026-03-02 11:59:00', post_modified_gmt = '2026-03-02 10:59:00' WHERE ID = 110;
UPDATE wp_postmeta SET meta_value = '29.97' WHERE post_id = 110 AND meta_key = '_order_total';
-- = credit_note 110-CN1 discount 3.33 0.33

-- # the guest makes an account: his orders become its orders
INSERT INTO wp_users (ID, user_login, user_pass, user_nicename, user_email, user_url, user_registered, user_activation_key, user_status, display_name) VALUES (7, 'gerd', '$P$B', 'gerd', 'gerd@example.com', '', '2026-01-10 10:00:00', '', 0, 'Gerd');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (7, 'wp_capabilities', 'a:1:{s:8:"customer";b:1;}');
UPDATE wp_posts SET post_modified = '2026-03-02 12:06:00', post_modified_gmt = '2026-03-02 11:06:00' WHERE ID = 110;
UPDATE wp_postmeta SET meta_value = '7' WHERE post_id = 110 AND meta_key = '_customer_user';

-- # place: three pieces
INSERT INTO wp_posts (ID, post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt, post_status, comment_status, ping_status, post_password, post_name, to_ping, pinged, post_modified, post_modified_gmt, post_content_filtered, post_parent, guid, menu_order, post_type, post_mime_type, comment_count) VALUES (120, 1, '2026-03-02 12:13:00', '2026-03-02 11:13:00', '', 'Order &ndash; 2026-03-02', '', 'wc-pending', 'open', 'closed', 'wc_order_120', 'order-120', '', '', '2026-03-02 12:13:00', '2026-03-02 11:13:00', '', 0, '', 0, 'shop_order', '', 0);
UPDATE wp_posts SET guid = 'https://shop.example/?post_type=shop_order&p=120' WHERE ID = 120;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_order_key', 'wc_order_120');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_customer_user', '6');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_payment_method', 'stripe');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_payment_method_title', 'Card');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_created_via', 'checkout');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_billing_first_name', 'Jonas');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_billing_last_name', 'Weber');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_billing_address_1', 'Am Ring 1');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_billing_city', 'Köln');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_billing_postcode', '50667');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_billing_country', 'DE');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_billing_email', 'jonas@example.com');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_shipping_first_name', 'Jonas');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_shipping_last_name', 'Weber');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_shipping_address_1', 'Am Ring 1');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_shipping_city', 'Köln');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_shipping_postcode', '50667');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_shipping_country', 'DE');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_order_currency', 'EUR');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_cart_discount', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_cart_discount_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_order_shipping', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_order_shipping_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_order_tax', '14.25');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_order_total', '89.25');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_order_version', '11.0.0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_prices_include_tax', 'no');
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
UPDATE wp_posts SET post_modified = '2026-03-02 12:20:00', post_modified_gmt = '2026-03-02 11:20:00' WHERE ID = 120;
UPDATE wp_postmeta SET meta_value = '13.3' WHERE post_id = 120 AND meta_key = '_order_tax';
UPDATE wp_posts SET post_modified = '2026-03-02 12:27:00', post_modified_gmt = '2026-03-02 11:27:00' WHERE ID = 120;
UPDATE wp_postmeta SET meta_value = '83.30' WHERE post_id = 120 AND meta_key = '_order_total';

-- # pay the changed order
UPDATE wp_posts SET post_status = 'wc-processing', post_modified = '2026-03-02 12:34:00', post_modified_gmt = '2026-03-02 11:34:00' WHERE ID = 120;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_date_paid', '1772445600');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (120, '_paid_date', '2026-03-02 12:34:00');
-- = customer U6
-- = sales_order 120 83.30 13.30

-- # the shop puts the order on hold, which opens it for editing
UPDATE wp_posts SET post_status = 'wc-on-hold', post_modified = '2026-03-02 12:41:00', post_modified_gmt = '2026-03-02 11:41:00' WHERE ID = 120;
-- = held 120 open again

-- # quantity down, and released
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '1' WHERE order_item_id = 1016 AND meta_key = '_qty';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '25' WHERE order_item_id = 1016 AND meta_key = '_line_subtotal';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '4.75' WHERE order_item_id = 1016 AND meta_key = '_line_subtotal_tax';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '25' WHERE order_item_id = 1016 AND meta_key = '_line_total';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '4.75' WHERE order_item_id = 1016 AND meta_key = '_line_tax';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = 'a:2:{s:5:"total";a:1:{i:1;s:4:"4.75";}s:8:"subtotal";a:1:{i:1;s:4:"4.75";}}' WHERE order_item_id = 1016 AND meta_key = '_line_tax_data';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '8.55' WHERE order_item_id = 1017 AND meta_key = 'tax_amount';
UPDATE wp_posts SET post_modified = '2026-03-02 12:48:00', post_modified_gmt = '2026-03-02 11:48:00' WHERE ID = 120;
UPDATE wp_postmeta SET meta_value = '8.55' WHERE post_id = 120 AND meta_key = '_order_tax';
UPDATE wp_posts SET post_modified = '2026-03-02 12:55:00', post_modified_gmt = '2026-03-02 11:55:00' WHERE ID = 120;
UPDATE wp_postmeta SET meta_value = '53.55' WHERE post_id = 120 AND meta_key = '_order_total';
UPDATE wp_posts SET post_status = 'wc-processing', post_modified = '2026-03-02 13:02:00', post_modified_gmt = '2026-03-02 12:02:00' WHERE ID = 120;
-- = credit_note 120-CN1 cancellation 29.75 4.75

-- # quantity up
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '3' WHERE order_item_id = 1016 AND meta_key = '_qty';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '75' WHERE order_item_id = 1016 AND meta_key = '_line_subtotal';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '14.25' WHERE order_item_id = 1016 AND meta_key = '_line_subtotal_tax';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '75' WHERE order_item_id = 1016 AND meta_key = '_line_total';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '14.25' WHERE order_item_id = 1016 AND meta_key = '_line_tax';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = 'a:2:{s:5:"total";a:1:{i:1;s:5:"14.25";}s:8:"subtotal";a:1:{i:1;s:5:"14.25";}}' WHERE order_item_id = 1016 AND meta_key = '_line_tax_data';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = '18.05' WHERE order_item_id = 1017 AND meta_key = 'tax_amount';
UPDATE wp_posts SET post_modified = '2026-03-02 13:09:00', post_modified_gmt = '2026-03-02 12:09:00' WHERE ID = 120;
UPDATE wp_postmeta SET meta_value = '18.05' WHERE post_id = 120 AND meta_key = '_order_tax';
UPDATE wp_posts SET post_modified = '2026-03-02 13:16:00', post_modified_gmt = '2026-03-02 12:16:00' WHERE ID = 120;
UPDATE wp_postmeta SET meta_value = '113.05' WHERE post_id = 120 AND meta_key = '_order_total';
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
UPDATE wp_posts SET post_modified = '2026-03-02 13:23:00', post_modified_gmt = '2026-03-02 12:23:00' WHERE ID = 120;
UPDATE wp_postmeta SET meta_value = '19.95' WHERE post_id = 120 AND meta_key = '_order_tax';
UPDATE wp_posts SET post_modified = '2026-03-02 13:30:00', post_modified_gmt = '2026-03-02 12:30:00' WHERE ID = 120;
UPDATE wp_postmeta SET meta_value = '124.95' WHERE post_id = 120 AND meta_key = '_order_total';
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
UPDATE wp_posts SET post_modified = '2026-03-02 13:37:00', post_modified_gmt = '2026-03-02 12:37:00' WHERE ID = 120;
UPDATE wp_postmeta SET meta_value = '18.05' WHERE post_id = 120 AND meta_key = '_order_tax';
UPDATE wp_posts SET post_modified = '2026-03-02 13:44:00', post_modified_gmt = '2026-03-02 12:44:00' WHERE ID = 120;
UPDATE wp_postmeta SET meta_value = '113.05' WHERE post_id = 120 AND meta_key = '_order_total';
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
UPDATE wp_posts SET post_modified = '2026-03-02 13:51:00', post_modified_gmt = '2026-03-02 12:51:00' WHERE ID = 120;
UPDATE wp_postmeta SET meta_value = '16.15' WHERE post_id = 120 AND meta_key = '_order_tax';
UPDATE wp_posts SET post_modified = '2026-03-02 13:58:00', post_modified_gmt = '2026-03-02 12:58:00' WHERE ID = 120;
UPDATE wp_postmeta SET meta_value = '101.15' WHERE post_id = 120 AND meta_key = '_order_total';
-- = credit_note 120-CN3 discount 11.90 1.90

-- # a new order for refunds of money
INSERT INTO wp_posts (ID, post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt, post_status, comment_status, ping_status, post_password, post_name, to_ping, pinged, post_modified, post_modified_gmt, post_content_filtered, post_parent, guid, menu_order, post_type, post_mime_type, comment_count) VALUES (130, 1, '2026-03-02 14:05:00', '2026-03-02 13:05:00', '', 'Order &ndash; 2026-03-02', '', 'wc-pending', 'open', 'closed', 'wc_order_130', 'order-130', '', '', '2026-03-02 14:05:00', '2026-03-02 13:05:00', '', 0, '', 0, 'shop_order', '', 0);
UPDATE wp_posts SET guid = 'https://shop.example/?post_type=shop_order&p=130' WHERE ID = 130;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_order_key', 'wc_order_130');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_customer_user', '5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_payment_method', 'stripe');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_payment_method_title', 'Card');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_created_via', 'checkout');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_billing_first_name', 'Anna');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_billing_last_name', 'Schmidt');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_billing_address_1', 'Hauptstr. 5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_billing_city', 'Bonn');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_billing_postcode', '53111');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_billing_country', 'DE');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_billing_email', 'anna@example.com');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_billing_phone', '0228 555');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_shipping_first_name', 'Anna');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_shipping_last_name', 'Schmidt');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_shipping_address_1', 'Hauptstr. 5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_shipping_city', 'Bonn');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_shipping_postcode', '53111');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_shipping_country', 'DE');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_order_currency', 'EUR');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_cart_discount', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_cart_discount_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_order_shipping', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_order_shipping_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_order_tax', '19');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_order_total', '119.00');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_order_version', '11.0.0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_prices_include_tax', 'no');
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
UPDATE wp_posts SET post_status = 'wc-processing', post_modified = '2026-03-02 14:12:00', post_modified_gmt = '2026-03-02 13:12:00' WHERE ID = 130;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_date_paid', '1772445600');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (130, '_paid_date', '2026-03-02 14:12:00');
-- = sales_order 130 119.00 19.00

-- # amount-only refund
INSERT INTO wp_posts (ID, post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt, post_status, comment_status, ping_status, post_password, post_name, to_ping, pinged, post_modified, post_modified_gmt, post_content_filtered, post_parent, guid, menu_order, post_type, post_mime_type, comment_count) VALUES (131, 1, '2026-03-02 14:19:00', '2026-03-02 13:19:00', '', 'Refund &ndash; 2026-03-02', '', 'wc-completed', 'open', 'closed', 'wc_order_131', 'order-131', '', '', '2026-03-02 14:19:00', '2026-03-02 13:19:00', '', 130, '', 0, 'shop_order_refund', '', 0);
UPDATE wp_posts SET guid = 'https://shop.example/?post_type=shop_order_refund&p=131' WHERE ID = 131;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (131, '_order_currency', 'EUR');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (131, '_cart_discount', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (131, '_cart_discount_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (131, '_order_shipping', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (131, '_order_shipping_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (131, '_order_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (131, '_order_total', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (131, '_order_version', '11.0.0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (131, '_prices_include_tax', 'no');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (131, '_refund_amount', '10');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (131, '_refunded_by', '1');
UPDATE wp_postmeta SET meta_value = '-10.00' WHERE post_id = 131 AND meta_key = '_order_total';
UPDATE wp_posts SET post_modified = '2026-03-02 14:26:00', post_modified_gmt = '2026-03-02 13:26:00' WHERE ID = 130;
-- = credit_note 130-CN1 discount 10.00 1.60

-- # money of a line, and no piece
INSERT INTO wp_posts (ID, post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt, post_status, comment_status, ping_status, post_password, post_name, to_ping, pinged, post_modified, post_modified_gmt, post_content_filtered, post_parent, guid, menu_order, post_type, post_mime_type, comment_count) VALUES (132, 1, '2026-03-02 14:33:00', '2026-03-02 13:33:00', '', 'Refund &ndash; 2026-03-02', '', 'wc-completed', 'open', 'closed', 'wc_order_132', 'order-132', '', '', '2026-03-02 14:33:00', '2026-03-02 13:33:00', '', 130, '', 0, 'shop_order_refund', '', 0);
UPDATE wp_posts SET guid = 'https://shop.example/?post_type=shop_order_refund&p=132' WHERE ID = 132;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (132, '_order_currency', 'EUR');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (132, '_cart_discount', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (132, '_cart_discount_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (132, '_order_shipping', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (132, '_order_shipping_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (132, '_order_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (132, '_order_total', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (132, '_order_version', '11.0.0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (132, '_prices_include_tax', 'no');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (132, '_refund_amount', '11.9');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (132, '_refunded_by', '1');
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
UPDATE wp_postmeta SET meta_value = '-1.9' WHERE post_id = 132 AND meta_key = '_order_tax';
UPDATE wp_postmeta SET meta_value = '-11.90' WHERE post_id = 132 AND meta_key = '_order_total';
UPDATE wp_posts SET post_modified = '2026-03-02 14:40:00', post_modified_gmt = '2026-03-02 13:40:00' WHERE ID = 130;
-- = credit_note 130-CN2 discount 11.90 1.90

-- # the gateway refuses a refund: it is deleted again
INSERT INTO wp_posts (ID, post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt, post_status, comment_status, ping_status, post_password, post_name, to_ping, pinged, post_modified, post_modified_gmt, post_content_filtered, post_parent, guid, menu_order, post_type, post_mime_type, comment_count) VALUES (133, 1, '2026-03-02 14:47:00', '2026-03-02 13:47:00', '', 'Refund &ndash; 2026-03-02', '', 'wc-completed', 'open', 'closed', 'wc_order_133', 'order-133', '', '', '2026-03-02 14:47:00', '2026-03-02 13:47:00', '', 130, '', 0, 'shop_order_refund', '', 0);
UPDATE wp_posts SET guid = 'https://shop.example/?post_type=shop_order_refund&p=133' WHERE ID = 133;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (133, '_order_currency', 'EUR');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (133, '_cart_discount', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (133, '_cart_discount_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (133, '_order_shipping', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (133, '_order_shipping_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (133, '_order_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (133, '_order_total', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (133, '_order_version', '11.0.0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (133, '_prices_include_tax', 'no');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (133, '_refund_amount', '97.1');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (133, '_refunded_by', '1');
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
UPDATE wp_postmeta SET meta_value = '-15.5' WHERE post_id = 133 AND meta_key = '_order_tax';
UPDATE wp_postmeta SET meta_value = '-97.10' WHERE post_id = 133 AND meta_key = '_order_total';
UPDATE wp_posts SET post_modified = '2026-03-02 14:54:00', post_modified_gmt = '2026-03-02 13:54:00' WHERE ID = 130;
DELETE wp_woocommerce_order_items, wp_woocommerce_order_itemmeta FROM wp_woocommerce_order_items JOIN wp_woocommerce_order_itemmeta ON wp_woocommerce_order_items.order_item_id = wp_woocommerce_order_itemmeta.order_item_id WHERE wp_woocommerce_order_items.order_id = '133';
DELETE FROM wp_postmeta WHERE post_id = 133;
DELETE FROM wp_posts WHERE ID = 133;
UPDATE wp_posts SET post_modified = '2026-03-02 15:01:00', post_modified_gmt = '2026-03-02 14:01:00' WHERE ID = 130;

-- # cancel before posting
INSERT INTO wp_posts (ID, post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt, post_status, comment_status, ping_status, post_password, post_name, to_ping, pinged, post_modified, post_modified_gmt, post_content_filtered, post_parent, guid, menu_order, post_type, post_mime_type, comment_count) VALUES (140, 1, '2026-03-02 15:08:00', '2026-03-02 14:08:00', '', 'Order &ndash; 2026-03-02', '', 'wc-pending', 'open', 'closed', 'wc_order_140', 'order-140', '', '', '2026-03-02 15:08:00', '2026-03-02 14:08:00', '', 0, '', 0, 'shop_order', '', 0);
UPDATE wp_posts SET guid = 'https://shop.example/?post_type=shop_order&p=140' WHERE ID = 140;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_order_key', 'wc_order_140');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_customer_user', '5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_payment_method', 'stripe');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_payment_method_title', 'Card');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_created_via', 'checkout');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_billing_first_name', 'Anna');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_billing_last_name', 'Schmidt');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_billing_address_1', 'Hauptstr. 5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_billing_city', 'Bonn');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_billing_postcode', '53111');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_billing_country', 'DE');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_billing_email', 'anna@example.com');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_billing_phone', '0228 555');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_shipping_first_name', 'Anna');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_shipping_last_name', 'Schmidt');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_shipping_address_1', 'Hauptstr. 5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_shipping_city', 'Bonn');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_shipping_postcode', '53111');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_shipping_country', 'DE');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_order_currency', 'EUR');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_cart_discount', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_cart_discount_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_order_shipping', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_order_shipping_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_order_tax', '19');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_order_total', '119.00');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_order_version', '11.0.0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (140, '_prices_include_tax', 'no');
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
UPDATE wp_posts SET post_status = 'wc-cancelled', post_modified = '2026-03-02 15:15:00', post_modified_gmt = '2026-03-02 14:15:00' WHERE ID = 140;

-- # an order of a guest without e-mail
INSERT INTO wp_posts (ID, post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt, post_status, comment_status, ping_status, post_password, post_name, to_ping, pinged, post_modified, post_modified_gmt, post_content_filtered, post_parent, guid, menu_order, post_type, post_mime_type, comment_count) VALUES (141, 1, '2026-03-02 15:22:00', '2026-03-02 14:22:00', '', 'Order &ndash; 2026-03-02', '', 'wc-pending', 'open', 'closed', 'wc_order_141', 'order-141', '', '', '2026-03-02 15:22:00', '2026-03-02 14:22:00', '', 0, '', 0, 'shop_order', '', 0);
UPDATE wp_posts SET guid = 'https://shop.example/?post_type=shop_order&p=141' WHERE ID = 141;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_order_key', 'wc_order_141');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_customer_user', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_payment_method', 'stripe');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_payment_method_title', 'Card');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_created_via', 'checkout');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_billing_first_name', 'Rita');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_billing_last_name', 'Ruf');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_billing_address_1', 'Gasse 9');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_billing_city', 'Hamburg');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_billing_postcode', '20095');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_billing_country', 'DE');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_shipping_first_name', 'Rita');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_shipping_last_name', 'Ruf');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_shipping_address_1', 'Gasse 9');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_shipping_city', 'Hamburg');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_shipping_postcode', '20095');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_shipping_country', 'DE');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_order_currency', 'EUR');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_cart_discount', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_cart_discount_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_order_shipping', '5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_order_shipping_tax', '0.95');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_order_tax', '9.5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_order_total', '65.45');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_order_version', '11.0.0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_prices_include_tax', 'no');
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
UPDATE wp_posts SET post_status = 'wc-processing', post_modified = '2026-03-02 15:29:00', post_modified_gmt = '2026-03-02 14:29:00' WHERE ID = 141;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_date_paid', '1772445600');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (141, '_paid_date', '2026-03-02 15:29:00');
-- = customer G141
-- = sales_order 141 65.45 10.45

-- # cancel after posting
UPDATE wp_posts SET post_status = 'wc-cancelled', post_modified = '2026-03-02 15:36:00', post_modified_gmt = '2026-03-02 14:36:00' WHERE ID = 141;
-- = credit_note 141-CN1 cancellation 65.45 10.45

-- # place and pay in one go
INSERT INTO wp_posts (ID, post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt, post_status, comment_status, ping_status, post_password, post_name, to_ping, pinged, post_modified, post_modified_gmt, post_content_filtered, post_parent, guid, menu_order, post_type, post_mime_type, comment_count) VALUES (142, 1, '2026-03-02 15:43:00', '2026-03-02 14:43:00', '', 'Order &ndash; 2026-03-02', '', 'wc-pending', 'open', 'closed', 'wc_order_142', 'order-142', '', '', '2026-03-02 15:43:00', '2026-03-02 14:43:00', '', 0, '', 0, 'shop_order', '', 0);
UPDATE wp_posts SET guid = 'https://shop.example/?post_type=shop_order&p=142' WHERE ID = 142;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_order_key', 'wc_order_142');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_customer_user', '5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_payment_method', 'stripe');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_payment_method_title', 'Card');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_created_via', 'checkout');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_billing_first_name', 'Anna');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_billing_last_name', 'Schmidt');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_billing_address_1', 'Hauptstr. 5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_billing_city', 'Bonn');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_billing_postcode', '53111');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_billing_country', 'DE');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_billing_email', 'anna@example.com');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_billing_phone', '0228 555');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_shipping_first_name', 'Anna');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_shipping_last_name', 'Schmidt');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_shipping_address_1', 'Hauptstr. 5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_shipping_city', 'Bonn');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_shipping_postcode', '53111');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_shipping_country', 'DE');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_order_currency', 'EUR');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_cart_discount', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_cart_discount_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_order_shipping', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_order_shipping_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_order_tax', '9.5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_order_total', '59.50');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_order_version', '11.0.0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_prices_include_tax', 'no');
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
UPDATE wp_posts SET post_status = 'wc-processing', post_modified = '2026-03-02 15:50:00', post_modified_gmt = '2026-03-02 14:50:00' WHERE ID = 142;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_date_paid', '1772445600');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_paid_date', '2026-03-02 15:50:00');
-- = sales_order 142 59.50 9.50

-- # it goes to the trash
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_wp_trash_meta_status', 'wc-processing');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_wp_trash_meta_time', '1772450000');
UPDATE wp_posts SET post_status = 'trash', post_name = 'order-142__trashed', post_modified = '2026-03-02 15:57:00', post_modified_gmt = '2026-03-02 14:57:00' WHERE ID = 142;
-- = credit_note 142-CN1 cancellation 59.50 9.50

-- # it comes back
DELETE FROM wp_postmeta WHERE post_id = 142 AND meta_key = '_wp_trash_meta_status';
DELETE FROM wp_postmeta WHERE post_id = 142 AND meta_key = '_wp_trash_meta_time';
UPDATE wp_posts SET post_status = 'wc-processing', post_modified = '2026-03-02 16:04:00', post_modified_gmt = '2026-03-02 15:04:00' WHERE ID = 142;
-- = sales_order 142-R1 59.50 9.50

-- # and goes to the trash again
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_wp_trash_meta_status', 'wc-processing');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (142, '_wp_trash_meta_time', '1772450000');
UPDATE wp_posts SET post_status = 'trash', post_name = 'order-142__trashed', post_modified = '2026-03-02 16:11:00', post_modified_gmt = '2026-03-02 15:11:00' WHERE ID = 142;
-- = credit_note 142-CN2 cancellation 59.50 9.50

-- # an order with a refund
INSERT INTO wp_posts (ID, post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt, post_status, comment_status, ping_status, post_password, post_name, to_ping, pinged, post_modified, post_modified_gmt, post_content_filtered, post_parent, guid, menu_order, post_type, post_mime_type, comment_count) VALUES (143, 1, '2026-03-02 16:18:00', '2026-03-02 15:18:00', '', 'Order &ndash; 2026-03-02', '', 'wc-pending', 'open', 'closed', 'wc_order_143', 'order-143', '', '', '2026-03-02 16:18:00', '2026-03-02 15:18:00', '', 0, '', 0, 'shop_order', '', 0);
UPDATE wp_posts SET guid = 'https://shop.example/?post_type=shop_order&p=143' WHERE ID = 143;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_order_key', 'wc_order_143');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_customer_user', '5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_payment_method', 'stripe');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_payment_method_title', 'Card');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_created_via', 'checkout');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_billing_first_name', 'Anna');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_billing_last_name', 'Schmidt');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_billing_address_1', 'Hauptstr. 5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_billing_city', 'Bonn');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_billing_postcode', '53111');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_billing_country', 'DE');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_billing_email', 'anna@example.com');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_billing_phone', '0228 555');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_shipping_first_name', 'Anna');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_shipping_last_name', 'Schmidt');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_shipping_address_1', 'Hauptstr. 5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_shipping_city', 'Bonn');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_shipping_postcode', '53111');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_shipping_country', 'DE');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_order_currency', 'EUR');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_cart_discount', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_cart_discount_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_order_shipping', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_order_shipping_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_order_tax', '19');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_order_total', '119.00');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_order_version', '11.0.0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_prices_include_tax', 'no');
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
UPDATE wp_posts SET post_status = 'wc-processing', post_modified = '2026-03-02 16:25:00', post_modified_gmt = '2026-03-02 15:25:00' WHERE ID = 143;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_date_paid', '1772445600');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (143, '_paid_date', '2026-03-02 16:25:00');
-- = sales_order 143 119.00 19.00

-- # its refund
INSERT INTO wp_posts (ID, post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt, post_status, comment_status, ping_status, post_password, post_name, to_ping, pinged, post_modified, post_modified_gmt, post_content_filtered, post_parent, guid, menu_order, post_type, post_mime_type, comment_count) VALUES (144, 1, '2026-03-02 16:32:00', '2026-03-02 15:32:00', '', 'Refund &ndash; 2026-03-02', '', 'wc-completed', 'open', 'closed', 'wc_order_144', 'order-144', '', '', '2026-03-02 16:32:00', '2026-03-02 15:32:00', '', 143, '', 0, 'shop_order_refund', '', 0);
UPDATE wp_posts SET guid = 'https://shop.example/?post_type=shop_order_refund&p=144' WHERE ID = 144;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (144, '_order_currency', 'EUR');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (144, '_cart_discount', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (144, '_cart_discount_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (144, '_order_shipping', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (144, '_order_shipping_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (144, '_order_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (144, '_order_total', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (144, '_order_version', '11.0.0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (144, '_prices_include_tax', 'no');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (144, '_refund_amount', '59.5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (144, '_refunded_by', '1');
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
UPDATE wp_postmeta SET meta_value = '-9.5' WHERE post_id = 144 AND meta_key = '_order_tax';
UPDATE wp_postmeta SET meta_value = '-59.50' WHERE post_id = 144 AND meta_key = '_order_total';
UPDATE wp_posts SET post_modified = '2026-03-02 16:39:00', post_modified_gmt = '2026-03-02 15:39:00' WHERE ID = 143;
-- = credit_note 143-CN1 return 59.50 9.50

-- # it is deleted without the trash, refunds first
DELETE wp_woocommerce_order_items, wp_woocommerce_order_itemmeta FROM wp_woocommerce_order_items JOIN wp_woocommerce_order_itemmeta ON wp_woocommerce_order_items.order_item_id = wp_woocommerce_order_itemmeta.order_item_id WHERE wp_woocommerce_order_items.order_id = '143';
DELETE FROM wp_postmeta WHERE post_id = 143;
DELETE wp_woocommerce_order_items, wp_woocommerce_order_itemmeta FROM wp_woocommerce_order_items JOIN wp_woocommerce_order_itemmeta ON wp_woocommerce_order_items.order_item_id = wp_woocommerce_order_itemmeta.order_item_id WHERE wp_woocommerce_order_items.order_id = '144';
DELETE FROM wp_postmeta WHERE post_id = 144;
DELETE FROM wp_posts WHERE ID = 144;
DELETE FROM wp_posts WHERE ID = 143;
-- = held 143 gone from the store

-- # the status is set to refunded by hand: a refund without lines follows
INSERT INTO wp_posts (ID, post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt, post_status, comment_status, ping_status, post_password, post_name, to_ping, pinged, post_modified, post_modified_gmt, post_content_filtered, post_parent, guid, menu_order, post_type, post_mime_type, comment_count) VALUES (150, 1, '2026-03-02 16:46:00', '2026-03-02 15:46:00', '', 'Order &ndash; 2026-03-02', '', 'wc-pending', 'open', 'closed', 'wc_order_150', 'order-150', '', '', '2026-03-02 16:46:00', '2026-03-02 15:46:00', '', 0, '', 0, 'shop_order', '', 0);
UPDATE wp_posts SET guid = 'https://shop.example/?post_type=shop_order&p=150' WHERE ID = 150;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_order_key', 'wc_order_150');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_customer_user', '5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_payment_method', 'stripe');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_payment_method_title', 'Card');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_created_via', 'checkout');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_billing_first_name', 'Anna');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_billing_last_name', 'Schmidt');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_billing_address_1', 'Hauptstr. 5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_billing_city', 'Bonn');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_billing_postcode', '53111');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_billing_country', 'DE');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_billing_email', 'anna@example.com');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_billing_phone', '0228 555');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_shipping_first_name', 'Anna');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_shipping_last_name', 'Schmidt');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_shipping_address_1', 'Hauptstr. 5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_shipping_city', 'Bonn');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_shipping_postcode', '53111');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_shipping_country', 'DE');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_order_currency', 'EUR');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_cart_discount', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_cart_discount_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_order_shipping', '5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_order_shipping_tax', '0.95');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_order_tax', '19');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_order_total', '124.95');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_order_version', '11.0.0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_prices_include_tax', 'no');
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
UPDATE wp_posts SET post_status = 'wc-processing', post_modified = '2026-03-02 16:53:00', post_modified_gmt = '2026-03-02 15:53:00' WHERE ID = 150;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_date_paid', '1772445600');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (150, '_paid_date', '2026-03-02 16:53:00');
-- = sales_order 150 124.95 19.95

-- # refunded by hand
UPDATE wp_posts SET post_status = 'wc-refunded', post_modified = '2026-03-02 17:00:00', post_modified_gmt = '2026-03-02 16:00:00' WHERE ID = 150;
INSERT INTO wp_posts (ID, post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt, post_status, comment_status, ping_status, post_password, post_name, to_ping, pinged, post_modified, post_modified_gmt, post_content_filtered, post_parent, guid, menu_order, post_type, post_mime_type, comment_count) VALUES (151, 1, '2026-03-02 17:07:00', '2026-03-02 16:07:00', '', 'Refund &ndash; 2026-03-02', '', 'wc-completed', 'open', 'closed', 'wc_order_151', 'order-151', '', '', '2026-03-02 17:07:00', '2026-03-02 16:07:00', '', 150, '', 0, 'shop_order_refund', '', 0);
UPDATE wp_posts SET guid = 'https://shop.example/?post_type=shop_order_refund&p=151' WHERE ID = 151;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (151, '_order_currency', 'EUR');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (151, '_cart_discount', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (151, '_cart_discount_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (151, '_order_shipping', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (151, '_order_shipping_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (151, '_order_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (151, '_order_total', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (151, '_order_version', '11.0.0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (151, '_prices_include_tax', 'no');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (151, '_refund_amount', '124.95');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (151, '_refunded_by', '1');
UPDATE wp_postmeta SET meta_value = '-124.95' WHERE post_id = 151 AND meta_key = '_order_total';
UPDATE wp_posts SET post_modified = '2026-03-02 17:14:00', post_modified_gmt = '2026-03-02 16:14:00' WHERE ID = 150;
-- = credit_note 150-CN1 return 124.95 19.95

-- # customer changed
UPDATE wp_usermeta SET meta_value = 'Schmidt-Lang' WHERE user_id = 5 AND meta_key = 'billing_last_name';
UPDATE wp_usermeta SET meta_value = '0228 556' WHERE user_id = 5 AND meta_key = 'billing_phone';
-- = customer U5

-- # a visit of a customer changes nothing that is told
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (5, 'wc_last_active', '1772409600');
UPDATE wp_users SET user_pass = '$P$C' WHERE ID = 5;

-- # bank transfer: on hold
INSERT INTO wp_posts (ID, post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt, post_status, comment_status, ping_status, post_password, post_name, to_ping, pinged, post_modified, post_modified_gmt, post_content_filtered, post_parent, guid, menu_order, post_type, post_mime_type, comment_count) VALUES (160, 1, '2026-03-02 17:21:00', '2026-03-02 16:21:00', '', 'Order &ndash; 2026-03-02', '', 'wc-pending', 'open', 'closed', 'wc_order_160', 'order-160', '', '', '2026-03-02 17:21:00', '2026-03-02 16:21:00', '', 0, '', 0, 'shop_order', '', 0);
UPDATE wp_posts SET guid = 'https://shop.example/?post_type=shop_order&p=160' WHERE ID = 160;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_order_key', 'wc_order_160');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_customer_user', '5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_payment_method', 'stripe');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_payment_method_title', 'Card');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_created_via', 'checkout');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_billing_first_name', 'Anna');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_billing_last_name', 'Schmidt');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_billing_address_1', 'Hauptstr. 5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_billing_city', 'Bonn');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_billing_postcode', '53111');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_billing_country', 'DE');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_billing_email', 'anna@example.com');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_billing_phone', '0228 555');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_shipping_first_name', 'Anna');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_shipping_last_name', 'Schmidt');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_shipping_address_1', 'Hauptstr. 5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_shipping_city', 'Bonn');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_shipping_postcode', '53111');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_shipping_country', 'DE');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_order_currency', 'EUR');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_cart_discount', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_cart_discount_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_order_shipping', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_order_shipping_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_order_tax', '3.8');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_order_total', '23.80');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_order_version', '11.0.0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_prices_include_tax', 'no');
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
UPDATE wp_posts SET post_status = 'wc-on-hold', post_modified = '2026-03-02 17:28:00', post_modified_gmt = '2026-03-02 16:28:00' WHERE ID = 160;

-- # the money has come
UPDATE wp_posts SET post_status = 'wc-processing', post_modified = '2026-03-02 17:35:00', post_modified_gmt = '2026-03-02 16:35:00' WHERE ID = 160;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_date_paid', '1772445600');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (160, '_paid_date', '2026-03-02 17:35:00');
-- = sales_order 160 23.80 3.80

-- # an account is deleted: its orders become orders of guests
DELETE FROM wp_usermeta WHERE user_id = 6 AND meta_key = 'first_name';
DELETE FROM wp_usermeta WHERE user_id = 6 AND meta_key = 'last_name';
DELETE FROM wp_usermeta WHERE user_id = 6 AND meta_key = 'wp_capabilities';
DELETE FROM wp_users WHERE ID = 6;
UPDATE wp_postmeta SET meta_value = '0' WHERE meta_key = '_customer_user' AND meta_value = '6';

-- # prices with tax: net amounts have six digits
INSERT INTO wp_posts (ID, post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt, post_status, comment_status, ping_status, post_password, post_name, to_ping, pinged, post_modified, post_modified_gmt, post_content_filtered, post_parent, guid, menu_order, post_type, post_mime_type, comment_count) VALUES (170, 1, '2026-03-02 17:42:00', '2026-03-02 16:42:00', '', 'Order &ndash; 2026-03-02', '', 'wc-pending', 'open', 'closed', 'wc_order_170', 'order-170', '', '', '2026-03-02 17:42:00', '2026-03-02 16:42:00', '', 0, '', 0, 'shop_order', '', 0);
UPDATE wp_posts SET guid = 'https://shop.example/?post_type=shop_order&p=170' WHERE ID = 170;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_order_key', 'wc_order_170');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_customer_user', '5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_payment_method', 'stripe');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_payment_method_title', 'Card');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_created_via', 'checkout');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_billing_first_name', 'Anna');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_billing_last_name', 'Schmidt');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_billing_address_1', 'Hauptstr. 5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_billing_city', 'Bonn');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_billing_postcode', '53111');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_billing_country', 'DE');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_billing_email', 'anna@example.com');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_billing_phone', '0228 555');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_shipping_first_name', 'Anna');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_shipping_last_name', 'Schmidt');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_shipping_address_1', 'Hauptstr. 5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_shipping_city', 'Bonn');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_shipping_postcode', '53111');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_shipping_country', 'DE');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_order_currency', 'EUR');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_cart_discount', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_cart_discount_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_order_shipping', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_order_shipping_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_order_tax', '4.79');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_order_total', '29.97');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_order_version', '11.0.0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_prices_include_tax', 'yes');
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
UPDATE wp_posts SET post_status = 'wc-processing', post_modified = '2026-03-02 17:49:00', post_modified_gmt = '2026-03-02 16:49:00' WHERE ID = 170;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_date_paid', '1772445600');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (170, '_paid_date', '2026-03-02 17:49:00');
-- = sales_order 170 29.97 4.79

-- # refund of one of them, in cents
INSERT INTO wp_posts (ID, post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt, post_status, comment_status, ping_status, post_password, post_name, to_ping, pinged, post_modified, post_modified_gmt, post_content_filtered, post_parent, guid, menu_order, post_type, post_mime_type, comment_count) VALUES (171, 1, '2026-03-02 17:56:00', '2026-03-02 16:56:00', '', 'Refund &ndash; 2026-03-02', '', 'wc-completed', 'open', 'closed', 'wc_order_171', 'order-171', '', '', '2026-03-02 17:56:00', '2026-03-02 16:56:00', '', 170, '', 0, 'shop_order_refund', '', 0);
UPDATE wp_posts SET guid = 'https://shop.example/?post_type=shop_order_refund&p=171' WHERE ID = 171;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (171, '_order_currency', 'EUR');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (171, '_cart_discount', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (171, '_cart_discount_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (171, '_order_shipping', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (171, '_order_shipping_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (171, '_order_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (171, '_order_total', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (171, '_order_version', '11.0.0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (171, '_prices_include_tax', 'yes');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (171, '_refund_amount', '9.99');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (171, '_refunded_by', '1');
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
UPDATE wp_postmeta SET meta_value = '-1.6' WHERE post_id = 171 AND meta_key = '_order_tax';
UPDATE wp_postmeta SET meta_value = '-9.99' WHERE post_id = 171 AND meta_key = '_order_total';
UPDATE wp_posts SET post_modified = '2026-03-02 18:03:00', post_modified_gmt = '2026-03-02 17:03:00' WHERE ID = 170;
-- = credit_note 170-CN1 return 9.99 1.60

-- # a payment fails
INSERT INTO wp_posts (ID, post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt, post_status, comment_status, ping_status, post_password, post_name, to_ping, pinged, post_modified, post_modified_gmt, post_content_filtered, post_parent, guid, menu_order, post_type, post_mime_type, comment_count) VALUES (180, 1, '2026-03-02 18:10:00', '2026-03-02 17:10:00', '', 'Order &ndash; 2026-03-02', '', 'wc-pending', 'open', 'closed', 'wc_order_180', 'order-180', '', '', '2026-03-02 18:10:00', '2026-03-02 17:10:00', '', 0, '', 0, 'shop_order', '', 0);
UPDATE wp_posts SET guid = 'https://shop.example/?post_type=shop_order&p=180' WHERE ID = 180;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_order_key', 'wc_order_180');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_customer_user', '5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_payment_method', 'stripe');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_payment_method_title', 'Card');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_created_via', 'checkout');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_billing_first_name', 'Anna');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_billing_last_name', 'Schmidt');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_billing_address_1', 'Hauptstr. 5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_billing_city', 'Bonn');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_billing_postcode', '53111');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_billing_country', 'DE');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_billing_email', 'anna@example.com');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_billing_phone', '0228 555');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_shipping_first_name', 'Anna');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_shipping_last_name', 'Schmidt');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_shipping_address_1', 'Hauptstr. 5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_shipping_city', 'Bonn');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_shipping_postcode', '53111');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_shipping_country', 'DE');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_order_currency', 'EUR');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_cart_discount', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_cart_discount_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_order_shipping', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_order_shipping_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_order_tax', '5.2');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_order_total', '45.20');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_order_version', '11.0.0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_prices_include_tax', 'no');
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
UPDATE wp_posts SET post_status = 'wc-failed', post_modified = '2026-03-02 18:17:00', post_modified_gmt = '2026-03-02 17:17:00' WHERE ID = 180;

-- # and succeeds at the second try
UPDATE wp_posts SET post_status = 'wc-processing', post_modified = '2026-03-02 18:24:00', post_modified_gmt = '2026-03-02 17:24:00' WHERE ID = 180;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_date_paid', '1772445600');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_paid_date', '2026-03-02 18:24:00');
-- = sales_order 180 45.20 5.20

-- # the shop saves the order items: each line gets an empty tax for the other rate
UPDATE wp_woocommerce_order_itemmeta SET meta_value = 'a:2:{s:5:"total";a:2:{i:1;s:3:"3.8";i:2;s:0:"";}s:8:"subtotal";a:2:{i:1;s:3:"3.8";i:2;s:0:"";}}' WHERE order_item_id = 1048 AND meta_key = '_line_tax_data';
UPDATE wp_woocommerce_order_itemmeta SET meta_value = 'a:2:{s:5:"total";a:2:{i:1;s:0:"";i:2;s:3:"1.4";}s:8:"subtotal";a:2:{i:1;s:0:"";i:2;s:3:"1.4";}}' WHERE order_item_id = 1049 AND meta_key = '_line_tax_data';

-- # it is sent
UPDATE wp_posts SET post_status = 'wc-completed', post_modified = '2026-03-02 18:31:00', post_modified_gmt = '2026-03-02 17:31:00' WHERE ID = 180;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (180, '_date_completed', '1772449200');

-- # an order as shops before 3.7 wrote it: its tax says no percent
INSERT INTO wp_posts (ID, post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt, post_status, comment_status, ping_status, post_password, post_name, to_ping, pinged, post_modified, post_modified_gmt, post_content_filtered, post_parent, guid, menu_order, post_type, post_mime_type, comment_count) VALUES (185, 1, '2026-03-02 18:38:00', '2026-03-02 17:38:00', '', 'Order &ndash; 2026-03-02', '', 'wc-pending', 'open', 'closed', 'wc_order_185', 'order-185', '', '', '2026-03-02 18:38:00', '2026-03-02 17:38:00', '', 0, '', 0, 'shop_order', '', 0);
UPDATE wp_posts SET guid = 'https://shop.example/?post_type=shop_order&p=185' WHERE ID = 185;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_order_key', 'wc_order_185');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_customer_user', '5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_payment_method', 'stripe');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_payment_method_title', 'Card');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_created_via', 'checkout');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_billing_first_name', 'Anna');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_billing_last_name', 'Schmidt');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_billing_address_1', 'Hauptstr. 5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_billing_city', 'Bonn');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_billing_postcode', '53111');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_billing_country', 'DE');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_billing_email', 'anna@example.com');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_billing_phone', '0228 555');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_shipping_first_name', 'Anna');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_shipping_last_name', 'Schmidt');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_shipping_address_1', 'Hauptstr. 5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_shipping_city', 'Bonn');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_shipping_postcode', '53111');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_shipping_country', 'DE');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_order_currency', 'EUR');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_cart_discount', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_cart_discount_tax', '0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_order_shipping', '5');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_order_shipping_tax', '0.95');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_order_tax', '3.8');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_order_total', '29.75');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_order_version', '11.0.0');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_prices_include_tax', 'no');
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
UPDATE wp_posts SET post_status = 'wc-processing', post_modified = '2026-03-02 18:45:00', post_modified_gmt = '2026-03-02 17:45:00' WHERE ID = 185;
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_date_paid', '1772445600');
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (185, '_paid_date', '2026-03-02 18:45:00');
-- = sales_order 185 29.75 4.75

-- # an order is begun in the admin and left
INSERT INTO wp_posts (ID, post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt, post_status, comment_status, ping_status, post_password, post_name, to_ping, pinged, post_modified, post_modified_gmt, post_content_filtered, post_parent, guid, menu_order, post_type, post_mime_type, comment_count) VALUES (190, 1, '2026-03-02 18:52:00', '2026-03-02 17:52:00', '', 'Order &ndash; 2026-03-02', '', 'auto-draft', 'open', 'closed', 'wc_order_190', 'order-190', '', '', '2026-03-02 18:52:00', '2026-03-02 17:52:00', '', 0, '', 0, 'shop_order', '', 0);
UPDATE wp_posts SET guid = 'https://shop.example/?post_type=shop_order&p=190' WHERE ID = 190;
