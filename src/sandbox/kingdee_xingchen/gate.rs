//! The gateway: who may come in. Written from the protocol's description, sharing no code with the adapter.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, Method};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::account::Refusal;

pub(super) const TOKEN_PATH: &str = "/jdyconnector/app_management/kingdee_auth_token";
pub(super) const AUTHORISE_PATH: &str = "/jdyconnector/app_management/push_app_authorize";
/// The id of the instance that the application is authorised for.
pub(super) const OUTER_INSTANCE_ID: &str = "500000000000000001";
/// How far a request's time may be from ours.
const TIMESTAMP_OFF_MAX_MS: i64 = 5 * 60 * 1000;
/// Nonces are kept until their request's time is out of bounds; this many before the first clearing.
const NONCES_MAX: usize = 50_000;

/// Credentials of the sandbox: derived from its seed, worth nothing anywhere else.
#[derive(Debug, Clone)]
pub(super) struct Credentials {
    pub client_id: String,
    pub client_secret: String,
    pub app_key: String,
    pub app_secret: String,
}

/// A request as it came over the wire.
pub(super) struct Arrival<'a> {
    pub method: &'a Method,
    pub path: &'a str,
    /// As it came, still encoded.
    pub query: &'a str,
    pub headers: &'a HeaderMap,
}

/// Why somebody may not come in: an HTTP status and what is said.
#[derive(Debug)]
pub(super) struct Denied(pub u16, pub String);

/// The gateway's memory.
pub(super) struct Gate {
    credentials: Credentials,
    token_life: Duration,
    tokens: HashMap<String, Instant>,
    issued: u64,
    nonces: HashMap<String, i64>,
}

impl Gate {
    pub(super) fn new(credentials: Credentials, token_life: Duration) -> Self {
        Gate { credentials, token_life, tokens: HashMap::new(), issued: 0, nonces: HashMap::new() }
    }

    /// Lets a request in, or says why not.
    pub(super) fn admit(&mut self, arrival: &Arrival<'_>, now_ms: i64) -> Result<(), Denied> {
        self.check_signature(arrival, now_ms)?;
        if [TOKEN_PATH, AUTHORISE_PATH].contains(&arrival.path) {
            return Ok(());
        }
        let token = header(arrival, "app-token").map_err(|e| Denied(401, e.1))?;
        match self.tokens.get(token) {
            Some(until) if Instant::now() < *until => {}
            Some(_) | None => return Err(Denied(401, "app-token is invalid or has expired".into())),
        }
        header(arrival, "x-gw-router-addr").map(drop)
    }

