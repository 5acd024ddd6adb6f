//! Connecting: to the first of a store's hosts that answers, and that has what the stream has read.

use mysql_async::{Conn, DriverError, Error as MysqlError, Row};
use tracing::{info, warn};

use super::error::{AHEAD_REMEDY, Definite, StoreError, Transient, from_driver, is_refused};
use super::position::{GtidSet, MariaPosition, Parsed, parse};
use super::source::{Host, Source};
use super::store::Store;
use super::variables::{Flavour, Variables};
use crate::change::{Position, ServerIdentity};

/// What a stream has read so far: a server that it goes on at must have it, too.
#[derive(Debug, Clone, Copy)]
pub struct Read<'a> {
    /// Where it stands.
    pub position: &'a Position,
    /// The server that this was read from; `None` where it was never noted.
    pub server: Option<&'a ServerIdentity>,
    /// The transaction of which parts have been taken in.
    pub begun: Option<&'a str>,
}

/// A connection to one host, to begin with.
pub(super) async fn first_conn(host: &Host) -> Result<Conn, StoreError> {
    if let Some(file) = host.ca()
        && let Err(error) = std::fs::File::open(file)
    {
        let what = format!("the file {file} that ssl-ca names cannot be read ({error})");
        return Err(Definite::new("the store's URL", what, "name the authority's certificate, a PEM file").into());
    }
    conn(host).await.map_err(|error| match error {
        MysqlError::Server(error) if is_refused(error.code) && host.opts().ssl_opts().is_none() => {
            Definite::unencrypted(host.name(), error).into()
        }
        error => from_driver(host.name(), "connect", error),
    })
}

/// A connection to one host.
pub(super) async fn conn(host: &Host) -> Result<Conn, MysqlError> {
    match (Conn::new(host.opts()).await, host.plain_opts()) {
        (Err(MysqlError::Driver(DriverError::NoClientSslFlagFromServer)), Some(plain)) => Conn::new(plain).await,
        (other, _) => other,
    }
}

impl Store {
    /// Connects, and refuses a server whose binlog is off or not made of whole rows.
    pub async fn connect(source: &Source) -> Result<Store, StoreError> {
        let store = Store::inspect(source).await?;
        store.refuse_unreadable()?;
        Ok(store)
    }

    /// Connects to whatever server it is, the first host that answers: for [`Store::preflight`], which then says what is wrong
    /// with it.
    pub async fn inspect(source: &Source) -> Result<Store, StoreError> {
        let mut failed = None;
        for host in source.hosts() {
            match Store::at(source, host).await {
                Ok(store) => return Ok(store),
                Err(error) => failed = Some(worse(failed, error)),
            }
        }
        Err(failed.unwrap_or_else(|| Transient::new("the store", "no host is named").into()))
    }

    /// Connects to the first host that has all that was read. One that has not is passed over with a warning that says what it
    /// lacks; where no host has it, the error says so.
    pub async fn connect_on(source: &Source, read: Read<'_>) -> Result<Store, StoreError> {
        let several = source.hosts().len() > 1;
        let mut failed = None;
        for host in source.hosts() {
            let fit = async {
                let mut store = Store::at(source, host).await?;
                store.refuse_unreadable()?;
                store.must_have(read).await?;
                Ok(store)
            };
            match fit.await {
                Ok(store) => return Ok(store),
                Err(error) => {
                    if several {
                        warn!(host = host.name(), %error, "host passed over");
                    }
                    failed = Some(worse(failed, error));
                }
            }
        }
        Err(failed.unwrap_or_else(|| Transient::new("the store", "no host is named").into()))
    }

    async fn at(source: &Source, host: &Host) -> Result<Store, StoreError> {
        let conn = first_conn(host).await?;
        let mut store = Store {
            conn,
            variables: Variables::default(),
            server: String::new(),
            host: host.name().to_owned(),
            at: host.clone(),
            server_id: source.server_id(),
            heartbeat: source.heartbeat(),
            database: source.database().to_owned(),
            lenient: false,
        };
        store.read_variables().await?;
        store.server = store.variables.server();
        Ok(store)
    }

    /// Which server this is.
    pub fn identity(&self) -> ServerIdentity {
        let (flavour, name) = match self.variables.flavour() {
            Flavour::MySql => ("mysql", "server_uuid"),
            Flavour::MariaDb => ("mariadb", "server_id"),
        };
        ServerIdentity { flavour: flavour.to_owned(), id: self.variables.get(name).to_owned() }
    }

