//! What can go wrong with a store, and which of it may pass by itself.

use std::error::Error;
use std::fmt;
use std::io::ErrorKind;

use mysql_async::{DriverError, Error as MysqlError, IoError, ServerError};
use rustls::Error as TlsError;

/// An error of the store's connection, its binlog or a position in it.
///
/// Its text is one sentence that names the place and the remedy and holds neither a password nor a row's values; the
/// cause, where there is one, is its source.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// May pass by itself: reconnect with backoff, from the last committed position.
    #[error(transparent)]
    Transient(#[from] Transient),
    /// Stays until a person does something.
    #[error(transparent)]
    Definite(#[from] Definite),
}

type Cause = Box<dyn Error + Send + Sync>;

/// A fault that may pass: a connection that dropped, a server that restarts.
#[derive(Debug)]
pub struct Transient {
    place: String,
    what: String,
    cause: Option<Cause>,
}

/// A fault that only a person can mend, with what to do about it.
#[derive(Debug)]
pub struct Definite {
    place: String,
    what: String,
    remedy: String,
    column: Option<Box<(String, String)>>,
    cause: Option<Cause>,
}

impl Definite {
    pub(super) fn new(place: impl Into<String>, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Definite { place: place.into(), what: what.into(), remedy: remedy.into(), column: None, cause: None }
    }

    /// The account was refused on a connection without TLS: a server tells an account that requires it no more than a wrong
    /// password.
    pub(super) fn unencrypted(place: &str, error: ServerError) -> Self {
        let remedy =
            format!("{ACCOUNT_REMEDY}; or the account requires TLS (REQUIRE SSL): write ?ssl-mode=required behind it");
        Definite::new(place, REFUSED, remedy).because(error)
    }

    pub(super) fn about(mut self, column: Option<Box<(String, String)>>) -> Self {
        self.column = column;
        self
    }

    fn because(mut self, cause: impl Error + Send + Sync + 'static) -> Self {
        self.cause = Some(Box::new(cause));
        self
    }

    /// The mapped column that it is about: its table and its name.
    pub fn column(&self) -> Option<(&str, &str)> {
        self.column.as_deref().map(|(table, column)| (table.as_str(), column.as_str()))
    }

    /// What is wrong.
    pub(super) fn what(&self) -> &str {
        &self.what
    }

    /// Where it happened: the server, or the binlog file and offset.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What a person can do about it.
    pub fn remedy(&self) -> &str {
        &self.remedy
    }
}

impl Transient {
    pub(super) fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Transient { place: place.into(), what: what.into(), cause: None }
    }

    fn because(mut self, cause: impl Error + Send + Sync + 'static) -> Self {
        self.cause = Some(Box::new(cause));
        self
    }
}

impl fmt::Display for Definite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.place, self.what, self.remedy)
    }
}

