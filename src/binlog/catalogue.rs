//! What is in the store's database, before anything is known of it.

use std::collections::{BTreeMap, BTreeSet};

use super::error::StoreError;
use super::snapshot::quoted;
use super::store::Store;

impl Store {
    /// The columns of every table that the account sees, by table.
    pub async fn catalogue(&mut self) -> Result<BTreeMap<String, BTreeSet<String>>, StoreError> {
        let all = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = ?";
        let rows: Vec<(String, String)> = self.rows(all, (self.database.clone(),)).await?;
        let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (table, column) in rows {
            tables.entry(table).or_default().insert(column);
        }
        Ok(tables)
    }

    /// One value of a table of settings: `column` of the row whose `name` is `is`; `None` where it is not there, or not to be
    /// read.
    pub async fn setting(&mut self, table: &str, column: &str, name: &str, is: &str) -> Option<String> {
        let statement =
            format!("SELECT {} FROM {} WHERE {} = ? LIMIT 1", quoted(column), self.name_of(table), quoted(name));
        let rows: Vec<Option<String>> = self.rows(&statement, (is.to_owned(),)).await.ok()?;
        rows.into_iter().next().flatten()
    }
}
