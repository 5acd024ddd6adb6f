-- The relay asks at every claim whose lease has run out, and when it idles what is due next: neither may read the whole outbox.
CREATE INDEX outbox_sending ON outbox (stream, lease_until_us) WHERE state = 'sending';
CREATE INDEX outbox_waiting ON outbox (stream, not_before_us) WHERE state IN ('pending', 'unknown');
