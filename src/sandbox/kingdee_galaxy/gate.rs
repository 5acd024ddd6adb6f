//! Who may come in: a session that `LoginBySign` opened, or a request that is signed itself. Written from the protocol's
//! description, sharing no code with the adapter.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// How far a request's time may be from ours.
const OFF_MAX_S: i64 = 5 * 60;
/// A number above this counts milliseconds.
const SECONDS_MAX: i64 = 100_000_000_000;
/// Nonces are kept until their request's time is out of bounds; this many before the first clearing.
const NONCES_MAX: usize = 50_000;
/// What hides a client's secret in its application's id.
const XOR: &[u8; 32] = b"0054f397c6234378b09ca7d3e5debce7";

/// Credentials of the sandbox: derived from its seed, worth nothing anywhere else.
#[derive(Debug, Clone)]
pub(super) struct Credentials {
    pub acct_id: String,
    pub user: String,
    pub client_id: String,
    /// 32 characters of Base64.
    pub client_secret: String,
    pub app_secret: String,
    pub lcid: u32,
    pub organization: String,
}

impl Credentials {
    /// The client's number and its secret, hidden.
    pub(super) fn app_id(&self) -> String {
        let mut bytes = STANDARD.decode(&self.client_secret).unwrap_or_default();
        bytes.iter_mut().zip(XOR).for_each(|(byte, key)| *byte ^= key);
        format!("{}_{}", self.client_id, STANDARD.encode(bytes))
    }
}

/// Why somebody may not come in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Denied {
    /// The vendor's gateway says it, with HTTP 519.
    Gateway(String),
    /// The application knows nobody of that session.
    SessionLost,
}

/// The gateway's memory.
pub(super) struct Gate {
    credentials: Credentials,
    session_life: Duration,
    sessions: HashMap<String, Instant>,
    opened: u64,
    nonces: HashMap<String, i64>,
}

impl Gate {
    pub(super) fn new(credentials: Credentials, session_life: Duration) -> Self {
        Gate { credentials, session_life, sessions: HashMap::new(), opened: 0, nonces: HashMap::new() }
    }

    /// `LoginBySign`: a session's id, or what is said.
    pub(super) fn log_in(&mut self, body: &Value, now_ms: i64) -> Result<String, String> {
        let Some([acct_id, user, app_id, seconds, signature, lcid]) = body["parameters"].as_array().map(Vec::as_slice)
        else {
            return Err("parameters must be six: acctId, username, appId, timestamp, sign, lcid".into());
        };
        let texts = [acct_id, user, app_id, seconds, signature].map(Value::as_str);
        let [Some(acct_id), Some(user), Some(app_id), Some(seconds), Some(signature)] = texts else {
            return Err("all parameters but lcid must be texts".into());
        };
        let ours = &self.credentials;
        if acct_id != ours.acct_id {
            return Err("数据中心不存在".into());
        }
        if user != ours.user || app_id != ours.app_id() || lcid.as_u64() != Some(u64::from(ours.lcid)) {
            return Err("用户名、应用ID或语言不正确".into());
        }
        let sent: i64 = seconds.parse().map_err(|_| "时间戳不是数字".to_owned())?;
        if (now_ms / 1000 - sent).abs() > OFF_MAX_S {
            return Err("时间戳已过期".into());
        }
        let mut values = [acct_id, user, app_id, &ours.app_secret, seconds].map(str::to_owned).to_vec();
        values.sort();
        let mut hash = Sha256::new();
        values.iter().for_each(|value| hash.update(value.as_bytes()));
        if signature != hex(&hash.finalize()) {
            return Err("签名验证失败".into());
        }
        self.opened += 1;
        let id = hmac_text(&ours.app_secret, &format!("session {}", self.opened));
        self.sessions.insert(id.clone(), Instant::now() + self.session_life);
        Ok(id)
    }

