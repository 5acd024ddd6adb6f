//! What several deliveries send at the same time, as one request, where an ERP has one for many.
//!
//! Nobody waits for company: while two requests are on their way, what else is to be sent gathers, and goes together once one of
//! them is answered. So requests grow with the load and with the ERP's slowness, and a lone document is as quick as ever.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, oneshot};
use tokio::time::Instant;

/// Requests that are on their way at the same time: with one, what is to be sent would wait for all of the ERP's time for others;
/// with many, each would have little company.
const ON_THEIR_WAY: usize = 2;

/// Joins items of one kind.
pub struct Joined<T, A> {
    max: usize,
    /// One for each that sends.
    turns: Semaphore,
    next_no: AtomicU64,
    waiting: Mutex<VecDeque<Waiting<T, A>>>,
}

struct Waiting<T, A> {
    no: u64,
    item: T,
    until: Instant,
    answer: oneshot::Sender<A>,
}

impl<T, A> Joined<T, A> {
    /// At most `max` items in a request.
    pub fn new(max: usize) -> Joined<T, A> {
        Joined::by(ON_THEIR_WAY, max)
    }

    fn by(on_their_way: usize, max: usize) -> Joined<T, A> {
        Joined {
            max: max.max(1),
            turns: Semaphore::new(on_their_way),
            next_no: AtomicU64::new(0),
            waiting: Mutex::default(),
        }
    }

    /// Sends an item, alone or with others: `send` is given the items and the time after which none of them may leave any
    /// more, and has an answer for each. It may be called on behalf of others, and may be another's call.
    ///
    /// Answers `None` where there is none: the time ran out before it could be sent, or who sent it was dropped while
    /// at it; then it may have arrived.
    pub async fn send<F>(&self, item: T, until: Instant, send: impl Fn(Vec<T>, Instant) -> F) -> Option<A>
    where
        F: Future<Output = Vec<A>>,
    {
        let (answer, mut answered) = oneshot::channel();
        let no = self.next_no.fetch_add(1, Ordering::Relaxed);
        self.waiting().push_back(Waiting { no, item, until, answer });
        loop {
            let turn = tokio::select! {
                biased;
                answer = &mut answered => return answer.ok(),
                turn = self.turns.acquire() => turn,
            };
            if self.waiting().iter().all(|waiting| waiting.no != no) {
                // It is on its way with others; who waits with what is not has the turn.
                drop(turn);
                return answered.await.ok();
            }
            let (items, answers, earliest) = self.gather(until);
            if items.is_empty() {
                continue;
            }
            for (to, answer) in answers.into_iter().zip(send(items, earliest).await) {
                // Who has stopped waiting looks it up another time.
                let _ = to.send(answer);
            }
            drop(turn);
        }
    }

    /// Those that go together now, and when the first of them would be too late.
    fn gather(&self, until: Instant) -> (Vec<T>, Vec<oneshot::Sender<A>>, Instant) {
        let now = Instant::now();
        let (mut items, mut answers, mut earliest) = (Vec::new(), Vec::new(), until);
        while items.len() < self.max
            && let Some(next) = self.next(now)
        {
            earliest = earliest.min(next.until);
            items.push(next.item);
            answers.push(next.answer);
        }
        (items, answers, earliest)
    }

