//! Exceptions as the ERP names them: its own, Python's, and those of the layer that serves HTTP.

use serde_json::{Value, json};

/// What was raised within a request; whatever the request had done is undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raised {
    /// Module and class, as both wires name them.
    pub class: &'static str,
    pub text: String,
    /// By JSON-2; by JSON-RPC it is 200 always.
    pub status: u16,
}

impl Raised {
    fn of(class: &'static str, status: u16, text: impl Into<String>) -> Raised {
        Raised { class, status, text: text.into() }
    }

    pub(super) fn user(text: impl Into<String>) -> Raised {
        Raised::of("odoo.exceptions.UserError", 422, text)
    }

    pub(super) fn validation(text: impl Into<String>) -> Raised {
        Raised::of("odoo.exceptions.ValidationError", 422, text)
    }

    /// A field that must be set is not: the database says so, and the ERP in its place.
    pub(super) fn mandatory(label: &str, name: &str) -> Raised {
        Raised::validation(format!(
            "The operation cannot be completed:\n- Create/update: a mandatory field is not set.\n\nField: {label} ({name})"
        ))
    }

    pub(super) fn access(text: impl Into<String>) -> Raised {
        Raised::of("odoo.exceptions.AccessError", 403, text)
    }

    pub(super) fn denied(text: &str) -> Raised {
        Raised::of("odoo.exceptions.AccessDenied", 403, text)
    }

    pub(super) fn missing(model: &str, id: i64) -> Raised {
        let text =
            format!("Record does not exist or has been deleted.\n(Record: {model}({id},), User: {})", super::USER_ID);
        Raised::of("odoo.exceptions.MissingError", 404, text)
    }

    pub(super) fn value(text: impl Into<String>) -> Raised {
        Raised::of("builtins.ValueError", 500, text)
    }

    pub(super) fn kind(text: impl Into<String>) -> Raised {
        Raised::of("builtins.TypeError", 500, text)
    }

    pub(super) fn attribute(text: impl Into<String>) -> Raised {
        Raised::of("builtins.AttributeError", 500, text)
    }

    /// Its text is the key.
    pub(super) fn key(name: &str) -> Raised {
        Raised::of("builtins.KeyError", 500, name)
    }

    pub(super) fn database(text: impl Into<String>) -> Raised {
        Raised::of("psycopg2.OperationalError", 500, text)
    }

    pub(super) fn unauthorized(text: &str) -> Raised {
        Raised::of("werkzeug.exceptions.Unauthorized", 401, text)
    }

    pub(super) fn not_found(text: impl Into<String>) -> Raised {
        Raised::of("werkzeug.exceptions.NotFound", 404, text)
    }

    pub(super) fn unprocessable(text: impl Into<String>) -> Raised {
        Raised::of("werkzeug.exceptions.UnprocessableEntity", 422, text)
    }

    pub(super) fn bad_request(text: impl Into<String>) -> Raised {
        Raised::of("werkzeug.exceptions.BadRequest", 400, text)
    }

    /// As both wires have it.
    pub(super) fn to_json(&self) -> Value {
        let Raised { class, text, .. } = self;
        let short = class.rsplit('.').next().unwrap_or(class);
        json!({
            "name": class,
            "message": text,
            "arguments": [text],
            "context": {},
            "debug": format!("Traceback (most recent call last):\n  File \"odoo/http.py\", line 1\n{short}: {text}\n"),
        })
    }
}
