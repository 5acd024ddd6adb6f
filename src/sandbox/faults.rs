//! What an ERP does to its clients on a bad day, drawn from a seed so that a run can be repeated.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::office::Act;

/// One misbehaviour. *Before* and *after* are about the books: before or after the request took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Takes effect, and is answered only after the client has given up.
    HoldAfter,
    /// Takes effect only after the client has given up, but before `late_max`.
    Late,
    /// Never takes effect, and is not answered in time.
    HoldBefore,
    /// Takes effect, then the connection is reset.
    ResetAfter,
    /// The connection is reset and nothing takes effect.
    ResetBefore,
    /// 429 with `Retry-After`.
    Throttle,
    /// 500; nothing took effect.
    ErrorBefore,
    /// 500; it took effect.
    ErrorAfter,
    /// A gateway's 503 with a page of HTML.
    Unavailable,
    /// HTML with status 200, as captive proxies answer; nothing took effect.
    Html,
    /// Every token ends now.
    ExpireTokens,
    /// A slow answer, in time.
    Slow,
    /// Saved without the audit that was asked for, then 500. No effect on other requests.
    Draft,
}

impl Fault {
    const ALL: [Fault; 13] = [
        Fault::HoldAfter,
        Fault::Late,
        Fault::HoldBefore,
        Fault::ResetAfter,
        Fault::ResetBefore,
        Fault::Throttle,
        Fault::ErrorBefore,
        Fault::ErrorAfter,
        Fault::Unavailable,
        Fault::Html,
        Fault::ExpireTokens,
        Fault::Slow,
        Fault::Draft,
    ];

    /// The name in `--faults` and in `/books`.
    pub fn as_str(self) -> &'static str {
        match self {
            Fault::HoldAfter => "hold_after",
            Fault::Late => "late",
            Fault::HoldBefore => "hold_before",
            Fault::ResetAfter => "reset_after",
            Fault::ResetBefore => "reset_before",
            Fault::Throttle => "throttle",
            Fault::ErrorBefore => "error_before",
            Fault::ErrorAfter => "error_after",
            Fault::Unavailable => "unavailable",
            Fault::Html => "html",
            Fault::ExpireTokens => "expire_tokens",
            Fault::Slow => "slow",
            Fault::Draft => "draft",
        }
    }
}

/// How often each fault befalls a request, in thousandths, and where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Faults {
    /// What the faults are drawn from; the sandbox's own seed where none is said.
    seed: Option<u64>,
    shares: Vec<Share>,
}

/// One fault's part of the requests.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Share {
    fault: Fault,
    /// Only of requests whose endpoint ends so; of all where none is said.
    endpoint: Option<String>,
    thousandths: u16,
}

impl Faults {
    /// A good day.
    pub fn none() -> Self {
        Faults::default()
    }

    /// A bad day: 15 % of all requests.
    pub fn rough() -> Self {
        let shares = [
            (Fault::HoldAfter, 15),
            (Fault::Late, 15),
            (Fault::HoldBefore, 8),
            (Fault::ResetAfter, 20),
            (Fault::ResetBefore, 15),
            (Fault::Throttle, 15),
            (Fault::ErrorBefore, 15),
            (Fault::ErrorAfter, 15),
            (Fault::Unavailable, 7),
            (Fault::ExpireTokens, 5),
            (Fault::Slow, 15),
            (Fault::Draft, 5),
        ];
        let shares = shares.map(|(fault, thousandths)| Share { fault, endpoint: None, thousandths });
        Faults { seed: None, shares: shares.to_vec() }
    }

    /// True where no fault ever befalls.
    pub fn is_none(&self) -> bool {
        self.shares.iter().all(|share| share.thousandths == 0)
    }

    /// The most that can befall a request at any endpoint.
    fn sum(&self) -> u32 {
        let at = |endpoint: &str| -> u32 {
            self.shares.iter().filter(|share| share.is_of(endpoint)).map(|share| u32::from(share.thousandths)).sum()
        };
        let named = self.shares.iter().filter_map(|share| share.endpoint.as_deref());
        named.map(at).max().unwrap_or_default().max(at(""))
    }
}

impl Share {
    fn is_of(&self, endpoint: &str) -> bool {
        self.endpoint.as_ref().is_none_or(|end| endpoint.ends_with(end.as_str()))
    }
}

