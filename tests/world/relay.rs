//! Something between us and a server: it passes bytes on, and can misbehave.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mysql_async::Opts;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Listens on a port of its own until the test ends.
pub struct Relay {
    port: u16,
    ways: Arc<Ways>,
}

/// How it misbehaves.
#[derive(Default)]
struct Ways {
    mute: AtomicBool,
    own_numbers: AtomicBool,
    no_dumps: AtomicBool,
}

impl Relay {
    /// In front of the server with this root URL.
    pub async fn to(root: &str) -> Relay {
        let opts = Opts::from_url(root).expect("it is a URL");
        let server = (opts.ip_or_hostname().to_owned(), opts.tcp_port());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listen");
        let (port, ways) = (listener.local_addr().expect("it listens").port(), Arc::new(Ways::default()));
        let relay = Relay { port, ways: ways.clone() };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.expect("reach the server");
                tokio::spawn(pass(client, server, ways.clone()));
            }
        });
        relay
    }

    /// The URL, as root, of a database behind it.
    pub fn url(&self, database: &str) -> String {
        format!("mysql://root@127.0.0.1:{}/{database}", self.port)
    }

    /// From now on nothing comes from the server any more; the connections stay.
    pub fn mute(&self) {
        self.ways.mute.store(true, Ordering::Relaxed);
    }

    /// From now on it greets with connection numbers of its own, as a proxy does that speaks the protocol.
    pub fn greet_as_a_proxy(&self) {
        self.ways.own_numbers.store(true, Ordering::Relaxed);
    }

    /// From now on it knows no commands of replicas.
    pub fn refuse_dumps(&self) {
        self.ways.no_dumps.store(true, Ordering::Relaxed);
    }
}

async fn pass(mut client: TcpStream, mut server: TcpStream, ways: Arc<Ways>) {
    let (mut down, mut up) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    let mut greeted = false;
    loop {
        let done = tokio::select! {
            read = server.read(&mut down) => match read {
                Ok(0) | Err(_) => return,
                Ok(_) if ways.mute.load(Ordering::Relaxed) => Ok(()),
                Ok(n) => {
                    if !greeted && ways.own_numbers.load(Ordering::Relaxed) {
                        // Protocol version, the server's version with its zero, then the number.
                        let zero = down[5..n].iter().position(|byte| *byte == 0).expect("a version ends");
                        down[5 + zero + 1] ^= 0x55;
                    }
                    greeted = true;
                    client.write_all(&down[..n]).await
                }
            },
            read = client.read(&mut up) => match read {
                Ok(0) | Err(_) => return,
                Ok(n) if n > 4 && up[3] == 0 && matches!(up[4], 0x12 | 0x15 | 0x1e) && ways.no_dumps.load(Ordering::Relaxed) => {
                    let said = b"\xff\x17\x04#08S01Unknown command";
                    let length = u8::try_from(said.len()).expect("it is short");
                    client.write_all(&[&[length, 0, 0, 1], &said[..]].concat()).await
                }
                Ok(n) => server.write_all(&up[..n]).await,
            },
        };
        if done.is_err() {
            return;
        }
    }
}
