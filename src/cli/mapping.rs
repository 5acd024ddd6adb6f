//! `ledgertap mapping`

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Failure;
use crate::binlog::{Source, Store};
use crate::bridge::unreachable_store;
use crate::mapping::{ExplainedSelect, Mapping, MappingError, contract};

/// Explain a mapping, and compare its SELECTs with the store's own answers.
#[derive(Debug, Args)]
pub(super) struct MappingArgs {
    #[command(subcommand)]
    command: MappingCommand,
}

#[derive(Debug, Subcommand)]
enum MappingCommand {
    /// Say what is wrong with a mapping, or what it reads and what its tables' changes concern
    Check(CheckArgs),
    /// List every output that a SELECT can have, and what it means
    Contract(ContractArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ledgertap mapping check ./mapping
  ledgertap mapping check ecshop --store mysql://tap@db.example/shop

What is wrong is one line each, FILE:LINE:COLUMN: what to write instead, with exit code 2.")]
struct CheckArgs {
    /// A profile that ships with ledgertap, or a folder
    mapping: String,
    /// Compare with this store's tables, too: mysql://user:password@host:port/database
    #[arg(long, value_name = "URL", env = "LEDGERTAP_STORE_URL", hide_env_values = true)]
    store: Option<String>,
}

#[derive(Debug, Args)]
struct ContractArgs {
    /// One JSON array
    #[arg(long)]
    json: bool,
}

pub(super) async fn mapping(args: MappingArgs) -> Result<ExitCode, Failure> {
    match args.command {
        MappingCommand::Check(args) => check(args).await,
        MappingCommand::Contract(args) => {
            print_contract(args.json);
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn check(args: CheckArgs) -> Result<ExitCode, Failure> {
    let mapping = match Mapping::load(&args.mapping, &toml::Table::new()) {
        Ok(mapping) => mapping,
        Err(error) => return Ok(refused(&error)),
    };
    let settings = mapping.settings();
    println!("mapping {}", args.mapping);
    println!("  zone {}, currency {}, tax {} %", settings.zone_name(), settings.currency, settings.tax_rate);
    for (name, value) in settings.literals() {
        println!("  @{name} = {value}");
    }
    let Some(url) = &args.store else {
        selects(&mapping.explain());
        println!("with --store it says how rows are found, what is mirrored, and what a changed row concerns");
        return Ok(ExitCode::SUCCESS);
    };
    let source = Source::from_url(url).map_err(|e| Failure::unusable(e.into()))?;
    let mut store = Store::inspect(&source).await.map_err(|e| Failure::unusable(unreachable_store(e)))?;
    let mut shapes = store.shapes(&mapping.tables()).await.map_err(|e| Failure::at_work(e.into()))?;
    settings.correct(&mut shapes);
    let bound = match mapping.bind(&shapes) {
        Ok(bound) => bound,
        Err(error) => return Ok(refused(&error)),
    };
    selects(&bound.explain_selects(&shapes));
    for table in bound.explain_tables(&shapes) {
        println!("{} ({}), key {}", table.table, table.engine, table.key.join(", "));
        println!("  columns {}", table.columns.join(", "));
        for index in &table.indexes {
            println!("  found by {}", index.join(", "));
        }
        for role in &table.roles {
            println!("  {role}");
        }
    }
    println!("the mapping's {} tables, columns and keys are in the store", bound.footprint().tables.len());
    Ok(ExitCode::SUCCESS)
}

fn selects(all: &[ExplainedSelect]) {
    for select in all {
        println!("{}", select.name);
        for table in &select.tables {
            println!("  {table}");
        }
    }
}

/// One line a refusal, as compilers write them.
fn refused(error: &MappingError) -> ExitCode {
    for refusal in &error.refusals {
        eprintln!("{refusal}");
    }
    ExitCode::from(2)
}

fn print_contract(json: bool) {
    let outputs = contract();
    if json {
        println!("{:#}", serde_json::json!(outputs));
        return;
    }
    println!("{:<16} {:<12} {:<13} {:<17} {:<25} meaning", "file", "output", "must be there", "holds", "tells the owner of");
    for output in &outputs {
        let line = format!(
            "{:<16} {:<12} {:<13} {:<17} {:<25} {}",
            output.file,
            output.output,
            if output.required { "yes" } else { "no" },
            output.holds,
            output.owner.unwrap_or_default(),
            output.meaning
        );
        println!("{}", line.trim_end());
    }
}
