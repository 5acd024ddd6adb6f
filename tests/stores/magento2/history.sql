-- Magento 2.4, its statements in its order. Invoices, shipments, payments, grids and status history are tables of their own that are
-- not mapped; where they are written is left out. What stands outside of BEGIN and COMMIT commits by itself, as it does in the shop.

-- # Customers register: the account, then its address, which makes itself the default in the same transaction
INSERT INTO customer_entity (entity_id, website_id, email, group_id, store_id, created_at, updated_at, created_in, firstname,
  lastname, password_hash, taxvat)
VALUES (1, 1, 'ada@example.com', 1, 1, '2026-11-01 08:00:00', '2026-11-01 08:00:00', 'Default Store View', 'Ada', 'Lovelace',
  'x:y:3_32_2_67108864', NULL);
BEGIN;
INSERT INTO customer_address_entity (entity_id, parent_id, created_at, updated_at, city, company, country_id, firstname, lastname,
  postcode, street, telephone)
VALUES (1, 1, '2026-11-01 08:00:00', '2026-11-01 08:00:00', 'Berlin', NULL, 'DE', 'Ada', 'Lovelace', '10115',
  'Invalidenstrasse 43\nHof 2', '+49 30 1234');
UPDATE customer_entity SET default_billing = 1, default_shipping = 1, updated_at = '2026-11-01 08:00:01' WHERE entity_id = 1;
COMMIT;
INSERT INTO customer_entity (entity_id, website_id, email, group_id, store_id, created_at, updated_at, created_in, firstname,
  lastname, password_hash, taxvat)
VALUES (2, 1, 'bram@example.com', 1, 1, '2026-11-01 08:00:00', '2026-11-01 08:00:00', 'Default Store View', 'Bram', 'Stoker',
  'x:y:3_32_2_67108864', 'DE123456789');
BEGIN;
INSERT INTO customer_address_entity (entity_id, parent_id, created_at, updated_at, city, company, country_id, firstname, lastname,
  postcode, street, telephone)
VALUES (2, 2, '2026-11-01 08:00:00', '2026-11-01 08:00:00', 'Berlin', 'Dracula GmbH', 'DE', 'Bram', 'Stoker', '10115',
  'Invalidenstrasse 43\nHof 2', '+49 30 1234');
UPDATE customer_entity SET default_billing = 2, default_shipping = 2, updated_at = '2026-11-01 08:00:01' WHERE entity_id = 2;
COMMIT;
INSERT INTO customer_entity (entity_id, website_id, email, group_id, store_id, created_at, updated_at, created_in, firstname,
  lastname, password_hash, taxvat)
VALUES (3, 1, 'clara@example.com', 1, 1, '2026-11-01 08:00:00', '2026-11-01 08:00:00', 'Default Store View', 'Clara', 'Zetkin',
  'x:y:3_32_2_67108864', NULL);
BEGIN;
INSERT INTO customer_address_entity (entity_id, parent_id, created_at, updated_at, city, company, country_id, firstname, lastname,
  postcode, street, telephone)
VALUES (3, 3, '2026-11-01 08:00:00', '2026-11-01 08:00:00', 'Berlin', NULL, 'DE', 'Clara', 'Zetkin', '10115',
  'Invalidenstrasse 43\nHof 2', '+49 30 1234');
UPDATE customer_entity SET default_billing = 3, default_shipping = 3, updated_at = '2026-11-01 08:00:01' WHERE entity_id = 3;
COMMIT;

-- # Order 1 is placed, to be paid by bank transfer: state new
BEGIN;
INSERT INTO sales_order (entity_id, state, status, protect_code, shipping_description, is_virtual, store_id, customer_id,
  base_discount_amount, base_grand_total, base_shipping_amount, base_shipping_tax_amount, base_subtotal, base_tax_amount,
  base_to_global_rate, base_to_order_rate, discount_amount, grand_total, shipping_amount, shipping_tax_amount, store_to_base_rate,
  store_to_order_rate, subtotal, tax_amount, total_qty_ordered, customer_is_guest, customer_note_notify, customer_group_id,
  quote_id, shipping_discount_amount, subtotal_incl_tax, total_due, increment_id, base_currency_code, customer_email,
  customer_firstname, customer_lastname, order_currency_code, store_currency_code, global_currency_code, shipping_method,
  created_at, updated_at, total_item_count, discount_tax_compensation_amount, base_discount_tax_compensation_amount,
  shipping_discount_tax_compensation_amount, shipping_incl_tax, base_shipping_incl_tax)
VALUES (1, 'new', 'pending', 'c0ffee01', 'Flat Rate - Fixed', 0, 1, 1, 0.0000, 130.9000, 10.0000, 1.9000, 100.0000, 20.9000,
  1.0000, 1.0000, 0.0000, 130.9000, 10.0000, 1.9000, 0.0000, 0.0000, 100.0000, 20.9000, 2.0000, 0, 1, 1, 1, 0.0000, 119.0000,
  130.9000, '000000001', 'EUR', 'ada@example.com', 'Ada', 'Lovelace', 'EUR', 'EUR', 'EUR', 'flatrate_flatrate',
  '2026-11-02 09:00:00', '2026-11-02 09:00:00', 1, 0.0000, 0.0000, 0.0000, 11.9000, 11.9000);
INSERT INTO sales_order_item (item_id, order_id, parent_item_id, quote_item_id, store_id, created_at, updated_at, product_id,
  product_type, product_options, is_virtual, sku, name, qty_invoiced, qty_ordered, price, base_price, original_price, tax_percent,
  tax_amount, base_tax_amount, discount_percent, discount_amount, base_discount_amount, row_total, base_row_total, price_incl_tax,
  row_total_incl_tax, discount_tax_compensation_amount, base_discount_tax_compensation_amount)
VALUES (1, 1, NULL, 1, 1, '2026-11-02 09:00:00', '2026-11-02 09:00:00', 101, 'simple', '{"info_buyRequest":{"qty":"2"}}', 0,
  'MUG', 'Mug', 0.0000, 2.0000, 50.0000, 50.0000, 50.0000, 19.0000, 19.0000, 19.0000, 0.0000, 0.0000, 0.0000, 100.0000, 100.0000,
  59.5000, 119.0000, 0.0000, 0.0000);
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (1, 1, 1, '10115', 'Lovelace', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'ada@example.com', '+49 30 1234', 'DE', 'Ada',
  'billing');
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (2, 1, 1, '10115', 'Lovelace', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'ada@example.com', '+49 30 1234', 'DE', 'Ada',
  'shipping');
UPDATE sales_order SET billing_address_id = 1, shipping_address_id = 2 WHERE entity_id = 1;
COMMIT;

-- # Its mail goes out, in a transaction of its own
UPDATE sales_order SET send_email = 1, email_sent = 1, updated_at = '2026-11-02 09:00:03' WHERE entity_id = 1;

-- # Order 1 is invoiced: processing
BEGIN;
UPDATE sales_order SET state = 'processing', status = 'processing', base_total_invoiced = 130.9000, base_total_paid = 130.9000,
  shipping_invoiced = 10.0000, base_shipping_invoiced = 10.0000, subtotal_invoiced = 100.0000, base_subtotal_invoiced = 100.0000,
  discount_invoiced = 0.0000, tax_invoiced = 20.9000, total_invoiced = 130.9000, total_paid = 130.9000, total_due = 0.0000,
  base_total_due = 0.0000, discount_tax_compensation_invoiced = 0.0000, updated_at = '2026-11-02 10:00:00' WHERE entity_id = 1;
UPDATE sales_order_item SET qty_invoiced = 2.0000, tax_invoiced = 19.0000, base_tax_invoiced = 19.0000,
  discount_invoiced = 0.0000, row_invoiced = 100.0000, base_row_invoiced = 100.0000, discount_tax_compensation_invoiced = 0.0000,
  updated_at = '2026-11-02 10:00:00' WHERE item_id = 1;
COMMIT;
-- = customer U1
-- = sales_order 000000001 130.90 20.90

-- # The customer changes the address
UPDATE customer_address_entity SET city = 'London', postcode = 'W1J 7NY', country_id = 'GB', telephone = '+44 20 1234',
  updated_at = '2026-11-02 11:00:00' WHERE entity_id = 1;
-- = customer U1

-- # The customer changes the e-mail
UPDATE customer_entity SET email = 'ada@example.org', updated_at = '2026-11-02 11:05:00' WHERE entity_id = 1;
-- = customer U1

-- # The customer logs in: columns that are not mapped
UPDATE customer_entity SET failures_num = 0, first_failure = NULL, session_cutoff = '2026-11-02 11:06:00',
  updated_at = '2026-11-02 11:06:00' WHERE entity_id = 1;

-- # Order 1 is shipped: complete
BEGIN;
UPDATE sales_order SET state = 'complete', status = 'complete', updated_at = '2026-11-03 09:00:00' WHERE entity_id = 1;
UPDATE sales_order_item SET qty_shipped = 2.0000, updated_at = '2026-11-03 09:00:00' WHERE item_id = 1;
COMMIT;

-- # One mug comes back: a credit memo with an item
BEGIN;
INSERT INTO sales_creditmemo (entity_id, store_id, adjustment_positive, grand_total, shipping_amount, subtotal_incl_tax,
  adjustment_negative, base_adjustment, base_subtotal, discount_amount, subtotal, adjustment, base_grand_total, base_tax_amount,
  shipping_tax_amount, tax_amount, order_id, state, store_currency_code, order_currency_code, base_currency_code,
  global_currency_code, increment_id, created_at, updated_at, discount_tax_compensation_amount, shipping_incl_tax)
VALUES (1, 1, 0.0000, 59.5000, 0.0000, 59.5000, 0.0000, 0.0000, 50.0000, 0.0000, 50.0000, 0.0000, 59.5000, 9.5000, 0.0000, 9.5000,
  1, 2, 'EUR', 'EUR', 'EUR', 'EUR', '000000001', '2026-11-05 12:00:00', '2026-11-05 12:00:00', 0.0000, 0.0000);
INSERT INTO sales_creditmemo_item (entity_id, parent_id, tax_amount, discount_amount, row_total, base_row_total, price, qty,
  row_total_incl_tax, product_id, order_item_id, sku, name, discount_tax_compensation_amount)
VALUES (1, 1, 9.5000, 0.0000, 50.0000, 50.0000, 50.0000, 1.0000, 59.5000, 101, 1, 'MUG', 'Mug', 0.0000);
UPDATE sales_order SET total_refunded = 59.5000, base_total_refunded = 59.5000, subtotal_refunded = 50.0000,
  tax_refunded = 9.5000, shipping_refunded = 0.0000, shipping_tax_refunded = 0.0000, adjustment_positive = 0.0000,
  adjustment_negative = 0.0000, total_offline_refunded = 59.5000, updated_at = '2026-11-05 12:00:00' WHERE entity_id = 1;
UPDATE sales_order_item SET qty_refunded = 1.0000, amount_refunded = 50.0000, base_amount_refunded = 50.0000,
  tax_refunded = 9.5000, base_tax_refunded = 9.5000, discount_tax_compensation_refunded = 0.0000, discount_refunded = 0.0000,
  updated_at = '2026-11-05 12:00:00' WHERE item_id = 1;
COMMIT;
-- = credit_note 000000001-CN1 return 59.50 9.50

-- # Half of the freight is given back: a credit memo without items
BEGIN;
INSERT INTO sales_creditmemo (entity_id, store_id, adjustment_positive, grand_total, shipping_amount, subtotal_incl_tax,
  adjustment_negative, base_adjustment, base_subtotal, discount_amount, subtotal, adjustment, base_grand_total, base_tax_amount,
  shipping_tax_amount, tax_amount, order_id, state, store_currency_code, order_currency_code, base_currency_code,
  global_currency_code, increment_id, created_at, updated_at, discount_tax_compensation_amount, shipping_incl_tax)
VALUES (2, 1, 0.0000, 5.9500, 5.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 5.9500, 0.9500, 0.9500, 0.9500, 1,
  2, 'EUR', 'EUR', 'EUR', 'EUR', '000000002', '2026-11-05 13:00:00', '2026-11-05 13:00:00', 0.0000, 5.9500);
UPDATE sales_order SET total_refunded = 65.4500, base_total_refunded = 65.4500, tax_refunded = 10.4500,
  shipping_refunded = 5.0000, shipping_tax_refunded = 0.9500, total_offline_refunded = 65.4500,
  updated_at = '2026-11-05 13:00:00' WHERE entity_id = 1;
COMMIT;
-- = credit_note 000000001-CN2 discount 5.95 0.95

-- # Goodwill of 10.00: a credit memo that is an adjustment alone
BEGIN;
INSERT INTO sales_creditmemo (entity_id, store_id, adjustment_positive, grand_total, shipping_amount, subtotal_incl_tax,
  adjustment_negative, base_adjustment, base_subtotal, discount_amount, subtotal, adjustment, base_grand_total, base_tax_amount,
  shipping_tax_amount, tax_amount, order_id, state, store_currency_code, order_currency_code, base_currency_code,
  global_currency_code, increment_id, created_at, updated_at, discount_tax_compensation_amount, shipping_incl_tax)
VALUES (3, 1, 10.0000, 10.0000, 0.0000, 0.0000, 0.0000, 10.0000, 0.0000, 0.0000, 0.0000, 10.0000, 10.0000, 0.0000, 0.0000, 0.0000,
  1, 2, 'EUR', 'EUR', 'EUR', 'EUR', '000000003', '2026-11-05 14:00:00', '2026-11-05 14:00:00', 0.0000, 0.0000);
UPDATE sales_order SET total_refunded = 75.4500, base_total_refunded = 75.4500, adjustment_positive = 10.0000,
  total_offline_refunded = 75.4500, updated_at = '2026-11-05 14:00:00' WHERE entity_id = 1;
COMMIT;
-- = credit_note 000000001-CN3 discount 10.00 1.60

