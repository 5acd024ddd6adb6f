//! A store, a state database, an ERP and processes between them, each behind a wire; and what each fault does to them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ledgertap::sandbox::Sandbox;
use ledgertap::shop::Tills;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::sync::Mutex;

use super::faults::{Fault, Planned, Tally};
use super::fleet::{Fleet, Member};
use crate::world::{Own, OwnPostgres, Wire};

/// How long a wire may have no connection that could be broken: after failures the ERP is asked for a token twice a minute.
const CONNECT_MAX: Duration = Duration::from_secs(100);

/// The state database's tables are there.
pub const SCHEMA: &str = "ledgertap";

/// What processes are called that only capture.
const CAPTURE: &str = "capture";

/// The capture's lease is six seconds.
const CAPTURE_STANDS: Duration = Duration::from_secs(9);

/// Longer than the lease of a claim: the deadline of a delivery's requests, and ten seconds.
pub const RELAY_STANDS: Duration = Duration::from_secs(18);

/// Longer than the capture's lease, too.
const STATE_SILENT: Duration = Duration::from_secs(8);

const STATE_DELAYED: Duration = Duration::from_secs(3);

/// Where the state is.
pub enum Shared {
    /// In a file, of one process.
    File(PathBuf),
    /// In PostgreSQL, behind a wire for each server.
    Postgres { servers: Box<Mutex<OwnPostgres>>, wires: Vec<Wire> },
}

/// Everything that a fault may befall.
pub struct Scene {
    /// The state database.
    pub state: Shared,
    /// The processes.
    pub fleet: Fleet,
    /// What was survived.
    pub tally: Tally,
    /// The store, its wire, and the shop's tills.
    pub store: Mutex<Own>,
    store_wire: Wire,
    tills: Tills,
    erp_wire: Wire,
    /// Held by what lasts for a while, so that the end of one is not the end of another.
    state_hand: Mutex<()>,
    erp_hand: Mutex<()>,
    /// How long the ERP may be away at the longest.
    outage_max: Duration,
    /// From the death of who captured to another session, other faults in between included.
    pub takeovers: Mutex<Vec<Duration>>,
}

impl Shared {
    /// PostgreSQL with a synchronous standby.
    pub async fn postgres() -> Shared {
        let servers = OwnPostgres::with_standby().await;
        let mut wires = Vec::new();
        for addr in servers.addrs() {
            wires.push(Wire::to(addr).await);
        }
        Shared::Postgres { servers: Box::new(Mutex::new(servers)), wires }
    }

    /// As the config names it.
    pub fn url(&self) -> String {
        match self {
            Shared::File(path) => format!("sqlite:{}", path.display()),
            Shared::Postgres { wires, .. } => {
                let addrs: Vec<SocketAddr> = wires.iter().map(Wire::addr).collect();
                format!("{}&schema={SCHEMA}", crate::world::postgres_url(&addrs))
            }
        }
    }

    /// The process that has the capture lease now, by its number.
    async fn holder(&self) -> Option<u32> {
        let client = self.servers().await.client().await;
        let asked = "SELECT holder FROM ledgertap.stream \
                     WHERE lease_until_us > extract(epoch FROM clock_timestamp()) * 1000000";
        // A crash comes in between, and at the beginning there is no such table.
        let row = client.query_opt(asked, &[]).await.ok().flatten()?;
        row.get::<_, Option<String>>(0)?.rsplit(' ').next()?.parse().ok()
    }

    fn wires(&self) -> &[Wire] {
        match self {
            Shared::File(_) => &[],
            Shared::Postgres { wires, .. } => wires,
        }
    }

    async fn servers(&self) -> tokio::sync::MutexGuard<'_, OwnPostgres> {
        match self {
            Shared::File(_) => panic!("a file has no servers"),
            Shared::Postgres { servers, .. } => servers.lock().await,
        }
    }
}

