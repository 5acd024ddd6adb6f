//! What a claim hands to a relay; the same for every state database.

use jiff::Timestamp;
use jiff::civil::Date;

use super::ClaimTerms;
use crate::document::Document;
use crate::outbox::{Claimed, Grant, Life, posting_day};

/// An entry that may leave.
pub(super) struct Head {
    pub seq: i64,
    pub lane: String,
    pub document: Document,
    /// The latest posting date of the lane's entries before it.
    pub posted: Option<Date>,
}

/// What a claim of now is made with.
pub(super) struct Claiming {
    pub at: Timestamp,
    /// The claim's number, drawn anew: of a state that was restored since, no claim may have it.
    pub number: i64,
    /// See [`Claimed::probe`].
    pub probe: bool,
}

impl ClaimTerms {
    /// Claims an entry.
    pub(super) fn take(&self, head: Head, life: &mut Life, claiming: &Claiming) -> Claimed {
        let Head { seq, lane, document, posted } = head;
        let Claiming { at, number, probe } = *claiming;
        let event = document.header().map_or_else(|| self.zone.to_datetime(at).date(), |header| header.date);
        let (attempts, garbled) = (life.attempts, life.garbled);
        let posting_date = life.posting_date.unwrap_or_else(|| posting_day(event, self.closed_until, posted));
        let maybe_sent = life.claim(&Grant { number, now: at, lease: self.lease, posting_date });
        Claimed {
            seq,
            claim: number,
            lane,
            document,
            posting_date,
            maybe_sent,
            attempts,
            garbled,
            first_claimed_at: life.first_claimed_at.unwrap_or(at),
            claimed_at: at,
            probe,
            lease_until: life.lease_until.unwrap_or(at),
        }
    }
}
