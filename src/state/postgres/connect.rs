//! Makes connections: the first host that takes writes, over TLS, with a server that can be used.

use std::future::poll_fn;
use std::sync::Arc;

use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::{AsyncMessage, Client, Connection, NoTls, Notification};
use tokio_postgres_rustls::MakeRustlsConnect;
use tracing::debug;

use super::address::{Address, host_name};
use super::link::{Link, chain, ends_the_connection, failed};
use super::{migrate, tls};
use crate::state::StateError;

/// The oldest server that is tried.
const SERVER_VERSION_MIN: i32 = 130_000;

/// Every session's settings. Plans are made once, for any number of keys, and look each key up: tables grow while a session
/// lasts. The server, too, notices a dead bridge within seconds, and drops what it has locked: within a transaction sooner than the
/// capture's lease runs out, so that a standby need not wait for it.
const SETTINGS: &str = "
    SET default_transaction_isolation = 'read committed';
    SET statement_timeout = 0;
    SET lock_timeout = 0;
    SET idle_in_transaction_session_timeout = '5s';
    SET tcp_keepalives_idle = 5;
    SET tcp_keepalives_interval = 2;
    SET tcp_keepalives_count = 3;
    SET tcp_user_timeout = 10000;
    SET client_min_messages = 'warning';
    SET plan_cache_mode = 'force_generic_plan';
    SET random_page_cost = 0.01;
    SET enable_seqscan = off;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off;
    SET jit = off;
";

/// What hears the notifications of a connection.
type Heard = Box<dyn Fn(Notification) + Send>;

/// Makes connections to one state database.
#[derive(Debug)]
pub(in crate::state) struct Connector {
    address: Address,
    tls: Option<Arc<ClientConfig>>,
}

impl Connector {
    /// Reads the certificates to trust, where TLS is used.
    pub fn new(address: Address) -> Result<Connector, StateError> {
        let plain = address.hosts.iter().all(|config| config.get_ssl_mode() == SslMode::Disable);
        let tls = if plain { None } else { Some(Arc::new(tls::config(&address)?)) };
        Ok(Connector { address, tls })
    }

    /// Where the state database is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// A connection to the first host that can be used.
    pub async fn connect(&self) -> Result<Link, StateError> {
        Ok(Link::new(self.open(Box::new(|_| ())).await?))
    }

    /// A connection with what hears its notifications.
    pub async fn open(&self, heard: Heard) -> Result<Client, StateError> {
        let client = self.reach(heard).await?;
        let settings = format!("{SETTINGS} SET search_path TO {};", self.address.quoted_schema());
        client.batch_execute(&settings).await.map_err(|e| failed("set the session up", &e))?;
        self.check(&client).await?;
        Ok(client)
    }

    /// Makes the schema or brings it up to date.
    pub async fn migrate(&self) -> Result<Link, StateError> {
        Ok(Link::new(self.made().await?))
    }

    /// A connection to a schema that is made or brought up to date.
    pub async fn made(&self) -> Result<Client, StateError> {
        let mut client = self.open(Box::new(|_| ())).await?;
        migrate::run(&mut client, &self.address).await?;
        Ok(client)
    }

    /// A connection to a schema that must be there.
    pub async fn existing(&self) -> Result<Link, StateError> {
        Ok(Link::new(self.found().await?))
    }

    /// The same, bare.
    pub async fn found(&self) -> Result<Client, StateError> {
        let client = self.open(Box::new(|_| ())).await?;
        migrate::check(&client, &self.address).await?;
        Ok(client)
    }

    async fn reach(&self, heard: Heard) -> Result<Client, StateError> {
        let mut heard = Some(heard);
        let (mut said, mut transient) = (Vec::new(), false);
        for host in &self.address.hosts {
            let opened = tokio::time::timeout(self.address.connect_max, self.reach_one(host, &mut heard)).await;
            let failure = match opened {
                Ok(Ok(client)) => return Ok(client),
                Ok(Err(error)) => {
                    transient |= may_pass(&error);
                    tls::refusal(&error).unwrap_or_else(|| chain(&error))
                }
                Err(_) => {
                    transient = true;
                    format!("no answer within {:?}", self.address.connect_max)
                }
            };
            said.push(format!("{}: {failure}", host_name(host)));
        }
        let said = said.join("; ");
        Err(match transient {
            true => StateError::Lost { action: "connect", source: said.into() },
            false => self.refused(said),
        })
    }

    async fn reach_one(
        &self,
        host: &tokio_postgres::Config,
        heard: &mut Option<Heard>,
    ) -> Result<Client, tokio_postgres::Error> {
        // It is taken only once a connection is there.
        let mut take = || heard.take().unwrap_or_else(|| Box::new(|_| ()));
        match &self.tls {
            Some(tls) => {
                let (client, connection) = host.connect(MakeRustlsConnect::new((**tls).clone())).await?;
                tokio::spawn(drive(connection, take()));
                Ok(client)
            }
            None => {
                let (client, connection) = host.connect(NoTls).await?;
                tokio::spawn(drive(connection, take()));
                Ok(client)
            }
        }
    }

    async fn check(&self, client: &Client) -> Result<(), StateError> {
        let row = client
            .query_one(
                "SELECT current_setting('server_version_num')::int, current_setting('server_version'),
                        current_setting('server_encoding'), current_setting('transaction_read_only')",
                &[],
            )
            .await
            .map_err(|e| failed("check the server", &e))?;
        let (number, version, encoding, read_only): (i32, String, String, String) =
            (row.get(0), row.get(1), row.get(2), row.get(3));
        if number < SERVER_VERSION_MIN {
            return Err(self.refused(format!("it is PostgreSQL {version}; ledgertap needs 13 or newer")));
        }
        if encoding != "UTF8" {
            return Err(self.refused(format!("its encoding is {encoding}; make a database with ENCODING 'UTF8'")));
        }
        if read_only == "on" {
            return Err(self.refused(
                "it takes no writes (a standby, or default_transaction_read_only is on): name the primary, or every host \
                 and target_session_attrs=read-write",
            ));
        }
        Ok(())
    }

    fn refused(&self, reason: impl Into<String>) -> StateError {
        StateError::Refused { server: self.address.server(), reason: reason.into() }
    }
}

/// Moves bytes until the connection ends.
async fn drive<S, T>(mut connection: Connection<S, T>, heard: Heard)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
        match message {
            Ok(AsyncMessage::Notification(notification)) => heard(notification),
            Ok(AsyncMessage::Notice(notice)) => debug!(code = notice.code().code(), "PostgreSQL has a notice"),
            Ok(_) => {}
            // Whoever uses the connection is told the same.
            Err(_) => return,
        }
    }
}

/// True where another attempt may succeed: no server there, one that starts or ends, one that takes no writes for now.
fn may_pass(error: &tokio_postgres::Error) -> bool {
    use std::error::Error as _;
    if let Some(error) = error.as_db_error() {
        let definite = [
            SqlState::INVALID_PASSWORD,
            SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
            SqlState::UNDEFINED_DATABASE,
            SqlState::INSUFFICIENT_PRIVILEGE,
            SqlState::UNDEFINED_OBJECT,
            SqlState::INVALID_PARAMETER_VALUE,
        ];
        return ends_the_connection(error) && !definite.contains(error.code());
    }
    let source = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
    error.is_closed() || source.is_some() && tls::fault(error).is_none()
}