impl fmt::Display for Transient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl Error for Definite {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

impl Error for Transient {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

/// The driver's error while `doing` something at `place`.
pub(super) fn from_driver(place: &str, doing: &str, error: MysqlError) -> StoreError {
    match error {
        MysqlError::Server(error) => from_server(place, doing, error),
        MysqlError::Io(IoError::Io(error)) if is_certificate(&error) => untrusted(place).because(error).into(),
        MysqlError::Io(IoError::Io(error)) => {
            Transient::new(place, format!("the connection failed while trying to {doing}")).because(error).into()
        }
        MysqlError::Io(IoError::Tls(error)) => untrusted(place).because(error).into(),
        MysqlError::Driver(DriverError::ConnectionClosed | DriverError::PacketOutOfOrder) => {
            Transient::new(place, format!("the server closed the connection while we tried to {doing}")).into()
        }
        MysqlError::Driver(DriverError::NoClientSslFlagFromServer) => Definite::new(
            place,
            "the server offers no TLS",
            "turn TLS on at the server, or add ?ssl-mode=disabled to the store's URL if the network between is trusted",
        )
        .into(),
        // The packet may hold rows, so it is not kept as a cause.
        MysqlError::Driver(DriverError::UnexpectedPacket { .. }) => Definite::new(
            place,
            format!("the server sent a packet that is none of the protocol's while we tried to {doing}"),
            "check that the address is a MySQL or MariaDB server's and that no proxy in between alters its traffic",
        )
        .into(),
        MysqlError::Driver(error) => {
            Definite::new(place, format!("cannot {doing}"), "check the store's URL and account").because(error).into()
        }
        MysqlError::Url(error) => {
            Definite::new(place, "the store's URL is not understood", "correct it").because(error).into()
        }
        MysqlError::Other(error) => {
            Transient { place: place.into(), what: format!("cannot {doing}"), cause: Some(error) }.into()
        }
    }
}

/// True where the driver has an event whole and cannot make sense of it. To it that is an IO error like a connection that
/// failed, only in other words; but it does not pass by itself.
pub(super) fn is_unreadable_event(error: &MysqlError) -> bool {
    let MysqlError::Io(IoError::Io(error)) = error else { return false };
    let of_tls = error.get_ref().is_some_and(|inner| inner.is::<TlsError>());
    let words = error.to_string();
    match error.kind() {
        ErrorKind::InvalidData => !of_tls,
        ErrorKind::UnexpectedEof => ["failed to fill whole buffer", "can't parse"].iter().any(|w| words.contains(w)),
        ErrorKind::Other => ["while reading", "length-encoded", "encountered"].iter().any(|w| words.contains(w)),
        _ => false,
    }
}

/// The driver's error on asking for the binlog, when the account is logged in: without the privilege for it MySQL answers as
/// if the password were wrong.
pub(super) fn from_dump_request(place: &str, error: MysqlError) -> StoreError {
    match error {
        MysqlError::Server(error) if error.code == 1045 => lacks_privilege(place, OPEN_BINLOG, error).into(),
        error => from_driver(place, OPEN_BINLOG, error),
    }
}

const OPEN_BINLOG: &str = "open the binlog";

fn is_certificate(error: &std::io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>());
    matches!(inner, Some(TlsError::InvalidCertificate(_) | TlsError::PeerIncompatible(_)))
}

fn untrusted(place: &str) -> Definite {
    Definite::new(
        place,
        "the server's TLS certificate cannot be trusted, or TLS cannot be agreed on",
        "name its authority with ?ssl-ca=FILE in the store's URL, or use ?ssl-mode=required (encrypted, not verified)",
    )
}

/// Server errors that pass by themselves: too many connections, shutting down, interrupted, killed, network faults.
const PASSING: [u16; 17] =
    [1040, 1053, 1077, 1152, 1158, 1159, 1160, 1161, 1203, 1205, 1213, 1226, 1317, 1927, 2006, 2013, 4031];

fn from_server(place: &str, doing: &str, error: ServerError) -> StoreError {
    let (what, remedy) = match error.code {
        code if PASSING.contains(&code) => {
            let what = format!("the server broke off (error {code}) while we tried to {doing}");
            return Transient::new(place, what).because(error).into();
        }
        // MariaDB has a number of its own for a server id that is used twice.
        1236 | 4052 => return from_dump(place, error).into(),
        1142 | 1143 | 1227 | 1370 => return lacks_privilege(place, doing, error).into(),
        1044 => return no_database(place, error).into(),
        code if is_refused(code) => (REFUSED.to_owned(), ACCOUNT_REMEDY),
        1049 => ("the database does not exist".to_owned(), "correct the database's name in the store's URL"),
        1129 | 1130 => (
            "the server accepts no connections from this host".to_owned(),
            "allow this host for the account (FLUSH HOSTS after many errors)",
        ),
        code => (format!("the server refused to {doing} (error {code})"), "see the server's message"),
    };
    Definite::new(place, what, remedy).because(error).into()
}

/// True where the account was not let in.
pub(super) fn is_refused(code: u16) -> bool {
    matches!(code, 1045 | 1698)
}

const REFUSED: &str = "the server refused the user name or the password";
const ACCOUNT_REMEDY: &str =
    "correct the user and password in the store's URL (a password's special characters are percent-encoded there)";

/// True where all that is wrong is a privilege that the account lacks.
pub(super) fn is_privilege(error: &Definite) -> bool {
    error.what.starts_with(LACKS_PRIVILEGE)
}

const LACKS_PRIVILEGE: &str = "the account lacks a privilege";

fn lacks_privilege(place: &str, doing: &str, error: ServerError) -> Definite {
    let what = format!("{LACKS_PRIVILEGE} that is needed to {doing}");
    Definite::new(place, what, "run `ledgertap check`: it prints the GRANT statements").because(error)
}

/// An account that may do nothing in the database cannot even log in to it, so that `check` never gets to its GRANTs.
fn no_database(place: &str, error: ServerError) -> Definite {
    let quoted = error.message.split_once("for user ").and_then(|(_, rest)| rest.split_once(" to database "));
    let remedy = match quoted {
        Some((account, database)) => format!("GRANT SELECT ON `{}`.* TO {account};", database.trim_matches('\'')),
        None => "GRANT it SELECT on the database".to_owned(),
    };
    Definite::new(place, "the account may not use the database, if there is one of this name", remedy).because(error)
}

/// Error 1236 stands for everything that ends a dump; only its text tells them apart.
fn from_dump(place: &str, error: ServerError) -> Definite {
    let text = error.message.to_ascii_lowercase();
    let has = |part: &str| text.contains(part);
    let (what, remedy) = if has("purged") || has("could not find first log") || has("could not find gtid state") {
        ("the binlog that holds the position has been purged", PURGED_REMEDY)
    } else if has("same server_uuid") || has("same server_id") || has("same server-id") {
        (
            "another replica or bridge uses our server id on this server",
            "stop the other one, or give each its own with store.server_id (without it ours is random)",
        )
    } else if has("alternate timeline") || has("not in the master's binlog") || has("more gtids") || has("strict mode")
    {
        ("the position is not in this server's history", AHEAD_REMEDY)
    } else if has("max_allowed_packet") {
        ("an event is larger than the server's max_allowed_packet", "raise max_allowed_packet on the server to 1 GiB")
    } else {
        ("the server ended the binlog stream (error 1236)", "see the server's message")
    };
    Definite::new(place, what, remedy).because(error)
}

/// Why the reading ends where it begins again with what the server says of a table.
pub(super) const READ_AGAIN: &str =
    "a statement changed a mapped table and was not understood: its definition is read again";

/// What to do about a position whose binlog is gone.
pub(super) const PURGED_REMEDY: &str = "start with --from and a position that is still there; where the stream has run already, `ledgertap resync` reads the tables again \
     and goes on from the head";

/// What to do about a position that the server never reached.
pub(super) const AHEAD_REMEDY: &str = "check that the URL names the right server; after a lossy failover or a RESET, \
     `ledgertap resync` reads the tables again and goes on from the head";

#[cfg(test)]
mod tests {
    use super::*;

