//! What the shop believes of itself, and what plain SQL says of its tables: the two ends that a bridge's books are held
//! against.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use mysql_async::prelude::Queryable;
use rust_decimal::Decimal;

use super::connection::connect;
use super::settings::ShopError;

/// One thing that happens in the shop; each is a handful of statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Op {
    /// A user opens an account.
    Register,
    /// A customer orders.
    Place,
    /// The staff enters an order, from zero amounts upwards.
    PlaceByStaff,
    /// The gateway reports the payment, or the staff notes it.
    Pay,
    /// The staff notes the payment of a difference.
    PayAgain,
    /// The goods leave.
    Ship,
    /// A parcel paid on delivery has arrived.
    Receive,
    /// `step=money` with a higher discount.
    Discount,
    /// `step=money` with a higher shipping fee.
    Raise,
    /// `step=edit_goods` with fewer or cheaper goods.
    FewerGoods,
    /// `step=edit_goods` with more goods.
    MoreGoods,
    /// What was paid too much goes back.
    Refund,
    /// The order is cancelled.
    Cancel,
    /// The whole order comes back.
    Return,
    /// Two unpaid orders of a user become a new one.
    Merge,
    /// A user changes name and mobile.
    Rename,
    /// A user's balance changes; no document does.
    Balance,
}

impl Op {
    /// True for what takes a posted order, or a part of it, back (or adds to it).
    pub fn is_correction(self) -> bool {
        matches!(self, Op::Discount | Op::Raise | Op::FewerGoods | Op::MoreGoods | Op::Cancel | Op::Return)
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Op::Register => "register",
            Op::Place => "place",
            Op::PlaceByStaff => "place by staff",
            Op::Pay => "pay",
            Op::PayAgain => "pay again",
            Op::Ship => "ship",
            Op::Receive => "receive",
            Op::Discount => "discount",
            Op::Raise => "raise",
            Op::FewerGoods => "fewer goods",
            Op::MoreGoods => "more goods",
            Op::Refund => "refund",
            Op::Cancel => "cancel",
            Op::Return => "return",
            Op::Merge => "merge",
            Op::Rename => "rename",
            Op::Balance => "balance",
        })
    }
}

/// Something has just happened: the last statement of `op` is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopEvent {
    /// Which order; `None` for what concerns a user only.
    pub order_sn: Option<String>,
    /// What.
    pub op: Op,
    /// The wall clock after the last statement was answered.
    pub at: Timestamp,
}

/// The shop as its simulator believes it to be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Model {
    /// Every order that was ever placed, by `order_sn`; those that were merged away, too.
    pub orders: BTreeMap<String, ModelOrder>,
    /// How often each thing happened.
    pub ops: BTreeMap<Op, u32>,
    /// The final names of the users that there are, by customer id (`U1`).
    pub users: BTreeMap<String, String>,
    /// How many statements were sent.
    pub statements: u64,
    /// SHA-256 in hex over the statements' text, in the order in which they were sent.
    pub statements_sha256: String,
}

/// One order of the [`Model`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModelOrder {
    /// What the books must say: its total where it is posted; 0 where it is cancelled, returned, merged away or unpaid.
    pub posted_total: Decimal,
    /// True where it was posted at any time after one of its visits.
    pub was_posted: bool,
    /// `U` and the user's id; `G` and the order's id for a guest.
    pub customer: String,
    /// The order that it became a part of; it is gone from the store then.
    pub merged_into: Option<String>,
    /// The wall clock right after each statement that wrote its header or lines.
    pub commits: Vec<Timestamp>,
    /// What happened to it.
    pub ops: Vec<Op>,
}

impl Model {
    /// Σ `posted_total`.
    pub fn posted_total(&self) -> Decimal {
        self.orders.values().map(|o| o.posted_total).sum()
    }

    /// The ids of the customers who had at least one posted order.
    pub fn customers_with_posted_orders(&self) -> BTreeSet<&str> {
        self.orders.values().filter(|o| o.was_posted).map(|o| o.customer.as_str()).collect()
    }

    /// How often `op` happened.
    pub fn count(&self, op: Op) -> u32 {
        self.ops.get(&op).copied().unwrap_or_default()
    }
}

/// What the store's own rows say, by plain SQL: for each `order_sn` there is, its total where it is confirmed or being shipped
/// and paid, else 0.
///
/// # Errors
/// The store cannot be asked, or answers with something that is no amount.
pub async fn store_totals(url: &str) -> Result<BTreeMap<String, Decimal>, ShopError> {
    const SQL: &str = "SELECT order_sn, CAST(IF(order_status IN (1, 5, 6) AND pay_status = 2, goods_amount - discount + tax + \
                       shipping_fee + insure_fee + pay_fee + pack_fee + card_fee, 0) AS CHAR) FROM ecs_order_info";
    let mut conn = connect(url).await?;
    let refused = |source| ShopError::Store { statement: "SELECT order_sn".into(), source };
    let rows: Vec<(String, String)> = conn.query(SQL).await.map_err(refused)?;
    conn.disconnect().await.map_err(refused)?;
    rows.into_iter()
        .map(|(order_sn, total)| match total.parse() {
            Ok(amount) => Ok((order_sn, amount)),
            Err(_) => Err(ShopError::Total { order_sn, total }),
        })
        .collect()
}
