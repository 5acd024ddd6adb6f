//! `ledgertap check`

use std::process::ExitCode;

use clap::Args;

use super::say::say;
use super::{ConfigArgs, Failure};
use crate::binlog::{Attached, Store};
use crate::bridge::{
    attachment, load_mapping, open_erp, same_mapping, shares_account, state_is_in_use, state_to_read, store_source,
    terms, unreachable_store,
};
use crate::config::{Config, StateUrl};
use crate::mapping::{Bound, Mapping};
use crate::state::StateError;

/// Check the config, the store, the mapping and the ERP: each line ok, or what to do about it.
#[derive(Debug, Args)]
#[command(after_help = "Example: ledgertap check --config shop.toml")]
pub(super) struct CheckArgs {
    #[command(flatten)]
    config: ConfigArgs,
}

pub(super) async fn check(args: CheckArgs) -> Result<ExitCode, Failure> {
    let config = args.config.load()?;
    let mut report = Report::default();
    report.ok(format!("config {}", args.config.config.display()));
    let mapping = match load_mapping(&config.store) {
        Ok(mapping) => {
            report.ok(format!("mapping {} is understood", config.store.mapping));
            Some(mapping)
        }
        Err(error) => {
            report.refused("the mapping", &error);
            None
        }
    };
    store(&config, mapping.as_ref(), &mut report).await;
    erp(&config, &mut report).await;
    books(&config, &mut report).await;
    if let Some(mapping) = &mapping {
        currency(&config, mapping, &mut report);
    }
    state(&config, &mut report).await;
    Ok(report.end())
}

async fn store(config: &Config, mapping: Option<&Mapping>, report: &mut Report) {
    let source = match store_source(&config.store) {
        Ok(source) => source,
        Err(error) => return report.refused("the store", &error),
    };
    let mut store = match Store::inspect(&source).await {
        Ok(store) => store,
        Err(error) => return report.refused("the store", &unreachable_store(error)),
    };
    report.ok(format!("store {} is {}", source.host(), store.server()));
    let tables = mapping.map(Mapping::tables).unwrap_or_default();
    let preflight = store.preflight(&tables, &attached(config).await).await;
    for finding in preflight.findings {
        match (finding.ok, finding.remedy.is_empty()) {
            (true, true) => report.ok(finding.what),
            (true, false) => report.ok(format!("{}; {}", finding.what, finding.remedy)),
            (false, _) => report.bad(finding.what, &finding.remedy),
        }
    }
    let Some(mapping) = mapping else { return };
    // Without the tables they would be too few.
    report.grants = preflight.grants;
    let mut shapes = match store.shapes(&tables).await {
        Ok(shapes) => shapes,
        Err(error) => return report.refused("tables of the mapping", &error.into()),
    };
    mapping.settings().correct(&mut shapes);
    match mapping.bind(&shapes) {
        Ok(bound) => {
            report.ok(format!("the mapping's {} tables, columns and keys are in the store", tables.len()));
            told_otherwise(config, &bound, report).await;
            rules(config, &bound, report);
        }
        Err(error) => report.refused("the mapping against the store's tables", &error.into()),
    }
}

/// A mapping that is not the one that documents were told with.
async fn told_otherwise(config: &Config, bound: &Bound, report: &mut Report) {
    let Ok(state) = state_to_read(config).await else { return };
    match same_mapping(state.as_ref(), bound).await {
        Ok(()) => {}
        Err(error) => report.refused("the mapping against the state database", &error),
    }
}

/// What documents have to meet, against the mapping's own extra columns.
fn rules(config: &Config, bound: &Bound, report: &mut Report) {
    let Ok(erp) = config.erp().map_err(Into::into).and_then(open_erp) else { return };
    match terms(config, erp.as_ref(), bound) {
        Ok(terms) if terms.rules.is_empty() => {}
        Ok(terms) => report.ok(format!("{} rules are understood", terms.rules.len())),
        Err(error) => report.refused("the books' settings", &error),
    }
}

