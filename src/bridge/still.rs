//! A stream that stands still: nobody else moves its mirror and its ledger while a person looks at them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;

use super::{load_mapping, look_up_after, open_erp, open_state, reindex, store_source, terms, unreachable_store};
use crate::binlog::{Source, Store};
use crate::capture::{Capture, Terms};
use crate::config::Config;
use crate::mapping::Bound;
use crate::state::{Begin, Begun, Session, State, StateError};

/// How long the stream is ours without a word; whoever works on it asks for it again.
const LEASE: Duration = Duration::from_secs(60);

/// How often that is where nothing else does it.
const RENEW: Duration = Duration::from_secs(20);

/// A stream whose lease is ours, with the mapping and the settings of now.
pub(super) struct Still {
    pub source: Source,
    pub bound: Arc<Bound>,
    pub terms: Arc<Terms>,
    pub state: Arc<dyn State>,
    pub session: Session,
    /// See [`look_up_after`].
    look_up_after: Duration,
}

impl Still {
    /// Takes the stream for `what` ("rebuild").
    ///
    /// # Errors
    /// A stream that has not run yet, a bridge that has it, a mapping that needs columns which are not mirrored.
    pub async fn hold(config: &Config, what: &str) -> anyhow::Result<Still> {
        let still = Still::take(config, what, false).await?;
        if let Some(begun) = &still.session.begun {
            still.end().await;
            anyhow::bail!(
                "the transaction {begun} is in the mirror by half: let `ledgertap run` take in the rest of it first, then {what}"
            );
        }
        if still.session.reindex {
            reindex::run(still.state.as_ref(), &still.bound, &still.session).await?;
        }
        Ok(still)
    }

    /// Takes the stream for a resync, whatever its mirror holds.
    ///
    /// # Errors
    /// As [`Still::hold`], less the columns.
    pub async fn to_resync(config: &Config) -> anyhow::Result<Still> {
        Still::take(config, "resync", true).await
    }

    async fn take(config: &Config, what: &str, resync: bool) -> anyhow::Result<Still> {
        let erp = open_erp(config.erp()?)?;
        let mapping = load_mapping(&config.store)?;
        let source = store_source(&config.store)?;
        let mut store = Store::inspect(&source).await.map_err(unreachable_store)?;
        let mut shapes = store.shapes(&mapping.tables()).await?;
        mapping.settings().correct(&mut shapes);
        let bound = Arc::new(mapping.bind(&shapes).context("the mapping")?);
        let terms = Arc::new(terms(config, erp.as_ref(), &bound)?);
        let state = open_state(config).await?;
        anyhow::ensure!(state.position().await?.is_some(), "this stream has not run yet: there is nothing to {what}");
        let begin = Begin {
            holder: format!("{what}, process {}", std::process::id()),
            lease: LEASE,
            resync,
            ..Begin::new(bound.footprint(), bound.version(), erp.late_max())
        };
        let session = match state.begin(begin).await? {
            Begun::Session(session) => *session,
            Begun::Waits { holder, .. } => {
                anyhow::bail!(
                    "{holder} has the stream: stop the captures first, and start them again when this is done"
                )
            }
        };
        Ok(Still { source, bound, terms, state, session, look_up_after: look_up_after(erp.as_ref()) })
    }

    /// What plans by the very code that the stream does.
    pub fn capture(&self) -> Capture {
        let (state, bound, terms) = (self.state.clone(), self.bound.clone(), self.terms.clone());
        Capture::new(state, bound, terms, &self.session, self.look_up_after)
    }

    /// Keeps the lease until it is lost.
    pub async fn keep(&self) -> StateError {
        loop {
            tokio::time::sleep(RENEW).await;
            if let Err(error) = self.state.renew(self.session.epoch).await {
                return error;
            }
        }
    }

    /// A capture that waits for the stream may have it at once.
    pub async fn end(&self) {
        let _ = self.state.end(self.session.epoch).await;
    }
}
