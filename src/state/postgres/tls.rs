//! TLS to the server: whose certificates are taken, and what is to be said of one that is not.

use std::error::Error as _;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::{CertificateError, ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;

use super::address::Address;
use crate::state::StateError;

/// What is trusted: the authorities that the URL names, or the system's.
pub(super) fn config(address: &Address) -> Result<ClientConfig, StateError> {
    let refused = |reason: String| StateError::Refused { server: address.server(), reason };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| refused(format!("TLS cannot be used: {e}")))?;
    let Some(path) = &address.roots else {
        let verified = builder.with_platform_verifier();
        return Ok(verified.map_err(|e| refused(format!("the system's certificates: {e}")))?.with_no_client_auth());
    };
    let bad = |e: String| refused(format!("sslrootcert {}: {e}", path.display()));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|e| bad(e.to_string()))? {
        roots.add(certificate.map_err(|e| bad(e.to_string()))?).map_err(|e| bad(e.to_string()))?;
    }
    if roots.is_empty() {
        return Err(bad("it holds no certificate".into()));
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// What TLS itself found wrong, where a connection failed for that.
pub(super) fn fault(error: &tokio_postgres::Error) -> Option<&rustls::Error> {
    error.source()?.downcast_ref::<std::io::Error>()?.get_ref()?.downcast_ref()
}

/// What to say, with the remedy, where no TLS could be agreed on.
pub(super) fn refusal(error: &tokio_postgres::Error) -> Option<String> {
    if let Some(rustls::Error::InvalidCertificate(error)) = fault(error) {
        return Some(untrusted(error));
    }
    // The driver has no other name for it.
    error.source().is_some_and(|source| source.to_string() == "server does not support TLS").then(|| {
        "the server does not support TLS: turn ssl on there, or write sslmode=disable in state.url where the network \
         between is trusted"
            .to_owned()
    })
}

fn untrusted(error: &CertificateError) -> String {
    match error {
        CertificateError::UnknownIssuer => {
            "the server's certificate is of an authority that is not trusted: name that one's certificate, a PEM file, with \
             sslrootcert in state.url"
                .to_owned()
        }
        CertificateError::NotValidForNameContext { presented, .. } => {
            // Each is written as DnsName("db.example").
            let name = |text: &String| text.split('"').nth(1).unwrap_or(text).to_owned();
            let names = presented.iter().map(name).collect::<Vec<_>>().join(", ");
            format!(
                "the server's certificate is for {names}: write the host in state.url by a name that its certificate has"
            )
        }
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("the server's certificate has expired on {}: give the server a new one", day(*not_after))
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("the server's certificate is not valid before {}: check the clocks of both", day(*not_before))
        }
        other => format!("the server's certificate cannot be verified ({other})"),
    }
}

fn day(time: UnixTime) -> String {
    let at = i64::try_from(time.as_secs()).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    at.map_or_else(|| "a day that is none".to_owned(), |at| at.to_zoned(TimeZone::UTC).date().to_string())
}
