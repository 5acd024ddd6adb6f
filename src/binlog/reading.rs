//! Some rows of the live store, and the store's own answer to a SELECT: a look that writes nothing and keeps nothing.
//!
//! Rows come with the very values that the binlog would give them, as a [`Snapshot`](super::Snapshot)'s do. What the server
//! prints comes in its own words: with the shop's zone and variables, and the server's own `sql_mode`. Both are of one moment,
//! where the engine has such a thing: a read-only transaction with a consistent snapshot, which is to be begun anew every so
//! often, because an ALTER of a table waits until it ends.

use std::collections::BTreeMap;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Row as ServerRow, Value as ServerValue};

use super::charset::Charset;
use super::connect;
use super::error::{Definite, StoreError, from_driver};
use super::rows::undecodable;
use super::snapshot::{columns, quoted};
use super::store::Store;
use crate::change::{Row, TableShape, TableUse};

/// How SELECTs are run: as the shop's own session would.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Session {
    /// `+08:00` or `Europe/Paris`.
    pub time_zone: String,
    /// What the server is to use where it does not know the zone by its name.
    pub offset: String,
    /// `@name` and what it holds, as an SQL literal.
    pub variables: Vec<(String, String)>,
    /// What texts are really in, where the columns say something else.
    pub charset: Option<String>,
}

/// A connection that looks.
pub struct Reading {
    conn: Conn,
    host: String,
    session: Session,
    set_for: SetFor,
    /// The server knows no zones by name.
    nameless: bool,
}

/// What the session is set up for.
#[derive(Clone, Copy, PartialEq)]
enum SetFor {
    Nothing,
    Rows,
    Selects,
}

impl Store {
    /// Opens a look at the store on a connection of its own.
    pub async fn reading(&self, session: &Session) -> Result<Reading, StoreError> {
        let host = self.at.name().to_owned();
        let conn = connect::first_conn(&self.at).await?;
        let mut reading = Reading { conn, host, session: session.clone(), set_for: SetFor::Nothing, nameless: false };
        for (name, value) in &session.variables {
            reading.run(&format!("SET @{} = {value}", quoted(name))).await?;
        }
        reading.run("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ").await?;
        reading.set_zone().await?;
        Ok(reading)
    }
}

impl Reading {
    /// Begins a new moment: from here on rows are as they are now.
    pub async fn begin(&mut self) -> Result<(), StoreError> {
        self.run("ROLLBACK").await?;
        self.run("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY").await
    }

    /// True where the server does not know the shop's zone by its name, and an offset stands in for it.
    pub fn is_nameless(&self) -> bool {
        self.nameless
    }

    /// Runs SELECTs from here on at this offset from UTC (`+01:00`), whatever the shop's zone is.
    pub async fn set_offset(&mut self, offset: &str) -> Result<(), StoreError> {
        self.session.time_zone = offset.to_owned();
        self.set_for = SetFor::Nothing;
        self.run(&format!("SET @time_zone = '{offset}'")).await
    }

    /// The rows of a table, called `alias`, that meet a condition: the columns in use.
    pub async fn rows(
        &mut self,
        uses: &TableUse,
        shape: &TableShape,
        alias: &str,
        condition: &str,
    ) -> Result<Vec<Row>, StoreError> {
        self.set_for_rows().await?;
        let columns = columns(uses, shape).map_err(|(column, why)| {
            let what = format!("column `{column}` of table `{}` cannot be read: {why}", uses.table);
            Definite::new(&self.host, what, "leave the column out of the mapping's SELECT, or convert it in the store")
        })?;
        let list: Vec<String> = columns.iter().map(|c| format!("{}.{}", quoted(alias), quoted(c.name))).collect();
        let (list, table) = (list.join(", "), quoted(&uses.table));
        let statement = format!("SELECT {list} FROM {table} AS {} WHERE {condition}", quoted(alias));
        let read = self.conn.exec::<ServerRow, _, _>(statement, ()).await;
        let read = read.map_err(|error| from_driver(&self.host, &format!("read the table `{}`", uses.table), error))?;
        let mut rows = Vec::with_capacity(read.len());
        for row in read {
            let digits: Vec<usize> = row.columns_ref().iter().map(|c| usize::from(c.decimals())).collect();
            let mut values = Vec::with_capacity(columns.len());
            for ((column, said), digits) in columns.iter().zip(row.unwrap_raw()).zip(digits) {
                let value = column.form.value(said.unwrap_or(ServerValue::NULL), digits);
                values.push(value.map_err(|why| {
                    let fault = undecodable(&uses.table, column.name, why);
                    Definite::new(&self.host, fault.what, fault.remedy)
                })?);
            }
            rows.push(values.into());
        }
        Ok(rows)
    }