/// Who else writes into the ERP's account, and what the ERP calls the items.
async fn books(config: &Config, report: &mut Report) {
    match config.books.products.crosswalk() {
        Ok(crosswalk) if crosswalk.items.is_empty() => {}
        Ok(crosswalk) => report.ok(format!("the crosswalk has {} items", crosswalk.items.len())),
        Err(error) => report.refused("the crosswalk", &error.into()),
    }
    let Ok(erp) = config.erp().map_err(Into::into).and_then(open_erp) else { return };
    let Ok(state) = state_to_read(config).await else { return };
    match shares_account(state.as_ref(), &attachment(config, erp.as_ref())).await {
        Ok(None) => {}
        Ok(Some(what)) => report.bad("the ERP's account".to_owned(), &what),
        // A file of an older version has no streams to compare; the run brings it up to date first.
        Err(error) => tracing::debug!(%error, "could not compare the streams' accounts"),
    }
}

/// What the state database knows of the stream, where there is one.
async fn attached(config: &Config) -> Attached {
    let position = match state_to_read(config).await {
        Ok(state) => state.summary().await.ok().and_then(|summary| summary.position),
        Err(_) => None,
    };
    Attached { position, running: state_is_in_use(config).await }
}

async fn erp(config: &Config, report: &mut Report) {
    let erp = match config.erp().map_err(Into::into).and_then(open_erp) {
        Ok(erp) => erp,
        Err(error) => return report.refused("the ERP", &error),
    };
    let checkup = match erp.check(&Default::default()).await {
        Ok(checkup) => checkup,
        Err(said) => return report.bad(format!("erp {}", erp.kind()), &said),
    };
    report.ok(format!("erp {}: {}", erp.kind(), checkup.account));
    for finding in checkup.findings {
        match finding.remedy {
            None => report.ok(format!("erp {}: {}", erp.kind(), finding.what)),
            Some(remedy) => report.bad(format!("erp {}: {}", erp.kind(), finding.what), &remedy),
        }
    }
    for guaranteed in checkup.guarantees {
        report.ok(format!("guarantee of {}: {}: {}", guaranteed.kind.as_str(), guaranteed.guarantee, guaranteed.why));
    }
}

/// Orders that do not say their currency have the profile's, and an account keeps its books in one.
fn currency(config: &Config, mapping: &Mapping, report: &mut Report) {
    let Ok(account) = config.erp() else { return };
    let (shop, account) = (mapping.settings().currency.as_str(), account.currency());
    if shop == account {
        return;
    }
    let what = format!("orders are in {shop}, and the ERP's account keeps its books in {account}");
    if mapping.has_currencies() {
        report.ok(format!("orders say their currency (else it is {shop}); what is not in {account} will be parked"));
    } else {
        report.bad(what, "set erp.currency to the account's currency, or currency under [store.profile] to the shop's");
    }
}

async fn state(config: &Config, report: &mut Report) {
    let (what, file) = match &config.state {
        StateUrl::Sqlite(path) => (format!("state database {}", path.display()), Some(path)),
        StateUrl::Postgres(_) => ("the state database answers".to_owned(), None),
    };
    if file.is_none_or(|path| path.exists())
        && let Err(error) = state_to_read(config).await
    {
        // One of an older version is brought up to date by the run, and a server's schema is made by it.
        return match error.downcast_ref() {
            Some(StateError::Outdated { .. } | StateError::Missing { .. }) => report.ok(format!("{error:#}")),
            _ => report.refused("the state database", &error),
        };
    }
    let Some(path) = file else { return report.ok(what) };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(std::path::Path::new("."));
    match std::fs::metadata(folder) {
        Ok(meta) if !meta.permissions().readonly() => report.ok(what),
        Ok(_) => report.bad(what, &format!("make the folder {} writable", folder.display())),
        Err(error) => report.bad(what, &format!("make the folder {} ({error})", folder.display())),
    }
}

#[derive(Default)]
struct Report {
    bad: usize,
    /// All that the account needs.
    grants: Vec<String>,
}

impl Report {
    fn ok(&self, what: String) {
        say!("ok   {what}");
    }

    fn bad(&mut self, what: String, remedy: &str) {
        self.bad += 1;
        say!("FIX  {what}: {remedy}");
    }

    /// An error's own sentence has its place and remedy; each of its lines is one thing to fix.
    fn refused(&mut self, what: &str, error: &anyhow::Error) {
        for line in format!("{error:#}").lines() {
            self.bad(what.to_owned(), line);
        }
    }

    fn end(self) -> ExitCode {
        if !self.grants.is_empty() {
            say!("the least that the account needs:");
        }
        for grant in &self.grants {
            say!("     {grant}");
        }
        if self.bad == 0 {
            say!("all is ready");
            ExitCode::SUCCESS
        } else {
            say!("{} to fix", self.bad);
            ExitCode::FAILURE
        }
    }
}
