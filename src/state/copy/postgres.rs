//! A PostgreSQL schema that is copied from or to.

use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

use super::CopyError;
use super::form::{Cell, Row};
use super::side::page_sql;
use super::tables::{Column, HISTORY, Kind, Part, Table};
use crate::state::StateError;
use crate::state::postgres::address::Address;
use crate::state::postgres::connect::Connector;
use crate::state::postgres::link::failed;
use crate::state::postgres::text::read;
use crate::state::postgres::{ANALYZE, from_us};

/// Nothing is sent over the connection while the other side works.
const PATIENCE: &str = "SET idle_in_transaction_session_timeout = 0";

/// Who captures a stream: a lease that has not run out, and a connection that has not ended.
const CAPTURED: &str = "
    SELECT coalesce(holder, ''), lease_until_us FROM stream
    WHERE name = $1 AND lease_until_us > (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
      AND (connection IS NULL OR EXISTS (
               SELECT 1 FROM pg_stat_activity a WHERE a.pid = split_part(connection, ' ', 1)::int
                  AND (a.backend_start IS NULL OR connection = a.pid || ' ' || extract(epoch FROM a.backend_start))))";

/// When the last claim of a stream's relays runs out, where one has not.
const RELAYED: &str = "
    SELECT max(lease_until_us) FROM outbox
    WHERE stream = $1 AND state = 'sending'
      AND lease_until_us > (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

/// A connection to a schema.
pub(super) struct Schema {
    client: Client,
}

impl Schema {
    pub async fn source(url: &str) -> Result<Schema, StateError> {
        Schema::over(Connector::new(Address::parse(url)?)?.found().await?).await
    }

    pub async fn target(url: &str) -> Result<Schema, StateError> {
        Schema::over(Connector::new(Address::parse(url)?)?.made().await?).await
    }

    async fn over(client: Client) -> Result<Schema, StateError> {
        client.batch_execute(PATIENCE).await.map_err(|e| failed("set the session up", &e))?;
        Ok(Schema { client })
    }

    pub async fn tables(&self) -> Result<Vec<Table>, CopyError> {
        let sql = "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), array_position(i.indkey::int2[], a.attnum)
                   FROM pg_class c
                   JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                   LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
                   WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> $1
                   ORDER BY c.relname COLLATE \"C\", a.attnum";
        let rows = self.client.query(sql, &[&HISTORY]).await.map_err(|e| failed("read the catalogue", &e))?;
        let mut tables: Vec<(Table, Vec<(i32, String)>)> = Vec::new();
        for row in &rows {
            let (table, name, sql_type): (String, String, String) = (row.get(0), row.get(1), row.get(2));
            if tables.last().is_none_or(|(last, _)| last.name != table) {
                tables.push((Table { name: table, columns: Vec::new(), key: Vec::new() }, Vec::new()));
            }
            let Some((table, key)) = tables.last_mut() else { continue };
            let kind = match sql_type.as_str() {
                "text" => Kind::Text,
                "bigint" | "integer" => Kind::Int,
                "boolean" => Kind::Bool,
                _ => return Err(table.unknown(format!("its column {name} is of type {sql_type}"))),
            };
            if let Some(place) = row.get(3) {
                key.push((place, name.clone()));
            }
            table.columns.push(Column { name, kind, sql_type });
        }
        let keyed = |(table, mut key): (Table, Vec<(i32, String)>)| {
            key.sort();
            Table { key: key.into_iter().map(|(_, name)| name).collect(), ..table }
        };
        Ok(tables.into_iter().map(keyed).collect())
    }

    pub async fn texts(&self, sql: &str, params: &[&str]) -> Result<Vec<String>, CopyError> {
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|text| text as &(dyn ToSql + Sync)).collect();
        let rows = self.client.query(sql, &params).await.map_err(|e| failed("read what is there", &e))?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    pub async fn range(&self, sql: &str, stream: &str) -> Result<Option<(i64, i64)>, CopyError> {
        let row = self.client.query_one(sql, &[&stream]).await.map_err(|e| failed("read its numbers", &e))?;
        Ok(row.get::<_, Option<i64>>(0).zip(row.get(1)))
    }

    pub async fn begin_reading(&self, streams: &[String]) -> Result<(), CopyError> {
        self.batch("begin", "BEGIN ISOLATION LEVEL REPEATABLE READ").await?;
        // Whoever begins to capture waits for these rows.
        let lock = "SELECT name FROM stream WHERE name = ANY($1) FOR SHARE";
        self.client.query(lock, &[&streams]).await.map_err(|e| failed("lock the streams", &e))?;
        for stream in streams {
            let captured =
                self.client.query_opt(CAPTURED, &[stream]).await.map_err(|e| failed("read the lease", &e))?;
            if let Some(row) = captured {
                let (holder, until) = (read(row.get(0)), from_us(row.get(1)));
                return Err(CopyError::Captured { stream: stream.clone(), holder, until });
            }
            let row = self.client.query_one(RELAYED, &[stream]).await.map_err(|e| failed("read claims", &e))?;
            if let Some(until) = row.get::<_, Option<i64>>(0) {
                return Err(CopyError::Relayed { stream: stream.clone(), until: from_us(until) });
            }
        }
        Ok(())
    }

    pub async fn lock_out_copies(&self) -> Result<(), CopyError> {
        let lock = "SELECT pg_advisory_lock(hashtextextended('ledgertap copy ' || current_schema(), 0))";
        self.client.execute(lock, &[]).await.map_err(|e| failed("wait for another copy", &e))?;
        Ok(())
    }

    /// Bridges of other streams may draw numbers at this moment: the sequence is locked until it is past ours.
    pub async fn reserve(&self, table: &str, first: i64, last: i64) -> Result<i64, CopyError> {
        let action = "reserve numbers";
        let name = self.texts("SELECT pg_get_serial_sequence($1, 'seq')", &[table]).await?.pop().unwrap_or_default();
        self.batch(action, &format!("BEGIN; ALTER SEQUENCE {name} NO CYCLE")).await?;
        let sql = format!("SELECT (SELECT coalesce(max(seq), 0) FROM \"{table}\"), last_value FROM {name}");
        let row = self.client.query_one(&sql, &[]).await.map_err(|e| failed(action, &e))?;
        let (taken, drawn): (i64, i64) = (row.get(0), row.get(1));
        let shift = if taken < first { 0 } else { taken + 1 - first };
        let next = (last + shift).max(drawn) + 1;
        self.batch(action, &format!("ALTER SEQUENCE {name} RESTART WITH {next}; COMMIT")).await?;
        Ok(shift)
    }

    pub async fn begin_writing(&self) -> Result<(), CopyError> {
        self.batch("begin", "BEGIN").await
    }

    pub async fn page(
        &self,
        part: &Part,
        table: &Table,
        owner: &str,
        after: Option<&[Cell]>,
    ) -> Result<Vec<Row>, CopyError> {
        let select = |column: &Column| match (table.column(&column.name), column.kind) {
            (None, _) => "NULL".to_owned(),
            (Some(_), Kind::Text) => format!("t.\"{}\"", column.name),
            (Some(_), Kind::Int) => format!("t.\"{}\"::bigint", column.name),
            (Some(_), Kind::Bool) => format!("t.\"{}\"::int::bigint", column.name),
        };
        let select: Vec<String> = part.columns.iter().map(select).collect();
        let sql = page_sql(part, table, &select, after.is_none());
        let mut values: Vec<Box<dyn ToSql + Sync>> = vec![Box::new(owner.to_owned())];
        for cell in after.unwrap_or_default() {
            match cell {
                Cell::Text(text) => values.push(Box::new(text.clone())),
                Cell::Int(number) => values.push(Box::new(*number)),
                Cell::Null => return Err(table.unknown("its key has no value")),
            }
        }
        let params: Vec<&(dyn ToSql + Sync)> = values.iter().map(AsRef::as_ref).collect();
        let rows = self.client.query(&sql, &params).await.map_err(|e| failed("read rows", &e))?;
        Ok(rows.iter().map(|row| row_of(part, row)).collect())
    }

    pub async fn write(&self, part: &Part, rows: &[Row]) -> Result<(), CopyError> {
        let (mut names, mut arrays, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let mut columns: Vec<Box<dyn ToSql + Sync + '_>> = Vec::new();
        for (at, column) in part.columns.iter().enumerate() {
            let Some(ours) = part.target.column(&column.name) else { continue };
            let place = columns.len() + 1;
            names.push(format!("\"{}\"", column.name));
            values.push(match column.kind {
                Kind::Text => format!("u.c{place}"),
                Kind::Int => format!("u.c{place}::{}", ours.sql_type),
                Kind::Bool => format!("u.c{place} <> 0"),
            });
            match column.kind {
                Kind::Text => {
                    arrays.push(format!("${place}::text[]"));
                    columns.push(Box::new(rows.iter().map(|row| text(&row[at])).collect::<Vec<_>>()));
                }
                Kind::Int | Kind::Bool => {
                    arrays.push(format!("${place}::bigint[]"));
                    columns.push(Box::new(rows.iter().map(|row| number(&row[at])).collect::<Vec<_>>()));
                }
            }
        }
        let named: Vec<String> = (1..=columns.len()).map(|n| format!("c{n}")).collect();
        let sql = format!(
            "INSERT INTO \"{}\" ({}) SELECT {} FROM unnest({}) AS u ({})",
            part.name(),
            names.join(", "),
            values.join(", "),
            arrays.join(", "),
            named.join(", ")
        );
        let params: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|c| &**c as &(dyn ToSql + Sync)).collect();
        self.client.execute(&sql, &params).await.map_err(|e| failed("write rows", &e))?;
        Ok(())
    }

    pub async fn commit(&self) -> Result<(), CopyError> {
        self.batch("commit", "COMMIT").await?;
        // What was written stands, whatever comes of this.
        let _ = self.batch("look at the tables", ANALYZE).await;
        Ok(())
    }

    async fn batch(&self, action: &'static str, sql: &str) -> Result<(), CopyError> {
        self.client.batch_execute(sql).await.map_err(|e| CopyError::State(failed(action, &e)))
    }
}

fn row_of(part: &Part, row: &tokio_postgres::Row) -> Row {
    let cell = |(at, column): (usize, &Column)| match column.kind {
        Kind::Text => row.get::<_, Option<String>>(at).map_or(Cell::Null, Cell::Text),
        Kind::Int | Kind::Bool => row.get::<_, Option<i64>>(at).map_or(Cell::Null, Cell::Int),
    };
    part.columns.iter().enumerate().map(cell).collect()
}

fn text(cell: &Cell) -> Option<&str> {
    match cell {
        Cell::Text(text) => Some(text),
        Cell::Null | Cell::Int(_) => None,
    }
}

fn number(cell: &Cell) -> Option<i64> {
    match cell {
        Cell::Int(number) => Some(*number),
        Cell::Null | Cell::Text(_) => None,
    }
}
