//! A wire to any server that speaks over TCP: it passes bytes on, and can delay, fall silent, refuse, cut and half-close.
//!
//! What it does to connections it does to those that are there and to those that come, at the moment that it is told.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How much of a stream is on the wire at once.
const PART_BYTES: usize = 1 << 14;

/// Listens on a port of its own; it and its connections end with their holder.
pub struct Wire {
    addr: SocketAddr,
    said: watch::Sender<Said>,
    server: watch::Sender<SocketAddr>,
    counts: Arc<Counts>,
    accepting: JoinHandle<()>,
}

/// How bytes pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Manner {
    /// At once.
    #[default]
    Pass,
    /// Each part after so long.
    Delay(Duration),
    /// Not at all; connections stay, and new ones are taken.
    Silent,
    /// There are no connections, and a new one is closed at once.
    Refuse,
}

/// What the wire was told.
#[derive(Debug, Clone, Copy, Default)]
struct Said {
    manner: Manner,
    /// Connections that were taken before this many are to be cut.
    cut_before: u64,
    /// … and the server's side of those before this many is to be closed.
    half_closed_before: u64,
}

/// What has happened on a wire.
#[derive(Debug, Default)]
struct Counts {
    taken: AtomicU64,
    live: AtomicU64,
    refused: AtomicU64,
    cut: AtomicU64,
    half_closed: AtomicU64,
    bytes: AtomicU64,
}

impl Wire {
    /// In front of this address, whether anybody listens there yet or not.
    pub async fn to(server: SocketAddr) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listen");
        let addr = listener.local_addr().expect("it listens");
        let (said, hears) = watch::channel(Said::default());
        let counts = Arc::new(Counts::default());
        let (server, leads) = watch::channel(server);
        let accepting = tokio::spawn(accept(listener, leads, hears, counts.clone()));
        Wire { addr, said, server, counts, accepting }
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The same URL or text with this wire's address in place of the server's.
    pub fn instead_of(&self, server: SocketAddr, text: &str) -> String {
        text.replace(&server.to_string(), &self.addr.to_string())
    }

    /// From now on connections lead to another server, as an address does that moves to it.
    pub fn lead_to(&self, server: SocketAddr) {
        self.server.send_replace(server);
    }

    /// From now on each part takes so long.
    pub fn delay(&self, by: Duration) {
        self.said.send_modify(|s| s.manner = Manner::Delay(by));
    }

    /// From now on nothing passes; nobody is told.
    pub fn silence(&self) {
        self.said.send_modify(|s| s.manner = Manner::Silent);
    }

    /// From now on there are no connections.
    pub fn refuse(&self) {
        self.said.send_modify(|s| s.manner = Manner::Refuse);
    }

    /// From now on everything passes at once.
    pub fn mend(&self) {
        self.said.send_modify(|s| s.manner = Manner::Pass);
    }

    /// Cuts every connection that is there, in both directions.
    pub fn cut(&self) {
        let taken = self.counts.taken.load(Ordering::SeqCst);
        self.said.send_modify(|s| s.cut_before = taken);
    }

    /// Closes the server's side of every connection that is there: what the client says still arrives, and no answer comes.
    pub fn half_close(&self) {
        let taken = self.counts.taken.load(Ordering::SeqCst);
        self.said.send_modify(|s| s.half_closed_before = taken);
    }

    /// Connections that were taken.
    pub fn taken(&self) -> u64 {
        self.counts.taken.load(Ordering::SeqCst)
    }

    /// Connections that are there.
    pub fn live(&self) -> u64 {
        self.counts.live.load(Ordering::SeqCst)
    }

    /// Connections that were refused.
    pub fn refused(&self) -> u64 {
        self.counts.refused.load(Ordering::SeqCst)
    }

    /// Directions of connections that were broken by [`Wire::cut`] or [`Wire::refuse`].
    pub fn were_cut(&self) -> u64 {
        self.counts.cut.load(Ordering::SeqCst)
    }

    /// Connections whose server's side was closed.
    pub fn were_half_closed(&self) -> u64 {
        self.counts.half_closed.load(Ordering::SeqCst)
    }

