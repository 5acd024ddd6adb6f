//! The questions of a preflight. None of them changes anything, and only the first few have to be answered.

use jiff::Timestamp;
use mysql_async::Row;

use super::sessions::WATCHED;
use super::tables::{Mapped, cascades_in};
use super::{Attached, Facts, Finding, Preflight};
use crate::binlog::error::StoreError;
use crate::binlog::grants::Grants;
use crate::binlog::store::Store;
use crate::binlog::variables::Flavour;

impl Store {
    /// Everything that `check` reports about the server and the account; changes nothing.
    pub async fn preflight(&mut self, tables: &[String], stream: &Attached) -> Preflight {
        let mut facts = Facts {
            database: self.database.clone(),
            tables: tables.len(),
            host: self.host.clone(),
            server_id: self.server_id,
            running: stream.running,
            ..Facts::default()
        };
        if let Err(error) = self.gather(&mut facts, tables).await {
            return Preflight { findings: vec![Finding::fix(error.to_string(), "try again")], grants: Vec::new() };
        }
        self.gather_tables(&mut facts, tables).await;
        self.gather_topology(&mut facts).await;
        facts.logs = self.logs(stream.position.as_ref()).await;
        Preflight { findings: facts.findings(), grants: facts.least_grants(tables) }
    }

    async fn gather(&mut self, facts: &mut Facts, tables: &[String]) -> Result<(), StoreError> {
        self.read_variables().await?;
        facts.variables = self.variables.clone();
        facts.account = self.value("CURRENT_USER()").await?;
        let lines: Vec<String> = self.rows("SHOW GRANTS", ()).await?;
        facts.grants = Grants::parse(&lines);
        facts.lists_binlogs = self.answers("SHOW BINARY LOGS").await.is_some();
        if let Some(status) = self.answers(self.status_statement()).await.and_then(|rows| rows.into_iter().next()) {
            let text = |i: usize| status.get_opt::<String, _>(i).and_then(Result::ok).unwrap_or_default();
            facts.filters = (text(2), text(3));
        }
        for table in tables {
            let read = format!("SELECT 1 FROM {} LIMIT 0", self.name_of(table));
            if self.answers(&read).await.is_none() {
                facts.unreadable.push(table.clone());
            }
        }
        Ok(())
    }

    async fn gather_tables(&mut self, facts: &mut Facts, tables: &[String]) {
        let mut triggers = 0;
        for table in tables.iter().filter(|table| !facts.unreadable.contains(table)) {
            let name = (self.database.clone(), table.clone());
            let engine = "SELECT engine FROM information_schema.tables WHERE table_schema = ? AND table_name = ?";
            let engine: Vec<Option<String>> = self.rows(engine, name.clone()).await.unwrap_or_default();
            let Some(engine) = engine.into_iter().next() else { continue };
            let shown = self.answers(&format!("SHOW CREATE TABLE {}", self.name_of(table))).await.unwrap_or_default();
            let text = shown.first().and_then(|row| row.get_opt::<String, _>(1)?.ok()).unwrap_or_default();
            let cascades = if engine.is_some() { cascades_in(&text) } else { Vec::new() };
            facts.mapped.push(Mapped { table: table.clone(), engine, cascades });
            let those = "SELECT trigger_name FROM information_schema.triggers WHERE event_object_schema = ? AND \
                 event_object_table = ?";
            triggers += self.rows::<String, _>(those, name).await.unwrap_or_default().len();
        }
        // An account that may not see them is answered that there are none.
        let seen = triggers > 0 || facts.grants.has_on("TRIGGER", &self.database);
        facts.triggers = seen.then_some(triggers);
    }

    async fn gather_topology(&mut self, facts: &mut Facts) {
        let (before, now) = (Timestamp::now(), self.value("UNIX_TIMESTAMP()").await);
        // The store's second has begun before we asked, or while we waited.
        let ours = before.as_millisecond().midpoint(Timestamp::now().as_millisecond());
        let now: Option<i64> = now.ok().and_then(|text| text.split('.').next()?.parse().ok());
        facts.clock_ahead = now.map(|theirs| (theirs * 1000 + 500 - ours) / 1000);
        let inside = self.value("CONNECTION_ID() + 0").await.ok().and_then(|text| text.parse().ok());
        facts.connection_ids = inside.map(|inside| (self.conn.id(), inside));
        let hours = "SELECT value FROM mysql.rds_configuration WHERE name = 'binlog retention hours'";
        let hours: Option<Vec<Option<String>>> = self.rows(hours, ()).await.ok();
        facts.rds_hours = hours.map(|rows| rows.into_iter().next().flatten().and_then(|text| text.parse().ok()));
        let watched = WATCHED.map(|name| format!("'{name}'")).join(", ");
        let sessions = format!(
            "SELECT variable_name, variable_value, COUNT(*) FROM performance_schema.variables_by_thread \
             WHERE variable_name IN ({watched}) GROUP BY variable_name, variable_value ORDER BY variable_name, variable_value"
        );
        // With the schema off its tables are there, and empty.
        if facts.variables.is("performance_schema", "ON") {
            facts.sessions = self.rows(&sessions, ()).await.ok();
        }
        let replicas = self.first_answer(&["SHOW REPLICAS", "SHOW SLAVE HOSTS"]).await;
        facts.replicas = replicas.map(|rows| rows.iter().filter_map(|row| row.get_opt::<u32, _>(0)?.ok()).collect());
        let follows = match self.variables.flavour() {
            Flavour::MariaDb => self.first_answer(&["SHOW ALL SLAVES STATUS"]).await,
            Flavour::MySql => self.first_answer(&["SHOW REPLICA STATUS", "SHOW SLAVE STATUS"]).await,
        };
        facts.follows = follows.map(|rows| !rows.is_empty());
    }

    /// The rows; `None` where the server refuses, for whatever reason.
    async fn answers(&mut self, statement: &str) -> Option<Vec<Row>> {
        self.rows::<Row, _>(statement, ()).await.ok()
    }

    /// The first of several names of a statement that the server knows and allows.
    async fn first_answer(&mut self, statements: &[&str]) -> Option<Vec<Row>> {
        for statement in statements {
            if let Some(rows) = self.answers(statement).await {
                return Some(rows);
            }
        }
        None
    }
}
