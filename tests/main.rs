//! Behaviour, shown against real servers: one binary, one file a behaviour.

mod bad_erp;
mod bad_input;
mod bad_store;
mod binlog_attach;
mod binlog_command;
mod binlog_stream;
mod binlog_tampered;
mod capture_batches;
mod check;
mod compose;
mod crash;
mod ddl_oracle;
mod ddl_restart;
mod demo;
mod first_start;
mod fuzz_seeds;
mod house;
mod kingdee;
mod large_transaction;
mod mapping_oracle;
mod mending;
mod probe_row;
mod shop_command;
mod shop_history;
mod snapshot;
mod world;