-- # The other mug comes back with the rest of the freight, less the 10.00 already given: nothing is left, closed
BEGIN;
INSERT INTO sales_creditmemo (entity_id, store_id, adjustment_positive, grand_total, shipping_amount, subtotal_incl_tax,
  adjustment_negative, base_adjustment, base_subtotal, discount_amount, subtotal, adjustment, base_grand_total, base_tax_amount,
  shipping_tax_amount, tax_amount, order_id, state, store_currency_code, order_currency_code, base_currency_code,
  global_currency_code, increment_id, created_at, updated_at, discount_tax_compensation_amount, shipping_incl_tax)
VALUES (4, 1, 0.0000, 55.4500, 5.0000, 59.5000, 10.0000, -10.0000, 50.0000, 0.0000, 50.0000, -10.0000, 55.4500, 10.4500, 0.9500,
  10.4500, 1, 2, 'EUR', 'EUR', 'EUR', 'EUR', '000000004', '2026-11-06 14:00:00', '2026-11-06 14:00:00', 0.0000, 5.9500);
INSERT INTO sales_creditmemo_item (entity_id, parent_id, tax_amount, discount_amount, row_total, base_row_total, price, qty,
  row_total_incl_tax, product_id, order_item_id, sku, name, discount_tax_compensation_amount)
VALUES (2, 4, 9.5000, 0.0000, 50.0000, 50.0000, 50.0000, 1.0000, 59.5000, 101, 1, 'MUG', 'Mug', 0.0000);
UPDATE sales_order SET state = 'closed', status = 'closed', total_refunded = 130.9000, base_total_refunded = 130.9000,
  subtotal_refunded = 100.0000, tax_refunded = 20.9000, shipping_refunded = 10.0000, shipping_tax_refunded = 1.9000,
  adjustment_negative = 10.0000, total_offline_refunded = 130.9000, updated_at = '2026-11-06 14:00:00' WHERE entity_id = 1;
UPDATE sales_order_item SET qty_refunded = 2.0000, amount_refunded = 100.0000, base_amount_refunded = 100.0000,
  tax_refunded = 19.0000, base_tax_refunded = 19.0000, discount_tax_compensation_refunded = 0.0000, discount_refunded = 0.0000,
  updated_at = '2026-11-06 14:00:00' WHERE item_id = 1;
COMMIT;
-- = credit_note 000000001-CN4 return 55.45 8.85

-- # Order 1's header is written again: still nothing left
UPDATE sales_order SET customer_note = 'settled', updated_at = '2026-11-06 15:00:00' WHERE entity_id = 1;

-- # A guest buys a configurable product with 10 % off prices with tax, and pays by card at once: processing from the start
BEGIN;
INSERT INTO sales_order (entity_id, state, status, protect_code, shipping_description, is_virtual, store_id, customer_id,
  base_discount_amount, base_grand_total, base_shipping_amount, base_shipping_tax_amount, base_subtotal, base_tax_amount,
  base_to_global_rate, base_to_order_rate, discount_amount, grand_total, shipping_amount, shipping_tax_amount, store_to_base_rate,
  store_to_order_rate, subtotal, tax_amount, total_qty_ordered, customer_is_guest, customer_note_notify, customer_group_id,
  quote_id, shipping_discount_amount, subtotal_incl_tax, total_due, increment_id, base_currency_code, customer_email,
  customer_firstname, customer_lastname, order_currency_code, store_currency_code, global_currency_code, shipping_method,
  created_at, updated_at, total_item_count, discount_tax_compensation_amount, base_discount_tax_compensation_amount,
  shipping_discount_tax_compensation_amount, shipping_incl_tax, base_shipping_incl_tax, base_total_invoiced, base_total_paid,
  discount_invoiced, shipping_invoiced, subtotal_invoiced, tax_invoiced, total_invoiced, total_paid,
  discount_tax_compensation_invoiced)
VALUES (2, 'processing', 'processing', 'c0ffee02', 'Free Shipping - Free', 0, 1, NULL, -11.9000, 107.1000, 0.0000, 0.0000,
  100.0000, 17.1000, 1.0000, 1.0000, -11.9000, 107.1000, 0.0000, 0.0000, 0.0000, 0.0000, 100.0000, 17.1000, 1.0000, 1, 1, 0, 2,
  0.0000, 119.0000, 0.0000, '000000002', 'EUR', 'guest@example.com', NULL, NULL, 'EUR', 'EUR', 'EUR', 'freeshipping_freeshipping',
  '2026-11-07 09:00:00', '2026-11-07 09:00:00', 1, 1.9000, 1.9000, 0.0000, 0.0000, 0.0000, 107.1000, 107.1000, -11.9000, 0.0000,
  100.0000, 17.1000, 107.1000, 107.1000, 1.9000);
INSERT INTO sales_order_item (item_id, order_id, parent_item_id, quote_item_id, store_id, created_at, updated_at, product_id,
  product_type, product_options, is_virtual, sku, name, qty_invoiced, qty_ordered, price, base_price, original_price, tax_percent,
  tax_amount, base_tax_amount, discount_percent, discount_amount, base_discount_amount, row_total, base_row_total, price_incl_tax,
  row_total_incl_tax, discount_tax_compensation_amount, base_discount_tax_compensation_amount, tax_invoiced, discount_invoiced,
  row_invoiced, base_row_invoiced, discount_tax_compensation_invoiced)
VALUES (2, 2, NULL, 2, 1, '2026-11-07 09:00:00', '2026-11-07 09:00:00', 102, 'configurable',
  '{"product_calculations":1,"simple_sku":"TEE-M"}', 0, 'TEE-M', 'Tee', 1.0000, 1.0000, 100.0000, 100.0000, 100.0000, 19.0000,
  17.1000, 17.1000, 10.0000, 11.9000, 11.9000, 100.0000, 100.0000, 119.0000, 119.0000, 1.9000, 1.9000, 17.1000, 11.9000, 100.0000,
  100.0000, 1.9000);
INSERT INTO sales_order_item (item_id, order_id, parent_item_id, quote_item_id, store_id, created_at, updated_at, product_id,
  product_type, product_options, is_virtual, sku, name, qty_invoiced, qty_ordered, price, base_price, original_price, tax_percent,
  tax_amount, base_tax_amount, discount_percent, discount_amount, base_discount_amount, row_total, base_row_total, price_incl_tax,
  row_total_incl_tax, discount_tax_compensation_amount, base_discount_tax_compensation_amount, tax_invoiced, discount_invoiced,
  row_invoiced, base_row_invoiced, discount_tax_compensation_invoiced)
VALUES (3, 2, 2, 3, 1, '2026-11-07 09:00:00', '2026-11-07 09:00:00', 103, 'simple', '{"info_buyRequest":{"qty":"1"}}', 0, 'TEE-M',
  'Tee M', 1.0000, 1.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000,
  0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000);
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (3, 2, NULL, '10115', 'Guest', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'guest@example.com', '+49 30 1234', 'DE', 'Gil',
  'billing');
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (4, 2, NULL, '10115', 'Guest', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'guest@example.com', '+49 30 1234', 'DE', 'Gil',
  'shipping');
UPDATE sales_order SET billing_address_id = 3, shipping_address_id = 4 WHERE entity_id = 2;
COMMIT;
-- = customer G2
-- = sales_order 000000002 107.10 17.10

-- # A credit memo that is still open (state 1) says nothing
BEGIN;
INSERT INTO sales_creditmemo (entity_id, store_id, adjustment_positive, grand_total, shipping_amount, subtotal_incl_tax,
  adjustment_negative, base_adjustment, base_subtotal, discount_amount, subtotal, adjustment, base_grand_total, base_tax_amount,
  shipping_tax_amount, tax_amount, order_id, state, store_currency_code, order_currency_code, base_currency_code,
  global_currency_code, increment_id, created_at, updated_at, discount_tax_compensation_amount, shipping_incl_tax)
VALUES (5, 1, 0.0000, 107.1000, 0.0000, 117.1000, 0.0000, 0.0000, 100.0000, -11.9000, 100.0000, 0.0000, 107.1000, 17.1000, 0.0000,
  17.1000, 2, 1, 'EUR', 'EUR', 'EUR', 'EUR', '000000005', '2026-11-08 09:00:00', '2026-11-08 09:00:00', 1.9000, 0.0000);
INSERT INTO sales_creditmemo_item (entity_id, parent_id, tax_amount, discount_amount, row_total, base_row_total, price, qty,
  row_total_incl_tax, product_id, order_item_id, sku, name, discount_tax_compensation_amount)
VALUES (3, 5, 17.1000, 11.9000, 100.0000, 100.0000, 100.0000, 1.0000, 117.1000, 102, 2, 'TEE-M', 'Tee', 1.9000);
INSERT INTO sales_creditmemo_item (entity_id, parent_id, tax_amount, discount_amount, row_total, base_row_total, price, qty,
  row_total_incl_tax, product_id, order_item_id, sku, name, discount_tax_compensation_amount)
VALUES (4, 5, NULL, NULL, NULL, NULL, 0.0000, 1.0000, NULL, 103, 3, 'TEE-M', 'Tee M', NULL);
UPDATE sales_order SET status = 'processing', updated_at = '2026-11-08 09:00:00' WHERE entity_id = 2;
COMMIT;

-- # It is refunded (state 2): everything, before it was shipped
BEGIN;
UPDATE sales_creditmemo SET state = 2, updated_at = '2026-11-08 09:30:00' WHERE entity_id = 5;
UPDATE sales_order SET state = 'closed', status = 'closed', total_refunded = 107.1000, base_total_refunded = 107.1000,
  subtotal_refunded = 100.0000, tax_refunded = 17.1000, discount_refunded = -11.9000, discount_tax_compensation_refunded = 1.9000,
  shipping_refunded = 0.0000, adjustment_positive = 0.0000, adjustment_negative = 0.0000, total_online_refunded = 107.1000,
  updated_at = '2026-11-08 09:30:00' WHERE entity_id = 2;
UPDATE sales_order_item SET qty_refunded = 1.0000, amount_refunded = 100.0000, tax_refunded = 17.1000,
  discount_refunded = 11.9000, updated_at = '2026-11-08 09:30:00' WHERE item_id = 2;
UPDATE sales_order_item SET qty_refunded = 1.0000, updated_at = '2026-11-08 09:30:00' WHERE item_id = 3;
COMMIT;
-- = credit_note 000000002-CN1 return 107.10 17.10

-- # A bundle whose price is its parts': the parent repeats their sum
BEGIN;
INSERT INTO sales_order (entity_id, state, status, protect_code, shipping_description, is_virtual, store_id, customer_id,
  base_discount_amount, base_grand_total, base_shipping_amount, base_shipping_tax_amount, base_subtotal, base_tax_amount,
  base_to_global_rate, base_to_order_rate, discount_amount, grand_total, shipping_amount, shipping_tax_amount, store_to_base_rate,
  store_to_order_rate, subtotal, tax_amount, total_qty_ordered, customer_is_guest, customer_note_notify, customer_group_id,
  quote_id, shipping_discount_amount, subtotal_incl_tax, total_due, increment_id, base_currency_code, customer_email,
  customer_firstname, customer_lastname, order_currency_code, store_currency_code, global_currency_code, shipping_method,
  created_at, updated_at, total_item_count, discount_tax_compensation_amount, base_discount_tax_compensation_amount,
  shipping_discount_tax_compensation_amount, shipping_incl_tax, base_shipping_incl_tax)
VALUES (3, 'new', 'pending', 'c0ffee03', 'Flat Rate - Fixed', 0, 1, 2, 0.0000, 101.1500, 5.0000, 0.9500, 80.0000, 16.1500, 1.0000,
  1.0000, 0.0000, 101.1500, 5.0000, 0.9500, 0.0000, 0.0000, 80.0000, 16.1500, 1.0000, 0, 1, 1, 3, 0.0000, 95.2000, 101.1500,
  '000000003', 'EUR', 'bram@example.com', 'Bram', 'Stoker', 'EUR', 'EUR', 'EUR', 'flatrate_flatrate', '2026-11-08 10:00:00',
  '2026-11-08 10:00:00', 1, 0.0000, 0.0000, 0.0000, 5.9500, 5.9500);
INSERT INTO sales_order_item (item_id, order_id, parent_item_id, quote_item_id, store_id, created_at, updated_at, product_id,
  product_type, product_options, is_virtual, sku, name, qty_invoiced, qty_ordered, price, base_price, original_price, tax_percent,
  tax_amount, base_tax_amount, discount_percent, discount_amount, base_discount_amount, row_total, base_row_total, price_incl_tax,
  row_total_incl_tax, discount_tax_compensation_amount, base_discount_tax_compensation_amount)
VALUES (4, 3, NULL, 4, 1, '2026-11-08 10:00:00', '2026-11-08 10:00:00', 104, 'bundle',
  '{"product_calculations":0,"shipment_type":0}', 0, 'SET-PEN-PAD', 'Writing set', 0.0000, 1.0000, 80.0000, 80.0000, 80.0000,
  19.0000, 15.2000, 15.2000, 0.0000, 0.0000, 0.0000, 80.0000, 80.0000, 95.2000, 95.2000, 0.0000, 0.0000);
INSERT INTO sales_order_item (item_id, order_id, parent_item_id, quote_item_id, store_id, created_at, updated_at, product_id,
  product_type, product_options, is_virtual, sku, name, qty_invoiced, qty_ordered, price, base_price, original_price, tax_percent,
  tax_amount, base_tax_amount, discount_percent, discount_amount, base_discount_amount, row_total, base_row_total, price_incl_tax,
  row_total_incl_tax, discount_tax_compensation_amount, base_discount_tax_compensation_amount)
VALUES (5, 3, 4, 5, 1, '2026-11-08 10:00:00', '2026-11-08 10:00:00', 105, 'simple', '{"info_buyRequest":{"qty":"1"}}', 0, 'PEN',
  'Fountain pen', 0.0000, 1.0000, 50.0000, 50.0000, 50.0000, 19.0000, 9.5000, 9.5000, 0.0000, 0.0000, 0.0000, 50.0000, 50.0000,
  59.5000, 59.5000, 0.0000, 0.0000);
