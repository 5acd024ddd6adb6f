//! `ledgertap mapping`

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::say::{self, say};
use super::{ConfigArgs, Failure, StoreArgs};
use crate::binlog::{Source, Store};
use crate::bridge::{Difference, Hold, Live, Sample, Verified, unreachable_store};
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
    /// Run the SELECTs in the store and compare every value with what we make of the same rows
    Verify(VerifyArgs),
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
    /// A profile that ships with ledgertap, or a folder; without it the config's mapping, with its overrides, and the config's store
    #[arg(value_name = "PROFILE|FOLDER")]
    mapping: Option<String>,
    /// Compare with this store's tables, too: mysql://user:password@host:port/database
    #[arg(long, value_name = "URL", env = "LEDGERTAP_STORE_URL", hide_env_values = true)]
    store: Option<String>,
    #[command(flatten)]
    config: ConfigArgs,
}

impl CheckArgs {
    /// What to load, and the store to compare with.
    fn resolved(&self) -> Result<(String, toml::Table, Option<Source>), Failure> {
        let unusable = |error: crate::binlog::StoreError| Failure::unusable(error.into());
        let given = self.store.as_deref().map(Source::from_url).transpose().map_err(unusable)?;
        if let Some(mapping) = &self.mapping {
            return Ok((mapping.clone(), toml::Table::new(), given));
        }
        self.config.must_be_there("name a profile or a folder (ledgertap mapping check FOLDER)")?;
        let (place, overrides) = self.config.mapping()?;
        let source = match given {
            Some(source) => source,
            None => self.config.store()?,
        };
        Ok((place, overrides, Some(source)))
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ledgertap mapping verify --store mysql://tap@db.example/shop --mapping ecshop
  ledgertap mapping verify --order 17 --order 2026112300001
  ledgertap mapping verify --all

Each order is compared with its lines, refunds and customer, all as of one moment. Exit code 1 where a value differs, or
where an order would be held for a value that the mapping gives; one whose amounts do not add up is told, too.")]
struct VerifyArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// So many of the newest orders, and as many others by chance
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    sample: u32,
    /// These orders instead, each by its key in the store or by its number
    #[arg(long, value_name = "KEY", num_args = 1.., conflicts_with = "all")]
    order: Vec<String>,
    /// Every order instead
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Example: ledgertap mapping contract --json")]
struct ContractArgs {
    /// One JSON array
    #[arg(long)]
    json: bool,
}

pub(super) async fn mapping(args: MappingArgs) -> Result<ExitCode, Failure> {
    match args.command {
        MappingCommand::Check(args) => check(args).await,
        MappingCommand::Verify(args) => verify(args).await,
        MappingCommand::Contract(args) => {
            print_contract(args.json);
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn check(args: CheckArgs) -> Result<ExitCode, Failure> {
    let (place, overrides, source) = args.resolved()?;
    let mapping = match Mapping::load(&place, &overrides) {
        Ok(mapping) => mapping,
        Err(error) => return Ok(refused(&error)),
    };
    let settings = mapping.settings();
    say!("mapping {place}");
    say!("  zone {}, currency {}, tax {} %", settings.zone_name(), settings.currency, settings.tax_rate);
    for (name, value) in settings.literals() {
        say!("  @{name} = {value}");
    }
    let Some(source) = source else {
        selects(&mapping.explain());
        say!("with --store it says how rows are found, what is mirrored, and what a changed row concerns");
        return Ok(ExitCode::SUCCESS);
    };
    let mut store = Store::inspect(&source).await.map_err(|e| Failure::unusable(unreachable_store(e)))?;
    let mut shapes = store.shapes(&mapping.tables()).await.map_err(|e| Failure::at_work(e.into()))?;
    settings.correct(&mut shapes);
    let bound = match mapping.bind(&shapes) {
        Ok(bound) => bound,
        Err(error) => return Ok(refused(&error)),
    };
    selects(&bound.explain_selects(&shapes));
    for table in bound.explain_tables(&shapes) {
        say!("{} ({}), key {}", table.table, table.engine, table.key.join(", "));
        say!("  columns {}", table.columns.join(", "));
        for index in &table.indexes {
            say!("  found by {}", index.join(", "));
        }
        for role in &table.roles {
            say!("  {role}");
        }
    }
    say!("the mapping's {} tables, columns and keys are in the store", bound.footprint().tables.len());
    Ok(ExitCode::SUCCESS)
}

async fn verify(args: VerifyArgs) -> Result<ExitCode, Failure> {
    let (source, mapping) = args.store.load()?;
    let mut live = Live::open(&source, &mapping).await.map_err(Failure::unusable)?;
    let at_work = |error: crate::binlog::StoreError| Failure::at_work(error.into());
    let mut orders = Vec::new();
    for called in &args.order {
        let found = live.orders_called(called).await.map_err(at_work)?;
        if found.is_empty() {
            let what = format!("no order of order.sql has the id or the number {called}");
            return Err(Failure::unusable(anyhow::anyhow!("{what}")));
        }
        orders.extend(found);
    }
    let sample = match (args.all, orders.is_empty()) {
        (true, _) => Sample::All,
        (false, true) => Sample::Some(usize::try_from(args.sample).unwrap_or(usize::MAX)),
        (false, false) => Sample::Orders(orders),
    };
    let verified = live.verify(&sample).await.map_err(at_work)?;
    for difference in &verified.differences {
        say!("{}", told(difference));
    }
    for error in &verified.refused {
        say!("refused {error}");
    }
    for (warning, orders) in &verified.warnings {
        say!("warning {warning}{}", counted(orders));
    }
    if let Some(note) = live.note(verified.otherwise) {
        say!("note: {note}");
    }
    let rows = verified.rows.iter().map(|(file, rows)| format!("{rows} of {file}"));
    say!("{} orders, {} values in rows: {}", verified.orders, verified.values, rows.collect::<Vec<_>>().join(", "));
    say!("{} values differ, {} documents are refused", verified.differences.len(), verified.refused.len());
    say_held(&verified);
    let refused = !verified.refused.is_empty() || verified.held.iter().any(|(_, hold)| !hold.may_pass);
    Ok(if verified.differences.is_empty() && !refused { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The orders that would be held, by cause: first what no later row will mend by itself.
fn say_held(verified: &Verified) {
    let mut causes: BTreeMap<(bool, &str), Vec<&(String, Hold)>> = BTreeMap::new();
    for held in &verified.held {
        causes.entry((held.1.may_pass, &held.1.cause)).or_default().push(held);
    }
    say!("{} of {} orders would be held", verified.held.len(), verified.orders);
    for ((may_pass, cause), held) in causes {
        let orders: Vec<String> = held.iter().map(|(order, _)| order.clone()).collect();
        let (count, reason) = (counted(&orders), &held[0].1.reason);
        match may_pass {
            false => say!("  {cause}{count}"),
            true => say!("  they do not add up, or are being written just now: {cause}{count}: {reason}"),
        }
    }
}

/// How many orders, and one of them.
fn counted(orders: &[String]) -> String {
    let first = orders.first().map_or("", String::as_str);
    match orders.len() {
        1 => format!(" (order {first})"),
        count => format!(" ({count} orders, e.g. order {first})"),
    }
}

fn told(difference: &Difference) -> String {
    let Difference { file, owner, row, output, theirs, ours } = difference;
    let said = |value: &Option<String>| value.as_ref().map_or("NULL".to_owned(), |v| format!("'{v}'"));
    let whose = if row == owner { format!("`{row}`") } else { format!("`{row}` of `{owner}`") };
    let output = output.as_ref().map_or_else(|| "rows".to_owned(), |o| format!("`{o}`"));
    format!("DIFF {file}: {whose}, {output}: the store says {}, we say {}", said(theirs), said(ours))
}

fn selects(all: &[ExplainedSelect]) {
    for select in all {
        say!("{}", select.name);
        for table in &select.tables {
            say!("  {table}");
        }
    }
}

/// One line a refusal, as compilers write them.
fn refused(error: &MappingError) -> ExitCode {
    for refusal in &error.refusals {
        say::complain(format_args!("{refusal}"));
    }
    ExitCode::from(2)
}

fn print_contract(json: bool) {
    let outputs = contract();
    if json {
        say!("{:#}", serde_json::json!(outputs));
        return;
    }
    say!(
        "{:<16} {:<12} {:<13} {:<17} {:<25} meaning",
        "file",
        "output",
        "must be there",
        "holds",
        "tells the owner of"
    );
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
        say!("{}", line.trim_end());
    }
}
