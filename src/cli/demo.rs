//! `ledgertap demo`
use super::Failure;
use std::process::ExitCode;
#[derive(Debug, clap::Args)]
pub(super) struct DemoArgs {}
pub(super) async fn demo(_: DemoArgs) -> Result<ExitCode, Failure> {
    Ok(ExitCode::SUCCESS)
}
