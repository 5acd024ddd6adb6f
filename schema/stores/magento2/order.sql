-- Orders. To try this in the mysql client, first: SET time_zone = '+00:00', @posted_from = 2;
--
-- state: new (placed), pending_payment and payment_review (the gateway has not answered), processing (invoiced or shipped in
-- part), complete (both), closed (refunded), canceled, holded (what it was before is in hold_before_state). `status` is the
-- merchant's own word for it and not used.
--
-- An order is never edited: the admin's "Edit" cancels it and places another, with -1 after the number. Refunds are rows of
-- their own (refund.sql) and leave its amounts as they are; once they have taken everything it is closed: returned.
--
-- Cancelling an order that is invoiced in part cancels the rest: total_canceled is set, and what is left is what was invoiced.
--
-- What the shop kept of refunds for its trouble (adjustment_negative, as far as it did not pay more than it had to,
-- adjustment_positive) is a fee, a line of order_line.sql. The refunds' amounts are less it already, so it is taken off the
-- goods here as a discount.
SELECT
  o.entity_id AS id,
  o.increment_id AS number,
  CASE WHEN o.customer_id IS NULL THEN CONCAT('G', o.entity_id) ELSE CONCAT('U', o.customer_id) END AS customer_id,
  o.created_at AS placed_at,
  o.order_currency_code AS currency,
  CASE
    WHEN o.state = 'canceled' THEN 'cancelled'
    WHEN o.state = 'closed'
      AND o.total_refunded >= o.total_invoiced
      AND COALESCE(o.subtotal_refunded, 0) >= o.subtotal_invoiced
      THEN 'returned'
    WHEN
      CASE COALESCE(CASE WHEN o.state = 'holded' THEN o.hold_before_state ELSE o.state END, '')
        WHEN 'new' THEN 1
        WHEN 'processing' THEN 2
        WHEN 'complete' THEN 3
        WHEN 'closed' THEN 3
        ELSE 0
      END >= @posted_from
      THEN 'posted'
    ELSE 'open'
  END AS state,
  CONCAT_WS(', ',
    NULLIF(CONCAT_WS(' ', NULLIF(TRIM(a.firstname), ''), NULLIF(TRIM(a.middlename), ''), NULLIF(TRIM(a.lastname), '')), ''),
    NULLIF(TRIM(a.company), ''),
    NULLIF(TRIM(REPLACE(REPLACE(a.street, '\r', ''), '\n', ' ')), ''),
    NULLIF(CONCAT_WS(' ', NULLIF(TRIM(a.postcode), ''), NULLIF(TRIM(a.city), '')), ''),
    NULLIF(TRIM(a.region), ''),
    NULLIF(TRIM(a.country_id), '')
  ) AS ship_to,
  GREATEST(COALESCE(o.adjustment_negative, 0) - COALESCE(o.adjustment_positive, 0), 0) AS discount,
  CASE WHEN o.total_canceled > 0 THEN COALESCE(o.total_invoiced, 0) ELSE o.grand_total END AS total
FROM sales_order o
LEFT JOIN sales_order_address a ON a.entity_id = o.shipping_address_id AND a.parent_id = o.entity_id;