/// The store's URL for the bridge, and its wire.
pub async fn wired_store(url: &str) -> (Wire, String) {
    let opts = mysql_async::Opts::from_url(url).expect("it is a URL");
    let addr = SocketAddr::from(([127, 0, 0, 1], opts.tcp_port()));
    let wire = Wire::to(addr).await;
    let through = wire.instead_of(addr, url);
    (wire, through)
}

/// The ERP's block for the bridge, and its wire.
pub async fn wired_erp(sandbox: &Sandbox) -> (Wire, String) {
    let wire = Wire::to(sandbox.addr()).await;
    let through = wire.instead_of(sandbox.addr(), &sandbox.erp_block());
    (wire, through)
}

/// The processes: several that share a PostgreSQL, or one that has a file.
pub fn start_fleet(state: &Shared, folder: &Path, config: &Path, from: &str) -> Fleet {
    let args = |role: &[&str]| {
        let common = ["run", "--config", config.to_str().expect("it is text"), "--from", from];
        common.iter().chain(role).map(|&a| a.to_owned()).collect::<Vec<_>>()
    };
    let named: Vec<(String, Vec<String>)> = match state {
        Shared::File(_) => vec![("relay and capture".to_owned(), args(&[]))],
        Shared::Postgres { .. } => ["capture 1", "capture 2", "relay 1", "relay 2"]
            .iter()
            .map(|&name| (name.to_owned(), args(&["--role", name.split(' ').next().expect("it has a first word")])))
            .collect(),
    };
    Fleet::start(folder, &named)
}

impl Scene {
    /// All of it.
    pub fn new(
        state: Shared,
        fleet: Fleet,
        (store, store_wire): (Own, Wire),
        tills: Tills,
        erp_wire: Wire,
        outage_max: Duration,
    ) -> Scene {
        let (tally, store) = (Tally::default(), Mutex::new(store));
        let (state_hand, erp_hand, takeovers) = (Mutex::default(), Mutex::default(), Mutex::default());
        Scene { state, fleet, tally, store, store_wire, tills, erp_wire, state_hand, erp_hand, outage_max, takeovers }
    }

    /// Lets a fault happen and pass, and counts it.
    pub async fn inflict(&self, planned: Planned) {
        let mut dice = ChaCha8Rng::seed_from_u64(planned.seed);
        match planned.fault {
            Fault::CaptureKilled => self.kill(CAPTURE, &mut dice).await,
            Fault::RelayKilled => self.kill("relay", &mut dice).await,
            Fault::CaptureStopped => self.stand_still(CAPTURE, CAPTURE_STANDS, &mut dice).await,
            Fault::RelayStopped => self.stand_still("relay", RELAY_STANDS, &mut dice).await,
            Fault::PostgresCrashed => self.state.servers().await.restart_immediate().await,
            Fault::StandbyPromoted => {
                let mut servers = self.state.servers().await;
                // Only a standby that is in step may be promoted, as failover managers have it.
                servers.until_in_step().await;
                servers.promote().await;
            }
            Fault::StateCut => self.broken(self.state.wires(), Wire::cut, Wire::were_cut).await,
            Fault::StateHalfClosed => self.broken(self.state.wires(), Wire::half_close, Wire::were_half_closed).await,
            Fault::StateSilent => {
                let _mine = self.state_hand.lock().await;
                for_a_while(self.state.wires(), Wire::silence, STATE_SILENT).await;
            }
            Fault::StateDelayed => {
                let _mine = self.state_hand.lock().await;
                let by = Duration::from_millis(dice.random_range(5..60));
                for_a_while(self.state.wires(), |w| w.delay(by), STATE_DELAYED).await;
            }
            Fault::StoreCut => self.broken(self.store_wires(), Wire::cut, Wire::were_cut).await,
            Fault::StoreHalfClosed => self.broken(self.store_wires(), Wire::half_close, Wire::were_half_closed).await,
            Fault::StoreCrashed => {
                let mut store = self.store.lock().await;
                let _closed = self.tills.close().await;
                store.restart().await;
            }
            Fault::ErpCut => self.broken(self.erp_wires(), Wire::cut, Wire::were_cut).await,
            Fault::ErpSilent => self.without_erp(Wire::silence, &mut dice).await,
            Fault::ErpRefuses => self.without_erp(Wire::refuse, &mut dice).await,
        }
        self.tally.count(planned.fault);
    }