    /// What the server prints for a SELECT, by the columns' names. `what` names it in errors.
    pub async fn printed(
        &mut self,
        statement: &str,
        what: &str,
    ) -> Result<Vec<BTreeMap<String, Option<String>>>, StoreError> {
        self.set_for_selects().await?;
        let read = self.conn.query::<ServerRow, _>(statement).await;
        let read = read.map_err(|error| from_driver(&self.host, &format!("run {what}"), error))?;
        let really = self.session.charset.as_deref().and_then(Charset::named);
        let text = |said: Option<ServerValue>| match said {
            None | Some(ServerValue::NULL) => None,
            Some(ServerValue::Bytes(bytes)) => Some(words(&bytes, really)),
            Some(other) => Some(other.as_sql(true)),
        };
        let mut rows = Vec::with_capacity(read.len());
        for row in read {
            let names: Vec<String> = row.columns_ref().iter().map(|c| c.name_str().into_owned()).collect();
            rows.push(names.into_iter().zip(row.unwrap_raw().into_iter().map(text)).collect());
        }
        Ok(rows)
    }

    /// Sets the shop's zone, or its offset where the server lacks the table of names.
    async fn set_zone(&mut self) -> Result<(), StoreError> {
        let set = |zone: &str| format!("SET SESSION time_zone = '{zone}', @time_zone = '{zone}'");
        let done = self.conn.query_drop(set(&self.session.time_zone)).await;
        if matches!(&done, Err(mysql_async::Error::Server(error)) if error.code == UNKNOWN_ZONE) {
            self.nameless = true;
            self.session.time_zone.clone_from(&self.session.offset);
            let offset = set(&self.session.time_zone);
            return self.run(&offset).await;
        }
        done.map_err(|error| from_driver(&self.host, "set the shop's zone", error))
    }

    async fn set_for_rows(&mut self) -> Result<(), StoreError> {
        if std::mem::replace(&mut self.set_for, SetFor::Rows) == SetFor::Rows {
            return Ok(());
        }
        self.run("SET SESSION sql_mode = '', time_zone = '+00:00', character_set_results = NULL").await
    }

    async fn set_for_selects(&mut self) -> Result<(), StoreError> {
        if std::mem::replace(&mut self.set_for, SetFor::Selects) == SetFor::Selects {
            return Ok(());
        }
        // Bytes that the columns name wrongly must not be converted.
        let results = if self.session.charset.is_some() { "NULL" } else { "utf8mb4" };
        let zone = self.session.time_zone.clone();
        self.run(&format!(
            "SET SESSION sql_mode = @@GLOBAL.sql_mode, time_zone = '{zone}', character_set_results = {results}"
        ))
        .await
    }

    async fn run(&mut self, statement: &str) -> Result<(), StoreError> {
        self.conn.query_drop(statement).await.map_err(|error| from_driver(&self.host, "prepare a look at rows", error))
    }
}

/// `ER_UNKNOWN_TIME_ZONE`
const UNKNOWN_ZONE: u16 = 1298;

/// Printed bytes: in the charset that texts are really in, or in UTF-8.
fn words(bytes: &[u8], really: Option<Charset>) -> String {
    let decoded = really.and_then(|charset| charset.decode(bytes)).map(std::borrow::Cow::into_owned);
    decoded.unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned())
}
