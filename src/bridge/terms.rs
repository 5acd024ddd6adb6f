//! From what the config says of the books to what capture is given, and who else writes into the same ERP account.

use anyhow::Context as _;
use jiff::Timestamp;

use super::opening::{Reading, Terms as OpeningTerms};
use crate::binlog::From;
use crate::capture::{Opening, Policy, Rule, Terms};
use crate::config::{BooksConfig, Config, OpeningConfig, read_known_orders};
use crate::document::DocumentKind;
use crate::erp::Erp;
use crate::ledger::Numbering;
use crate::mapping::Bound;
use crate::state::{Attachment, State};

/// How the stream's documents are made.
///
/// # Errors
/// A template or a rule that cannot be used, with its place.
pub fn terms(config: &Config, erp: &dyn Erp, bound: &Bound) -> anyhow::Result<Terms> {
    let kinds = [DocumentKind::SalesOrder, DocumentKind::CreditNote, DocumentKind::DebitNote];
    let number_max = kinds.into_iter().map(|kind| erp.number_max(kind)).min().unwrap_or(usize::MAX);
    let mut terms = terms_of(&config.stream, &config.books, number_max, bound)?;
    terms.customers.number_max = Some(erp.number_max(DocumentKind::Customer));
    Ok(terms)
}

/// The same where no ERP is known yet.
///
/// # Errors
/// As [`terms`].
pub fn terms_of(stream: &str, books: &BooksConfig, number_max: usize, bound: &Bound) -> anyhow::Result<Terms> {
    let numbering = Numbering::new(&books.templates, stream, number_max)
        .map_err(|e| anyhow::anyhow!("books.{e}"))
        .context("the config")?;
    let extras = bound.extras();
    let extras = [extras[0].as_slice(), extras[1].as_slice()];
    let rules = books.rules.iter().map(|text| Rule::read(text.clone(), extras));
    let rules = rules.collect::<Result<Vec<_>, _>>().context("the config")?;
    Ok(Terms { numbering, customers: books.customers.clone(), rules })
}

/// How the books are opened at a first start.
///
/// # Errors
/// A day that is not past, or a file that cannot be used, with its place.
pub(super) fn opening_terms(
    config: &Config,
    from: Option<&From>,
    reading: Reading,
    bound: &Bound,
) -> anyhow::Result<OpeningTerms> {
    let how = match (&config.books.opening, from) {
        (Some(how), Some(_)) => how.clone(),
        (None, Some(From::Now)) => OpeningConfig::Baseline,
        (None, Some(_)) | (_, None) => OpeningConfig::None,
    };
    let how = match how {
        OpeningConfig::None => Opening::None,
        OpeningConfig::Baseline => Opening::Baseline,
        OpeningConfig::PostSince(day) => {
            let today = bound.settings().time_zone.to_datetime(Timestamp::now()).date();
            anyhow::ensure!(
                day <= today,
                "books.opening: {day} is in the future, and orders are told from a day that has come: today is {today}"
            );
            Opening::PostSince(day)
        }
        OpeningConfig::Import(file) => Opening::Import(read_known_orders(&file)?),
    };
    Ok(OpeningTerms { how, tell_customers: config.books.customers.policy == Policy::All, reading })
}

/// Makes sure that no other stream's numbers meet with ours.
///
/// # Errors
/// Where another stream of the same state database writes into the same account and its numbers could, with what to do.
pub async fn alone(state: &dyn State, ours: &Attachment) -> anyhow::Result<()> {
    match shares_account(state, ours).await? {
        Some(other) => anyhow::bail!("{other}"),
        None => Ok(()),
    }
}

/// Says what is wrong where another stream writes into the same account and their numbers could meet.
///
/// # Errors
/// The state database's.
pub async fn shares_account(state: &dyn State, ours: &Attachment) -> anyhow::Result<Option<String>> {
    let others = state.attached_to(ours.account.clone()).await?;
    let meets = |other: &&Attachment| !(ours.names_stream && other.names_stream);
    Ok(others.iter().find(meets).map(|other| {
        format!(
            "the streams {} and {} write into the same ERP account ({}), and an order or a customer of each could have one number: \
             put {{stream}} into every template under [books] of both, as in sales_order = \"{{stream}}-{{order}}\", and into \
             customers.number, as in \"{{stream}}-{{customer}}\"",
            ours.stream, other.stream, ours.account
        )
    }))
}

/// The stream and the account that it writes into.
pub fn attachment(config: &Config, erp: &dyn Erp) -> Attachment {
    let (t, customers) = (&config.books.templates, &config.books.customers);
    let all = [&t.sales_order, &t.again, &t.credit_note, &t.debit_note];
    // A shared account is the ERP's own; other customers of two streams must not meet, either.
    let shared = matches!(customers.policy, Policy::Shared(_));
    let named = shared || customers.number.0.contains(&config.stream) || customers.number.1.contains(&config.stream);
    Attachment {
        stream: config.stream.clone(),
        account: erp.account(),
        names_stream: named && all.iter().all(|text| text.contains("{stream}")),
    }
}
