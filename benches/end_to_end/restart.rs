//! The program is killed, and comes back to a large mirror.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use ledgertap::bridge::state_beside;
use ledgertap::change::Position;
use ledgertap::config::{self, Config};
use ledgertap::state::State;
use mysql_async::prelude::Queryable as _;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

use crate::place::{Place, clear};
use crate::report::Restart;
use crate::rig::{Server, config_text, erp, folder, head};
use crate::shop::{self, Pace};

/// How often it is killed.
const KILLS: u32 = 5;
/// Customers that one statement of the store makes.
const MADE_AT_ONCE: u32 = 1_000;
/// What it says once it follows the store.
const STREAMING: &str = "binlog stream open";
/// How long a first start may take, which reads all rows.
const FILL_MAX: Duration = Duration::from_secs(600);

/// From the start of a process after a kill to its stream, and to the order that was written while it was dead, with so many
/// `rows` in the mirror.
pub async fn restart(server: &Server, place: &Place, rows: u32) -> anyhow::Result<Restart> {
    let (url, _) = server.store().await?;
    customers(&url, rows).await?;
    let (sandbox, folder) = (erp(Duration::ZERO).await?, folder()?);
    let state = place.fresh(folder.path());
    let text = config_text(&url, &state, &sandbox, crate::parts::AT_ONCE);
    let file = folder.path().join("ledgertap.toml");
    std::fs::write(&file, &text)?;
    let config = config::parse("the bench's config", &text, &|_| None)?;
    let began = Instant::now();
    let mut running = Running::start(&file, Some(&head(&url).await?))?;
    running.says(STREAMING).await?;
    let filled_in = began.elapsed();
    let (mut streaming, mut told) = (Vec::new(), Vec::new());
    for order in 1..=KILLS {
        running.kill().await?;
        let written = shop::sell(&url, order..order + 1, Pace::Flat).await?;
        let number = written.totals.keys().next().context("nothing was written")?;
        let began = Instant::now();
        running = Running::start(&file, None)?;
        running.says(STREAMING).await?;
        streaming.push(micros(began));
        tells(&config, number).await?;
        told.push(micros(began));
    }
    running.kill().await?;
    sandbox.stop().await;
    clear(&state).await?;
    streaming.sort_unstable();
    told.sort_unstable();
    Ok(Restart { rows, filled_in, streaming, told })
}

/// Makes customers, in the store, before the stream begins.
async fn customers(url: &str, rows: u32) -> anyhow::Result<()> {
    let mut conn = shop::connect(url).await?;
    for from in (1..=rows).step_by(MADE_AT_ONCE as usize) {
        let row = |user: u32| {
            format!("({user}, '张伟{user}', 'u{user}@shop.example', '1380{user:07}', '', '', '', '', '', 0)")
        };
        let rows: Vec<String> = (from..=rows.min(from + MADE_AT_ONCE - 1)).map(row).collect();
        let sql = "INSERT INTO ecs_users (user_id, user_name, email, mobile_phone, alias, msn, qq, office_phone, home_phone, \
                   credit_line) VALUES ";
        conn.query_drop(format!("{sql}{}", rows.join(", "))).await.context("make customers")?;
    }
    Ok(conn.disconnect().await?)
}

/// Waits until an order was told.
async fn tells(config: &Config, number: &str) -> anyhow::Result<()> {
    let state: std::sync::Arc<dyn State> = state_beside(config).await?;
    let until = Instant::now() + Duration::from_secs(60);
    while !state.orders_called(number).await?.iter().any(|order| order.told.orders > 0) {
        if Instant::now() > until {
            bail!("{number} was not told within a minute");
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

/// A process of the program.
struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
}

impl Running {
    fn start(config: &Path, from: Option<&Position>) -> anyhow::Result<Running> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ledgertap"));
        command.arg("run").arg("--config").arg(config).env("LEDGERTAP_LOG", "info");
        if let Some(Position(from)) = from {
            command.arg("--from").arg(from);
        }
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).kill_on_drop(true).spawn()?;
        let lines = BufReader::new(child.stderr.take().context("it has no stderr")?).lines();
        Ok(Running { child, lines })
    }

    async fn says(&mut self, what: &str) -> anyhow::Result<()> {
        let heard = async {
            let mut last = String::new();
            while let Some(line) = self.lines.next_line().await? {
                if line.contains(what) {
                    return Ok(());
                }
                last = line;
            }
            bail!("the program ended without {what:?}; it said last: {last}")
        };
        tokio::time::timeout(FILL_MAX, heard).await.with_context(|| format!("it did not say {what:?}"))?
    }

    /// SIGKILL.
    async fn kill(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }
}

fn micros(began: Instant) -> i64 {
    i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX)
}
