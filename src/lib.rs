//! ledgertap follows a web shop's binlog and keeps an ERP's books in step with it.
//!
//! This page is the map of the house. Data goes one way, left to right, and rests in the state database between two
//! independent loops:
//!
//! ```text
//! store ─▶ binlog ─▶ capture ──▶ [ state ] ──▶ relay ─▶ erp ─▶ ERP
//!                     │   ▲                      │
//!                  mapping│                   decide (pure)
//!                     ▼   │
//!                  document, ledger (pure)
//! ```
//!
//! | room | what is in it |
//! |---|---|
//! | [`change`] | transactions, row changes, values: the vocabulary of the left side |
//! | [`binlog`] | the store: connection, binlog stream and files, positions, preflight |
//! | [`mapping`] | the store's SELECTs, evaluated from the mirror |
//! | [`document`] | customers, orders, credit and debit notes, money |
//! | [`ledger`] | what the ERP has been told, and `plan(told, now)` |
//! | [`capture`] | the left loop: transactions in, one commit out |
//! | [`state`] | the state database |
//! | [`outbox`] | an entry's life |
//! | [`relay`] | the right loop: claim, deliver, settle |
//! | [`erp`] | one adapter an ERP |
//! | [`console`] | health and metrics over HTTP |
//! | [`sandbox`] | an ERP to try it against |
//! | [`shop`] | a shop to try it against |
//! | [`demo`] | shop, bridge and sandbox together, and their books side by side |
//! | [`config`], [`bridge`], [`cli`], [`telemetry`] | how it is put together and run |

pub mod binlog;
pub mod bridge;
pub mod capture;
pub mod change;
pub mod cli;
pub mod config;
pub mod console;
pub mod demo;
pub mod document;
pub mod erp;
pub mod ledger;
pub mod mapping;
pub mod outbox;
pub mod relay;
pub mod sandbox;
pub mod shop;
#[cfg(test)]
mod simulation;
pub mod state;
pub mod telemetry;
