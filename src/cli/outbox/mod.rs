//! `ledgertap outbox`

mod change;
mod list;
mod show;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Failure;
use crate::document::DocumentKind;
use crate::outbox::EntryState;
use crate::state::EntryFilter;

/// Work on the outbox by hand, also beside a running bridge.
#[derive(Debug, Args)]
pub(super) struct OutboxArgs {
    #[command(subcommand)]
    command: OutboxCommand,
}

#[derive(Debug, Subcommand)]
enum OutboxCommand {
    /// List documents, oldest first
    List(list::ListArgs),
    /// Show all that is kept of a document
    Show(show::ShowArgs),
    /// Let parked documents go on; each is looked up in the ERP before it is sent
    Retry(change::RetryArgs),
    /// Take parked documents out: entered in the ERP by a person, or not to be there at all
    Skip(change::SkipArgs),
}

pub(super) async fn outbox(args: OutboxArgs) -> Result<ExitCode, Failure> {
    match args.command {
        OutboxCommand::List(args) => list::list(args).await,
        OutboxCommand::Show(args) => show::show(args).await,
        OutboxCommand::Retry(args) => change::retry(args).await,
        OutboxCommand::Skip(args) => change::skip(args).await,
    }
}

/// Which documents are meant, by what they are.
#[derive(Debug, Clone, Default, Args)]
struct FilterArgs {
    /// Of this kind: customer, sales_order, credit_note, debit_note
    #[arg(long, value_parser = kind)]
    kind: Option<String>,
    /// Of the order with this number
    #[arg(long, value_name = "NUMBER")]
    order: Option<String>,
    /// With this number
    #[arg(long, value_name = "NUMBER")]
    number: Option<String>,
    /// In this lane (order:17, customer:3)
    #[arg(long)]
    lane: Option<String>,
    /// At most so many, the oldest first
    #[arg(long, value_name = "N")]
    max: Option<usize>,
}

impl FilterArgs {
    fn in_states(&self, states: Vec<EntryState>) -> EntryFilter {
        let FilterArgs { kind, order, number, lane, max } = self.clone();
        EntryFilter { states, kind, order, number, lane, max }
    }

    fn is_given(&self) -> bool {
        self.in_states(Vec::new()) != EntryFilter::default()
    }
}

fn kind(text: &str) -> Result<String, String> {
    let kinds = [DocumentKind::Customer, DocumentKind::SalesOrder, DocumentKind::CreditNote, DocumentKind::DebitNote];
    let name = text.replace('-', "_");
    match kinds.iter().any(|kind| kind.as_str() == name) {
        true => Ok(name),
        false => Err("write customer, sales_order, credit_note or debit_note".to_owned()),
    }
}

fn state(text: &str) -> Result<EntryState, String> {
    EntryState::parse(text).ok_or_else(|| "write pending, sending, unknown, delivered, parked or skipped".to_owned())
}