    /// What passed and what did not, for a person.
    pub fn traffic(&self) -> String {
        let all = [("state", self.state.wires()), ("store", self.store_wires()), ("ERP", self.erp_wires())];
        let one = |(name, wires): (&str, &[Wire])| {
            let sum = |count: fn(&Wire) -> u64| wires.iter().map(count).sum::<u64>();
            format!(
                "{name} {} connections, {} bytes, {} refused",
                sum(Wire::taken),
                sum(Wire::bytes),
                sum(Wire::refused)
            )
        };
        all.into_iter().map(one).collect::<Vec<_>>().join("; ")
    }

    fn store_wires(&self) -> &[Wire] {
        std::slice::from_ref(&self.store_wire)
    }

    fn erp_wires(&self) -> &[Wire] {
        std::slice::from_ref(&self.erp_wire)
    }

    async fn without_erp(&self, how: fn(&Wire), dice: &mut ChaCha8Rng) {
        let _mine = self.erp_hand.lock().await;
        for_a_while(self.erp_wires(), how, self.outage_max.mul_f64(dice.random_range(0.5..1.0))).await;
    }

    async fn kill(&self, role: &str, dice: &mut ChaCha8Rng) {
        let member = self.one(role, dice).await;
        let _mine = member.hand.lock().await;
        let (begun, pid) = (Instant::now(), member.pid());
        member.kill();
        if role == CAPTURE {
            self.taken_over(pid, begun).await;
        }
    }

    async fn stand_still(&self, role: &str, length: Duration, dice: &mut ChaCha8Rng) {
        loop {
            let member = self.one(role, dice).await;
            let _mine = member.hand.lock().await;
            // A process that ended meanwhile has not stood still.
            if member.stop_for(length).await {
                return;
            }
        }
    }

    /// One of them; of those that capture the one that does, which the state database says.
    async fn one(&self, role: &str, dice: &mut ChaCha8Rng) -> Arc<Member> {
        let members = self.fleet.called(role);
        if role != CAPTURE {
            return members.choose(dice).expect("there are some").clone();
        }
        let begun = Instant::now();
        loop {
            let holder = self.state.holder().await;
            if let Some(member) = members.iter().find(|m| m.pid().is_some() && m.pid() == holder) {
                return member.clone();
            }
            assert!(begun.elapsed() < CONNECT_MAX, "nobody has captured for {CONNECT_MAX:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until another process has the stream, and notes how long it took.
    async fn taken_over(&self, from: Option<u32>, begun: Instant) {
        loop {
            let holder = self.state.holder().await;
            if holder.is_some() && holder != from {
                break;
            }
            assert!(
                begun.elapsed() < CONNECT_MAX,
                "nobody has taken over from process {from:?} within {CONNECT_MAX:?}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.takeovers.lock().await.push(begun.elapsed());
    }

    /// Breaks the connections of these wires, once there are some.
    async fn broken(&self, wires: &[Wire], how: fn(&Wire), count: fn(&Wire) -> u64) {
        let counted = || wires.iter().map(count).sum::<u64>();
        let (begun, before) = (Instant::now(), counted());
        while counted() == before {
            if wires.iter().any(|w| w.live() > 0) {
                wires.iter().for_each(how);
            }
            assert!(begun.elapsed() < CONNECT_MAX, "nobody has connected for {CONNECT_MAX:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

async fn for_a_while(wires: &[Wire], how: impl Fn(&Wire), length: Duration) {
    wires.iter().for_each(how);
    tokio::time::sleep(length).await;
    wires.iter().for_each(Wire::mend);
}