    /// Lets a request in, or says why not.
    pub(super) fn admit(&mut self, path: &str, headers: &HeaderMap, now_ms: i64) -> Result<(), Denied> {
        if let Some(id) = text(headers, "kdservice-sessionid") {
            return match self.sessions.get(id) {
                Some(until) if Instant::now() < *until => Ok(()),
                Some(_) | None => Err(Denied::SessionLost),
            };
        }
        if text(headers, "x-kd-signature").is_none() {
            return Err(Denied::SessionLost);
        }
        self.check_gateway(path, headers, now_ms).map_err(Denied::Gateway)?;
        let ours = &self.credentials;
        let acting = format!("{},{},{},{}", ours.acct_id, ours.user, ours.lcid, ours.organization);
        let app_id = ours.app_id();
        let expected = [
            ("x-kd-appkey", app_id.clone()),
            ("x-kd-appdata", STANDARD.encode(&acting)),
            ("x-kd-signature", hmac_text(&ours.app_secret, &format!("{app_id}{acting}"))),
        ];
        match expected.iter().all(|(name, value)| text(headers, name) == Some(value)) {
            true => Ok(()),
            // That is what the ERP says of whoever it does not know.
            false => Err(Denied::SessionLost),
        }
    }

    /// Ends every session.
    pub(super) fn end_sessions(&mut self) {
        self.sessions.clear();
    }