INSERT INTO sales_order_item (item_id, order_id, parent_item_id, quote_item_id, store_id, created_at, updated_at, product_id,
  product_type, product_options, is_virtual, sku, name, qty_invoiced, qty_ordered, price, base_price, original_price, tax_percent,
  tax_amount, base_tax_amount, discount_percent, discount_amount, base_discount_amount, row_total, base_row_total, price_incl_tax,
  row_total_incl_tax, discount_tax_compensation_amount, base_discount_tax_compensation_amount)
VALUES (6, 3, 4, 6, 1, '2026-11-08 10:00:00', '2026-11-08 10:00:00', 106, 'simple', '{"info_buyRequest":{"qty":"2"}}', 0, 'PAD',
  'Pad', 0.0000, 2.0000, 15.0000, 15.0000, 15.0000, 19.0000, 5.7000, 5.7000, 0.0000, 0.0000, 0.0000, 30.0000, 30.0000, 17.8500,
  35.7000, 0.0000, 0.0000);
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (5, 3, 2, '10115', 'Stoker', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'bram@example.com', '+49 30 1234', 'DE', 'Bram',
  'billing');
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (6, 3, 2, '10115', 'Stoker', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'bram@example.com', '+49 30 1234', 'DE', 'Bram',
  'shipping');
UPDATE sales_order SET billing_address_id = 5, shipping_address_id = 6 WHERE entity_id = 3;
COMMIT;

-- # The bundle is invoiced
BEGIN;
UPDATE sales_order SET state = 'processing', status = 'processing', base_total_invoiced = 101.1500, base_total_paid = 101.1500,
  shipping_invoiced = 5.0000, base_shipping_invoiced = 5.0000, subtotal_invoiced = 80.0000, base_subtotal_invoiced = 80.0000,
  discount_invoiced = 0.0000, tax_invoiced = 16.1500, total_invoiced = 101.1500, total_paid = 101.1500, total_due = 0.0000,
  base_total_due = 0.0000, discount_tax_compensation_invoiced = 0.0000, updated_at = '2026-11-08 10:30:00' WHERE entity_id = 3;
UPDATE sales_order_item SET qty_invoiced = 1.0000, tax_invoiced = 15.2000, base_tax_invoiced = 15.2000,
  discount_invoiced = 0.0000, row_invoiced = 80.0000, base_row_invoiced = 80.0000, discount_tax_compensation_invoiced = 0.0000,
  updated_at = '2026-11-08 10:30:00' WHERE item_id = 4;
UPDATE sales_order_item SET qty_invoiced = 1.0000, tax_invoiced = 9.5000, base_tax_invoiced = 9.5000, discount_invoiced = 0.0000,
  row_invoiced = 50.0000, base_row_invoiced = 50.0000, discount_tax_compensation_invoiced = 0.0000,
  updated_at = '2026-11-08 10:30:00' WHERE item_id = 5;
UPDATE sales_order_item SET qty_invoiced = 2.0000, tax_invoiced = 5.7000, base_tax_invoiced = 5.7000, discount_invoiced = 0.0000,
  row_invoiced = 30.0000, base_row_invoiced = 30.0000, discount_tax_compensation_invoiced = 0.0000,
  updated_at = '2026-11-08 10:30:00' WHERE item_id = 6;
COMMIT;
-- = customer U2
-- = sales_order 000000003 101.15 16.15

-- # One of its parts comes back
BEGIN;
INSERT INTO sales_creditmemo (entity_id, store_id, adjustment_positive, grand_total, shipping_amount, subtotal_incl_tax,
  adjustment_negative, base_adjustment, base_subtotal, discount_amount, subtotal, adjustment, base_grand_total, base_tax_amount,
  shipping_tax_amount, tax_amount, order_id, state, store_currency_code, order_currency_code, base_currency_code,
  global_currency_code, increment_id, created_at, updated_at, discount_tax_compensation_amount, shipping_incl_tax)
VALUES (6, 1, 0.0000, 17.8500, 0.0000, 17.8500, 0.0000, 0.0000, 15.0000, 0.0000, 15.0000, 0.0000, 17.8500, 2.8500, 0.0000, 2.8500,
  3, 2, 'EUR', 'EUR', 'EUR', 'EUR', '000000006', '2026-11-09 12:00:00', '2026-11-09 12:00:00', 0.0000, 0.0000);
INSERT INTO sales_creditmemo_item (entity_id, parent_id, tax_amount, discount_amount, row_total, base_row_total, price, qty,
  row_total_incl_tax, product_id, order_item_id, sku, name, discount_tax_compensation_amount)
VALUES (5, 6, NULL, NULL, NULL, NULL, 80.0000, 1.0000, NULL, 104, 4, 'SET-PEN-PAD', 'Writing set', NULL);
INSERT INTO sales_creditmemo_item (entity_id, parent_id, tax_amount, discount_amount, row_total, base_row_total, price, qty,
  row_total_incl_tax, product_id, order_item_id, sku, name, discount_tax_compensation_amount)
VALUES (6, 6, 2.8500, 0.0000, 15.0000, 15.0000, 15.0000, 1.0000, 17.8500, 106, 6, 'PAD', 'Pad', 0.0000);
UPDATE sales_order SET total_refunded = 17.8500, base_total_refunded = 17.8500, subtotal_refunded = 15.0000,
  tax_refunded = 2.8500, shipping_refunded = 0.0000, adjustment_positive = 0.0000, adjustment_negative = 0.0000,
  total_online_refunded = 17.8500, updated_at = '2026-11-09 12:00:00' WHERE entity_id = 3;
UPDATE sales_order_item SET qty_refunded = 1.0000, amount_refunded = 15.0000, base_amount_refunded = 15.0000,
  tax_refunded = 2.8500, base_tax_refunded = 2.8500, discount_tax_compensation_refunded = 0.0000, discount_refunded = 0.0000,
  updated_at = '2026-11-09 12:00:00' WHERE item_id = 6;
COMMIT;
-- = credit_note 000000003-CN1 return 17.85 2.85

-- # A bundle with a fixed price, and lamps with a fixed product tax of 2.00 each
BEGIN;
INSERT INTO sales_order (entity_id, state, status, protect_code, shipping_description, is_virtual, store_id, customer_id,
  base_discount_amount, base_grand_total, base_shipping_amount, base_shipping_tax_amount, base_subtotal, base_tax_amount,
  base_to_global_rate, base_to_order_rate, discount_amount, grand_total, shipping_amount, shipping_tax_amount, store_to_base_rate,
  store_to_order_rate, subtotal, tax_amount, total_qty_ordered, customer_is_guest, customer_note_notify, customer_group_id,
  quote_id, shipping_discount_amount, subtotal_incl_tax, total_due, increment_id, base_currency_code, customer_email,
  customer_firstname, customer_lastname, order_currency_code, store_currency_code, global_currency_code, shipping_method,
  created_at, updated_at, total_item_count, discount_tax_compensation_amount, base_discount_tax_compensation_amount,
  shipping_discount_tax_compensation_amount, shipping_incl_tax, base_shipping_incl_tax, base_total_invoiced, base_total_paid,
  discount_invoiced, shipping_invoiced, subtotal_invoiced, tax_invoiced, total_invoiced, total_paid,
  discount_tax_compensation_invoiced)
VALUES (4, 'processing', 'processing', 'c0ffee04', 'Free Shipping - Free', 0, 1, 2, 0.0000, 99.2000, 0.0000, 0.0000, 80.0000,
  15.2000, 1.0000, 1.0000, 0.0000, 99.2000, 0.0000, 0.0000, 0.0000, 0.0000, 80.0000, 15.2000, 3.0000, 0, 1, 1, 4, 0.0000, 95.2000,
  0.0000, '000000004', 'EUR', 'bram@example.com', 'Bram', 'Stoker', 'EUR', 'EUR', 'EUR', 'freeshipping_freeshipping',
  '2026-11-09 13:00:00', '2026-11-09 13:00:00', 2, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 99.2000, 99.2000, 0.0000, 0.0000,
  80.0000, 15.2000, 99.2000, 99.2000, 0.0000);
INSERT INTO sales_order_item (item_id, order_id, parent_item_id, quote_item_id, store_id, created_at, updated_at, product_id,
  product_type, product_options, is_virtual, sku, name, qty_invoiced, qty_ordered, price, base_price, original_price, tax_percent,
  tax_amount, base_tax_amount, discount_percent, discount_amount, base_discount_amount, row_total, base_row_total, price_incl_tax,
  row_total_incl_tax, discount_tax_compensation_amount, base_discount_tax_compensation_amount, tax_invoiced, discount_invoiced,
  row_invoiced, base_row_invoiced, discount_tax_compensation_invoiced)
VALUES (7, 4, NULL, 7, 1, '2026-11-09 13:00:00', '2026-11-09 13:00:00', 107, 'bundle',
  '{"product_calculations":1,"shipment_type":0}', 0, 'DESK-SET', 'Desk set', 1.0000, 1.0000, 60.0000, 60.0000, 60.0000, 19.0000,
  11.4000, 11.4000, 0.0000, 0.0000, 0.0000, 60.0000, 60.0000, 71.4000, 71.4000, 0.0000, 0.0000, 11.4000, 0.0000, 60.0000, 60.0000,
  0.0000);
INSERT INTO sales_order_item (item_id, order_id, parent_item_id, quote_item_id, store_id, created_at, updated_at, product_id,
  product_type, product_options, is_virtual, sku, name, qty_invoiced, qty_ordered, price, base_price, original_price, tax_percent,
  tax_amount, base_tax_amount, discount_percent, discount_amount, base_discount_amount, row_total, base_row_total, price_incl_tax,
  row_total_incl_tax, discount_tax_compensation_amount, base_discount_tax_compensation_amount, tax_invoiced, discount_invoiced,
  row_invoiced, base_row_invoiced, discount_tax_compensation_invoiced)
VALUES (8, 4, 7, 8, 1, '2026-11-09 13:00:00', '2026-11-09 13:00:00', 108, 'simple', '{"info_buyRequest":{"qty":"1"}}', 0, 'DESK',
  'Desk', 1.0000, 1.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000,
  0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000);
INSERT INTO sales_order_item (item_id, order_id, parent_item_id, quote_item_id, store_id, created_at, updated_at, product_id,
  product_type, product_options, is_virtual, sku, name, qty_invoiced, qty_ordered, price, base_price, original_price, tax_percent,
  tax_amount, base_tax_amount, discount_percent, discount_amount, base_discount_amount, row_total, base_row_total, price_incl_tax,
  row_total_incl_tax, discount_tax_compensation_amount, base_discount_tax_compensation_amount, tax_invoiced, discount_invoiced,
  row_invoiced, base_row_invoiced, discount_tax_compensation_invoiced)
VALUES (9, 4, 7, 9, 1, '2026-11-09 13:00:00', '2026-11-09 13:00:00', 109, 'simple', '{"info_buyRequest":{"qty":"1"}}', 0, 'CHAIR',
  'Chair', 1.0000, 1.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000,
  0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000);
INSERT INTO sales_order_item (item_id, order_id, parent_item_id, quote_item_id, store_id, created_at, updated_at, product_id,
  product_type, product_options, is_virtual, sku, name, qty_invoiced, qty_ordered, price, base_price, original_price, tax_percent,
  tax_amount, base_tax_amount, discount_percent, discount_amount, base_discount_amount, row_total, base_row_total, price_incl_tax,
  row_total_incl_tax, discount_tax_compensation_amount, base_discount_tax_compensation_amount, tax_invoiced, discount_invoiced,
  row_invoiced, base_row_invoiced, discount_tax_compensation_invoiced, weee_tax_applied, weee_tax_applied_amount,
  weee_tax_applied_row_amount, base_weee_tax_applied_row_amnt)
VALUES (10, 4, NULL, 10, 1, '2026-11-09 13:00:00', '2026-11-09 13:00:00', 110, 'simple', '{"info_buyRequest":{"qty":"2"}}', 0,
  'LAMP', 'Lamp', 2.0000, 2.0000, 10.0000, 10.0000, 10.0000, 19.0000, 3.8000, 3.8000, 0.0000, 0.0000, 0.0000, 20.0000, 20.0000,
  11.9000, 23.8000, 0.0000, 0.0000, 3.8000, 0.0000, 20.0000, 20.0000, 0.0000, '[{"title":"Eco fee","row_amount":4.00}]', 2.0000,
  4.0000, 4.0000);
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (7, 4, 2, '10115', 'Stoker', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'bram@example.com', '+49 30 1234', 'DE', 'Bram',
  'billing');
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (8, 4, 2, '10115', 'Stoker', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'bram@example.com', '+49 30 1234', 'DE', 'Bram',
  'shipping');
UPDATE sales_order SET billing_address_id = 7, shipping_address_id = 8 WHERE entity_id = 4;
COMMIT;
-- = sales_order 000000004 99.20 15.20

-- # A lamp comes back, with its product tax
BEGIN;
INSERT INTO sales_creditmemo (entity_id, store_id, adjustment_positive, grand_total, shipping_amount, subtotal_incl_tax,
  adjustment_negative, base_adjustment, base_subtotal, discount_amount, subtotal, adjustment, base_grand_total, base_tax_amount,
  shipping_tax_amount, tax_amount, order_id, state, store_currency_code, order_currency_code, base_currency_code,
  global_currency_code, increment_id, created_at, updated_at, discount_tax_compensation_amount, shipping_incl_tax)
VALUES (7, 1, 0.0000, 13.9000, 0.0000, 11.9000, 0.0000, 0.0000, 10.0000, 0.0000, 10.0000, 0.0000, 13.9000, 1.9000, 0.0000, 1.9000,
  4, 2, 'EUR', 'EUR', 'EUR', 'EUR', '000000007', '2026-11-10 12:00:00', '2026-11-10 12:00:00', 0.0000, 0.0000);
