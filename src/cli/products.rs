//! `ledgertap products`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::say::{self, say};
use super::{ConfigArgs, Failure, state_to_change, state_to_read};
use crate::config::{self, Config};
use crate::document::Item;
use crate::state::Named;

/// Say what the ERP calls the store's items, and see it.
#[derive(Debug, Args)]
pub(super) struct ProductsArgs {
    #[command(subcommand)]
    command: ProductsCommand,
}

#[derive(Debug, Subcommand)]
enum ProductsCommand {
    /// Name the ERP's item for one SKU; documents that wait for it go on
    Add(AddArgs),
    /// Name items from a CSV file (columns sku, item, unit) or a TOML file with a table [items]
    Import(ImportArgs),
    /// Take back the items that were named for SKUs; those of the config's file stay
    Forget(ForgetArgs),
    /// Write all items that are known, as such a CSV file
    Export(ExportArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "Example: ledgertap products add TEA-250 M00017 --unit BAG --config shop.toml")]
struct AddArgs {
    /// The SKU as the store has it
    sku: String,
    /// The item's number in the ERP
    item: String,
    /// The ERP's unit of measure for it, where it is not the item's own
    #[arg(long)]
    unit: Option<String>,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example: ledgertap products import skus.csv --config shop.toml")]
struct ImportArgs {
    /// The file: sku,item,unit
    file: PathBuf,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example: ledgertap products forget TEA-250 --config shop.toml")]
struct ForgetArgs {
    /// The SKUs as the store has them
    #[arg(required = true)]
    skus: Vec<String>,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example: ledgertap products export --config shop.toml > skus.csv")]
struct ExportArgs {
    #[command(flatten)]
    config: ConfigArgs,
}

pub(super) async fn products(args: ProductsArgs) -> Result<ExitCode, Failure> {
    match args.command {
        ProductsCommand::Add(args) => {
            let config = args.config.load()?;
            let item = Item { number: args.item, unit: args.unit };
            add(&config, [(args.sku, item)].into()).await
        }
        ProductsCommand::Import(args) => {
            let config = args.config.load()?;
            let items = config::read_items(&args.file).map_err(|e| Failure::unusable(e.into()))?;
            add(&config, items).await
        }
        ProductsCommand::Forget(args) => {
            super::customers::forget(&args.config.load()?, args.skus.into_iter().map(Named::Item)).await
        }
        ProductsCommand::Export(args) => export(args).await,
    }
}

async fn add(config: &Config, items: std::collections::BTreeMap<String, Item>) -> Result<ExitCode, Failure> {
    let state = state_to_change(config).await?;
    let count = items.len();
    let released = state.add_items(items).await.map_err(|e| Failure::at_work(e.into()))?;
    say!("{count} items are named");
    for number in &released {
        say!("{number} waited for one of them and goes on");
    }
    Ok(ExitCode::SUCCESS)
}

async fn export(args: ExportArgs) -> Result<ExitCode, Failure> {
    let config = args.config.load()?;
    let base = config.books.products.crosswalk().map_err(|e| Failure::unusable(e.into()))?;
    let named = state_to_read(&config).await?.items().await.map_err(|e| Failure::at_work(e.into()))?;
    let mut csv = csv::Writer::from_writer(Vec::new());
    let mut write = |row: [&str; 3]| csv.write_record(row).map_err(|e| Failure::at_work(e.into()));
    write(["sku", "item", "unit"])?;
    for (sku, item) in &base.with(named).items {
        write([sku, &item.number, item.unit.as_deref().unwrap_or_default()])?;
    }
    let bytes = csv.into_inner().map_err(|e| Failure::at_work(anyhow::anyhow!("{e}")))?;
    say::lines(&String::from_utf8_lossy(&bytes));
    Ok(ExitCode::SUCCESS)
}
