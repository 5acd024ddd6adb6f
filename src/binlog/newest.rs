//! The newest row of a table, by its key: two questions that an index answers.

use mysql_async::prelude::Queryable as _;

use super::error::{StoreError, from_driver};
use super::snapshot::quoted;
use super::source::Source;
use super::store::Store;

/// A table that is locked is asked again later; in seconds.
const LOCK_WAIT_MAX: u64 = 5;

impl Store {
    /// The source with this server alone, for another connection to the same one.
    pub fn only(&self, source: &Source) -> Source {
        source.at(self.at.clone())
    }

    /// Prepares a connection that asks now and then: each question sees the rows of its own moment, holds nothing afterwards,
    /// and waits for a lock for a few seconds at most.
    pub async fn ask_only(&mut self) -> Result<(), StoreError> {
        let set = format!("SET SESSION autocommit = 1, lock_wait_timeout = {LOCK_WAIT_MAX}");
        self.conn.query_drop(set).await.map_err(|error| from_driver(&self.host, "prepare the session", error))
    }

    /// The greatest value of an integer column that leads an index; `None` where the table is empty.
    pub async fn newest(&mut self, table: &str, column: &str) -> Result<Option<i128>, StoreError> {
        let (table, column) = (self.name_of(table), quoted(column));
        let newest: Vec<Option<String>> = self.rows(&format!("SELECT MAX({column}) FROM {table}"), ()).await?;
        Ok(newest.into_iter().next().flatten().and_then(|text| text.parse().ok()))
    }

    /// Is there a row with this value now?
    pub async fn has(&mut self, table: &str, column: &str, value: i128) -> Result<bool, StoreError> {
        let (table, column) = (self.name_of(table), quoted(column));
        let question = format!("SELECT 1 FROM {table} WHERE {column} = {value} LIMIT 1");
        Ok(!self.rows::<u8, _>(&question, ()).await?.is_empty())
    }
}
