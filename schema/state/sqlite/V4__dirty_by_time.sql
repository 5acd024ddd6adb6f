-- Documents that changed are taken in the order in which they have been quiet: after a very large transaction there are more of
-- them than fit into memory.
CREATE INDEX dirty_by_time ON dirty (stream, since_us, kind, id);