    /// The answer to a request for a token that was let in.
    pub(super) fn issue(&mut self, query: &str, domain: &str) -> Result<Value, Refusal> {
        let parameters = decode_query(query);
        let get = |name: &str| parameters.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str());
        let app_key = get("app_key").ok_or_else(|| Refusal::missing("app_key"))?;
        let signature = get("app_signature").ok_or_else(|| Refusal::missing("app_signature"))?;
        if app_key != self.credentials.app_key {
            return Err(Refusal { code: 1020002008, text: "appKey is not valid".into() });
        }
        if signature != hmac_hex_base64(&self.credentials.app_secret, app_key) {
            return Err(Refusal { code: 1030002006, text: "授权密钥校验失败".into() });
        }
        self.issued += 1;
        let token = hmac_hex_base64(&self.credentials.app_secret, &format!("token {}", self.issued));
        self.tokens.insert(token.clone(), Instant::now() + self.token_life);
        Ok(json!({"app-token": token, "expires": self.token_life.as_millis() as u64, "domain": domain}))
    }

    /// The answer to a request for the application's authorisations: of an instance that is not known there are none.
    pub(super) fn authorisations(&self, query: &str, domain: &str) -> Result<Value, Refusal> {
        let parameters = decode_query(query);
        let asked = parameters.iter().find(|(k, v)| k == "outerInstanceId" && !v.is_empty());
        let (_, asked) = asked.ok_or_else(|| Refusal::missing("outerInstanceId"))?;
        if asked != OUTER_INSTANCE_ID {
            return Ok(json!([]));
        }
        let Credentials { client_id, app_key, app_secret, .. } = &self.credentials;
        let of = |app_key: &str, app_secret: &str, status: u8| {
            json!({"outerInstanceId": OUTER_INSTANCE_ID, "clientId": client_id, "appKey": app_key, "appSecret": app_secret,
                "domain": domain, "status": status})
        };
        Ok(json!([of("another", "another's", 0), of(app_key, app_secret, 1)]))
    }

    /// Replaces the account's secret, as the vendor does every 24 h. Tokens that were issued go on.
    pub(super) fn rotate_secret(&mut self) {
        let digest = Sha256::digest(&self.credentials.app_secret);
        self.credentials.app_secret = digest.iter().take(16).map(|b| format!("{b:02x}")).collect();
    }

    /// Ends every token.
    pub(super) fn expire_tokens(&mut self) {
        self.tokens.clear();
    }

    fn check_signature(&mut self, arrival: &Arrival<'_>, now_ms: i64) -> Result<(), Denied> {
        if header(arrival, "x-api-clientid")? != self.credentials.client_id {
            return Err(Denied(401, "X-Api-ClientID is unknown".into()));
        }
        expect(arrival, "x-api-auth-version", "2.0")?;
        expect(arrival, "x-api-signheaders", "X-Api-TimeStamp,X-Api-Nonce")?;
        let nonce = header(arrival, "x-api-nonce")?;
        let timestamp = header(arrival, "x-api-timestamp")?;
        if nonce.is_empty() || !nonce.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Denied(519, "X-Api-Nonce is no positive integer".into()));
        }
        let sent_ms: i64 = timestamp.parse().map_err(|_| Denied(519, "X-Api-TimeStamp is no number".into()))?;
        if (now_ms - sent_ms).abs() > TIMESTAMP_OFF_MAX_MS {
            return Err(Denied(519, "X-Api-TimeStamp is more than five minutes off: check the clock".into()));
        }
        let mut pairs = decode_query(arrival.query);
        pairs.sort();
        let query: Vec<String> = pairs.iter().map(|(k, v)| format!("{k}={}", encode(&encode(v)))).collect();
        let lines = [
            arrival.method.as_str().to_owned(),
            encode(arrival.path),
            query.join("&"),
            format!("x-api-nonce:{nonce}"),
            format!("x-api-timestamp:{timestamp}"),
        ];
        let plain: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
        if header(arrival, "x-api-signature")? != hmac_hex_base64(&self.credentials.client_secret, &plain) {
            return Err(Denied(519, "X-Api-Signature is not valid".into()));
        }
        if self.nonces.len() >= NONCES_MAX {
            self.nonces.retain(|_, at| (now_ms - *at).abs() <= TIMESTAMP_OFF_MAX_MS);
        }
        match self.nonces.insert(nonce.to_owned(), sent_ms) {
            None => Ok(()),
            Some(_) => Err(Denied(519, "X-Api-Nonce was used before".into())),
        }
    }
}

fn header<'a>(arrival: &Arrival<'a>, name: &str) -> Result<&'a str, Denied> {
    let value = arrival.headers.get(name).and_then(|v| v.to_str().ok());
    value.ok_or_else(|| Denied(519, format!("the header {name} is missing")))
}

fn expect(arrival: &Arrival<'_>, name: &str, value: &str) -> Result<(), Denied> {
    match header(arrival, name)? {
        found if found == value => Ok(()),
        _ => Err(Denied(519, format!("the header {name} must be {value}"))),
    }
}