    /// Refuses a server that has not executed all that was read; a replica that may still come to it is to be tried again.
    pub async fn must_have(&mut self, read: Read<'_>) -> Result<(), StoreError> {
        let parsed = parse(read.position).map_err(|error| self.stop(error.to_string(), "correct the position"))?;
        let here = self.identity();
        if let Some(server) = read.server.filter(|server| **server != here) {
            if matches!(parsed, Parsed::File { .. }) {
                let what = format!(
                    "the position {} is of another server ({server}) than this one ({here}), where it means nothing",
                    read.position
                );
                return Err(self.stop(
                    what,
                    "name the server that it was read from, or begin anew; with GTIDs another could go on",
                ));
            }
            info!(host = self.host, %server, %here, "this is another server than before; it must have executed all that was read");
        }
        let begun = match (&parsed, read.begun) {
            (Parsed::MySql(_), Some(begun)) => GtidSet::parse(begun).map(Parsed::MySql),
            (Parsed::MariaDb(_), Some(begun)) => MariaPosition::parse(begun).map(Parsed::MariaDb),
            _ => None,
        };
        let lacks_begun = match &begun {
            Some(begun) => self.lacking(begun).await?,
            None => String::new(),
        };
        let late = Some(self.lacking(&parsed).await?).filter(|late| !late.is_empty()).unwrap_or(lacks_begun.clone());
        if !late.is_empty() && self.follows().await {
            let what = format!("this replica has not executed {late} yet, which has been read elsewhere");
            return Err(Transient::new(&self.host, what).into());
        }
        self.validate(&parsed).await?;
        if lacks_begun.is_empty() {
            return Ok(());
        }
        let what =
            format!("parts of the transaction {lacks_begun} have been taken in, and this server never executed it");
        Err(self.stop(what, AHEAD_REMEDY))
    }

    /// What this server has not come to; nothing, where it has come as far, be it by a history that went another way.
    async fn lacking(&mut self, read: &Parsed) -> Result<String, StoreError> {
        Ok(match read {
            Parsed::MySql(read) if self.variables.has_gtids() => {
                read.minus(&self.gtids("@@GLOBAL.gtid_executed").await?).to_string()
            }
            Parsed::MariaDb(read) if self.variables.flavour() == Flavour::MariaDb => {
                read.minus(&self.maria("@@GLOBAL.gtid_binlog_pos").await?).to_string()
            }
            _ => String::new(),
        })
    }

    /// True where the server takes in what another has written, as far as the account may see that; a server that may not be
    /// written to counts as one.
    async fn follows(&mut self) -> bool {
        let statements = match self.variables.flavour() {
            Flavour::MariaDb => ["SHOW ALL SLAVES STATUS", "SHOW SLAVE STATUS"],
            Flavour::MySql => ["SHOW REPLICA STATUS", "SHOW SLAVE STATUS"],
        };
        for statement in statements {
            let Ok(sources) = self.rows::<Row, _>(statement, ()).await else { continue };
            let runs = |row: &Row, name: &str| {
                let column = row.columns_ref().iter().position(|column| column.name_str() == name);
                let value = column.and_then(|column| row.get_opt::<String, _>(column)?.ok());
                value.is_some_and(|value| value != "No")
            };
            let threads = ["Slave_SQL_Running", "Slave_IO_Running", "Replica_SQL_Running", "Replica_IO_Running"];
            return sources.iter().any(|row| threads.iter().any(|thread| runs(row, thread)));
        }
        self.variables.is("read_only", "ON")
    }

    /// The transactions of a MariaDB position that this server never wrote: of each domain and server it keeps the last sequence
    /// number (`gtid_binlog_state`), so that a history that went another way is told apart.
    pub(super) async fn never_written(&mut self, position: &MariaPosition) -> Result<Vec<String>, StoreError> {
        let state = self.value("@@GLOBAL.gtid_binlog_state").await?;
        let written = |domain: u32, server: u32, sequence: u64| {
            state
                .split(',')
                .filter_map(|one| MariaPosition::parse(one.trim()))
                .any(|one| one.0.get(&domain).is_some_and(|&(by, last)| by == server && last >= sequence))
        };
        let missing = position.0.iter().filter(|(d, (s, n))| !written(**d, *s, *n));
        Ok(missing.map(|(domain, (server, sequence))| format!("{domain}-{server}-{sequence}")).collect())
    }
}

/// What to say of several hosts of which none will do: one that cannot be reached may come back and have it all, so that it is
/// tried again; only where every host is out for good the first of them is.
fn worse(one: Option<StoreError>, other: StoreError) -> StoreError {
    match (one, other) {
        (Some(StoreError::Transient(one)), _) => one.into(),
        (_, StoreError::Transient(other)) => other.into(),
        (Some(one), _) => one,
        (None, other) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::error::Definite;
    use super::*;

    #[test]
    fn a_host_that_may_come_back_is_waited_for() {
        let transient = || StoreError::from(Transient::new("a", "gone"));
        let definite = || StoreError::from(Definite::new("b", "lacks", "mend"));
        assert!(matches!(worse(Some(transient()), definite()), StoreError::Transient(_)));
        assert!(matches!(worse(Some(definite()), transient()), StoreError::Transient(_)));
        assert!(matches!(worse(Some(definite()), definite()), StoreError::Definite(_)));
        assert!(matches!(worse(None, definite()), StoreError::Definite(_)));
    }
}
