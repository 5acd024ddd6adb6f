//! A shop to try ledgertap against: ECShop's tables, and the statements that ECShop itself sends when people buy, pay and
//! change their minds.
//!
//! It behaves as the real one does where that is awkward for a reader of its binlog: no transactions (each statement
//! commits by itself), an order's header before its lines, amounts that are wrong between two statements, tenders zeroed
//! by a cancellation, merged orders that vanish. People's visits interleave on two connections, statement by statement.
//!
//! Everything follows from the seed: which orders there are, what becomes of them, in which order statements are sent, and
//! every value in them. The [`Model`] at the end is the simulator's own arithmetic; it never reads an amount back, so that
//! [`store_totals`] (plain SQL) and a bridge's books can be held against it.
//!
//! Inside: `story` chooses what will become of each order, `basket` what is in it; `counter` and `backoffice` turn one step
//! into statements and change the order in memory as they do; `director` picks whose turn it is; `visits` sends.

mod backoffice;
mod basket;
mod catalogue;
mod connection;
mod counter;
mod director;
mod model;
mod order;
mod schema;
mod settings;
mod statement;
mod story;
mod visits;

pub use model::{Model, ModelOrder, Op, ShopEvent, store_totals};
pub use schema::{create_schema, open_schema};
pub use settings::{Engine, Pace, ShopConfig, ShopError, Tills};
pub use visits::Shop;
