//! When a request may leave: an ERP's limits, kept by all together who send to one account.
//!
//! An adapter knows the limits, and who else sends is known elsewhere: it asks for a permit before each request, and who
//! built it says where permits come from.

use std::fmt;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

/// How many requests an ERP takes at one of its endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// What the limit is on: an API's path, or a name for a whole account.
    pub endpoint: &'static str,
    /// Requests a minute in the long run; above zero.
    pub per_minute: u32,
    /// Requests at once, after a pause; above zero.
    pub burst: u32,
}

/// Where permits come from.
#[derive(Clone)]
pub struct Pace(Arc<dyn Fn(Limit) -> BoxFuture<'static, Result<(), String>> + Send + Sync>);

impl Pace {
    /// From what waits until a request may leave.
    pub fn new(permit: impl Fn(Limit) -> BoxFuture<'static, Result<(), String>> + Send + Sync + 'static) -> Pace {
        Pace(Arc::new(permit))
    }

    /// For a few requests on a person's behalf: all may leave at once.
    pub fn free() -> Pace {
        Pace::new(|_| std::future::ready(Ok(())).boxed())
    }

    /// Waits until one request may leave.
    ///
    /// # Errors
    /// A sentence, where permits cannot be had at all: the request must not leave.
    pub async fn permit(&self, limit: Limit) -> Result<(), String> {
        (self.0)(limit).await
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pace")
    }
}