/// Parameters of a query, decoded.
pub(super) fn decode_query(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(k, v)| (decode(k), decode(v))).collect()
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let hex = (bytes[i] == b'%').then(|| text.get(i + 1..i + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                i += 3;
            }
            None => {
                out.push(bytes[i]);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte.into()),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn hmac_hex_base64(key: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect();
    STANDARD.encode(hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_read_as_they_are_written() {
        let pairs = decode_query("number=%E9%87%91%20%2B1&id=&x=%zz%");
        let pair = |k: &str, v: &str| (k.to_owned(), v.to_owned());
        assert_eq!(pairs, [pair("number", "金 +1"), pair("id", ""), pair("x", "%zz%")]);
        assert_eq!(encode("金 /~"), "%E9%87%91%20%2F~");
    }

    fn admit(gate: &mut Gate, nonce: &str, sent_ms: i64, signed_query: &str, query: &str) -> Result<(), u16> {
        let plain = format!("GET\n%2Fx\n{signed_query}\nx-api-nonce:{nonce}\nx-api-timestamp:{sent_ms}\n");
        let mut headers = HeaderMap::new();
        let mut set = |name: &'static str, value: String| drop(headers.insert(name, value.parse().unwrap()));
        set("x-api-clientid", gate.credentials.client_id.clone());
        set("x-api-auth-version", "2.0".into());
        set("x-api-signheaders", "X-Api-TimeStamp,X-Api-Nonce".into());
        set("x-api-nonce", nonce.into());
        set("x-api-timestamp", sent_ms.to_string());
        set("x-api-signature", hmac_hex_base64(&gate.credentials.client_secret, &plain));
        set("app-token", gate.tokens.keys().next().cloned().unwrap_or_default());
        set("x-gw-router-addr", "here".into());
        let arrival = Arrival { method: &Method::GET, path: "/x", query, headers: &headers };
        gate.admit(&arrival, 1_000_000_000).map_err(|denied| denied.0)
    }

    #[test]
    fn signatures_times_nonces_and_tokens_are_checked() {
        let mut gate = Gate::new(
            Credentials {
                client_id: "1".into(),
                client_secret: "a".into(),
                app_key: "k".into(),
                app_secret: "b".into(),
            },
            Duration::from_secs(60),
        );
        let now = 1_000_000_000;
        assert_eq!(admit(&mut gate, "1", now, "", ""), Err(401), "no token yet");
        let credentials = gate.credentials.clone();
        let signature = hmac_hex_base64(&credentials.app_secret, &credentials.app_key);
        let query = format!("app_key={}&app_signature={signature}", credentials.app_key);
        gate.issue(&query, "here").unwrap();
        let signed = "a=1%2520%252F&b=%25E9%2587%2591";
        assert_eq!(admit(&mut gate, "2", now, signed, "b=%E9%87%91&a=1%20%2F"), Ok(()));
        assert_eq!(admit(&mut gate, "2", now, "", ""), Err(519), "the nonce again");
        assert_eq!(admit(&mut gate, "3", now, "a=1", "a=2"), Err(519), "another query");
        assert_eq!(admit(&mut gate, "4", now - 300_001, "", ""), Err(519), "too old");
        assert_eq!(admit(&mut gate, "-5", now, "", ""), Err(519), "no positive number");
        gate.expire_tokens();
        assert_eq!(admit(&mut gate, "6", now, "", ""), Err(401), "expired");
        gate.issue(&query, "here").unwrap();
        gate.rotate_secret();
        assert_eq!(admit(&mut gate, "7", now, "", ""), Ok(()), "a token outlives the secret");
        assert_eq!(gate.issue(&query, "here").unwrap_err().code, 1030002006);
        let data = gate.authorisations(&format!("outerInstanceId={OUTER_INSTANCE_ID}"), "here").unwrap();
        assert_eq!(data[1]["appSecret"], gate.credentials.app_secret);
        assert_eq!(gate.authorisations("outerInstanceId=7", "here").unwrap(), json!([]));
        assert_eq!(gate.issue("app_key=x&app_signature=y", "here").unwrap_err().code, 1020002008);
        assert_eq!(
            gate.issue(&format!("app_key={}&app_signature=y", credentials.app_key), "").unwrap_err().code,
            1030002006
        );
    }

    #[test]
    fn the_vendors_sample_of_an_app_signature() {
        let expected = "ZDljMTI3NGIyNTE1MTRkYzlkNjc1MDNhYjUzMzgzNWMyY2M4YTdjMzdmNmM3YTVlNDkxMTkzNjdiOTFjNzUyZQ==";
        assert_eq!(hmac_hex_base64("abc123", "abc"), expected);
    }
}
