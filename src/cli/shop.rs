//! `ledgertap shop`

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};

use super::say::{self, say};
use super::{Failure, stop_signal};
use crate::shop::{self, Engine, Model, Op, Pace, Shop, ShopConfig, ShopEvent};

/// Let a simulated ECShop sell in a database of its own: for a try without a shop, never in a real one.
#[derive(Debug, Args)]
#[command(after_help = "Example: ledgertap shop --store mysql://shop:password@127.0.0.1:3306/ecshop --orders 100")]
pub(super) struct ShopArgs {
    /// The database, with its name (mysql://user:password@host:port/database); its tables are made where it is empty
    #[arg(long, value_name = "URL", env = "LEDGERTAP_SHOP_URL", hide_env_values = true)]
    store: String,
    /// The tables' storage engine: myisam is ECShop 2.7.3, innodb is 2.8
    #[arg(long, value_enum, default_value = "innodb")]
    engine: EngineArg,
    /// How many orders are placed; 0 makes the tables and leaves them empty
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    orders: u32,
    /// Everything that happens follows from it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// New orders a second; what becomes of them comes in between
    #[arg(long, default_value = "5", value_name = "RATE", value_parser = rate)]
    per_second: f64,
}

/// A storage engine, as it is written on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum EngineArg {
    Myisam,
    Innodb,
}

impl From<EngineArg> for Engine {
    fn from(engine: EngineArg) -> Engine {
        match engine {
            EngineArg::Myisam => Engine::MyIsam,
            EngineArg::Innodb => Engine::InnoDb,
        }
    }
}

/// Twice the settle time of the ECShop profile and a second: a change of a posted order finds it told.
const REST: Duration = Duration::from_secs(5);

pub(super) async fn shop(args: ShopArgs) -> Result<ExitCode, Failure> {
    let engine = args.engine.into();
    shop::open_schema(&args.store, engine).await.map_err(|e| Failure::unusable(e.into()))?;
    if args.orders == 0 {
        say!("the tables are there, and the shop has not sold anything");
        return Ok(ExitCode::SUCCESS);
    }
    let mut told = Told { placed: 0, events: 0, of: args.orders, last: Instant::now() };
    let mut shop = Shop::new(ShopConfig {
        pace: Pace::PerSecond(args.per_second),
        rest: REST,
        ..ShopConfig::new(&args.store, engine, args.seed, args.orders)
    });
    let mut stop = stop_signal();
    let model = tokio::select! {
        model = shop.run(|event| told.hear(event)) => model.map_err(|e| Failure::at_work(e.into()))?,
        _ = stop.wait_for(|stopped| *stopped) => {
            say!("closed early: an order may be left half written, as by a shop that crashed");
            return Ok(ExitCode::SUCCESS);
        }
    };
    say::lines(&totals(&model));
    Ok(ExitCode::SUCCESS)
}

/// Speaks once a second.
struct Told {
    placed: u32,
    events: u64,
    of: u32,
    last: Instant,
}

impl Told {
    fn hear(&mut self, event: &ShopEvent) {
        self.events += 1;
        self.placed += u32::from(matches!(event.op, Op::Place | Op::PlaceByStaff));
        if self.last.elapsed() < Duration::from_secs(1) {
            return;
        }
        self.last = Instant::now();
        let order = event.order_sn.as_deref().unwrap_or_default();
        say!("{} of {} orders placed, {} events, last: {} {order}", self.placed, self.of, self.events, event.op);
    }
}

fn totals(model: &Model) -> String {
    let ops: Vec<String> = model.ops.iter().map(|(op, count)| format!("{count} {op}")).collect();
    format!(
        "{} orders of {} customers; posted and not taken back: {}\n{}\n",
        model.orders.len(),
        model.customers_with_posted_orders().len(),
        model.posted_total(),
        ops.join(", ")
    )
}

fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "it is not a number".to_owned())?;
    if rate.is_finite() && rate > 0.0 { Ok(rate) } else { Err("it must be above 0".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_above_zero() {
        assert_eq!(rate("0.5"), Ok(0.5));
        for wrong in ["0", "-1", "NaN", "inf", "many", ""] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
    }
}
