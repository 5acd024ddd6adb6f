//! What all relays of an ERP account share: whether the ERP is there, and how many requests it was sent.

use std::time::Duration;

use super::link::Link;
use super::text::written;
use super::{from_us, now};
use crate::outbox::{Breaker, Rate};
use crate::state::StateError;

const ACTION: &str = "write the ERP's breaker";

/// Changes the breaker of the stream's ERP account. It is locked only where that changes it, so that relays do not wait for
/// one another while all is well.
pub(super) async fn change<T>(link: &Link, stream: &str, change: impl Fn(&mut Breaker) -> T) -> Result<T, StateError> {
    let sql = "SELECT e.failures, e.shut_until_us FROM stream s JOIN erp e ON e.account = coalesce(s.account, s.name)
               WHERE s.name = $1";
    let read = |row: Option<tokio_postgres::Row>| {
        row.map_or_else(Breaker::default, |row| Breaker {
            failures: row.get::<_, i32>(0).cast_unsigned(),
            shut_until: row.get::<_, Option<i64>>(1).map(from_us),
        })
    };
    let before = read(link.first("read the ERP's breaker", sql, &[&stream]).await?);
    let mut after = before;
    let answer = change(&mut after);
    if after == before {
        return Ok(answer);
    }
    let account = account(link, stream).await?;
    let make = "INSERT INTO erp (account, failures) VALUES ($1, 0) ON CONFLICT DO NOTHING";
    link.execute(ACTION, make, &[&account]).await?;
    let lock = "SELECT failures, shut_until_us FROM erp WHERE account = $1 FOR UPDATE";
    let mut breaker = read(link.first(ACTION, lock, &[&account]).await?);
    let answer = change(&mut breaker);
    let (failures, until) = (breaker.failures.cast_signed(), breaker.shut_until.map(|at| at.as_microsecond()));
    let write = "UPDATE erp SET failures = $2, shut_until_us = $3 WHERE account = $1";
    link.execute(ACTION, write, &[&account, &failures, &until]).await?;
    Ok(answer)
}

/// See [`crate::state::State::reserve`].
pub(super) async fn reserve(
    link: &Link,
    stream: &str,
    endpoint: &str,
    rate: Rate,
    requests: u32,
) -> Result<Duration, StateError> {
    let action = "reserve requests";
    let account = account(link, stream).await?;
    let endpoint = written(endpoint);
    // The past, so that it counts as never.
    let make = "INSERT INTO pace (account, endpoint, arrival_us) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING";
    link.execute(action, make, &[&account, &endpoint]).await?;
    let lock = "SELECT arrival_us FROM pace WHERE account = $1 AND endpoint = $2 FOR UPDATE";
    let arrival = link.one(action, lock, &[&account, &endpoint]).await?.get(0);
    let (next, wait) = rate.reserve(Some(from_us(arrival)), requests, now(link).await?);
    let write = "UPDATE pace SET arrival_us = $3 WHERE account = $1 AND endpoint = $2";
    link.execute(action, write, &[&account, &endpoint, &next.as_microsecond()]).await?;
    Ok(wait)
}

/// The ERP account of the stream as it is stored; a stream that is not attached yet has one of its own.
async fn account(link: &Link, stream: &str) -> Result<String, StateError> {
    let sql = "SELECT coalesce(account, name) FROM stream WHERE name = $1";
    let found = link.first("read the ERP account", sql, &[&stream]).await?;
    Ok(found.map_or_else(|| stream.to_owned(), |row| row.get(0)))
}