    fn server(code: u16, message: &str) -> StoreError {
        let error = ServerError { code, message: message.into(), state: "HY000".into() };
        from_driver("db:3306", "read the binlog", MysqlError::Server(error))
    }

    #[test]
    fn a_purged_binlog_a_clash_and_a_wrong_history_are_told_apart() {
        for (message, part) in [
            ("Could not find first log file name in binary log index file", "has been purged"),
            ("the source has purged binary logs containing GTIDs that the replica requires", "has been purged"),
            ("Could not find GTID state requested by slave in any binlog files.", "has been purged"),
            ("A replica with the same server_uuid/server_id as this replica has connected", "uses our server id"),
            ("Replica has more GTIDs than the source has", "not in this server's history"),
            ("something new", "see the server's message"),
        ] {
            let error = server(1236, message);
            assert!(matches!(error, StoreError::Definite(_)));
            assert!(error.to_string().starts_with("db:3306: ") && error.to_string().contains(part), "{error}");
        }
    }

    #[test]
    fn a_kill_passes_and_a_refusal_stays() {
        assert!(matches!(server(1317, "Query execution was interrupted"), StoreError::Transient(_)));
        assert!(matches!(server(1927, "Connection was killed"), StoreError::Transient(_)));
        assert!(matches!(server(1045, "Access denied"), StoreError::Definite(_)));
        assert!(matches!(server(1049, "Unknown database"), StoreError::Definite(_)));
        let none = server(1044, "Access denied for user 'tap'@'10.0.%' to database 'shop'").to_string();
        assert!(none.ends_with("; GRANT SELECT ON `shop`.* TO 'tap'@'10.0.%';"), "{none}");
    }

    #[test]
    fn an_event_that_cannot_be_parsed_is_no_connection_that_failed() {
        let io = |kind: ErrorKind, words: &str| std::io::Error::new(kind, words.to_owned());
        let tls = std::io::Error::new(ErrorKind::InvalidData, TlsError::DecryptError);
        for (error, unreadable) in [
            (io(ErrorKind::UnexpectedEof, "failed to fill whole buffer"), true),
            (io(ErrorKind::UnexpectedEof, "can't parse: buf doesn't have enough data"), true),
            (io(ErrorKind::UnexpectedEof, "connection closed"), false),
            (io(ErrorKind::UnexpectedEof, "peer closed connection without sending TLS close_notify"), false),
            (io(ErrorKind::InvalidData, "unknown type"), true),
            (tls, false),
            (io(ErrorKind::Other, "bytes remaining on stream while reading a table map"), true),
            (io(ErrorKind::Other, "Invalid length-encoded integer value"), true),
            (io(ErrorKind::Other, "bytes remaining on stream"), false),
            (io(ErrorKind::ConnectionReset, "reset by peer"), false),
        ] {
            let words = error.to_string();
            assert_eq!(is_unreadable_event(&MysqlError::Io(IoError::Io(error))), unreadable, "{words}");
        }
        assert!(!is_unreadable_event(&MysqlError::Driver(DriverError::ConnectionClosed)));
    }

    #[test]
    fn a_foreign_packet_is_not_kept() {
        let error = MysqlError::Driver(DriverError::UnexpectedPacket { payload: b"secret row".to_vec() });
        let error = from_driver("db:3306", "read the binlog", error);
        assert!(std::error::Error::source(&error).is_none() && !format!("{error:?}").contains("115, 101"));
    }
}