INSERT INTO sales_creditmemo_item (entity_id, parent_id, tax_amount, discount_amount, row_total, base_row_total, price, qty,
  row_total_incl_tax, product_id, order_item_id, sku, name, discount_tax_compensation_amount, weee_tax_applied_row_amount)
VALUES (7, 7, 1.9000, 0.0000, 10.0000, 10.0000, 10.0000, 1.0000, 11.9000, 110, 10, 'LAMP', 'Lamp', 0.0000, 2.0000);
UPDATE sales_order SET total_refunded = 13.9000, base_total_refunded = 13.9000, subtotal_refunded = 10.0000,
  tax_refunded = 1.9000, shipping_refunded = 0.0000, adjustment_positive = 0.0000, adjustment_negative = 0.0000,
  total_online_refunded = 13.9000, updated_at = '2026-11-10 12:00:00' WHERE entity_id = 4;
UPDATE sales_order_item SET qty_refunded = 1.0000, amount_refunded = 10.0000, base_amount_refunded = 10.0000,
  tax_refunded = 1.9000, base_tax_refunded = 1.9000, discount_tax_compensation_refunded = 0.0000, discount_refunded = 0.0000,
  updated_at = '2026-11-10 12:00:00' WHERE item_id = 10;
COMMIT;
-- = credit_note 000000004-CN1 return 11.90 1.90
-- = credit_note 000000004-CN2 discount 2.00 0.00

-- # Order 5 is placed
BEGIN;
INSERT INTO sales_order (entity_id, state, status, protect_code, shipping_description, is_virtual, store_id, customer_id,
  base_discount_amount, base_grand_total, base_shipping_amount, base_shipping_tax_amount, base_subtotal, base_tax_amount,
  base_to_global_rate, base_to_order_rate, discount_amount, grand_total, shipping_amount, shipping_tax_amount, store_to_base_rate,
  store_to_order_rate, subtotal, tax_amount, total_qty_ordered, customer_is_guest, customer_note_notify, customer_group_id,
  quote_id, shipping_discount_amount, subtotal_incl_tax, total_due, increment_id, base_currency_code, customer_email,
  customer_firstname, customer_lastname, order_currency_code, store_currency_code, global_currency_code, shipping_method,
  created_at, updated_at, total_item_count, discount_tax_compensation_amount, base_discount_tax_compensation_amount,
  shipping_discount_tax_compensation_amount, shipping_incl_tax, base_shipping_incl_tax)
VALUES (5, 'new', 'pending', 'c0ffee05', 'Free Shipping - Free', 0, 1, 1, 0.0000, 59.5000, 0.0000, 0.0000, 50.0000, 9.5000,
  1.0000, 1.0000, 0.0000, 59.5000, 0.0000, 0.0000, 0.0000, 0.0000, 50.0000, 9.5000, 1.0000, 0, 1, 1, 5, 0.0000, 59.5000, 59.5000,
  '000000005', 'EUR', 'ada@example.com', 'Ada', 'Lovelace', 'EUR', 'EUR', 'EUR', 'freeshipping_freeshipping',
  '2026-11-10 13:00:00', '2026-11-10 13:00:00', 1, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000);
INSERT INTO sales_order_item (item_id, order_id, parent_item_id, quote_item_id, store_id, created_at, updated_at, product_id,
  product_type, product_options, is_virtual, sku, name, qty_invoiced, qty_ordered, price, base_price, original_price, tax_percent,
  tax_amount, base_tax_amount, discount_percent, discount_amount, base_discount_amount, row_total, base_row_total, price_incl_tax,
  row_total_incl_tax, discount_tax_compensation_amount, base_discount_tax_compensation_amount)
VALUES (11, 5, NULL, 11, 1, '2026-11-10 13:00:00', '2026-11-10 13:00:00', 111, 'simple', '{"info_buyRequest":{"qty":"1"}}', 0,
  'MUG', 'Mug', 0.0000, 1.0000, 50.0000, 50.0000, 50.0000, 19.0000, 9.5000, 9.5000, 0.0000, 0.0000, 0.0000, 50.0000, 50.0000,
  59.5000, 59.5000, 0.0000, 0.0000);
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (9, 5, 1, '10115', 'Lovelace', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'ada@example.com', '+49 30 1234', 'DE', 'Ada',
  'billing');
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (10, 5, 1, '10115', 'Lovelace', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'ada@example.com', '+49 30 1234', 'DE', 'Ada',
  'shipping');
UPDATE sales_order SET billing_address_id = 9, shipping_address_id = 10 WHERE entity_id = 5;
COMMIT;

-- # It is edited in the admin before it is paid: a new order with -1 after the number, and the old one is cancelled
BEGIN;
INSERT INTO sales_order (entity_id, state, status, protect_code, shipping_description, is_virtual, store_id, customer_id,
  base_discount_amount, base_grand_total, base_shipping_amount, base_shipping_tax_amount, base_subtotal, base_tax_amount,
  base_to_global_rate, base_to_order_rate, discount_amount, grand_total, shipping_amount, shipping_tax_amount, store_to_base_rate,
  store_to_order_rate, subtotal, tax_amount, total_qty_ordered, customer_is_guest, customer_note_notify, customer_group_id,
  quote_id, shipping_discount_amount, subtotal_incl_tax, total_due, increment_id, base_currency_code, customer_email,
  customer_firstname, customer_lastname, order_currency_code, store_currency_code, global_currency_code, shipping_method,
  created_at, updated_at, total_item_count, discount_tax_compensation_amount, base_discount_tax_compensation_amount,
  shipping_discount_tax_compensation_amount, shipping_incl_tax, base_shipping_incl_tax, original_increment_id, relation_parent_id,
  relation_parent_real_id, edit_increment)
VALUES (6, 'new', 'pending', 'c0ffee06', 'Free Shipping - Free', 0, 1, 1, 0.0000, 178.5000, 0.0000, 0.0000, 150.0000, 28.5000,
  1.0000, 1.0000, 0.0000, 178.5000, 0.0000, 0.0000, 0.0000, 0.0000, 150.0000, 28.5000, 3.0000, 0, 1, 1, 6, 0.0000, 178.5000,
  178.5000, '000000005-1', 'EUR', 'ada@example.com', 'Ada', 'Lovelace', 'EUR', 'EUR', 'EUR', 'freeshipping_freeshipping',
  '2026-11-10 14:00:00', '2026-11-10 14:00:00', 1, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, '000000005', '5', '000000005', 1);
INSERT INTO sales_order_item (item_id, order_id, parent_item_id, quote_item_id, store_id, created_at, updated_at, product_id,
  product_type, product_options, is_virtual, sku, name, qty_invoiced, qty_ordered, price, base_price, original_price, tax_percent,
  tax_amount, base_tax_amount, discount_percent, discount_amount, base_discount_amount, row_total, base_row_total, price_incl_tax,
  row_total_incl_tax, discount_tax_compensation_amount, base_discount_tax_compensation_amount)
VALUES (12, 6, NULL, 12, 1, '2026-11-10 14:00:00', '2026-11-10 14:00:00', 112, 'simple', '{"info_buyRequest":{"qty":"3"}}', 0,
  'MUG', 'Mug', 0.0000, 3.0000, 50.0000, 50.0000, 50.0000, 19.0000, 28.5000, 28.5000, 0.0000, 0.0000, 0.0000, 150.0000, 150.0000,
  59.5000, 178.5000, 0.0000, 0.0000);
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (11, 6, 1, '10115', 'Lovelace', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'ada@example.com', '+49 30 1234', 'DE', 'Ada',
  'billing');
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (12, 6, 1, '10115', 'Lovelace', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'ada@example.com', '+49 30 1234', 'DE', 'Ada',
  'shipping');
UPDATE sales_order SET billing_address_id = 11, shipping_address_id = 12 WHERE entity_id = 6;
COMMIT;
BEGIN;
UPDATE sales_order SET relation_child_id = '6', relation_child_real_id = '000000005-1',
  updated_at = '2026-11-10 14:00:01' WHERE entity_id = 5;
COMMIT;
BEGIN;
UPDATE sales_order SET state = 'canceled', status = 'canceled', subtotal_canceled = 50.0000, tax_canceled = 9.5000,
  shipping_canceled = 0.0000, discount_canceled = 0.0000, total_canceled = 59.5000, base_total_canceled = 59.5000,
  updated_at = '2026-11-10 14:00:02' WHERE entity_id = 5;
UPDATE sales_order_item SET qty_canceled = 1.0000, tax_canceled = 9.5000, discount_tax_compensation_canceled = 0.0000,
  updated_at = '2026-11-10 14:00:02' WHERE item_id = 11;
COMMIT;

-- # The new one is invoiced
BEGIN;
UPDATE sales_order SET state = 'processing', status = 'processing', base_total_invoiced = 178.5000, base_total_paid = 178.5000,
  shipping_invoiced = 0.0000, base_shipping_invoiced = 0.0000, subtotal_invoiced = 150.0000, base_subtotal_invoiced = 150.0000,
  discount_invoiced = 0.0000, tax_invoiced = 28.5000, total_invoiced = 178.5000, total_paid = 178.5000, total_due = 0.0000,
  base_total_due = 0.0000, discount_tax_compensation_invoiced = 0.0000, updated_at = '2026-11-10 15:00:00' WHERE entity_id = 6;
UPDATE sales_order_item SET qty_invoiced = 3.0000, tax_invoiced = 28.5000, base_tax_invoiced = 28.5000,
  discount_invoiced = 0.0000, row_invoiced = 150.0000, base_row_invoiced = 150.0000, discount_tax_compensation_invoiced = 0.0000,
  updated_at = '2026-11-10 15:00:00' WHERE item_id = 12;
COMMIT;
-- = sales_order 000000005-1 178.50 28.50

-- # It is put on hold
UPDATE sales_order SET hold_before_state = 'processing', hold_before_status = 'processing', state = 'holded', status = 'holded',
  updated_at = '2026-11-10 16:00:00' WHERE entity_id = 6;

-- # It is released
UPDATE sales_order SET hold_before_state = NULL, hold_before_status = NULL, state = 'processing', status = 'processing',
  updated_at = '2026-11-10 17:00:00' WHERE entity_id = 6;

-- # Order 7, to be paid by bank transfer, is cancelled before it is paid or shipped
BEGIN;
INSERT INTO sales_order (entity_id, state, status, protect_code, shipping_description, is_virtual, store_id, customer_id,
  base_discount_amount, base_grand_total, base_shipping_amount, base_shipping_tax_amount, base_subtotal, base_tax_amount,
  base_to_global_rate, base_to_order_rate, discount_amount, grand_total, shipping_amount, shipping_tax_amount, store_to_base_rate,
  store_to_order_rate, subtotal, tax_amount, total_qty_ordered, customer_is_guest, customer_note_notify, customer_group_id,
  quote_id, shipping_discount_amount, subtotal_incl_tax, total_due, increment_id, base_currency_code, customer_email,
  customer_firstname, customer_lastname, order_currency_code, store_currency_code, global_currency_code, shipping_method,
  created_at, updated_at, total_item_count, discount_tax_compensation_amount, base_discount_tax_compensation_amount,
  shipping_discount_tax_compensation_amount, shipping_incl_tax, base_shipping_incl_tax)
VALUES (7, 'new', 'pending', 'c0ffee07', 'Free Shipping - Free', 0, 1, 2, 0.0000, 59.5000, 0.0000, 0.0000, 50.0000, 9.5000,
  1.0000, 1.0000, 0.0000, 59.5000, 0.0000, 0.0000, 0.0000, 0.0000, 50.0000, 9.5000, 1.0000, 0, 1, 1, 7, 0.0000, 59.5000, 59.5000,
  '000000007', 'EUR', 'bram@example.com', 'Bram', 'Stoker', 'EUR', 'EUR', 'EUR', 'freeshipping_freeshipping',
  '2026-11-11 09:00:00', '2026-11-11 09:00:00', 1, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000);
INSERT INTO sales_order_item (item_id, order_id, parent_item_id, quote_item_id, store_id, created_at, updated_at, product_id,
  product_type, product_options, is_virtual, sku, name, qty_invoiced, qty_ordered, price, base_price, original_price, tax_percent,
  tax_amount, base_tax_amount, discount_percent, discount_amount, base_discount_amount, row_total, base_row_total, price_incl_tax,
  row_total_incl_tax, discount_tax_compensation_amount, base_discount_tax_compensation_amount)
VALUES (13, 7, NULL, 13, 1, '2026-11-11 09:00:00', '2026-11-11 09:00:00', 113, 'simple', '{"info_buyRequest":{"qty":"1"}}', 0,
  'MUG', 'Mug', 0.0000, 1.0000, 50.0000, 50.0000, 50.0000, 19.0000, 9.5000, 9.5000, 0.0000, 0.0000, 0.0000, 50.0000, 50.0000,
  59.5000, 59.5000, 0.0000, 0.0000);
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (13, 7, 2, '10115', 'Stoker', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'bram@example.com', '+49 30 1234', 'DE', 'Bram',
  'billing');
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (14, 7, 2, '10115', 'Stoker', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'bram@example.com', '+49 30 1234', 'DE', 'Bram',
  'shipping');
UPDATE sales_order SET billing_address_id = 13, shipping_address_id = 14 WHERE entity_id = 7;
COMMIT;
BEGIN;
UPDATE sales_order SET state = 'canceled', status = 'canceled', subtotal_canceled = 50.0000, tax_canceled = 9.5000,
  shipping_canceled = 0.0000, discount_canceled = 0.0000, total_canceled = 59.5000, base_total_canceled = 59.5000,
  updated_at = '2026-11-11 10:00:00' WHERE entity_id = 7;
UPDATE sales_order_item SET qty_canceled = 1.0000, tax_canceled = 9.5000, discount_tax_compensation_canceled = 0.0000,
  updated_at = '2026-11-11 10:00:00' WHERE item_id = 13;
COMMIT;

