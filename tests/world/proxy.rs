//! A proxy that stands between a server and us and alters the binlog that passes.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What becomes of the connection after an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// It goes on.
    GoOn,
    /// It is closed, in both directions.
    Close,
    /// It is closed within the event's packet.
    BreakOff,
    /// The server's side is closed, and ours stays open.
    HalfClose,
    /// The server says that the stream is at its end, as it does when it stops.
    End,
}

/// Sees each event of a dump, header and checksum included, and may put others in its place.
type Tamper = Box<dyn FnMut(&mut Vec<Vec<u8>>) -> Then + Send>;

/// A running proxy; it ends with its holder, and its connections with it.
pub struct Proxy {
    port: u16,
    accepting: JoinHandle<()>,
}

/// The commands that ask for a binlog (`COM_BINLOG_DUMP`, `COM_BINLOG_DUMP_GTID`).
const DUMPS: [u8; 2] = [0x12, 0x1e];
/// The head of a packet: its length (3 bytes) and number.
const HEAD_BYTES: usize = 4;
/// A packet of this length goes on in the next one.
const PART_BYTES: usize = 0xff_ffff;

impl Proxy {
    /// A proxy before the server at this URL, which shows each event of a dump to `tamper`.
    pub async fn before(url: &str, tamper: impl FnMut(&mut Vec<Vec<u8>>) -> Then + Send + 'static) -> Proxy {
        let server = mysql_async::Opts::from_url(url).expect("it is a URL");
        let server = (server.ip_or_hostname().to_owned(), server.tcp_port());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("find a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let tamper: Arc<Mutex<Tamper>> = Arc::new(Mutex::new(Box::new(tamper)));
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(server.clone()).await.expect("the server answers");
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                let dumps = Arc::new(AtomicBool::new(false));
                tokio::spawn(ask(from_client, to_server, dumps.clone()));
                tokio::spawn(answer(from_server, to_client, dumps, tamper.clone()));
            }
        });
        Proxy { port, accepting }
    }

    /// The URL of a database behind it.
    pub fn url(&self, database: &str) -> String {
        format!("mysql://root@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// What we say to the server: it passes as it is.
async fn ask(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, dumps: Arc<AtomicBool>) -> io::Result<()> {
    loop {
        let (number, packet) = packet(&mut from).await?;
        if number == 0 && packet.first().is_some_and(|command| DUMPS.contains(command)) {
            dumps.store(true, Ordering::SeqCst);
        }
        send(&mut to, number, &packet).await?;
    }
}

/// What the server says to us: once a dump has been asked for, event by event.
async fn answer(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    dumps: Arc<AtomicBool>,
    tamper: Arc<Mutex<Tamper>>,
) -> io::Result<()> {
    // Packets are counted, and it would show if one were missing.
    let mut next = None;
    loop {
        let (number, packet) = packet(&mut from).await?;
        let Some((0, event)) = packet.split_first().filter(|_| dumps.load(Ordering::SeqCst)) else {
            send(&mut to, number, &packet).await?;
            continue;
        };
        let mut events = vec![event.to_vec()];
        let then = (tamper.lock().expect("it has not panicked"))(&mut events);
        if then == Then::BreakOff {
            let whole = framed(number, &packet);
            return to.write_all(&whole[..whole.len() / 2]).await;
        }
        for event in events {
            let number = *next.insert(next.map_or(number, |last: u8| last.wrapping_add(1)));
            send(&mut to, number, &[&[0], event.as_slice()].concat()).await?;
        }
        match then {
            Then::GoOn => {}
            Then::Close | Then::BreakOff => return Ok(()),
            Then::HalfClose => {
                to.shutdown().await?;
                // The other direction stays open as long as the server has something to say.
                tokio::io::copy(&mut from, &mut tokio::io::sink()).await?;
                return Ok(());
            }
            Then::End => {
                let number = next.map_or(number, |last| last.wrapping_add(1));
                send(&mut to, number, &[0xfe, 0, 0, 2, 0]).await?;
            }
        }
    }
}

/// One packet, however many parts it comes in, and the number of its last part.
async fn packet(from: &mut OwnedReadHalf) -> io::Result<(u8, Vec<u8>)> {
    let mut whole = Vec::new();
    loop {
        let mut head = [0; HEAD_BYTES];
        from.read_exact(&mut head).await?;
        let length = u32::from_le_bytes([head[0], head[1], head[2], 0]) as usize;
        let at = whole.len();
        whole.resize(at + length, 0);
        from.read_exact(&mut whole[at..]).await?;
        if length < PART_BYTES {
            return Ok((head[3], whole));
        }
    }
}

async fn send(to: &mut OwnedWriteHalf, number: u8, packet: &[u8]) -> io::Result<()> {
    to.write_all(&framed(number, packet)).await
}

fn framed(number: u8, packet: &[u8]) -> Vec<u8> {
    assert!(packet.len() < PART_BYTES, "tests send no events of 16 MiB");
    let length = u32::try_from(packet.len()).expect("it is small").to_le_bytes();
    [&[length[0], length[1], length[2], number], packet].concat()
}
