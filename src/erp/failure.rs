//! Why a request gave nothing, in the same words for every ERP; what an answer means is each ERP's own (`classify.rs`).

use std::time::Duration;

use super::Verdict;

/// How long refused credentials are believed to stay so: accounts get locked.
pub(super) const REFUSED_FOR: Duration = Duration::from_secs(60);

/// What a request can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Asks for a session or a token.
    Login,
    /// Only reads: without an answer nothing has changed.
    Read,
    /// Changes: without an answer it may have been done.
    Write,
}

/// Why a request gave nothing.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The request never left; may be sent again.
    NotSent(String),
    /// Certainly not done; may be sent again.
    NotDone {
        /// What was said.
        reason: String,
        /// How long we are asked to wait.
        retry_after: Option<Duration>,
    },
    /// May have been done.
    Unknown(String),
    /// The session or token is refused; another one may do.
    SessionRefused(String),
    /// The credentials are refused, or what they may do.
    Unauthorised(String),
    /// No answer of this ERP, or a fault within it.
    Garbled(String),
}

impl Failure {
    /// Nothing was answered that says whether it was done.
    pub fn perhaps(effect: Effect, reason: String) -> Failure {
        match effect {
            Effect::Write => Failure::Unknown(reason),
            Effect::Login | Effect::Read => Failure::NotDone { reason, retry_after: None },
        }
    }

    /// The same, with its sentence passed through `clean`.
    pub fn worded(self, clean: impl FnOnce(String) -> String) -> Failure {
        match self {
            Failure::NotSent(text) => Failure::NotSent(clean(text)),
            Failure::NotDone { reason, retry_after } => Failure::NotDone { reason: clean(reason), retry_after },
            Failure::Unknown(text) => Failure::Unknown(clean(text)),
            Failure::SessionRefused(text) => Failure::SessionRefused(clean(text)),
            Failure::Unauthorised(text) => Failure::Unauthorised(clean(text)),
            Failure::Garbled(text) => Failure::Garbled(clean(text)),
        }
    }

    /// What it means for the document for which `what` was asked ("the order S1").
    pub(super) fn verdict(self, what: &str) -> Verdict {
        match self {
            Failure::NotSent(reason) => Verdict::NotDone { reason: format!("{what}: {reason}"), retry_after: None },
            Failure::NotDone { reason, retry_after } => {
                Verdict::NotDone { reason: format!("{what}: {reason}"), retry_after }
            }
            Failure::Unknown(reason) => Verdict::Unknown { reason: format!("{what}: {reason}") },
            Failure::SessionRefused(reason) | Failure::Unauthorised(reason) => Verdict::Unauthorised { reason },
            Failure::Garbled(reason) => garbled(what, &reason),
        }
    }
}

/// A refusal of our own.
pub(super) fn rejected(reason: String) -> Verdict {
    Verdict::Rejected { reason, absent: false }
}

/// The ERP's refusal.
pub(super) fn refused(what: &str, text: &str) -> Verdict {
    rejected(format!("the ERP refuses {what}: {text}"))
}

/// An answer that says nothing.
pub(super) fn garbled(what: &str, text: &str) -> Verdict {
    Verdict::Garbled { reason: format!("{what}: {text}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_write_may_have_been_done() {
        for (effect, unknown) in [(Effect::Login, false), (Effect::Read, false), (Effect::Write, true)] {
            let failure = Failure::perhaps(effect, "it timed out".into());
            assert_eq!(matches!(failure, Failure::Unknown(_)), unknown, "{effect:?}");
            let verdict = failure.verdict("the order S1");
            assert_eq!(matches!(verdict, Verdict::Unknown { .. }), unknown, "{verdict:?}");
        }
    }
}
