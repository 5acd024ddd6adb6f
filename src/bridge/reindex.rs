//! Another mapping finds mirrored rows by other columns: the indexes of the whole mirror are worked out again.
//!
//! That the mirror's indexes are this mapping's is noted last. A bridge that dies on the way begins again with it.

use tracing::info;

use crate::capture;
use crate::mapping::Bound;
use crate::state::{Commit, Session, State};

/// Rows in one commit.
const ROWS_MAX: usize = 1000;

/// Works out what every mirrored row is found by.
///
/// # Errors
/// The state database's, and a row whose owners cannot be evaluated.
pub(super) async fn run(state: &dyn State, bound: &Bound, session: &Session) -> anyhow::Result<()> {
    let commit = |commit: Commit| {
        let (clock, mapping) = (session.clock, bound.version().to_owned());
        state.commit(session.epoch, Commit { clock, mapping, ..commit })
    };
    for table in 0..bound.footprint().tables.len() {
        let mut after = None;
        loop {
            let rows = state.rows(table, after, ROWS_MAX).await?;
            let Some(last) = rows.last() else { break };
            after = Some(last.key.clone());
            let mirror = capture::filled(bound, table, rows.into_iter().map(|r| r.row).collect())?;
            commit(Commit { mirror, ..Commit::default() }).await?;
        }
    }
    commit(Commit { indexed: Some(bound.version().to_owned()), ..Commit::default() }).await?;
    info!("the mapping has changed: what rows are found by was worked out again");
    Ok(())
}
