//! The way to an ERP: through a proxy that the environment names, and only to servers whose certificate can be trusted.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use ledgertap::sandbox::{Config, Faults, Sandbox, start};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A name that no name server knows: who reaches it went through the proxy.
const HOST: &str = "erp.invalid";

/// A sandbox behind TLS, and a folder for what the program reads.
struct World {
    sandbox: Sandbox,
    tls: SocketAddr,
    folder: tempfile::TempDir,
    /// The authority's certificate.
    authority: PathBuf,
}

impl World {
    /// The server's certificate is for this name, and ends with this year.
    async fn new(name: &str, until_year: i32) -> World {
        let config = Config::new("127.0.0.1:0".parse().unwrap(), Faults::none(), 1);
        let (sandbox, folder) = (start(config).await.unwrap(), tempfile::tempdir().unwrap());
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "an authority of tests");
        let key = KeyPair::generate().unwrap();
        let authority = folder.path().join("authority.pem");
        std::fs::write(&authority, params.self_signed(&key).unwrap().pem()).unwrap();
        let issuer = Issuer::new(params, key);
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(until_year, 1, 1));
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap().pem();
        let tls = tls_before(sandbox.addr(), &certificate, &key.serialize_pem());
        World { sandbox, tls, folder, authority }
    }

    /// The line of `ledgertap check` about the ERP at `url`, in this environment.
    async fn check(&self, url: &str, environment: &[(&str, String)]) -> String {
        let erp = self.sandbox.erp_block().replace(&format!("http://{}", self.sandbox.addr()), url);
        let config = self.folder.path().join("shop.toml");
        let store =
            "[store]\nurl = \"mysql://root@127.0.0.1:9/shop\"\nmapping = \"ecshop\"\n[state]\nurl = \"sqlite:x.db\"\n";
        std::fs::write(&config, format!("{store}{erp}")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_ledgertap"));
        command.args(["check", "--config"]).arg(&config);
        for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "NO_PROXY", "no_proxy"] {
            command.env_remove(name);
        }
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        let ended = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let said = String::from_utf8(ended.stdout).unwrap();
        let erp: Vec<&str> =
            said.lines().filter(|line| line.contains("logged in at") || line.contains("ERP")).collect();
        assert!(!erp.is_empty(), "{said}{}", String::from_utf8_lossy(&ended.stderr));
        erp.join("\n")
    }

    fn trusted(&self) -> (&'static str, String) {
        ("SSL_CERT_FILE", self.authority.display().to_string())
    }
}

/// Takes TLS off before the server at `behind`, one request after the other.
fn tls_before(behind: SocketAddr, certificate: &str, key: &str) -> SocketAddr {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let certificates = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let config = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(certificates, key).unwrap();
    let config = Arc::new(config);
    serve(move |client| {
        let connection = rustls::ServerConnection::new(config.clone()).unwrap();
        let mut client = rustls::StreamOwned::new(connection, client);
        let mut server = TcpStream::connect(behind)?;
        loop {
            let request = message(&mut client)?;
            server.write_all(&request)?;
            let answer = message(&mut server)?;
            client.write_all(&answer)?;
            client.flush()?;
        }
    })
}

/// A proxy that knows one name, and where that is; counts what it was asked for.
fn proxy(to: SocketAddr, asked: Arc<AtomicU32>) -> SocketAddr {
    serve(move |mut client| {
        let head = String::from_utf8(message(&mut client)?).unwrap();
        asked.fetch_add(1, Ordering::Relaxed);
        if !head.starts_with(&format!("CONNECT {HOST}:443 HTTP/1.1\r\n")) {
            return client.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        }
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
        let server = TcpStream::connect(to)?;
        let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
        std::thread::spawn(move || std::io::copy(&mut from_client, &mut to_server));
        std::io::copy(&mut &server, &mut client).map(drop)
    })
}

/// Does the same with every connection, each in a thread of its own.
fn serve(each: impl Fn(TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (addr, each) = (listener.local_addr().unwrap(), Arc::new(each));
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let each = each.clone();
            // A client that goes away ends it.
            std::thread::spawn(move || drop(each(client)));
        }
    });
    addr
}

/// One HTTP/1.1 message with its body.
fn message(from: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let (mut read, mut byte) = (Vec::new(), [0]);
    while !read.ends_with(b"\r\n\r\n") {
        from.read_exact(&mut byte)?;
        read.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&read).to_lowercase();
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length:")).map_or(0, |n| n.trim().parse().unwrap());
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    read.extend(body);
    Ok(read)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erp_is_reached_through_the_proxy_that_the_environment_names() {
    let world = World::new(HOST, 2999).await;
    let asked = Arc::new(AtomicU32::new(0));
    let proxy = ("HTTPS_PROXY", format!("http://{}", proxy(world.tls, asked.clone())));
    let said = world.check(&format!("https://{HOST}"), &[proxy.clone(), world.trusted()]).await;
    assert!(said.contains(&format!("logged in at https://{HOST}")), "{said}");
    assert!(asked.load(Ordering::Relaxed) > 0 && world.sandbox.books().requests > 0);
    // Without the proxy nobody knows the name; and this machine's own addresses need none.
    let said = world.check(&format!("https://{HOST}"), &[world.trusted()]).await;
    assert!(said.contains("not reached"), "{said}");
    let (before, url) = (asked.load(Ordering::Relaxed), format!("http://{}", world.sandbox.addr()));
    let said = world.check(&url, &[proxy, ("HTTP_PROXY", "http://127.0.0.1:9".to_owned())]).await;
    assert!(said.contains("logged in at") && asked.load(Ordering::Relaxed) == before, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_cannot_be_trusted_says_what_to_do() {
    let (good, old) = (World::new("localhost", 2999).await, World::new("localhost", 2021).await);
    let url = |world: &World, host: &str| format!("https://{host}:{}", world.tls.port());
    let said = good.check(&url(&good, "localhost"), &[good.trusted()]).await;
    assert!(said.contains("logged in at"), "{said}");
    let said = good.check(&url(&good, "localhost"), &[]).await;
    assert!(said.contains("no authority that this machine trusts") && said.contains("SSL_CERT_FILE"), "{said}");
    let said = good.check(&url(&good, "127.0.0.1"), &[good.trusted()]).await;
    assert!(said.contains("shows a certificate for another name: correct erp.url"), "{said}");
    let said = old.check(&url(&old, "localhost"), &[old.trusted()]).await;
    assert!(said.contains("has run out: have it renewed there"), "{said}");
    assert!(!old.sandbox.books().requests > 0);
}