    fn check_gateway(&mut self, path: &str, headers: &HeaderMap, now_ms: i64) -> Result<(), String> {
        let required = |name: &str| text(headers, name).ok_or_else(|| format!("the header {name} is missing"));
        if required("x-api-clientid")? != self.credentials.client_id {
            return Err("X-Api-ClientID is unknown".into());
        }
        if required("x-api-auth-version")? != "2.0" {
            return Err("X-Api-Auth-Version must be 2.0".into());
        }
        if !required("x-api-signheaders")?.eq_ignore_ascii_case("x-api-timestamp,x-api-nonce") {
            return Err("X-Api-SignHeaders must be x-api-timestamp,x-api-nonce".into());
        }
        let (nonce, timestamp) = (required("x-api-nonce")?, required("x-api-timestamp")?);
        let sent: i64 = timestamp.parse().map_err(|_| "X-Api-Timestamp is no number".to_owned())?;
        let sent_s = if sent > SECONDS_MAX { sent / 1000 } else { sent };
        if (now_ms / 1000 - sent_s).abs() > OFF_MAX_S {
            return Err("X-Api-Timestamp is more than five minutes off: check the clock".into());
        }
        let encoded: String = path
            .bytes()
            .map(|byte| match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
                _ => format!("%{byte:02X}"),
            })
            .collect();
        let plain = format!("POST\n{encoded}\n\nx-api-nonce:{nonce}\nx-api-timestamp:{timestamp}\n");
        if required("x-api-signature")? != hmac_text(&self.credentials.client_secret, &plain) {
            return Err("X-Api-Signature is not valid".into());
        }
        if self.nonces.len() >= NONCES_MAX {
            self.nonces.retain(|_, at| (now_ms / 1000 - *at).abs() <= OFF_MAX_S);
        }
        match self.nonces.insert(nonce.to_owned(), sent_s) {
            None => Ok(()),
            Some(_) => Err("X-Api-Nonce was used before".into()),
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn hmac_text(key: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    STANDARD.encode(hex(&mac.finalize().into_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW_MS: i64 = 1_718_430_000_000;
    const PATH: &str = "/k3cloud/x.Save.common.kdsvc";

    fn gate() -> Gate {
        let credentials = Credentials {
            acct_id: "65f0".into(),
            user: "bridge".into(),
            client_id: "100001".into(),
            client_secret: "00112233445566778899aabbccddeeff".into(),
            app_secret: "secret".into(),
            lcid: 2052,
            organization: "100".into(),
        };
        Gate::new(credentials, Duration::from_secs(60))
    }

    fn signed(gate: &Gate, timestamp: i64, nonce: &str) -> HeaderMap {
        let ours = &gate.credentials;
        let plain = format!("POST\n{}\n\nx-api-nonce:{nonce}\nx-api-timestamp:{timestamp}\n", PATH.replace('/', "%2F"));
        let acting = "65f0,bridge,2052,100";
        let pairs = [
            ("x-api-clientid", ours.client_id.clone()),
            ("x-api-auth-version", "2.0".into()),
            ("x-api-signheaders", "X-Api-Timestamp,X-Api-Nonce".into()),
            ("x-api-nonce", nonce.to_owned()),
            ("x-api-timestamp", timestamp.to_string()),
            ("x-api-signature", hmac_text(&ours.client_secret, &plain)),
            ("x-kd-appkey", ours.app_id()),
            ("x-kd-appdata", STANDARD.encode(acting)),
            ("x-kd-signature", hmac_text(&ours.app_secret, &format!("{}{acting}", ours.app_id()))),
        ];
        pairs.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn with(mut headers: HeaderMap, name: &'static str, value: &str) -> HeaderMap {
        headers.insert(name, value.parse().unwrap());
        headers
    }

    #[test]
    fn a_request_is_let_in_once_with_both_signatures() {
        let mut gate = gate();
        let now = NOW_MS / 1000;
        let good = signed(&gate, now, "1");
        assert_eq!(gate.admit(PATH, &good, NOW_MS), Ok(()));
        let denied = |gate: &mut Gate, headers: HeaderMap, path: &str| gate.admit(path, &headers, NOW_MS).unwrap_err();
        let Denied::Gateway(said) = denied(&mut gate, good, PATH) else { panic!() };
        assert!(said.contains("used before"), "{said}");
        let other = signed(&gate, now, "2");
        assert!(matches!(denied(&mut gate, other, "/k3cloud/y"), Denied::Gateway(_)), "signed for another path");
        let late = signed(&gate, now - 301, "3");
        let Denied::Gateway(said) = denied(&mut gate, late, PATH) else { panic!() };
        assert!(said.contains("clock"), "{said}");
        let wrong = with(signed(&gate, now, "4"), "x-kd-signature", "x");
        assert_eq!(denied(&mut gate, wrong, PATH), Denied::SessionLost);
        let wrong = with(signed(&gate, now, "5"), "x-api-signature", "x");
        assert!(matches!(denied(&mut gate, wrong, PATH), Denied::Gateway(_)));
        assert_eq!(denied(&mut gate, HeaderMap::new(), PATH), Denied::SessionLost);
        let millis = signed(&gate, NOW_MS, "6");
        assert_eq!(gate.admit(PATH, &millis, NOW_MS), Ok(()));
    }

    #[test]
    fn a_session_is_opened_and_ends() {
        let mut gate = gate();
        let app_id = gate.credentials.app_id();
        let mut values = ["65f0", "bridge", &app_id, "secret", "1718430000"];
        values.sort_unstable();
        let signature = hex(&Sha256::digest(values.concat()));
        let body =
            |user: &str, signature: &str| json!({"parameters": ["65f0", user, app_id, "1718430000", signature, 2052]});
        assert!(gate.log_in(&body("bridge", "x"), NOW_MS).unwrap_err().contains("签名"));
        assert!(gate.log_in(&body("other", &signature), NOW_MS).is_err());
        assert!(gate.log_in(&body("bridge", &signature), NOW_MS + 301_000).unwrap_err().contains("时间戳"));
        assert!(gate.log_in(&json!({}), NOW_MS).is_err());
        let id = gate.log_in(&body("bridge", &signature), NOW_MS).unwrap();
        let headers = with(HeaderMap::new(), "kdservice-sessionid", &id);
        assert_eq!(gate.admit(PATH, &headers, NOW_MS), Ok(()));
        gate.end_sessions();
        assert_eq!(gate.admit(PATH, &headers, NOW_MS), Err(Denied::SessionLost));
    }
}
