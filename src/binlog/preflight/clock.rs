//! The store's clock against this machine's: settle times are counted by both.

use super::{Facts, Finding};

/// What the question's own way and whole seconds may make of two clocks that agree, in seconds.
const SKEW_MIN: i64 = 2;

/// Beyond this the settle time means nothing, in seconds.
const SKEW_MAX: i64 = 60;

pub fn skew(facts: &Facts) -> Option<Finding> {
    let ahead = facts.clock_ahead?;
    let (by, way) = (ahead.unsigned_abs(), if ahead > 0 { "ahead of" } else { "behind" });
    let what = format!("the store's clock is {by} s {way} this machine's");
    let remedy = "synchronise both clocks (NTP): an order's settle time is counted by the two";
    Some(match ahead.abs() {
        seconds if seconds <= SKEW_MIN => Finding::good("the store's clock and this machine's agree"),
        seconds if seconds <= SKEW_MAX => Finding::advised(what, format!("better: {remedy}")),
        _ => Finding::fix(what, remedy),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_differ_are_told() {
        let at = |ahead| skew(&Facts { clock_ahead: Some(ahead), ..Facts::default() }).unwrap();
        for (ahead, ok, advice, part) in [
            (0, true, false, "agree"),
            (-2, true, false, "agree"),
            (3, true, true, "3 s ahead of"),
            (-60, true, true, "60 s behind"),
            (61, false, true, "61 s ahead of"),
            (-28_800, false, true, "28800 s behind"),
        ] {
            let finding = at(ahead);
            assert!(
                finding.ok == ok && finding.remedy.is_empty() != advice && finding.what.contains(part),
                "{ahead}: {finding:?}"
            );
        }
        assert_eq!(skew(&Facts::default()), None);
    }
}