-- # Order 8 is placed
BEGIN;
INSERT INTO sales_order (entity_id, state, status, protect_code, shipping_description, is_virtual, store_id, customer_id,
  base_discount_amount, base_grand_total, base_shipping_amount, base_shipping_tax_amount, base_subtotal, base_tax_amount,
  base_to_global_rate, base_to_order_rate, discount_amount, grand_total, shipping_amount, shipping_tax_amount, store_to_base_rate,
  store_to_order_rate, subtotal, tax_amount, total_qty_ordered, customer_is_guest, customer_note_notify, customer_group_id,
  quote_id, shipping_discount_amount, subtotal_incl_tax, total_due, increment_id, base_currency_code, customer_email,
  customer_firstname, customer_lastname, order_currency_code, store_currency_code, global_currency_code, shipping_method,
  created_at, updated_at, total_item_count, discount_tax_compensation_amount, base_discount_tax_compensation_amount,
  shipping_discount_tax_compensation_amount, shipping_incl_tax, base_shipping_incl_tax)
VALUES (8, 'new', 'pending', 'c0ffee08', 'Free Shipping - Free', 0, 1, 2, 0.0000, 59.5000, 0.0000, 0.0000, 50.0000, 9.5000,
  1.0000, 1.0000, 0.0000, 59.5000, 0.0000, 0.0000, 0.0000, 0.0000, 50.0000, 9.5000, 2.0000, 0, 1, 1, 8, 0.0000, 59.5000, 59.5000,
  '000000008', 'EUR', 'bram@example.com', 'Bram', 'Stoker', 'EUR', 'EUR', 'EUR', 'freeshipping_freeshipping',
  '2026-11-11 11:00:00', '2026-11-11 11:00:00', 1, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000);
INSERT INTO sales_order_item (item_id, order_id, parent_item_id, quote_item_id, store_id, created_at, updated_at, product_id,
  product_type, product_options, is_virtual, sku, name, qty_invoiced, qty_ordered, price, base_price, original_price, tax_percent,
  tax_amount, base_tax_amount, discount_percent, discount_amount, base_discount_amount, row_total, base_row_total, price_incl_tax,
  row_total_incl_tax, discount_tax_compensation_amount, base_discount_tax_compensation_amount)
VALUES (14, 8, NULL, 14, 1, '2026-11-11 11:00:00', '2026-11-11 11:00:00', 114, 'simple', '{"info_buyRequest":{"qty":"2"}}', 0,
  'CUP', 'Cup', 0.0000, 2.0000, 25.0000, 25.0000, 25.0000, 19.0000, 9.5000, 9.5000, 0.0000, 0.0000, 0.0000, 50.0000, 50.0000,
  29.7500, 59.5000, 0.0000, 0.0000);
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (15, 8, 2, '10115', 'Stoker', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'bram@example.com', '+49 30 1234', 'DE', 'Bram',
  'billing');
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (16, 8, 2, '10115', 'Stoker', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'bram@example.com', '+49 30 1234', 'DE', 'Bram',
  'shipping');
UPDATE sales_order SET billing_address_id = 15, shipping_address_id = 16 WHERE entity_id = 8;
COMMIT;

-- # It is shipped in part before it is paid: processing
BEGIN;
UPDATE sales_order SET state = 'processing', status = 'processing', updated_at = '2026-11-11 12:00:00' WHERE entity_id = 8;
UPDATE sales_order_item SET qty_shipped = 1.0000, updated_at = '2026-11-11 12:00:00' WHERE item_id = 14;
COMMIT;
-- = sales_order 000000008 59.50 9.50

-- # It is never paid, and cancelled
BEGIN;
UPDATE sales_order SET state = 'canceled', status = 'canceled', subtotal_canceled = 50.0000, tax_canceled = 9.5000,
  shipping_canceled = 0.0000, discount_canceled = 0.0000, total_canceled = 59.5000, base_total_canceled = 59.5000,
  updated_at = '2026-11-25 12:00:00' WHERE entity_id = 8;
UPDATE sales_order_item SET qty_canceled = 1.0000, tax_canceled = 4.7500, discount_tax_compensation_canceled = 0.0000,
  updated_at = '2026-11-25 12:00:00' WHERE item_id = 14;
COMMIT;
-- = credit_note 000000008-CN1 cancellation 59.50 9.50

-- # Order 9: three pieces, and one of them is invoiced with the freight
BEGIN;
INSERT INTO sales_order (entity_id, state, status, protect_code, shipping_description, is_virtual, store_id, customer_id,
  base_discount_amount, base_grand_total, base_shipping_amount, base_shipping_tax_amount, base_subtotal, base_tax_amount,
  base_to_global_rate, base_to_order_rate, discount_amount, grand_total, shipping_amount, shipping_tax_amount, store_to_base_rate,
  store_to_order_rate, subtotal, tax_amount, total_qty_ordered, customer_is_guest, customer_note_notify, customer_group_id,
  quote_id, shipping_discount_amount, subtotal_incl_tax, total_due, increment_id, base_currency_code, customer_email,
  customer_firstname, customer_lastname, order_currency_code, store_currency_code, global_currency_code, shipping_method,
  created_at, updated_at, total_item_count, discount_tax_compensation_amount, base_discount_tax_compensation_amount,
  shipping_discount_tax_compensation_amount, shipping_incl_tax, base_shipping_incl_tax)
VALUES (9, 'new', 'pending', 'c0ffee09', 'Flat Rate - Fixed', 0, 1, 1, 0.0000, 83.3000, 10.0000, 1.9000, 60.0000, 13.3000, 1.0000,
  1.0000, 0.0000, 83.3000, 10.0000, 1.9000, 0.0000, 0.0000, 60.0000, 13.3000, 3.0000, 0, 1, 1, 9, 0.0000, 71.4000, 83.3000,
  '000000009', 'EUR', 'ada@example.com', 'Ada', 'Lovelace', 'EUR', 'EUR', 'EUR', 'flatrate_flatrate', '2026-11-12 09:00:00',
  '2026-11-12 09:00:00', 1, 0.0000, 0.0000, 0.0000, 11.9000, 11.9000);
INSERT INTO sales_order_item (item_id, order_id, parent_item_id, quote_item_id, store_id, created_at, updated_at, product_id,
  product_type, product_options, is_virtual, sku, name, qty_invoiced, qty_ordered, price, base_price, original_price, tax_percent,
  tax_amount, base_tax_amount, discount_percent, discount_amount, base_discount_amount, row_total, base_row_total, price_incl_tax,
  row_total_incl_tax, discount_tax_compensation_amount, base_discount_tax_compensation_amount)
VALUES (15, 9, NULL, 15, 1, '2026-11-12 09:00:00', '2026-11-12 09:00:00', 115, 'simple', '{"info_buyRequest":{"qty":"3"}}', 0,
  'BOWL', 'Bowl', 0.0000, 3.0000, 20.0000, 20.0000, 20.0000, 19.0000, 11.4000, 11.4000, 0.0000, 0.0000, 0.0000, 60.0000, 60.0000,
  23.8000, 71.4000, 0.0000, 0.0000);
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (17, 9, 1, '10115', 'Lovelace', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'ada@example.com', '+49 30 1234', 'DE', 'Ada',
  'billing');
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (18, 9, 1, '10115', 'Lovelace', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'ada@example.com', '+49 30 1234', 'DE', 'Ada',
  'shipping');
UPDATE sales_order SET billing_address_id = 17, shipping_address_id = 18 WHERE entity_id = 9;
COMMIT;
BEGIN;
UPDATE sales_order SET state = 'processing', status = 'processing', base_total_invoiced = 35.7000, base_total_paid = 35.7000,
  shipping_invoiced = 10.0000, base_shipping_invoiced = 10.0000, subtotal_invoiced = 20.0000, base_subtotal_invoiced = 20.0000,
  discount_invoiced = 0.0000, tax_invoiced = 5.7000, total_invoiced = 35.7000, total_paid = 35.7000, total_due = 47.6000,
  base_total_due = 47.6000, discount_tax_compensation_invoiced = 0.0000, updated_at = '2026-11-12 10:00:00' WHERE entity_id = 9;
UPDATE sales_order_item SET qty_invoiced = 1.0000, tax_invoiced = 3.8000, base_tax_invoiced = 3.8000, discount_invoiced = 0.0000,
  row_invoiced = 20.0000, base_row_invoiced = 20.0000, discount_tax_compensation_invoiced = 0.0000,
  updated_at = '2026-11-12 10:00:00' WHERE item_id = 15;
COMMIT;
-- = sales_order 000000009 83.30 13.30

-- # The rest of it is cancelled: what is left is what was invoiced
BEGIN;
UPDATE sales_order SET subtotal_canceled = 40.0000, tax_canceled = 7.6000, shipping_canceled = 0.0000, discount_canceled = 0.0000,
  total_canceled = 47.6000, base_total_canceled = 47.6000, updated_at = '2026-11-12 11:00:00' WHERE entity_id = 9;
UPDATE sales_order_item SET qty_canceled = 2.0000, tax_canceled = 7.6000, discount_tax_compensation_canceled = 0.0000,
  updated_at = '2026-11-12 11:00:00' WHERE item_id = 15;
COMMIT;
-- = credit_note 000000009-CN1 cancellation 47.60 7.60

-- # The invoiced bowl is shipped: complete
BEGIN;
UPDATE sales_order SET state = 'complete', status = 'complete', updated_at = '2026-11-13 11:00:00' WHERE entity_id = 9;
UPDATE sales_order_item SET qty_shipped = 1.0000, updated_at = '2026-11-13 11:00:00' WHERE item_id = 15;
COMMIT;

-- # Order 10 is placed
BEGIN;
INSERT INTO sales_order (entity_id, state, status, protect_code, shipping_description, is_virtual, store_id, customer_id,
  base_discount_amount, base_grand_total, base_shipping_amount, base_shipping_tax_amount, base_subtotal, base_tax_amount,
  base_to_global_rate, base_to_order_rate, discount_amount, grand_total, shipping_amount, shipping_tax_amount, store_to_base_rate,
  store_to_order_rate, subtotal, tax_amount, total_qty_ordered, customer_is_guest, customer_note_notify, customer_group_id,
  quote_id, shipping_discount_amount, subtotal_incl_tax, total_due, increment_id, base_currency_code, customer_email,
  customer_firstname, customer_lastname, order_currency_code, store_currency_code, global_currency_code, shipping_method,
  created_at, updated_at, total_item_count, discount_tax_compensation_amount, base_discount_tax_compensation_amount,
  shipping_discount_tax_compensation_amount, shipping_incl_tax, base_shipping_incl_tax)
VALUES (10, 'new', 'pending', 'c0ffee10', 'Flat Rate - Fixed', 0, 1, 2, 0.0000, 41.6500, 5.0000, 0.9500, 30.0000, 6.6500, 1.0000,
  1.0000, 0.0000, 41.6500, 5.0000, 0.9500, 0.0000, 0.0000, 30.0000, 6.6500, 3.0000, 0, 1, 1, 10, 0.0000, 35.7000, 41.6500,
  '000000010', 'EUR', 'bram@example.com', 'Bram', 'Stoker', 'EUR', 'EUR', 'EUR', 'flatrate_flatrate', '2026-11-14 09:00:00',
  '2026-11-14 09:00:00', 1, 0.0000, 0.0000, 0.0000, 5.9500, 5.9500);
INSERT INTO sales_order_item (item_id, order_id, parent_item_id, quote_item_id, store_id, created_at, updated_at, product_id,
  product_type, product_options, is_virtual, sku, name, qty_invoiced, qty_ordered, price, base_price, original_price, tax_percent,
  tax_amount, base_tax_amount, discount_percent, discount_amount, base_discount_amount, row_total, base_row_total, price_incl_tax,
  row_total_incl_tax, discount_tax_compensation_amount, base_discount_tax_compensation_amount)
VALUES (16, 10, NULL, 16, 1, '2026-11-14 09:00:00', '2026-11-14 09:00:00', 116, 'simple', '{"info_buyRequest":{"qty":"3"}}', 0,
  'INKPEN', 'Ink pen', 0.0000, 3.0000, 10.0000, 10.0000, 10.0000, 19.0000, 5.7000, 5.7000, 0.0000, 0.0000, 0.0000, 30.0000,
  30.0000, 11.9000, 35.7000, 0.0000, 0.0000);
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (19, 10, 2, '10115', 'Stoker', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'bram@example.com', '+49 30 1234', 'DE', 'Bram',
  'billing');
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (20, 10, 2, '10115', 'Stoker', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'bram@example.com', '+49 30 1234', 'DE', 'Bram',
  'shipping');
UPDATE sales_order SET billing_address_id = 19, shipping_address_id = 20 WHERE entity_id = 10;
COMMIT;

-- # An order editor (over the API, which saves an order with its items at once) makes it four before it is paid
BEGIN;
UPDATE sales_order SET base_grand_total = 53.5500, base_subtotal = 40.0000, base_tax_amount = 8.5500, discount_amount = 0.0000,
  grand_total = 53.5500, subtotal = 40.0000, tax_amount = 8.5500, updated_at = '2026-11-14 09:30:00' WHERE entity_id = 10;
UPDATE sales_order_item SET qty_ordered = 4.0000, tax_amount = 7.6000, base_tax_amount = 7.6000, discount_amount = 0.0000,
  base_discount_amount = 0.0000, row_total = 40.0000, base_row_total = 40.0000, row_total_incl_tax = 47.6000,
  updated_at = '2026-11-14 09:30:00' WHERE item_id = 16;
COMMIT;

-- # It is invoiced
BEGIN;
UPDATE sales_order SET state = 'processing', status = 'processing', base_total_invoiced = 53.5500, base_total_paid = 53.5500,
  shipping_invoiced = 5.0000, base_shipping_invoiced = 5.0000, subtotal_invoiced = 40.0000, base_subtotal_invoiced = 40.0000,
  discount_invoiced = 0.0000, tax_invoiced = 8.5500, total_invoiced = 53.5500, total_paid = 53.5500, total_due = 0.0000,
  base_total_due = 0.0000, discount_tax_compensation_invoiced = 0.0000, updated_at = '2026-11-14 10:00:00' WHERE entity_id = 10;
