//! `ledgertap customers`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::say::{self, say};
use super::{ConfigArgs, Failure, state_to_change, state_to_read};
use crate::config::{self, Config};
use crate::state::{CustomerRecord, Named};

/// Say which account in the ERP a customer of the store has, and see it.
#[derive(Debug, Args)]
pub(super) struct CustomersArgs {
    #[command(subcommand)]
    command: CustomersCommand,
}

#[derive(Debug, Subcommand)]
enum CustomersCommand {
    /// Name accounts for customers, from a CSV file with the columns customer (the key in the store) and account
    Import(ImportArgs),
    /// Take back the accounts that were named for customers
    Forget(ForgetArgs),
    /// Write the accounts of all customers that were told or imported, as such a file
    Export(ExportArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "Example: ledgertap customers import accounts.csv --config shop.toml\n\n\
                        An account that is named for a customer is the ERP's own: orders go to it, and it is never changed.")]
struct ImportArgs {
    /// The file: customer,account
    file: PathBuf,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example: ledgertap customers forget U17 --config shop.toml")]
struct ForgetArgs {
    /// The customers' keys in the store
    #[arg(required = true)]
    customers: Vec<String>,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example: ledgertap customers export --config shop.toml > accounts.csv")]
struct ExportArgs {
    #[command(flatten)]
    config: ConfigArgs,
}

pub(super) async fn customers(args: CustomersArgs) -> Result<ExitCode, Failure> {
    match args.command {
        CustomersCommand::Import(args) => import(args).await,
        CustomersCommand::Forget(args) => {
            forget(&args.config.load()?, args.customers.into_iter().map(Named::Account)).await
        }
        CustomersCommand::Export(args) => export(args).await,
    }
}

/// Takes back what was named; fails where something was not.
pub(super) async fn forget(config: &Config, all: impl Iterator<Item = Named>) -> Result<ExitCode, Failure> {
    let state = state_to_change(config).await?;
    let mut code = ExitCode::SUCCESS;
    for named in all {
        let (Named::Account(key) | Named::Item(key)) = &named;
        let key = key.clone();
        match state.forget(named).await.map_err(|e| Failure::at_work(e.into()))? {
            true => say!("{key} is forgotten"),
            false => {
                say!("{key} was not named");
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}

async fn import(args: ImportArgs) -> Result<ExitCode, Failure> {
    let config = args.config.load()?;
    let accounts = config::read_accounts(&args.file).map_err(|e| Failure::unusable(e.into()))?;
    let state = state_to_change(&config).await?;
    let count = accounts.len();
    state.add_accounts(accounts).await.map_err(|e| Failure::at_work(e.into()))?;
    say!("{count} customers have accounts of the ERP's own; orders that were told keep theirs");
    Ok(ExitCode::SUCCESS)
}

async fn export(args: ExportArgs) -> Result<ExitCode, Failure> {
    let config = args.config.load()?;
    let accounts = state_to_read(&config).await?.accounts().await.map_err(|e| Failure::at_work(e.into()))?;
    say::lines(&csv_of(&accounts).map_err(Failure::at_work)?);
    Ok(ExitCode::SUCCESS)
}

fn csv_of(accounts: &[CustomerRecord]) -> anyhow::Result<String> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(["customer", "account", "how"])?;
    for customer in accounts {
        let (account, how) = match &customer.account {
            Some(account) => (account, "imported"),
            None => (&customer.number, "told"),
        };
        csv.write_record([&customer.id, account, how])?;
    }
    Ok(String::from_utf8(csv.into_inner()?)?.trim_end().to_owned() + "\n")
}