    /// The next that somebody still waits for and that is still in time.
    fn next(&self, now: Instant) -> Option<Waiting<T, A>> {
        let mut waiting = self.waiting();
        loop {
            let next = waiting.pop_front()?;
            if !next.answer.is_closed() && now < next.until {
                return Some(next);
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Waiting<T, A>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use futures_util::future::join_all;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    /// An ERP that takes a second for whatever it is sent, and answers each item with its company.
    async fn slow(items: Vec<u32>, _: Instant) -> Vec<Vec<u32>> {
        tokio::time::sleep(Duration::from_secs(1)).await;
        vec![items.clone(); items.len()]
    }

    #[tokio::test(start_paused = true)]
    async fn what_gathers_meanwhile_goes_together() {
        let joined = Joined::by(1, 3);
        let until = Instant::now() + MINUTE;
        let sent = join_all((0..6).map(|n| joined.send(n, until, slow))).await;
        let sent: Vec<Vec<u32>> = sent.into_iter().map(Option::unwrap).collect();
        let (second, third) = (vec![1, 2, 3], vec![4, 5]);
        assert_eq!(sent, [&vec![0], &second, &second, &second, &third, &third].map(Clone::clone));
        assert_eq!(until - Instant::now(), MINUTE - Duration::from_secs(3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_few_requests_are_on_their_way_at_once() {
        let joined = Joined::by(2, 3);
        let until = Instant::now() + MINUTE;
        let sent = join_all((0..9).map(|n| joined.send(n, until, slow))).await;
        let sent: Vec<Vec<u32>> = sent.into_iter().map(Option::unwrap).collect();
        let (third, fourth, fifth) = (vec![2, 3, 4], vec![5, 6, 7], vec![8]);
        let company = [&vec![0], &vec![1], &third, &third, &third, &fourth, &fourth, &fourth, &fifth];
        assert_eq!(sent, company.map(Clone::clone));
        assert_eq!(until - Instant::now(), MINUTE - Duration::from_secs(3));
    }

    #[tokio::test(start_paused = true)]
    async fn whose_item_is_on_its_way_sends_for_nobody() {
        let joined = Joined::by(2, 3);
        let until = Instant::now() + MINUTE;
        let began = Instant::now();
        let send = async |n: u32, after: u64| {
            tokio::time::sleep(Duration::from_millis(after)).await;
            let sent = joined.send(n, until, slow).await;
            (sent.unwrap(), (Instant::now() - began).as_millis() as u64)
        };
        // 2 and 3 are sent at 1.0 s by 2; of the turn that is free at 1.5 s, 3 makes nothing.
        let (_, _, two, three, four) =
            tokio::join!(send(0, 0), send(1, 500), send(2, 600), send(3, 700), send(4, 1_200));
        assert_eq!((two, three), ((vec![2, 3], 2_000), (vec![2, 3], 2_000)));
        assert_eq!(four, (vec![4], 2_500));
    }

    #[tokio::test(start_paused = true)]
    async fn who_sends_may_be_dropped_and_the_rest_goes_on() {
        let joined = Arc::new(Joined::by(1, 2));
        let until = Instant::now() + MINUTE;
        let leader = joined.clone();
        let leader = tokio::spawn(async move { leader.send(0, until, slow).await });
        tokio::task::yield_now().await;
        let others = join_all((1..4).map(|n| joined.send(n, until, slow)));
        let (others, ()) = tokio::join!(others, async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            leader.abort();
        });
        assert_eq!(others, [Some(vec![1, 2]), Some(vec![1, 2]), Some(vec![3])]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_went_with_one_that_was_dropped_has_no_answer() {
        let joined = Arc::new(Joined::by(1, 2));
        let until = Instant::now() + MINUTE;
        let before = joined.clone();
        let before = tokio::spawn(async move { before.send(0, until, slow).await });
        tokio::task::yield_now().await;
        let all: Vec<_> = [1, 2].map(|n| (n, joined.clone())).into_iter().collect();
        let mut all: Vec<_> =
            all.into_iter().map(|(n, joined)| tokio::spawn(async move { joined.send(n, until, slow).await })).collect();
        assert_eq!(before.await.unwrap(), Some(vec![0]));
        tokio::time::sleep(Duration::from_millis(500)).await;
        all.remove(0).abort();
        assert_eq!(all.remove(0).await.unwrap(), None, "it may have arrived");
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_run_out_of_time_does_not_leave() {
        let joined = Joined::by(1, 2);
        let soon = Instant::now() + Duration::from_millis(500);
        let sent = tokio::join!(
            joined.send(0, soon + MINUTE, |items, until| async move {
                assert!(until > soon);
                slow(items, until).await
            }),
            async {
                tokio::task::yield_now().await;
                joined.send(1, soon, slow).await
            }
        );
        assert_eq!(sent, (Some(vec![0]), None));
    }
}