/// `none`, `rough`, or a list of names with thousandths, of all requests or of those of one endpoint, and perhaps a seed:
/// `seed=7,rough,late@sal_order=50`.
impl FromStr for Faults {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut faults = Faults::none();
        for item in text.split(',').map(str::trim) {
            match item {
                "none" => continue,
                "rough" => {
                    faults.shares.extend(Faults::rough().shares);
                    continue;
                }
                _ => {}
            }
            let (name, count) = item.split_once('=').ok_or_else(|| {
                format!(
                    "\"{item}\" is no fault plan: none, rough, or a list like seed=7,hold_after=20,late@sal_order=50 in thousandths"
                )
            })?;
            let (name, count) = (name.trim(), count.trim());
            if name == "seed" {
                faults.seed = Some(count.parse().map_err(|_| format!("\"{count}\" is no seed: a whole number is"))?);
                continue;
            }
            let (name, endpoint) = match name.split_once('@') {
                Some((_, "")) => return Err(format!("\"{item}\" names no endpoint after the @")),
                Some((name, endpoint)) => (name, Some(endpoint.to_owned())),
                None => (name, None),
            };
            let fault = Fault::ALL.into_iter().find(|f| f.as_str() == name).ok_or_else(|| {
                let names: Vec<_> = Fault::ALL.iter().map(|f| f.as_str()).collect();
                format!("there is no fault \"{name}\"; there are {}", names.join(", "))
            })?;
            let thousandths = count.parse().map_err(|_| format!("\"{count}\" is no number of thousandths"))?;
            faults.shares.push(Share { fault, endpoint, thousandths });
        }
        match faults.sum() {
            0..=1000 => Ok(faults),
            sum => Err(format!("the faults add up to {sum} thousandths")),
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut items: Vec<String> = self.seed.iter().map(|seed| format!("seed={seed}")).collect();
        for Share { fault, endpoint, thousandths } in &self.shares {
            let at = endpoint.iter().map(|end| format!("@{end}")).collect::<String>();
            items.push(format!("{}{at}={thousandths}", fault.as_str()));
        }
        match items.is_empty() {
            true => f.write_str("none"),
            false => f.write_str(&items.join(",")),
        }
    }
}

/// A client may ask for a token twice a minute: expiring them more often would only measure its patience.
const EXPIRY_PAUSE: Duration = Duration::from_secs(40);

/// Draws faults, and counts them.
pub(super) struct Dice {
    faults: Faults,
    rng: ChaCha8Rng,
    /// Ordered by hand: path ending and fault, first come first served.
    injected: Vec<(String, Fault)>,
    /// Ordered by hand: how many requests of the sort come before, and the fault.
    counted: Vec<(Act, u64, Fault)>,
    expired_at: Option<Instant>,
    counts: BTreeMap<String, u64>,
}

impl Dice {
    pub(super) fn new(faults: Faults, seed: u64) -> Self {
        let rng = ChaCha8Rng::seed_from_u64(faults.seed.unwrap_or(seed));
        Dice { faults, rng, injected: Vec::new(), counted: Vec::new(), expired_at: None, counts: BTreeMap::new() }
    }

    /// Orders a fault for the next request whose path ends so.
    pub(super) fn inject(&mut self, path_end: &str, fault: Fault) {
        self.injected.push((path_end.to_owned(), fault));
    }

    /// Orders a fault for a request of this sort, `nth` others of it coming first.
    pub(super) fn inject_nth(&mut self, act: Act, nth: u64, fault: Fault) {
        self.counted.push((act, nth, fault));
    }

    /// Takes back what was ordered and has befallen nobody; how many.
    pub(super) fn take_back(&mut self) -> usize {
        let left = self.injected.len() + self.counted.len();
        self.injected.clear();
        self.counted.clear();
        left
    }

    /// The fault that befalls a request for `path` at this endpoint; log-ins are spared unless it was ordered.
    pub(super) fn draw(&mut self, path: &str, endpoint: &str, act: Act, now: Instant) -> Option<Fault> {
        let fault = match self.ordered(path, act) {
            Some(fault) => fault,
            None if act == Act::Login || self.faults.is_none() => return None,
            None => self.roll(endpoint)?,
        };
        if fault == Fault::ExpireTokens {
            if self.expired_at.is_some_and(|at| now.duration_since(at) < EXPIRY_PAUSE) {
                return None;
            }
            self.expired_at = Some(now);
        }
        *self.counts.entry(fault.as_str().to_owned()).or_default() += 1;
        Some(fault)
    }

    pub(super) fn counts(&self) -> BTreeMap<String, u64> {
        self.counts.clone()
    }

