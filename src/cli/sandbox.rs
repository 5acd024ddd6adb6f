//! `ledgertap sandbox`

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use super::say::say;
use super::{Failure, stop_signal};
use crate::sandbox::{self, Faults, Kind};

/// Run a simulator of an ERP that speaks its real protocol; prints the [erp] block of a config that fits it.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: ledgertap sandbox --listen 127.0.0.1:8099 --faults rough\nIts books: a page at /, as JSON at /books"
)]
pub(super) struct SandboxArgs {
    /// Whose protocol it speaks: a kind as the config's [erp] has it
    #[arg(long, default_value_t = Kind::KingdeeXingchen)]
    kind: Kind,
    /// Which of its versions, the newest if not said: of Odoo 14 to 19, of Tryton 6.0, 7.0 or 8.0
    #[arg(long, value_name = "VERSION")]
    erp_version: Option<String>,
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8099", value_name = "ADDR")]
    listen: SocketAddr,
    /// none; rough: timeouts, resets, 429, 500 and expired tokens, before and after the document is stored; or a list of faults
    /// with thousandths, each of all requests or of an endpoint's, and a seed: seed=7,error_after=20,late@sal_order=50
    #[arg(long, default_value = "none")]
    faults: Faults,
    /// Seeds the faults and the credentials
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How long every request takes, in milliseconds
    #[arg(long, default_value_t = 0, value_name = "MS")]
    delay: u64,
}

pub(super) async fn sandbox(args: SandboxArgs) -> Result<ExitCode, Failure> {
    let mut config = sandbox::Config::new(args.listen, args.faults, args.seed);
    config.kind = args.kind;
    config.requests_per_minute = args.kind.requests_per_minute();
    config.version = args.erp_version;
    config.delay = Duration::from_millis(args.delay);
    let sandbox = sandbox::start(config).await.map_err(|e| {
        Failure::unusable(match e.kind() {
            ErrorKind::InvalidInput => anyhow::anyhow!("--erp-version: {e}"),
            _ => anyhow::anyhow!("cannot listen at {}: {e}; choose another --listen", args.listen),
        })
    })?;
    say!("{}", sandbox.erp_block());
    say!("# its books: http://{}/", sandbox.addr());
    let mut stop = stop_signal();
    // The sender lives as long as the process: an error would mean the same, that it is time to stop.
    let _ = stop.wait_for(|stopped| *stopped).await;
    sandbox.stop().await;
    Ok(ExitCode::SUCCESS)
}
