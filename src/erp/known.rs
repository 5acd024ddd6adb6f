//! What an adapter has read of its account.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::Verdict;

/// How long what was read is believed: a person who mends the ERP's settings is to see it soon.
const AGE_MAX: Duration = Duration::from_secs(60);

/// The account as it was last read.
pub(super) struct Known<T>(Mutex<Option<(Instant, Arc<T>)>>);

impl<T> Default for Known<T> {
    fn default() -> Self {
        Known(Mutex::new(None))
    }
}

impl<T> Known<T> {
    /// The account, read where that is long ago; who asks meanwhile waits for it.
    ///
    /// # Errors
    /// What `read` says.
    pub async fn get(&self, read: impl Future<Output = Result<T, Verdict>>) -> Result<Arc<T>, Verdict> {
        let mut known = self.0.lock().await;
        if let Some((at, account)) = known.as_ref()
            && at.elapsed() < AGE_MAX
        {
            return Ok(account.clone());
        }
        let account = Arc::new(read.await?);
        *known = Some((Instant::now(), account.clone()));
        Ok(account)
    }
}