    /// Bytes that passed.
    pub fn bytes(&self) -> u64 {
        self.counts.bytes.load(Ordering::SeqCst)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(
    listener: TcpListener,
    server: watch::Receiver<SocketAddr>,
    said: watch::Receiver<Said>,
    counts: Arc<Counts>,
) {
    while let Ok((client, _)) = listener.accept().await {
        if said.borrow().manner == Manner::Refuse {
            counts.refused.fetch_add(1, Ordering::SeqCst);
            continue;
        }
        let number = counts.taken.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(connect(client, *server.borrow(), number, said.clone(), counts.clone()));
    }
}

/// A server that is not there is one that closes at once, to the client.
async fn connect(client: TcpStream, server: SocketAddr, number: u64, said: watch::Receiver<Said>, counts: Arc<Counts>) {
    let Ok(server) = TcpStream::connect(server).await else {
        counts.refused.fetch_add(1, Ordering::SeqCst);
        return;
    };
    // A wire adds no waiting of its own.
    let (_, _) = (client.set_nodelay(true), server.set_nodelay(true));
    counts.live.fetch_add(1, Ordering::SeqCst);
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let up = Way { number, half_closes: false, said: said.clone(), counts: counts.clone() };
    let down = Way { number, half_closes: true, said, counts: counts.clone() };
    tokio::join!(up.pass(from_client, to_server), down.pass(from_server, to_client));
    counts.live.fetch_sub(1, Ordering::SeqCst);
}

/// One direction of a connection.
struct Way {
    number: u64,
    /// True where the server speaks.
    half_closes: bool,
    said: watch::Receiver<Said>,
    counts: Arc<Counts>,
}

/// What a direction is to do now.
enum Now {
    Pass(Duration),
    Wait,
    Cut,
    HalfClose,
}

impl Way {
    async fn pass(mut self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut part = vec![0; PART_BYTES];
        loop {
            let read = tokio::select! {
                read = from.read(&mut part) => read,
                broken = self.broken() => return self.end(broken, from, to).await,
            };
            let Ok(n @ 1..) = read else {
                // The other direction goes on until its own end.
                let _ = to.shutdown().await;
                return;
            };
            if let Err(broken) = self.may_pass().await {
                return self.end(broken, from, to).await;
            }
            if to.write_all(&part[..n]).await.is_err() {
                return;
            }
            self.counts.bytes.fetch_add(n as u64, Ordering::Relaxed);
        }
    }

    /// Returns once the connection is to be broken.
    async fn broken(&mut self) -> Now {
        loop {
            match self.now() {
                Now::Pass(_) | Now::Wait => {}
                broken => return broken,
            }
            if self.said.changed().await.is_err() {
                return Now::Cut;
            }
        }
    }

    /// Returns once a part that was read may go on.
    async fn may_pass(&mut self) -> Result<(), Now> {
        loop {
            match self.now() {
                Now::Pass(after) if after.is_zero() => return Ok(()),
                Now::Pass(after) => {
                    tokio::select! {
                        () = tokio::time::sleep(after) => return Ok(()),
                        changed = self.said.changed() => changed.map_err(|_| Now::Cut)?,
                    }
                }
                Now::Wait => self.said.changed().await.map_err(|_| Now::Cut)?,
                broken => return Err(broken),
            }
        }
    }

    fn now(&mut self) -> Now {
        let said = *self.said.borrow_and_update();
        match said.manner {
            Manner::Refuse => Now::Cut,
            _ if self.number < said.cut_before => Now::Cut,
            _ if self.half_closes && self.number < said.half_closed_before => Now::HalfClose,
            Manner::Silent => Now::Wait,
            Manner::Pass => Now::Pass(Duration::ZERO),
            Manner::Delay(by) => Now::Pass(by),
        }
    }

    async fn end(self, broken: Now, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        if matches!(broken, Now::HalfClose) {
            self.counts.half_closed.fetch_add(1, Ordering::SeqCst);
            let _ = to.shutdown().await;
            // What the server says is heard, as by a kernel whose program is gone, and goes nowhere.
            let _ = tokio::io::copy(&mut from, &mut tokio::io::sink()).await;
            return;
        }
        self.counts.cut.fetch_add(1, Ordering::SeqCst);
    }
}
