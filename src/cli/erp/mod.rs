//! `ledgertap erp`

mod check;
mod render;

use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};

use super::{Failure, stream_to_read};
use crate::config::{Config, StateUrl};
use crate::state::{State, StateError};

/// See what the ERP has, and what it is sent.
#[derive(Debug, Args)]
pub(super) struct ErpArgs {
    #[command(subcommand)]
    command: ErpCommand,
}

#[derive(Debug, Subcommand)]
enum ErpCommand {
    /// Log in and read: which documents have which guarantee and why, and what is missing there
    Check(check::CheckArgs),
    /// Print the requests that bring an order's documents, or a sample, into the ERP; sends nothing
    Render(render::RenderArgs),
}

pub(super) async fn erp(args: ErpArgs) -> Result<ExitCode, Failure> {
    match args.command {
        ErpCommand::Check(args) => check::check(args).await,
        ErpCommand::Render(args) => render::render(args).await,
    }
}

/// The state database; `None` where there is none of this stream yet, so that nothing was told.
async fn told(config: &Config) -> Result<Option<Arc<dyn State>>, Failure> {
    if matches!(&config.state, StateUrl::Sqlite(path) if !path.exists()) {
        return Ok(None);
    }
    match stream_to_read(config).await {
        Ok(state) => Ok(Some(state)),
        Err(failure) => match failure.error.downcast_ref() {
            Some(StateError::Missing { .. } | StateError::NoStream { .. }) => Ok(None),
            _ => Err(failure),
        },
    }
}
