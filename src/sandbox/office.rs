//! What the sandboxes of all kinds have in common at the counter: a request, an answer, and who stands behind it.

use std::any::Any;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Response, StatusCode};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::Value;

use super::books::Booked;

/// A request, read whole.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    pub method: Method,
    pub path: String,
    /// As it came, still encoded.
    pub query: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// What is answered.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub status: u16,
    /// Beside the content type.
    pub headers: Vec<(&'static str, String)>,
    pub content_type: &'static str,
    pub body: String,
}

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// Asks for a session or a token.
    Login,
    /// Only reads.
    Read,
    /// Changes the books.
    Write,
}

/// What was asked to be stored and was not.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Refusals {
    /// Because the number was there.
    pub duplicates: u64,
    /// For any other reason of content.
    pub rejected: u64,
}

/// One ERP's protocol and its books.
///
/// Strict: who may come in, what a request holds, which references it names, which numbers are there and what may still be
/// credited are all checked, amounts are computed by itself, and nothing is shared with the adapter that is tried against it.
pub(super) trait Office: Send {
    /// What a request is for, seen from outside.
    fn act(&self, letter: &Letter) -> Act;

    /// What a request is addressed to, as a fault plan names it: its path, or what stands in its body where all have one path.
    fn endpoint(&self, letter: &Letter) -> String {
        letter.path.clone()
    }

    /// Answers a request, at one moment: what it changes has taken effect when this returns.
    fn answer(&mut self, letter: &Letter, now: Timestamp) -> Reply;

    /// What is said to who asks too often; nothing was done.
    fn throttled(&self) -> Reply;

    /// What is said when something broke within it, whether before or after it was done.
    fn broken(&self) -> Reply;

    /// The same request as one that is done half: stored, and not audited. None where there is no such thing.
    fn halved(&self, _: &Letter) -> Option<Letter> {
        None
    }

    /// Ends every session and token.
    fn end_sessions(&mut self);

    /// What is in the books, in any order.
    fn booked(&self) -> Vec<Booked>;

    /// What was refused so far.
    fn refusals(&self) -> Refusals;

    /// The keys of a config's `[erp]` block that fits, but for the times.
    fn erp_block(&self, url: &str) -> String;

    /// Puts an item into the catalogue, which has every item but those whose number begins with `UNKNOWN`.
    fn add_item(&mut self, number: &str);

    /// Notes a customer that the ERP has by itself.
    fn add_customer(&mut self, number: &str, name: &str);

    /// Notes an order of the shop that a person has entered under a number of the ERP's own: credits up to its total are
    /// taken, and need not name what sold the goods.
    fn add_order(&mut self, order: &str, total: Decimal);

    /// Takes the last line out of the document of this number, as a person might.
    fn lose_line(&mut self, number: &str);

    /// What a person or the vendor does beside the protocol; each kind says which acts it has, and what of them it is told.
    ///
    /// # Errors
    /// Why it cannot be done.
    fn by_hand(&mut self, act: &str, _details: &Value, _now: Timestamp) -> Result<Value, String> {
        Err(format!("nobody can {act:?} there"))
    }

    /// A copy of the books.
    fn backup(&self) -> Box<dyn Any + Send + Sync>;

    /// Puts a copy back that [`Office::backup`] made: what came since was never there. Sessions go on.
    fn restore(&mut self, backup: &(dyn Any + Send + Sync));
}

impl Reply {
    pub(super) fn json(status: u16, body: &Value) -> Reply {
        Reply { status, headers: Vec::new(), content_type: "application/json", body: body.to_string() }
    }

    /// A page, as proxies and gateways answer.
    pub(super) fn html(status: u16, title: &str) -> Reply {
        let body = format!("<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>");
        Reply { status, headers: Vec::new(), content_type: "text/html; charset=utf-8", body }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn into_response(self) -> Response<Body> {
        let mut response = Response::builder()
            .status(StatusCode::from_u16(self.status).expect("statuses here are in range"))
            .header("content-type", self.content_type);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        response.body(Body::from(self.body)).expect("headers here are valid")
    }
}
