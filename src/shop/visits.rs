//! Sends what the director chooses, on two connections, statement by statement.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use sha2::{Digest, Sha256};
use tokio::sync::OwnedRwLockReadGuard;
use tokio::time::{Instant, sleep_until};

use super::connection::{connect, send};
use super::director::{Director, Visit};
use super::model::{Model, Op, ShopEvent};
use super::settings::{Pace, ShopConfig, ShopError};
use super::statement::NEW_ID;

/// A simulated shop.
pub struct Shop {
    config: ShopConfig,
}

/// One connection, and the visit on it.
struct Till {
    conn: Conn,
    visit: Option<Visit>,
    /// False while the visit has not yet sent anything.
    has_begun: bool,
    /// How often the tills had been closed when it connected.
    closed: u64,
}

/// What a run keeps beside the director.
struct Run {
    config: ShopConfig,
    director: Director,
    tills: [Till; 2],
    opened: Instant,
    /// Per order, when it was last written; only while there are rests.
    written: BTreeMap<usize, Instant>,
    sent: Sha256,
    statements: u64,
}

impl Shop {
    /// A shop that is still closed.
    pub fn new(config: ShopConfig) -> Self {
        Shop { config }
    }

    /// Lets everything happen, once, and tells `on_event` of each visit that is done.
    ///
    /// # Errors
    /// The store cannot be reached or refuses a statement. A connection that is lost between two visits is made again once.
    pub async fn run(&mut self, on_event: impl FnMut(&ShopEvent)) -> Result<Model, ShopError> {
        let till = |conn| Till { conn, visit: None, has_begun: false, closed: 0 };
        let run = Run {
            director: Director::new(&self.config),
            tills: [till(connect(&self.config.url).await?), till(connect(&self.config.url).await?)],
            config: self.config.clone(),
            opened: Instant::now(),
            written: BTreeMap::new(),
            sent: Sha256::new(),
            statements: 0,
        };
        run.play(on_event).await
    }
}

impl Run {
    async fn play(mut self, mut on_event: impl FnMut(&ShopEvent)) -> Result<Model, ShopError> {
        loop {
            let coin = self.director.coin();
            self.fill(coin);
            let Some(turn) = self.whose_turn(coin) else { break };
            if !self.tills[turn].has_begun {
                self.begin(turn).await?;
            }
            if let Some(event) = self.send_one(turn).await? {
                on_event(&event);
            }
        }
        let mut model = self.director.close();
        model.statements = self.statements;
        model.statements_sha256 = self.sent.finalize().iter().map(|b| format!("{b:02x}")).collect();
        for till in self.tills {
            let _ = till.conn.disconnect().await;
        }
        Ok(model)
    }

    /// Gives a free till its next visit. None comes while one waits to begin: what happens next to what must not depend
    /// on how long that takes.
    fn fill(&mut self, first: usize) {
        for till in [first, 1 - first] {
            let is_waiting = self.tills.iter().any(|t| t.visit.is_some() && !t.has_begun);
            if self.tills[till].visit.is_none() && !is_waiting {
                self.tills[till].visit = self.director.next_visit();
                self.tills[till].has_begun = false;
            }
        }
    }

    /// A visit that may have to wait lets the other till's visit end first, so that no order stays half written meanwhile.
    fn whose_turn(&self, coin: usize) -> Option<usize> {
        let waiting =
            |t: &usize| self.tills[*t].visit.as_ref().is_some_and(|v| !self.tills[*t].has_begun && v.may_wait());
        let busy = |t: &usize| self.tills[*t].visit.is_some();
        if let Some(waiting) = [0, 1].into_iter().find(waiting) {
            return Some([1 - waiting].into_iter().find(busy).unwrap_or(waiting));
        }
        [coin, 1 - coin].into_iter().find(busy)
    }

    async fn begin(&mut self, turn: usize) -> Result<(), ShopError> {
        let visit = self.tills[turn].visit.as_ref().expect("it has a visit");
        if let Some(begins) = self.begins(visit) {
            sleep_until(begins).await;
        }
        let _open = self.reopen(turn).await?;
        let till = &mut self.tills[turn];
        if till.conn.ping().await.is_err() {
            till.conn = connect(&self.config.url).await?;
        }
        till.has_begun = true;
        Ok(())
    }

    /// Waits until the tills are open, and connects again where they have been closed; they stay open for the answer's life.
    async fn reopen(&mut self, turn: usize) -> Result<OwnedRwLockReadGuard<u64>, ShopError> {
        let open = self.config.tills.open().await;
        let till = &mut self.tills[turn];
        if till.closed != *open {
            till.conn = connect(&self.config.url).await?;
            till.closed = *open;
        }
        Ok(open)
    }

    /// When a visit may begin, if not at once.
    fn begins(&self, visit: &Visit) -> Option<Instant> {
        if visit.is_correction {
            let written = self.written.get(&visit.case?)?;
            return Some(*written + self.config.rest);
        }
        match (self.config.pace, visit.op) {
            (Pace::PerSecond(rate), Op::Place | Op::PlaceByStaff) => {
                let before = u32::try_from(self.director.placed() - 1).expect("a 32-bit count");
                Some(self.opened + Duration::from_secs(u64::from(before)).div_f64(rate))
            }
            _ => None,
        }
    }

    async fn send_one(&mut self, turn: usize) -> Result<Option<ShopEvent>, ShopError> {
        let _open = self.reopen(turn).await?;
        let till = &mut self.tills[turn];
        let visit = till.visit.as_mut().expect("it has a visit");
        if let Some(statement) = visit.statements.pop_front() {
            let sql = match visit.new_id {
                Some(id) => statement.sql.replace(NEW_ID, &id.to_string()),
                None => statement.sql,
            };
            send(&mut till.conn, &sql).await?;
            self.sent.update(sql.as_bytes());
            self.sent.update(b"\n");
            self.statements += 1;
            if statement.gives_id {
                visit.new_id = till.conn.last_insert_id();
            }
            if statement.about_order {
                self.director.committed(visit, Timestamp::now());
                self.note_written(turn);
            }
        }
        let till = &mut self.tills[turn];
        if till.visit.as_ref().is_some_and(|v| !v.statements.is_empty()) {
            return Ok(None);
        }
        let visit = till.visit.take().expect("it has a visit");
        self.director.finish(&visit);
        let order_sn = visit.order_sns.into_iter().next();
        Ok(Some(ShopEvent { order_sn, op: visit.op, at: Timestamp::now() }))
    }

    fn note_written(&mut self, turn: usize) {
        let case = self.tills[turn].visit.as_ref().and_then(|v| v.case);
        if let Some(case) = case
            && !self.config.rest.is_zero()
        {
            self.written.insert(case, Instant::now());
        }
    }
}

impl Visit {
    fn may_wait(&self) -> bool {
        self.is_correction || matches!(self.op, Op::Place | Op::PlaceByStaff)
    }
}
