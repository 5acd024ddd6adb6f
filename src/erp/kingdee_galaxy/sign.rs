//! Who sends a request: the signatures of both ways to log in.
//!
//! *By signature* each request carries two: `X-Api-Signature`, made as Kingdee's open platform makes it everywhere
//! ([`kingdee_xingchen`](crate::erp::kingdee_xingchen), whose tests are the vendor's samples) with a secret that is hidden in the
//! application's id; and `X-Kd-Signature`, made with the application's own secret over who it acts for. *By session* the log-in
//! carries a digest. The vendor publishes no sample of these; the steps are those of its SDKs as third parties list them, and give
//! what such lists show for a client's secret and an `X-Kd-Signature`. The tests' values come from a second implementation (OpenSSL
//! and coreutils), over made-up credentials.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::erp::kingdee_xingchen::sign::{Signed, hmac_text, request_signature};

/// What the hidden secret is combined with, byte by byte.
const MASK: &[u8] = b"0054f397c6234378b09ca7d3e5debce7";
/// Characters of the part of an application's id that hides a secret.
const HIDDEN_CHARS: usize = 32;

/// The two halves of an application's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Client {
    /// `X-Api-ClientID`.
    pub id: String,
    /// What `X-Api-Signature` is made with.
    pub secret: String,
}

impl Client {
    /// Reads an application's id, `229973_Xedp…`; one without an underscore hides nothing, and its requests have only the second
    /// signature.
    ///
    /// # Errors
    /// A sentence where it has no such form.
    pub(super) fn of(app_id: &str) -> Result<Option<Client>, String> {
        let Some((id, hidden)) = app_id.split_once('_') else { return Ok(None) };
        let masked = STANDARD.decode(hidden).ok().filter(|_| !id.is_empty() && hidden.len() == HIDDEN_CHARS);
        let masked = masked.ok_or(
            "erp.app_id must be as the authorisation shows it: the client's number, an underscore and 32 characters",
        )?;
        let bytes: Vec<u8> = masked.iter().zip(MASK).map(|(byte, mask)| byte ^ mask).collect();
        Ok(Some(Client { id: id.to_owned(), secret: STANDARD.encode(bytes) }))
    }
}

/// Who a request acts for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Acting<'a> {
    pub acct_id: &'a str,
    pub user: &'a str,
    pub lcid: u32,
    /// The organisation's number.
    pub organization: &'a str,
}

impl Acting<'_> {
    fn plain(&self) -> String {
        format!("{},{},{},{}", self.acct_id, self.user, self.lcid, self.organization)
    }

    /// `X-Kd-Appdata`.
    pub(super) fn app_data(&self) -> String {
        STANDARD.encode(self.plain())
    }

    /// `X-Kd-Signature`.
    pub(super) fn signature(&self, app_id: &str, app_secret: &str) -> String {
        hmac_text(app_secret, &format!("{app_id}{}", self.plain()))
    }
}

/// `X-Api-Signature` of a `POST` to this path.
pub(super) fn api_signature(client: &Client, path: &str, nonce: &str, timestamp: &str) -> String {
    request_signature(&client.secret, &Signed { method: "POST", path, query: &[], nonce, timestamp })
}

/// What `LoginBySign` is given as its fifth parameter: SHA-256, in lower-case hex, of the values one after another, in the order of
/// their characters' numbers.
pub(super) fn login_signature(acct_id: &str, user: &str, app_id: &str, app_secret: &str, seconds: &str) -> String {
    let mut values = [acct_id, user, app_id, app_secret, seconds];
    // Strings of Rust are ordered by their bytes, and UTF-8 keeps the order of code points.
    values.sort_unstable();
    Sha256::digest(values.concat()).iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP_ID: &str = "100001_CzBVep/E6Q4zWH2ix+wRNluApcrvFDle";
    const APP_SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

    #[test]
    fn a_clients_secret_is_hidden_in_the_applications_id() {
        let client = Client::of(APP_ID).unwrap().unwrap();
        assert_eq!((client.id.as_str(), client.secret.as_str()), ("100001", "OwBgTvn30DlQbk+R898mDjmwnKmOI11t"));
        assert_eq!(Client::of("3f2a"), Ok(None));
        for wrong in ["100001_short", "_CzBVep/E6Q4zWH2ix+wRNluApcrvFDle", "100001_!!!!ep/E6Q4zWH2ix+wRNluApcrvFDle"] {
            assert!(Client::of(wrong).unwrap_err().contains("erp.app_id"), "{wrong}");
        }
    }

    #[test]
    fn both_signatures_of_a_request() {
        let acting = Acting { acct_id: "65f0a1b2c3d4e5", user: "集成用户", lcid: 2052, organization: "100" };
        assert_eq!(acting.app_data(), "NjVmMGExYjJjM2Q0ZTUs6ZuG5oiQ55So5oi3LDIwNTIsMTAw");
        assert_eq!(
            acting.signature(APP_ID, APP_SECRET),
            "Y2E3OTUxMzY2ZTJkOGYxNzY3NGZkYjJmNGY0NTgzMTA1YmMzMTQ4MGJkODVkYzcwN2MxNGJjZDZjOGM1MWJmNg=="
        );
        let client = Client::of(APP_ID).unwrap().unwrap();
        let path = "/k3cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.Save.common.kdsvc";
        assert_eq!(
            api_signature(&client, path, "4427456950", "1670305063"),
            "M2Y2YTRmZDMyMGQ1NjJiOGYwNGU0MDg0NmEwMzllZDcyNWExNTdkMGJjNDYxYWNmZmEwOTVmNDA5NGMxNmQ5Mw=="
        );
    }

    #[test]
    fn a_log_in_is_signed_over_its_values_in_their_order() {
        assert_eq!(
            login_signature("65f0a1b2c3d4e5", "集成用户", APP_ID, APP_SECRET, "1670305063"),
            "e4f814749b775a4ddecdbaf9f552111c8cbd16caa4b2cbb3d33e9efb119bf5b6"
        );
        assert_eq!(
            login_signature("65f0a1b2c3d4e5", "bridge", APP_ID, APP_SECRET, "1670305063"),
            "7df7558a080d64a904a48f2ed6931e6bcd208a1e976ef3f239803f7c39fe7984"
        );
    }
}