UPDATE sales_order_item SET qty_invoiced = 4.0000, tax_invoiced = 7.6000, base_tax_invoiced = 7.6000, discount_invoiced = 0.0000,
  row_invoiced = 40.0000, base_row_invoiced = 40.0000, discount_tax_compensation_invoiced = 0.0000,
  updated_at = '2026-11-14 10:00:00' WHERE item_id = 16;
COMMIT;
-- = sales_order 000000010 53.55 8.55

-- # One piece less after posting
BEGIN;
UPDATE sales_order SET base_grand_total = 41.6500, base_subtotal = 30.0000, base_tax_amount = 6.6500, discount_amount = 0.0000,
  grand_total = 41.6500, subtotal = 30.0000, tax_amount = 6.6500, updated_at = '2026-11-14 11:00:00' WHERE entity_id = 10;
UPDATE sales_order_item SET qty_ordered = 3.0000, tax_amount = 5.7000, base_tax_amount = 5.7000, discount_amount = 0.0000,
  base_discount_amount = 0.0000, row_total = 30.0000, base_row_total = 30.0000, row_total_incl_tax = 35.7000,
  updated_at = '2026-11-14 11:00:00' WHERE item_id = 16;
COMMIT;
-- = credit_note 000000010-CN1 cancellation 11.90 1.90

-- # Two pieces more
BEGIN;
UPDATE sales_order SET base_grand_total = 65.4500, base_subtotal = 50.0000, base_tax_amount = 10.4500, discount_amount = 0.0000,
  grand_total = 65.4500, subtotal = 50.0000, tax_amount = 10.4500, updated_at = '2026-11-14 12:00:00' WHERE entity_id = 10;
UPDATE sales_order_item SET qty_ordered = 5.0000, tax_amount = 9.5000, base_tax_amount = 9.5000, discount_amount = 0.0000,
  base_discount_amount = 0.0000, row_total = 50.0000, base_row_total = 50.0000, row_total_incl_tax = 59.5000,
  updated_at = '2026-11-14 12:00:00' WHERE item_id = 16;
COMMIT;
-- = debit_note 000000010-DN1 23.80 3.80

-- # A line is added
BEGIN;
UPDATE sales_order SET base_grand_total = 74.9700, base_subtotal = 58.0000, base_tax_amount = 11.9700, discount_amount = 0.0000,
  grand_total = 74.9700, subtotal = 58.0000, tax_amount = 11.9700, updated_at = '2026-11-14 13:00:00' WHERE entity_id = 10;
INSERT INTO sales_order_item (item_id, order_id, parent_item_id, quote_item_id, store_id, created_at, updated_at, product_id,
  product_type, product_options, is_virtual, sku, name, qty_invoiced, qty_ordered, price, base_price, original_price, tax_percent,
  tax_amount, base_tax_amount, discount_percent, discount_amount, base_discount_amount, row_total, base_row_total, price_incl_tax,
  row_total_incl_tax, discount_tax_compensation_amount, base_discount_tax_compensation_amount)
VALUES (17, 10, NULL, 17, 1, '2026-11-14 13:00:00', '2026-11-14 13:00:00', 117, 'simple', '{"info_buyRequest":{"qty":"1"}}', 0,
  'INK', 'Ink', 0.0000, 1.0000, 8.0000, 8.0000, 8.0000, 19.0000, 1.5200, 1.5200, 0.0000, 0.0000, 0.0000, 8.0000, 8.0000, 9.5200,
  9.5200, 0.0000, 0.0000);
COMMIT;
-- = debit_note 000000010-DN2 9.52 1.52

-- # A discount of 5.00 without tax is given afterwards
BEGIN;
UPDATE sales_order SET base_grand_total = 69.0200, base_subtotal = 58.0000, base_tax_amount = 11.0200, discount_amount = -5.0000,
  grand_total = 69.0200, subtotal = 58.0000, tax_amount = 11.0200, updated_at = '2026-11-14 14:00:00' WHERE entity_id = 10;
UPDATE sales_order_item SET qty_ordered = 5.0000, tax_amount = 8.5500, base_tax_amount = 8.5500, discount_amount = 5.0000,
  base_discount_amount = 5.0000, row_total = 50.0000, base_row_total = 50.0000, row_total_incl_tax = 59.5000,
  updated_at = '2026-11-14 14:00:00' WHERE item_id = 16;
COMMIT;
-- = credit_note 000000010-CN2 discount 5.95 0.95

-- # The added line is taken out again
BEGIN;
DELETE FROM sales_order_item WHERE item_id = 17;
UPDATE sales_order SET base_grand_total = 59.5000, base_subtotal = 50.0000, base_tax_amount = 9.5000, discount_amount = -5.0000,
  grand_total = 59.5000, subtotal = 50.0000, tax_amount = 9.5000, updated_at = '2026-11-14 15:00:00' WHERE entity_id = 10;
COMMIT;
-- = credit_note 000000010-CN3 cancellation 9.52 1.52

-- # Order 11 is sold in dollars by a shop that keeps its books in euros
BEGIN;
INSERT INTO sales_order (entity_id, state, status, protect_code, shipping_description, is_virtual, store_id, customer_id,
  base_discount_amount, base_grand_total, base_shipping_amount, base_shipping_tax_amount, base_subtotal, base_tax_amount,
  base_to_global_rate, base_to_order_rate, discount_amount, grand_total, shipping_amount, shipping_tax_amount, store_to_base_rate,
  store_to_order_rate, subtotal, tax_amount, total_qty_ordered, customer_is_guest, customer_note_notify, customer_group_id,
  quote_id, shipping_discount_amount, subtotal_incl_tax, total_due, increment_id, base_currency_code, customer_email,
  customer_firstname, customer_lastname, order_currency_code, store_currency_code, global_currency_code, shipping_method,
  created_at, updated_at, total_item_count, discount_tax_compensation_amount, base_discount_tax_compensation_amount,
  shipping_discount_tax_compensation_amount, shipping_incl_tax, base_shipping_incl_tax, base_total_invoiced, base_total_paid,
  discount_invoiced, shipping_invoiced, subtotal_invoiced, tax_invoiced, total_invoiced, total_paid,
  discount_tax_compensation_invoiced)
VALUES (11, 'processing', 'processing', 'c0ffee11', 'Flat Rate - Fixed', 0, 1, 3, 0.0000, 119.0000, 9.0909, 1.7273, 90.9091,
  19.0000, 1.0000, 1.1000, 0.0000, 130.9000, 10.0000, 1.9000, 0.0000, 0.0000, 100.0000, 20.9000, 1.0000, 0, 1, 1, 11, 0.0000,
  119.0000, 0.0000, '000000011', 'EUR', 'clara@example.com', 'Clara', 'Zetkin', 'USD', 'USD', 'EUR', 'flatrate_flatrate',
  '2026-11-15 09:00:00', '2026-11-15 09:00:00', 1, 0.0000, 0.0000, 0.0000, 11.9000, 10.8182, 119.0000, 119.0000, 0.0000, 10.0000,
  100.0000, 20.9000, 130.9000, 130.9000, 0.0000);
INSERT INTO sales_order_item (item_id, order_id, parent_item_id, quote_item_id, store_id, created_at, updated_at, product_id,
  product_type, product_options, is_virtual, sku, name, qty_invoiced, qty_ordered, price, base_price, original_price, tax_percent,
  tax_amount, base_tax_amount, discount_percent, discount_amount, base_discount_amount, row_total, base_row_total, price_incl_tax,
  row_total_incl_tax, discount_tax_compensation_amount, base_discount_tax_compensation_amount, tax_invoiced, discount_invoiced,
  row_invoiced, base_row_invoiced, discount_tax_compensation_invoiced)
VALUES (18, 11, NULL, 18, 1, '2026-11-15 09:00:00', '2026-11-15 09:00:00', 118, 'simple', '{"info_buyRequest":{"qty":"1"}}', 0,
  'MUG', 'Mug', 1.0000, 1.0000, 100.0000, 100.0000, 100.0000, 19.0000, 19.0000, 19.0000, 0.0000, 0.0000, 0.0000, 100.0000,
  100.0000, 119.0000, 119.0000, 0.0000, 0.0000, 19.0000, 0.0000, 100.0000, 100.0000, 0.0000);
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (21, 11, 3, '10115', 'Zetkin', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'clara@example.com', '+49 30 1234', 'DE', 'Clara',
  'billing');
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (22, 11, 3, '10115', 'Zetkin', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'clara@example.com', '+49 30 1234', 'DE', 'Clara',
  'shipping');
UPDATE sales_order SET billing_address_id = 21, shipping_address_id = 22 WHERE entity_id = 11;
COMMIT;
-- = customer U3
-- = sales_order 000000011 130.90 20.90

-- # It is refunded as a whole, freight too, before it is shipped
BEGIN;
INSERT INTO sales_creditmemo (entity_id, store_id, adjustment_positive, grand_total, shipping_amount, subtotal_incl_tax,
  adjustment_negative, base_adjustment, base_subtotal, discount_amount, subtotal, adjustment, base_grand_total, base_tax_amount,
  shipping_tax_amount, tax_amount, order_id, state, store_currency_code, order_currency_code, base_currency_code,
  global_currency_code, increment_id, created_at, updated_at, discount_tax_compensation_amount, shipping_incl_tax)
VALUES (8, 1, 0.0000, 130.9000, 10.0000, 119.0000, 0.0000, 0.0000, 100.0000, 0.0000, 100.0000, 0.0000, 130.9000, 20.9000, 1.9000,
  20.9000, 11, 2, 'USD', 'USD', 'USD', 'USD', '000000008', '2026-11-15 12:00:00', '2026-11-15 12:00:00', 0.0000, 11.9000);
INSERT INTO sales_creditmemo_item (entity_id, parent_id, tax_amount, discount_amount, row_total, base_row_total, price, qty,
  row_total_incl_tax, product_id, order_item_id, sku, name, discount_tax_compensation_amount)
VALUES (8, 8, 19.0000, 0.0000, 100.0000, 100.0000, 100.0000, 1.0000, 119.0000, 118, 18, 'MUG', 'Mug', 0.0000);
UPDATE sales_order SET state = 'closed', status = 'closed', total_refunded = 130.9000, base_total_refunded = 119.0000,
  subtotal_refunded = 100.0000, tax_refunded = 20.9000, shipping_refunded = 10.0000, shipping_tax_refunded = 1.9000,
  adjustment_positive = 0.0000, adjustment_negative = 0.0000, total_online_refunded = 130.9000,
  updated_at = '2026-11-15 12:00:00' WHERE entity_id = 11;
UPDATE sales_order_item SET qty_refunded = 1.0000, amount_refunded = 100.0000, base_amount_refunded = 100.0000,
  tax_refunded = 19.0000, base_tax_refunded = 19.0000, discount_tax_compensation_refunded = 0.0000, discount_refunded = 0.0000,
  updated_at = '2026-11-15 12:00:00' WHERE item_id = 18;
COMMIT;
-- = credit_note 000000011-CN1 return 130.90 20.90

-- # Order 12 is bought and shipped
BEGIN;
INSERT INTO sales_order (entity_id, state, status, protect_code, shipping_description, is_virtual, store_id, customer_id,
  base_discount_amount, base_grand_total, base_shipping_amount, base_shipping_tax_amount, base_subtotal, base_tax_amount,
  base_to_global_rate, base_to_order_rate, discount_amount, grand_total, shipping_amount, shipping_tax_amount, store_to_base_rate,
  store_to_order_rate, subtotal, tax_amount, total_qty_ordered, customer_is_guest, customer_note_notify, customer_group_id,
  quote_id, shipping_discount_amount, subtotal_incl_tax, total_due, increment_id, base_currency_code, customer_email,
  customer_firstname, customer_lastname, order_currency_code, store_currency_code, global_currency_code, shipping_method,
  created_at, updated_at, total_item_count, discount_tax_compensation_amount, base_discount_tax_compensation_amount,
  shipping_discount_tax_compensation_amount, shipping_incl_tax, base_shipping_incl_tax, base_total_invoiced, base_total_paid,
  discount_invoiced, shipping_invoiced, subtotal_invoiced, tax_invoiced, total_invoiced, total_paid,
  discount_tax_compensation_invoiced)
VALUES (12, 'processing', 'processing', 'c0ffee12', 'Free Shipping - Free', 0, 1, 3, 0.0000, 59.5000, 0.0000, 0.0000, 50.0000,
  9.5000, 1.0000, 1.0000, 0.0000, 59.5000, 0.0000, 0.0000, 0.0000, 0.0000, 50.0000, 9.5000, 1.0000, 0, 1, 1, 12, 0.0000, 59.5000,
  0.0000, '000000012', 'EUR', 'clara@example.com', 'Clara', 'Zetkin', 'EUR', 'EUR', 'EUR', 'freeshipping_freeshipping',
  '2026-11-16 09:00:00', '2026-11-16 09:00:00', 1, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 59.5000, 59.5000, 0.0000, 0.0000,
  50.0000, 9.5000, 59.5000, 59.5000, 0.0000);
INSERT INTO sales_order_item (item_id, order_id, parent_item_id, quote_item_id, store_id, created_at, updated_at, product_id,
  product_type, product_options, is_virtual, sku, name, qty_invoiced, qty_ordered, price, base_price, original_price, tax_percent,
  tax_amount, base_tax_amount, discount_percent, discount_amount, base_discount_amount, row_total, base_row_total, price_incl_tax,
  row_total_incl_tax, discount_tax_compensation_amount, base_discount_tax_compensation_amount, tax_invoiced, discount_invoiced,
  row_invoiced, base_row_invoiced, discount_tax_compensation_invoiced)
