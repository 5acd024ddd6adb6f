//! What bounds a delivery: its claim's time and its number of requests; and whether anything of it has left.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::{Delivery, Effect, Failure, Limit, Pace, Start, Verdict};

/// Long enough where nobody waits for an end.
const DAY: Duration = Duration::from_secs(24 * 3600);

tokio::task_local! {
    /// The delivery that a request belongs to.
    static DELIVERY: Bounds;
}

/// What bounds a delivery.
struct Bounds {
    /// When its claim runs out.
    until: Instant,
    requests: AtomicU32,
    /// The ERP may have something of the document.
    perhaps: AtomicBool,
}

impl Bounds {
    fn until(until: Instant) -> Bounds {
        Bounds { until, requests: AtomicU32::new(0), perhaps: AtomicBool::new(false) }
    }
}

/// Runs what may change nothing any more once `until` has come.
pub(super) async fn within<F: Future>(until: Instant, requests: F) -> F::Output {
    DELIVERY.scope(Bounds::until(until), requests).await
}

/// Runs the steps of a delivery. What they refuse before anything has left or was found, of a document that never left before, the
/// ERP certainly has not.
pub(super) async fn deliver(delivery: Delivery<'_>, steps: impl Future<Output = Result<Verdict, Verdict>>) -> Verdict {
    let bounded = async {
        let verdict = steps.await.unwrap_or_else(|verdict| verdict);
        let perhaps = DELIVERY.with(|delivery| delivery.perhaps.load(Ordering::Relaxed));
        if delivery.start == Start::Create && !perhaps { verdict.absent() } else { verdict }
    };
    within(delivery.until, bounded).await
}

/// Waits until the limit lets a request leave; it has to leave right then.
///
/// # Errors
/// Why it must not.
pub(super) async fn leave(effect: Effect, pace: &Pace, limit: Limit) -> Result<(), Failure> {
    pace.permit(limit).await.map_err(Failure::NotSent)?;
    if effect != Effect::Write {
        return Ok(());
    }
    // Looked at last: the process may have been stopped at any point before.
    if Instant::now() >= until() {
        return Err(Failure::Unknown("the time for it had run out before it could be sent".into()));
    }
    may_be_there();
    Ok(())
}

/// Notes that the ERP may have something of the document: a request has left that makes it, or something of it was found, against
/// what was known.
pub(super) fn may_be_there() {
    // Outside of a delivery nobody asks.
    let _ = DELIVERY.try_with(|delivery| delivery.perhaps.store(true, Ordering::Relaxed));
}

/// When the delivery's claim runs out.
pub(super) fn until() -> Instant {
    DELIVERY.try_with(|delivery| delivery.until).unwrap_or_else(|_| Instant::now() + DAY)
}

/// Counts a request of the delivery; true where it has made `max` of them before.
pub(super) fn is_spent(max: u32) -> bool {
    DELIVERY.try_with(|delivery| delivery.requests.fetch_add(1, Ordering::Relaxed) >= max).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::document::{Customer, Document};

    #[tokio::test]
    async fn requests_of_a_delivery_are_counted() {
        assert!(!is_spent(0), "outside of a delivery nothing is");
        let end = Instant::now();
        within(end, async {
            assert_eq!([is_spent(2), is_spent(2), is_spent(2)], [false, false, true]);
            assert_eq!(until(), end);
        })
        .await;
    }

    /// What becomes of a refusal after requests of these kinds.
    async fn refused(start: Start, requests: &[Effect], until: Instant) -> Verdict {
        let document = Document::Customer(Customer::default());
        let delivery = Delivery { document: &document, posting_date: date(2026, 11, 27), start, until };
        let limit = Limit { endpoint: "account", per_minute: 60, burst: 1 };
        let steps = async {
            for effect in requests {
                if let Err(failure) = leave(*effect, &Pace::free(), limit).await {
                    return Err(failure.verdict("it"));
                }
            }
            Err(Verdict::Rejected { reason: "no".into(), absent: false })
        };
        deliver(delivery, steps).await
    }

    #[tokio::test]
    async fn what_never_left_is_absent() {
        let later = Instant::now() + DAY;
        let absent = async |start, requests: &[Effect]| match refused(start, requests, later).await {
            Verdict::Rejected { absent, .. } => absent,
            other => panic!("{other:?}"),
        };
        assert!(absent(Start::Create, &[]).await);
        assert!(absent(Start::Create, &[Effect::Login, Effect::Read]).await);
        assert!(!absent(Start::Create, &[Effect::Read, Effect::Write, Effect::Read]).await);
        assert!(!absent(Start::LookUp, &[Effect::Read]).await, "it may have left before");
        let document = Document::Customer(Customer::default());
        let (posting_date, start) = (date(2026, 11, 27), Start::Create);
        let found = deliver(Delivery { document: &document, posting_date, start, until: later }, async {
            may_be_there();
            Err(Verdict::Rejected { reason: "no".into(), absent: false })
        });
        assert!(matches!(found.await, Verdict::Rejected { absent: false, .. }), "it was found");
    }

    #[tokio::test]
    async fn what_may_change_something_does_not_leave_too_late() {
        let now = Instant::now();
        assert!(matches!(refused(Start::Create, &[Effect::Read], now).await, Verdict::Rejected { .. }));
        let Verdict::Unknown { reason } = refused(Start::Create, &[Effect::Write], now).await else { panic!() };
        assert!(reason.contains("run out"), "{reason}");
    }
}
