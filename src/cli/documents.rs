//! `ledgertap documents`

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};

use super::Failure;
use super::say::say;
use crate::document::{DocumentKind, schema};

/// What the documents are made of.
#[derive(Debug, Args)]
pub(super) struct DocumentsArgs {
    #[command(subcommand)]
    command: DocumentsCommand,
}

#[derive(Debug, Subcommand)]
enum DocumentsCommand {
    /// Print the JSON Schema of a document, as it stands in schema/documents
    Schema(SchemaArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "Example: ledgertap documents schema credit-note")]
struct SchemaArgs {
    /// Which document
    #[arg(value_enum)]
    document: Named,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Named {
    Customer,
    SalesOrder,
    CreditNote,
    DebitNote,
}

pub(super) fn documents(args: DocumentsArgs) -> Result<ExitCode, Failure> {
    let DocumentsCommand::Schema(SchemaArgs { document }) = args.command;
    let kind = match document {
        Named::Customer => DocumentKind::Customer,
        Named::SalesOrder => DocumentKind::SalesOrder,
        Named::CreditNote => DocumentKind::CreditNote,
        Named::DebitNote => DocumentKind::DebitNote,
    };
    let text = serde_json::to_string_pretty(&schema(kind)).map_err(|e| Failure::at_work(e.into()))?;
    say!("{text}");
    Ok(ExitCode::SUCCESS)
}