VALUES (19, 12, NULL, 19, 1, '2026-11-16 09:00:00', '2026-11-16 09:00:00', 119, 'simple', '{"info_buyRequest":{"qty":"1"}}', 0,
  'VASE', 'Vase', 1.0000, 1.0000, 50.0000, 50.0000, 50.0000, 19.0000, 9.5000, 9.5000, 0.0000, 0.0000, 0.0000, 50.0000, 50.0000,
  59.5000, 59.5000, 0.0000, 0.0000, 9.5000, 0.0000, 50.0000, 50.0000, 0.0000);
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (23, 12, 3, '10115', 'Zetkin', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'clara@example.com', '+49 30 1234', 'DE', 'Clara',
  'billing');
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (24, 12, 3, '10115', 'Zetkin', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'clara@example.com', '+49 30 1234', 'DE', 'Clara',
  'shipping');
UPDATE sales_order SET billing_address_id = 23, shipping_address_id = 24 WHERE entity_id = 12;
COMMIT;
BEGIN;
UPDATE sales_order SET state = 'complete', status = 'complete', updated_at = '2026-11-16 10:00:00' WHERE entity_id = 12;
UPDATE sales_order_item SET qty_shipped = 1.0000, updated_at = '2026-11-16 10:00:00' WHERE item_id = 19;
COMMIT;
-- = sales_order 000000012 59.50 9.50

-- # It comes back, and the shop keeps 5.00 of it (adjustment fee)
BEGIN;
INSERT INTO sales_creditmemo (entity_id, store_id, adjustment_positive, grand_total, shipping_amount, subtotal_incl_tax,
  adjustment_negative, base_adjustment, base_subtotal, discount_amount, subtotal, adjustment, base_grand_total, base_tax_amount,
  shipping_tax_amount, tax_amount, order_id, state, store_currency_code, order_currency_code, base_currency_code,
  global_currency_code, increment_id, created_at, updated_at, discount_tax_compensation_amount, shipping_incl_tax)
VALUES (9, 1, 0.0000, 54.5000, 0.0000, 59.5000, 5.0000, -5.0000, 50.0000, 0.0000, 50.0000, -5.0000, 54.5000, 9.5000, 0.0000,
  9.5000, 12, 2, 'EUR', 'EUR', 'EUR', 'EUR', '000000009', '2026-11-17 12:00:00', '2026-11-17 12:00:00', 0.0000, 0.0000);
INSERT INTO sales_creditmemo_item (entity_id, parent_id, tax_amount, discount_amount, row_total, base_row_total, price, qty,
  row_total_incl_tax, product_id, order_item_id, sku, name, discount_tax_compensation_amount)
VALUES (9, 9, 9.5000, 0.0000, 50.0000, 50.0000, 50.0000, 1.0000, 59.5000, 119, 19, 'VASE', 'Vase', 0.0000);
UPDATE sales_order SET state = 'closed', status = 'closed', total_refunded = 54.5000, base_total_refunded = 54.5000,
  subtotal_refunded = 50.0000, tax_refunded = 9.5000, shipping_refunded = 0.0000, adjustment_positive = 0.0000,
  adjustment_negative = 5.0000, total_offline_refunded = 54.5000, updated_at = '2026-11-17 12:00:00' WHERE entity_id = 12;
UPDATE sales_order_item SET qty_refunded = 1.0000, amount_refunded = 50.0000, base_amount_refunded = 50.0000,
  tax_refunded = 9.5000, base_tax_refunded = 9.5000, discount_tax_compensation_refunded = 0.0000, discount_refunded = 0.0000,
  updated_at = '2026-11-17 12:00:00' WHERE item_id = 19;
COMMIT;
-- = debit_note 000000012-DN1 5.00 0.00
-- = credit_note 000000012-CN1 return 59.50 9.50

-- # Order 13 is bought
BEGIN;
INSERT INTO sales_order (entity_id, state, status, protect_code, shipping_description, is_virtual, store_id, customer_id,
  base_discount_amount, base_grand_total, base_shipping_amount, base_shipping_tax_amount, base_subtotal, base_tax_amount,
  base_to_global_rate, base_to_order_rate, discount_amount, grand_total, shipping_amount, shipping_tax_amount, store_to_base_rate,
  store_to_order_rate, subtotal, tax_amount, total_qty_ordered, customer_is_guest, customer_note_notify, customer_group_id,
  quote_id, shipping_discount_amount, subtotal_incl_tax, total_due, increment_id, base_currency_code, customer_email,
  customer_firstname, customer_lastname, order_currency_code, store_currency_code, global_currency_code, shipping_method,
  created_at, updated_at, total_item_count, discount_tax_compensation_amount, base_discount_tax_compensation_amount,
  shipping_discount_tax_compensation_amount, shipping_incl_tax, base_shipping_incl_tax, base_total_invoiced, base_total_paid,
  discount_invoiced, shipping_invoiced, subtotal_invoiced, tax_invoiced, total_invoiced, total_paid,
  discount_tax_compensation_invoiced)
VALUES (13, 'processing', 'processing', 'c0ffee13', 'Free Shipping - Free', 0, 1, 3, 0.0000, 23.8000, 0.0000, 0.0000, 20.0000,
  3.8000, 1.0000, 1.0000, 0.0000, 23.8000, 0.0000, 0.0000, 0.0000, 0.0000, 20.0000, 3.8000, 2.0000, 0, 1, 1, 13, 0.0000, 23.8000,
  0.0000, '000000013', 'EUR', 'clara@example.com', 'Clara', 'Zetkin', 'EUR', 'EUR', 'EUR', 'freeshipping_freeshipping',
  '2026-11-18 09:00:00', '2026-11-18 09:00:00', 1, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 23.8000, 23.8000, 0.0000, 0.0000,
  20.0000, 3.8000, 23.8000, 23.8000, 0.0000);
INSERT INTO sales_order_item (item_id, order_id, parent_item_id, quote_item_id, store_id, created_at, updated_at, product_id,
  product_type, product_options, is_virtual, sku, name, qty_invoiced, qty_ordered, price, base_price, original_price, tax_percent,
  tax_amount, base_tax_amount, discount_percent, discount_amount, base_discount_amount, row_total, base_row_total, price_incl_tax,
  row_total_incl_tax, discount_tax_compensation_amount, base_discount_tax_compensation_amount, tax_invoiced, discount_invoiced,
  row_invoiced, base_row_invoiced, discount_tax_compensation_invoiced)
VALUES (20, 13, NULL, 20, 1, '2026-11-18 09:00:00', '2026-11-18 09:00:00', 120, 'simple', '{"info_buyRequest":{"qty":"2"}}', 0,
  'CUP', 'Cup', 2.0000, 2.0000, 10.0000, 10.0000, 10.0000, 19.0000, 3.8000, 3.8000, 0.0000, 0.0000, 0.0000, 20.0000, 20.0000,
  11.9000, 23.8000, 0.0000, 0.0000, 3.8000, 0.0000, 20.0000, 20.0000, 0.0000);
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (25, 13, 3, '10115', 'Zetkin', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'clara@example.com', '+49 30 1234', 'DE', 'Clara',
  'billing');
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (26, 13, 3, '10115', 'Zetkin', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'clara@example.com', '+49 30 1234', 'DE', 'Clara',
  'shipping');
UPDATE sales_order SET billing_address_id = 25, shipping_address_id = 26 WHERE entity_id = 13;
COMMIT;
-- = sales_order 000000013 23.80 3.80

-- # Its customer is deleted: the foreign key empties customer_id, with a row event in MySQL 9.6 and later, without one elsewhere
DELETE FROM customer_entity WHERE entity_id = 3;

-- # One cup comes back all the same
BEGIN;
INSERT INTO sales_creditmemo (entity_id, store_id, adjustment_positive, grand_total, shipping_amount, subtotal_incl_tax,
  adjustment_negative, base_adjustment, base_subtotal, discount_amount, subtotal, adjustment, base_grand_total, base_tax_amount,
  shipping_tax_amount, tax_amount, order_id, state, store_currency_code, order_currency_code, base_currency_code,
  global_currency_code, increment_id, created_at, updated_at, discount_tax_compensation_amount, shipping_incl_tax)
VALUES (10, 1, 0.0000, 11.9000, 0.0000, 11.9000, 0.0000, 0.0000, 10.0000, 0.0000, 10.0000, 0.0000, 11.9000, 1.9000, 0.0000,
  1.9000, 13, 2, 'EUR', 'EUR', 'EUR', 'EUR', '000000010', '2026-11-18 12:00:00', '2026-11-18 12:00:00', 0.0000, 0.0000);
INSERT INTO sales_creditmemo_item (entity_id, parent_id, tax_amount, discount_amount, row_total, base_row_total, price, qty,
  row_total_incl_tax, product_id, order_item_id, sku, name, discount_tax_compensation_amount)
VALUES (10, 10, 1.9000, 0.0000, 10.0000, 10.0000, 10.0000, 1.0000, 11.9000, 120, 20, 'CUP', 'Cup', 0.0000);
UPDATE sales_order SET total_refunded = 11.9000, base_total_refunded = 11.9000, subtotal_refunded = 10.0000,
  tax_refunded = 1.9000, shipping_refunded = 0.0000, adjustment_positive = 0.0000, adjustment_negative = 0.0000,
  total_offline_refunded = 11.9000, updated_at = '2026-11-18 12:00:00' WHERE entity_id = 13;
UPDATE sales_order_item SET qty_refunded = 1.0000, amount_refunded = 10.0000, base_amount_refunded = 10.0000,
  tax_refunded = 1.9000, base_tax_refunded = 1.9000, discount_tax_compensation_refunded = 0.0000, discount_refunded = 0.0000,
  updated_at = '2026-11-18 12:00:00' WHERE item_id = 20;
COMMIT;
-- = credit_note 000000013-CN1 return 11.90 1.90

-- # A guest buys something to download
BEGIN;
INSERT INTO sales_order (entity_id, state, status, protect_code, shipping_description, is_virtual, store_id, customer_id,
  base_discount_amount, base_grand_total, base_shipping_amount, base_shipping_tax_amount, base_subtotal, base_tax_amount,
  base_to_global_rate, base_to_order_rate, discount_amount, grand_total, shipping_amount, shipping_tax_amount, store_to_base_rate,
  store_to_order_rate, subtotal, tax_amount, total_qty_ordered, customer_is_guest, customer_note_notify, customer_group_id,
  quote_id, shipping_discount_amount, subtotal_incl_tax, total_due, increment_id, base_currency_code, customer_email,
  customer_firstname, customer_lastname, order_currency_code, store_currency_code, global_currency_code, shipping_method,
  created_at, updated_at, total_item_count, discount_tax_compensation_amount, base_discount_tax_compensation_amount,
  shipping_discount_tax_compensation_amount, shipping_incl_tax, base_shipping_incl_tax, base_total_invoiced, base_total_paid,
  discount_invoiced, shipping_invoiced, subtotal_invoiced, tax_invoiced, total_invoiced, total_paid,
  discount_tax_compensation_invoiced)
VALUES (14, 'complete', 'complete', 'c0ffee14', NULL, 1, 1, NULL, 0.0000, 11.9000, 0.0000, 0.0000, 10.0000, 1.9000, 1.0000,
  1.0000, 0.0000, 11.9000, 0.0000, 0.0000, 0.0000, 0.0000, 10.0000, 1.9000, 1.0000, 1, 1, 0, 14, 0.0000, 11.9000, 0.0000,
  '000000014', 'EUR', 'reader@example.com', NULL, NULL, 'EUR', 'EUR', 'EUR', '', '2026-11-19 09:00:00', '2026-11-19 09:00:00', 1,
  0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 11.9000, 11.9000, 0.0000, 0.0000, 10.0000, 1.9000, 11.9000, 11.9000, 0.0000);
INSERT INTO sales_order_item (item_id, order_id, parent_item_id, quote_item_id, store_id, created_at, updated_at, product_id,
  product_type, product_options, is_virtual, sku, name, qty_invoiced, qty_ordered, price, base_price, original_price, tax_percent,
  tax_amount, base_tax_amount, discount_percent, discount_amount, base_discount_amount, row_total, base_row_total, price_incl_tax,
  row_total_incl_tax, discount_tax_compensation_amount, base_discount_tax_compensation_amount, tax_invoiced, discount_invoiced,
  row_invoiced, base_row_invoiced, discount_tax_compensation_invoiced)
VALUES (21, 14, NULL, 21, 1, '2026-11-19 09:00:00', '2026-11-19 09:00:00', 121, 'downloadable', '{"info_buyRequest":{"qty":"1"}}',
  0, 'EBOOK', 'E-book', 1.0000, 1.0000, 10.0000, 10.0000, 10.0000, 19.0000, 1.9000, 1.9000, 0.0000, 0.0000, 0.0000, 10.0000,
  10.0000, 11.9000, 11.9000, 0.0000, 0.0000, 1.9000, 0.0000, 10.0000, 10.0000, 0.0000);
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (27, 14, NULL, '10115', 'Reader', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'reader@example.com', '+49 30 1234', 'DE',
  'Rita', 'billing');
UPDATE sales_order SET billing_address_id = 27 WHERE entity_id = 14;
COMMIT;
-- = customer G14
-- = sales_order 000000014 11.90 1.90

-- # Somebody deletes the order; its rows go with it by foreign keys
DELETE FROM sales_order WHERE entity_id = 14;
-- = held 14

-- # A coupon of 10 % on goods and freight, goods of two tax rates
BEGIN;
INSERT INTO sales_order (entity_id, state, status, protect_code, shipping_description, is_virtual, store_id, customer_id,
  base_discount_amount, base_grand_total, base_shipping_amount, base_shipping_tax_amount, base_subtotal, base_tax_amount,
  base_to_global_rate, base_to_order_rate, discount_amount, grand_total, shipping_amount, shipping_tax_amount, store_to_base_rate,
  store_to_order_rate, subtotal, tax_amount, total_qty_ordered, customer_is_guest, customer_note_notify, customer_group_id,
  quote_id, shipping_discount_amount, subtotal_incl_tax, total_due, increment_id, base_currency_code, customer_email,
  customer_firstname, customer_lastname, order_currency_code, store_currency_code, global_currency_code, shipping_method,
  created_at, updated_at, total_item_count, discount_tax_compensation_amount, base_discount_tax_compensation_amount,
  shipping_discount_tax_compensation_amount, shipping_incl_tax, base_shipping_incl_tax, base_total_invoiced, base_total_paid,
  discount_invoiced, shipping_invoiced, subtotal_invoiced, tax_invoiced, total_invoiced, total_paid,
  discount_tax_compensation_invoiced)