    fn ordered(&mut self, path: &str, act: Act) -> Option<Fault> {
        let mut due = None;
        self.counted.retain_mut(|(of, before, fault)| match (*of == act, before.checked_sub(1)) {
            (true, Some(left)) => {
                *before = left;
                true
            }
            (true, None) if due.is_none() => {
                due = Some(*fault);
                false
            }
            (true, None) | (false, _) => true,
        });
        due.or_else(|| {
            let first = self.injected.iter().position(|(end, _)| path.ends_with(end))?;
            Some(self.injected.remove(first).1)
        })
    }

    fn roll(&mut self, endpoint: &str) -> Option<Fault> {
        let mut roll = self.rng.random_range(0..1000u16);
        for share in self.faults.shares.iter().filter(|share| share.is_of(endpoint)) {
            match roll.checked_sub(share.thousandths) {
                Some(rest) => roll = rest,
                None => return Some(share.fault),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_read_and_shown() {
        assert_eq!("none".parse::<Faults>().unwrap(), Faults::none());
        let rough: Faults = "rough".parse().unwrap();
        assert_eq!(rough.sum(), 150);
        assert_eq!(rough.to_string().parse::<Faults>().unwrap(), rough);
        assert!("late".parse::<Faults>().unwrap_err().contains("no fault plan"));
        assert!("later=1".parse::<Faults>().unwrap_err().contains("hold_after, late"));
        assert!("late=1001".parse::<Faults>().unwrap_err().contains("add up to 1001"));
        assert!("late=x".parse::<Faults>().is_err());
        let plan: Faults = "seed=7,late@sal_order=50,rough".parse().unwrap();
        assert_eq!((plan.seed, plan.sum()), (Some(7), 200));
        assert_eq!(plan.to_string().parse::<Faults>().unwrap(), plan);
        assert!("seed=x".parse::<Faults>().unwrap_err().contains("no seed"));
        assert!("late=600,late@a=500".parse::<Faults>().unwrap_err().contains("add up to 1100"));
        assert!("late@order=600,late@sal_order=500".parse::<Faults>().unwrap_err().contains("add up to 1100"));
        assert_eq!("late@order=600,late@customer=500".parse::<Faults>().unwrap().sum(), 600);
        assert!("late@=5".parse::<Faults>().unwrap_err().contains("names no endpoint"));
    }

    #[test]
    fn the_same_seed_gives_the_same_day() {
        let day = |seed| {
            let mut dice = Dice::new(Faults::rough(), seed);
            let now = Instant::now();
            let draws: Vec<_> = (0..1000).map(|_| dice.draw("/x", "/x", Act::Write, now)).collect();
            (draws, dice.counts())
        };
        assert_eq!(day(7), day(7));
        assert_ne!(day(7).0, day(8).0);
        let faults: u64 = day(7).1.values().sum();
        assert!((100..200).contains(&faults), "{faults}");
        assert_eq!(day(7).1["expire_tokens"], 1);
    }

    #[test]
    fn a_plan_has_a_seed_and_endpoints() {
        let day = |seed, plan: &str, endpoint: &str| {
            let mut dice = Dice::new(plan.parse().unwrap(), seed);
            let now = Instant::now();
            (0..200).filter(|_| dice.draw("/jsonrpc", endpoint, Act::Write, now).is_some()).count()
        };
        assert_eq!(day(1, "late@sale.create=1000", "model.sale.sale.create"), 200);
        assert_eq!(day(1, "late@sale.create=1000", "model.sale.sale.quote"), 0);
        assert_eq!(day(1, "seed=9,late=500", "/x"), day(2, "seed=9,late=500", "/x"), "the plan's own seed");
    }

    #[test]
    fn an_ordered_fault_waits_for_its_turn() {
        let mut dice = Dice::new(Faults::none(), 1);
        dice.inject_nth(Act::Write, 1, Fault::Late);
        dice.inject_nth(Act::Read, 0, Fault::Html);
        let acts = [Act::Write, Act::Read, Act::Write, Act::Write];
        let drawn = acts.map(|act| dice.draw("/x", "/x", act, Instant::now()));
        assert_eq!(drawn, [None, Some(Fault::Html), Some(Fault::Late), None]);
    }

    #[test]
    fn an_ordered_fault_waits_for_its_path() {
        let mut dice = Dice::new(Faults::none(), 1);
        dice.inject("/sal_order", Fault::Late);
        assert_eq!(dice.draw("/sal_order_detail", "/sal_order_detail", Act::Write, Instant::now()), None);
        assert_eq!(dice.draw("/scm/sal_order", "/scm/sal_order", Act::Write, Instant::now()), Some(Fault::Late));
        assert_eq!(dice.draw("/scm/sal_order", "/scm/sal_order", Act::Write, Instant::now()), None);
    }
}
