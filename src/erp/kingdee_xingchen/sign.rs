//! The vendor's two signatures: HMAC-SHA256, in lower-case hex, in Base64.
//!
//! From the vendor's page on signatures of the open platform (open.jdy.com); the tests are its own samples. Parameters are
//! encoded as in RFC 3986 (all but letters, digits and `-_.~`); that page shows no value with a blank, `*` or `~`, on which
//! encoders differ, so that is an assumption.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::Sha256;

const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What of a request is signed; the body is not.
pub(in crate::erp) struct Signed<'a> {
    /// `GET` or `POST`.
    pub method: &'a str,
    /// The path, from `/` on, without the query.
    pub path: &'a str,
    /// The query's parameters, not encoded, in any order.
    pub query: &'a [(&'a str, &'a str)],
    /// A positive number, never the same twice within five minutes.
    pub nonce: &'a str,
    /// Milliseconds since 1970; the vendor accepts five minutes.
    pub timestamp: &'a str,
}

/// `X-Api-Signature`.
pub(in crate::erp) fn request_signature(client_secret: &str, request: &Signed<'_>) -> String {
    hmac_text(client_secret, &plain(request))
}

/// `app_signature` of a request for a token.
pub(super) fn app_signature(app_secret: &str, app_key: &str) -> String {
    hmac_text(app_secret, app_key)
}

/// A parameter's value as it stands in a URL.
pub(super) fn encode(value: &str) -> String {
    utf8_percent_encode(value, ENCODED).to_string()
}

/// The text that is signed: five lines, the last one ended too.
fn plain(request: &Signed<'_>) -> String {
    let mut pairs: Vec<(&str, String)> = request.query.iter().map(|(k, v)| (*k, encode(&encode(v)))).collect();
    pairs.sort();
    let query: Vec<String> = pairs.into_iter().map(|(k, v)| format!("{k}={v}")).collect();
    format!(
        "{}\n{}\n{}\nx-api-nonce:{}\nx-api-timestamp:{}\n",
        request.method,
        encode(request.path),
        query.join("&"),
        request.nonce,
        request.timestamp
    )
}

/// What both are made with.
pub(in crate::erp) fn hmac_text(secret: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect();
    STANDARD.encode(hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vendors_sample_of_an_app_signature() {
        assert_eq!(
            app_signature("abc123", "abc"),
            "ZDljMTI3NGIyNTE1MTRkYzlkNjc1MDNhYjUzMzgzNWMyY2M4YTdjMzdmNmM3YTVlNDkxMTkzNjdiOTFjNzUyZQ=="
        );
    }

    #[test]
    fn the_vendors_sample_of_a_request_signature() {
        let app_signature = "MzZlYTk0ODk4MWZlNjdiODNmNWU4YzViNzYxNGM5MTFlOGJkN2NjMzk0MTJkZGNhZGM0NzZhN2YxZDJmOTlkZA==";
        let request = Signed {
            method: "GET",
            path: "/jdyconnector/app_management/kingdee_auth_token",
            query: &[("app_signature", app_signature), ("app_key", "bVZgAZOv1")],
            nonce: "4427456950",
            timestamp: "1670305063559",
        };
        assert_eq!(
            plain(&request),
            "GET\n%2Fjdyconnector%2Fapp_management%2Fkingdee_auth_token\n\
             app_key=bVZgAZOv1&app_signature=MzZlYTk0ODk4MWZlNjdiODNmNWU4YzViNzYxNGM5MTFlOGJkN2NjMzk0MTJkZGNhZGM0NzZhN2YxZDJmOTlkZA%253D%253D\n\
             x-api-nonce:4427456950\nx-api-timestamp:1670305063559\n"
        );
        assert_eq!(
            request_signature("f2adcfef73369bfc4e1384677d38a0ff", &request),
            "OTFiZTliNDFiMjNkYTI3YzVhNzg4MDI4ZGU3MWY1ZTA5ZTk1NjVlNGM1YTI1ZjIxY2Y5YTA3ZGY2OGI1MGQ1MQ=="
        );
    }

    #[test]
    fn a_request_without_a_query_has_an_empty_line() {
        let request = Signed { method: "POST", path: "/a", query: &[], nonce: "1", timestamp: "2" };
        assert_eq!(plain(&request), "POST\n%2Fa\n\nx-api-nonce:1\nx-api-timestamp:2\n");
    }
}
