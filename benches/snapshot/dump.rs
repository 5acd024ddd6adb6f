//! What a dump of the same tables takes.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use mysql_async::Opts;
use tokio::process::Command;

use crate::store::Filled;

/// The dump's time; `None` on a machine without a program for it.
pub async fn measure(filled: &Filled) -> anyhow::Result<Option<Duration>> {
    let opts = Opts::from_url(&filled.url)?;
    for program in ["mariadb-dump", "mysqldump"] {
        let mut command = Command::new(program);
        command.args(["--no-defaults", "--single-transaction", "--skip-lock-tables", "--protocol=TCP"]);
        command.arg(format!("--host={}", opts.ip_or_hostname())).arg(format!("--port={}", opts.tcp_port()));
        command.arg(format!("--user={}", opts.user().unwrap_or("root")));
        if let Some(password) = opts.pass() {
            command.env("MYSQL_PWD", password);
        }
        command.arg(opts.db_name().context("the URL names no database")?).args(&filled.tables);
        let began = Instant::now();
        match command.stdout(Stdio::null()).status().await {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            status => ensure!(status?.success(), "{program} failed"),
        }
        return Ok(Some(began.elapsed()));
    }
    Ok(None)
}
