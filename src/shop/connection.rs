//! The shop's connection, as ECShop opens it.

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts};

use super::settings::ShopError;

/// How much of a statement an error shows.
const SHOWN_CHARS_MAX: usize = 60;

/// Connects with ECShop's session: no SQL mode, autocommit.
pub(super) async fn connect(url: &str) -> Result<Conn, ShopError> {
    let opts = Opts::from_url(url).map_err(|e| ShopError::Url(e.to_string()))?;
    if opts.db_name().is_none() {
        return Err(ShopError::Url("it names no database".into()));
    }
    let mut conn =
        Conn::new(opts).await.map_err(|source| ShopError::Store { statement: "(connecting)".into(), source })?;
    send(&mut conn, "SET NAMES utf8mb4").await?;
    send(&mut conn, "SET sql_mode = '', autocommit = 1, time_zone = '+00:00'").await?;
    Ok(conn)
}

/// Sends one statement; its commit is done when this returns.
pub(super) async fn send(conn: &mut Conn, sql: &str) -> Result<(), ShopError> {
    let shown = || sql.chars().take(SHOWN_CHARS_MAX).collect();
    conn.query_drop(sql).await.map_err(|source| ShopError::Store { statement: shown(), source })
}