VALUES (15, 'processing', 'processing', 'c0ffee15', 'Flat Rate - Fixed', 0, 1, 2, -13.0000, 137.0700, 10.0000, 1.7100, 120.0000,
  20.0700, 1.0000, 1.0000, -13.0000, 137.0700, 10.0000, 1.7100, 0.0000, 0.0000, 120.0000, 20.0700, 2.0000, 0, 1, 1, 15, 1.0000,
  140.4000, 0.0000, '000000015', 'EUR', 'bram@example.com', 'Bram', 'Stoker', 'EUR', 'EUR', 'EUR', 'flatrate_flatrate',
  '2026-11-20 09:00:00', '2026-11-20 09:00:00', 2, 0.0000, 0.0000, 0.0000, 11.7100, 11.7100, 137.0700, 137.0700, -13.0000,
  10.0000, 120.0000, 20.0700, 137.0700, 137.0700, 0.0000);
INSERT INTO sales_order_item (item_id, order_id, parent_item_id, quote_item_id, store_id, created_at, updated_at, product_id,
  product_type, product_options, is_virtual, sku, name, qty_invoiced, qty_ordered, price, base_price, original_price, tax_percent,
  tax_amount, base_tax_amount, discount_percent, discount_amount, base_discount_amount, row_total, base_row_total, price_incl_tax,
  row_total_incl_tax, discount_tax_compensation_amount, base_discount_tax_compensation_amount, tax_invoiced, discount_invoiced,
  row_invoiced, base_row_invoiced, discount_tax_compensation_invoiced)
VALUES (22, 15, NULL, 22, 1, '2026-11-20 09:00:00', '2026-11-20 09:00:00', 122, 'simple', '{"info_buyRequest":{"qty":"1"}}', 0,
  'BAG', 'Bag', 1.0000, 1.0000, 100.0000, 100.0000, 100.0000, 19.0000, 17.1000, 17.1000, 10.0000, 10.0000, 10.0000, 100.0000,
  100.0000, 119.0000, 119.0000, 0.0000, 0.0000, 17.1000, 10.0000, 100.0000, 100.0000, 0.0000);
INSERT INTO sales_order_item (item_id, order_id, parent_item_id, quote_item_id, store_id, created_at, updated_at, product_id,
  product_type, product_options, is_virtual, sku, name, qty_invoiced, qty_ordered, price, base_price, original_price, tax_percent,
  tax_amount, base_tax_amount, discount_percent, discount_amount, base_discount_amount, row_total, base_row_total, price_incl_tax,
  row_total_incl_tax, discount_tax_compensation_amount, base_discount_tax_compensation_amount, tax_invoiced, discount_invoiced,
  row_invoiced, base_row_invoiced, discount_tax_compensation_invoiced)
VALUES (23, 15, NULL, 23, 1, '2026-11-20 09:00:00', '2026-11-20 09:00:00', 123, 'simple', '{"info_buyRequest":{"qty":"1"}}', 0,
  'BOOK', 'Book', 1.0000, 1.0000, 20.0000, 20.0000, 20.0000, 7.0000, 1.2600, 1.2600, 10.0000, 2.0000, 2.0000, 20.0000, 20.0000,
  21.4000, 21.4000, 0.0000, 0.0000, 1.2600, 2.0000, 20.0000, 20.0000, 0.0000);
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (28, 15, 2, '10115', 'Stoker', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'bram@example.com', '+49 30 1234', 'DE', 'Bram',
  'billing');
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (29, 15, 2, '10115', 'Stoker', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'bram@example.com', '+49 30 1234', 'DE', 'Bram',
  'shipping');
UPDATE sales_order SET billing_address_id = 28, shipping_address_id = 29 WHERE entity_id = 15;
COMMIT;
-- = sales_order 000000015 137.07 20.07

-- # The bag comes back, and half of the freight is given back with it
BEGIN;
INSERT INTO sales_creditmemo (entity_id, store_id, adjustment_positive, grand_total, shipping_amount, subtotal_incl_tax,
  adjustment_negative, base_adjustment, base_subtotal, discount_amount, subtotal, adjustment, base_grand_total, base_tax_amount,
  shipping_tax_amount, tax_amount, order_id, state, store_currency_code, order_currency_code, base_currency_code,
  global_currency_code, increment_id, created_at, updated_at, discount_tax_compensation_amount, shipping_incl_tax)
VALUES (11, 1, 0.0000, 112.4600, 5.0000, 117.1000, 0.0000, 0.0000, 100.0000, -10.5000, 100.0000, 0.0000, 112.4600, 17.9600,
  0.8600, 17.9600, 15, 2, 'EUR', 'EUR', 'EUR', 'EUR', '000000011', '2026-11-21 12:00:00', '2026-11-21 12:00:00', 0.0000, 5.8600);
INSERT INTO sales_creditmemo_item (entity_id, parent_id, tax_amount, discount_amount, row_total, base_row_total, price, qty,
  row_total_incl_tax, product_id, order_item_id, sku, name, discount_tax_compensation_amount)
VALUES (11, 11, 17.1000, 10.0000, 100.0000, 100.0000, 100.0000, 1.0000, 117.1000, 122, 22, 'BAG', 'Bag', 0.0000);
UPDATE sales_order SET total_refunded = 112.4600, base_total_refunded = 112.4600, subtotal_refunded = 100.0000,
  tax_refunded = 17.9600, discount_refunded = -10.5000, shipping_refunded = 5.0000, shipping_tax_refunded = 0.8600,
  adjustment_positive = 0.0000, adjustment_negative = 0.0000, total_online_refunded = 112.4600,
  updated_at = '2026-11-21 12:00:00' WHERE entity_id = 15;
UPDATE sales_order_item SET qty_refunded = 1.0000, amount_refunded = 100.0000, base_amount_refunded = 100.0000,
  tax_refunded = 17.1000, base_tax_refunded = 17.1000, discount_tax_compensation_refunded = 0.0000, discount_refunded = 0.0000,
  updated_at = '2026-11-21 12:00:00' WHERE item_id = 22;
COMMIT;
-- = credit_note 000000015-CN1 return 107.10 17.10
-- = credit_note 000000015-CN2 discount 5.36 0.86

-- # Order 16 is bought
BEGIN;
INSERT INTO sales_order (entity_id, state, status, protect_code, shipping_description, is_virtual, store_id, customer_id,
  base_discount_amount, base_grand_total, base_shipping_amount, base_shipping_tax_amount, base_subtotal, base_tax_amount,
  base_to_global_rate, base_to_order_rate, discount_amount, grand_total, shipping_amount, shipping_tax_amount, store_to_base_rate,
  store_to_order_rate, subtotal, tax_amount, total_qty_ordered, customer_is_guest, customer_note_notify, customer_group_id,
  quote_id, shipping_discount_amount, subtotal_incl_tax, total_due, increment_id, base_currency_code, customer_email,
  customer_firstname, customer_lastname, order_currency_code, store_currency_code, global_currency_code, shipping_method,
  created_at, updated_at, total_item_count, discount_tax_compensation_amount, base_discount_tax_compensation_amount,
  shipping_discount_tax_compensation_amount, shipping_incl_tax, base_shipping_incl_tax, base_total_invoiced, base_total_paid,
  discount_invoiced, shipping_invoiced, subtotal_invoiced, tax_invoiced, total_invoiced, total_paid,
  discount_tax_compensation_invoiced)
VALUES (16, 'processing', 'processing', 'c0ffee16', 'Free Shipping - Free', 0, 1, 2, 0.0000, 59.5000, 0.0000, 0.0000, 50.0000,
  9.5000, 1.0000, 1.0000, 0.0000, 59.5000, 0.0000, 0.0000, 0.0000, 0.0000, 50.0000, 9.5000, 1.0000, 0, 1, 1, 16, 0.0000, 59.5000,
  0.0000, '000000016', 'EUR', 'bram@example.com', 'Bram', 'Stoker', 'EUR', 'EUR', 'EUR', 'freeshipping_freeshipping',
  '2026-11-22 09:00:00', '2026-11-22 09:00:00', 1, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 59.5000, 59.5000, 0.0000, 0.0000,
  50.0000, 9.5000, 59.5000, 59.5000, 0.0000);
INSERT INTO sales_order_item (item_id, order_id, parent_item_id, quote_item_id, store_id, created_at, updated_at, product_id,
  product_type, product_options, is_virtual, sku, name, qty_invoiced, qty_ordered, price, base_price, original_price, tax_percent,
  tax_amount, base_tax_amount, discount_percent, discount_amount, base_discount_amount, row_total, base_row_total, price_incl_tax,
  row_total_incl_tax, discount_tax_compensation_amount, base_discount_tax_compensation_amount, tax_invoiced, discount_invoiced,
  row_invoiced, base_row_invoiced, discount_tax_compensation_invoiced)
VALUES (24, 16, NULL, 24, 1, '2026-11-22 09:00:00', '2026-11-22 09:00:00', 124, 'simple', '{"info_buyRequest":{"qty":"1"}}', 0,
  'VASE', 'Vase', 1.0000, 1.0000, 50.0000, 50.0000, 50.0000, 19.0000, 9.5000, 9.5000, 0.0000, 0.0000, 0.0000, 50.0000, 50.0000,
  59.5000, 59.5000, 0.0000, 0.0000, 9.5000, 0.0000, 50.0000, 50.0000, 0.0000);
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (30, 16, 2, '10115', 'Stoker', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'bram@example.com', '+49 30 1234', 'DE', 'Bram',
  'billing');
INSERT INTO sales_order_address (entity_id, parent_id, customer_id, postcode, lastname, street, city, email, telephone,
  country_id, firstname, address_type)
VALUES (31, 16, 2, '10115', 'Stoker', 'Invalidenstrasse 43\nHof 2', 'Berlin', 'bram@example.com', '+49 30 1234', 'DE', 'Bram',
  'shipping');
UPDATE sales_order SET billing_address_id = 30, shipping_address_id = 31 WHERE entity_id = 16;
COMMIT;
-- = sales_order 000000016 59.50 9.50

-- # Goodwill of 4.00
BEGIN;
INSERT INTO sales_creditmemo (entity_id, store_id, adjustment_positive, grand_total, shipping_amount, subtotal_incl_tax,
  adjustment_negative, base_adjustment, base_subtotal, discount_amount, subtotal, adjustment, base_grand_total, base_tax_amount,
  shipping_tax_amount, tax_amount, order_id, state, store_currency_code, order_currency_code, base_currency_code,
  global_currency_code, increment_id, created_at, updated_at, discount_tax_compensation_amount, shipping_incl_tax)
VALUES (12, 1, 4.0000, 4.0000, 0.0000, 0.0000, 0.0000, 4.0000, 0.0000, 0.0000, 0.0000, 4.0000, 4.0000, 0.0000, 0.0000, 0.0000, 16,
  2, 'EUR', 'EUR', 'EUR', 'EUR', '000000012', '2026-11-22 10:00:00', '2026-11-22 10:00:00', 0.0000, 0.0000);
UPDATE sales_order SET total_refunded = 4.0000, base_total_refunded = 4.0000, subtotal_refunded = 0.0000, tax_refunded = 0.0000,
  shipping_refunded = 0.0000, adjustment_positive = 4.0000, adjustment_negative = 0.0000, total_offline_refunded = 4.0000,
  updated_at = '2026-11-22 10:00:00' WHERE entity_id = 16;
COMMIT;
-- = credit_note 000000016-CN1 discount 4.00 0.64

-- # It comes back all the same, less the 4.00 already given and a fee of 6.00
BEGIN;
INSERT INTO sales_creditmemo (entity_id, store_id, adjustment_positive, grand_total, shipping_amount, subtotal_incl_tax,
  adjustment_negative, base_adjustment, base_subtotal, discount_amount, subtotal, adjustment, base_grand_total, base_tax_amount,
  shipping_tax_amount, tax_amount, order_id, state, store_currency_code, order_currency_code, base_currency_code,
  global_currency_code, increment_id, created_at, updated_at, discount_tax_compensation_amount, shipping_incl_tax)
VALUES (13, 1, 0.0000, 49.5000, 0.0000, 59.5000, 10.0000, -10.0000, 50.0000, 0.0000, 50.0000, -10.0000, 49.5000, 9.5000, 0.0000,
  9.5000, 16, 2, 'EUR', 'EUR', 'EUR', 'EUR', '000000013', '2026-11-23 12:00:00', '2026-11-23 12:00:00', 0.0000, 0.0000);
INSERT INTO sales_creditmemo_item (entity_id, parent_id, tax_amount, discount_amount, row_total, base_row_total, price, qty,
  row_total_incl_tax, product_id, order_item_id, sku, name, discount_tax_compensation_amount)
VALUES (12, 13, 9.5000, 0.0000, 50.0000, 50.0000, 50.0000, 1.0000, 59.5000, 124, 24, 'VASE', 'Vase', 0.0000);
UPDATE sales_order SET state = 'closed', status = 'closed', total_refunded = 53.5000, base_total_refunded = 53.5000,
  subtotal_refunded = 50.0000, tax_refunded = 9.5000, adjustment_negative = 10.0000, total_offline_refunded = 53.5000,
  updated_at = '2026-11-23 12:00:00' WHERE entity_id = 16;
UPDATE sales_order_item SET qty_refunded = 1.0000, amount_refunded = 50.0000, base_amount_refunded = 50.0000,
  tax_refunded = 9.5000, base_tax_refunded = 9.5000, discount_tax_compensation_refunded = 0.0000, discount_refunded = 0.0000,
  updated_at = '2026-11-23 12:00:00' WHERE item_id = 24;
COMMIT;
-- = debit_note 000000016-DN1 6.00 0.00
-- = credit_note 000000016-CN2 return 55.50 8.86
