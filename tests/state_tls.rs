//! TLS to the state database: which certificates are taken, and what is said of the others.

use std::path::PathBuf;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};

use crate::world::{self, Kept, OwnPostgres, Site};

/// An authority, and where its certificate lies.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
}

impl Authority {
    fn new(name: &str) -> Authority {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        Authority { issuer: Issuer::new(params, key), certificate }
    }

    /// Its certificate as a file of a site.
    fn file(&self, site: &Site, name: &str) -> PathBuf {
        let path = site.path(name);
        std::fs::write(&path, &self.certificate).unwrap();
        path
    }

    /// A PostgreSQL with a certificate for `localhost` that this authority has signed.
    async fn postgres(&self, until_year: i32) -> OwnPostgres {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(until_year, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().pem();
        OwnPostgres::with_tls(&certificate, &key.serialize_pem()).await
    }
}

fn kept(postgres: &OwnPostgres, host: &str, parameters: &str) -> Kept {
    let port = postgres.addrs()[0].port();
    Kept::Schema { server: format!("postgres://postgres@{host}:{port}/postgres{parameters}"), name: "books".into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_verified_with_the_authority_that_the_url_names() {
    let (ours, other) = (Authority::new("ours"), Authority::new("other"));
    let (sandbox, mut shop, mut site) = world::small_shop(&world::mariadb()).await;
    let (good, expired) = (ours.postgres(2999).await, ours.postgres(2021).await);
    let roots = format!("sslrootcert={}", ours.file(&site, "ours.pem").display());
    let others = format!("sslrootcert={}", other.file(&site, "other.pem").display());
    shop.sell(1, "A-1").await;
    let run = ["run", "--once", "--from", &shop.from];
    for mode in ["verify-full", "require"] {
        site.kept = kept(&good, "localhost", &format!("?sslmode={mode}&{roots}"));
        site.run(&run).await.went_well();
        assert_eq!(site.status().await["outbox"]["delivered"], 2);
    }
    assert_eq!(sandbox.books().duplicates, 0);

    for (postgres, host, parameters, parts) in [
        (
            &good,
            "localhost",
            format!("?sslmode=verify-full&{others}"),
            ["an authority that is not trusted", "sslrootcert"],
        ),
        (&good, "localhost", "?sslmode=require".to_owned(), ["an authority that is not trusted", "sslrootcert"]),
        (
            &good,
            "127.0.0.1",
            format!("?sslmode=verify-full&{roots}"),
            ["is for localhost", "by a name that its certificate has"],
        ),
        (&expired, "localhost", format!("?sslmode=verify-full&{roots}"), ["expired", "give the server a new one"]),
    ] {
        site.kept = kept(postgres, host, &parameters);
        let place = format!("cannot use state database {host}:");
        for command in [&run[..], &["status"], &["outbox", "list"]] {
            site.run(command).await.says(2, &[&place, "the server's certificate", parts[0], parts[1]]);
        }
    }
}

/// All addresses of this machine lead to it, and this one is not taken for its loopback.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_off_the_machine_unencrypted_unless_the_url_says_so() {
    let (_sandbox, mut shop, mut site) = world::small_shop(&world::mariadb()).await;
    let plain = OwnPostgres::alone().await;
    shop.sell(1, "A-1").await;
    let run = ["run", "--once", "--from", &shop.from];
    site.kept = kept(&plain, "0.0.0.0", "");
    site.run(&run).await.says(2, &["cannot use state database 0.0.0.0:", "does not support TLS", "sslmode=disable"]);
    site.kept = kept(&plain, "0.0.0.0", "?sslmode=prefer");
    site.run(&run).await.says(2, &["sslmode would let the connection fall back to plain text"]);
    site.kept = kept(&plain, "0.0.0.0", "?sslmode=disable");
    site.run(&run).await.went_well();
}
