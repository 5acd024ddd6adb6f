//! The tests' Tryton: how it is reached, and what its own database says of a test's documents.

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use ledgertap::erp::tryton::Settings;
use tokio_postgres::{Client, NoTls};

/// Numbers that a test has for itself: a shop's ids have seven digits, and those of a run come again after four days.
const ORDERS_MAX: u32 = 10;

/// The server that `scripts/services up tryton` starts.
pub struct Tryton {
    /// Where it listens.
    pub addr: SocketAddr,
    database: String,
    user: String,
    password: String,
    /// What the numbers of this test begin with.
    pub base: u32,
}

/// A sale with its invoice, as the ERP's database has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// Our number.
    pub reference: String,
    /// The sale's state.
    pub state: String,
    /// The customer's number.
    pub customer: String,
    /// Our number of the sale that it takes back, or adds to.
    pub origin: Option<String>,
    /// Net, tax and total of the sale.
    pub amounts: [String; 3],
    /// Its invoices: state, total, and what the customer's account was moved by.
    pub invoices: Vec<[String; 3]>,
}

impl Tryton {
    /// The one of the environment.
    pub fn new() -> Tryton {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        static RUN: OnceLock<u32> = OnceLock::new();
        let url = super::service("LEDGERTAP_TEST_TRYTON");
        let parts = || {
            let (login, rest) = url.strip_prefix("http://")?.split_once('@')?;
            let ((user, password), (addr, database)) = (login.split_once(':')?, rest.split_once('/')?);
            Some((user, password, addr.parse().ok()?, database))
        };
        let (user, password, addr, database) =
            parts().expect("LEDGERTAP_TEST_TRYTON is http://USER:PASSWORD@HOST:PORT/DATABASE");
        let run = *RUN.get_or_init(|| {
            let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970").as_secs();
            u32::try_from(since_epoch / 10 % 35_000).expect("it is small")
        });
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Tryton {
            addr,
            database: database.into(),
            user: user.into(),
            password: password.into(),
            base: 1_000_000 + run * 200 + count * ORDERS_MAX,
        }
    }

    /// How an adapter reaches it.
    pub fn settings(&self, addr: SocketAddr) -> Settings {
        let login = (self.user.as_str(), self.password.as_str().into());
        let mut settings = Settings::new(format!("http://{addr}"), &self.database, login);
        settings.web_shop = Some("Shop".into());
        settings
    }

    /// The `[erp]` block for this address.
    pub fn block(&self, addr: SocketAddr, (request_timeout, late_max): (&str, &str)) -> String {
        let Tryton { database, user, password, .. } = self;
        format!(
            "[erp]\nkind = 'tryton'\nurl = 'http://{addr}'\ndatabase = '{database}'\nuser = '{user}'\npassword = '{password}'\n\
             web_shop = 'Shop'\npayment_term = 'Direct'\nwarnings = ['invoice_payment_term']\nrequest_timeout = '{request_timeout}'\n\
             late_max = '{late_max}'\n"
        )
    }

    /// What its database has of this test, by our numbers.
    pub async fn booked(&self) -> Vec<Booked> {
        let client = self.client().await;
        let sales = "SELECT s.id, s.reference, s.state, p.code, o.reference, s.untaxed_amount_cache::text, \
                     s.tax_amount_cache::text, s.total_amount_cache::text FROM sale_sale s JOIN party_party p ON p.id = s.party \
                     LEFT JOIN sale_sale o ON s.origin = 'sale.sale,' || o.id WHERE s.reference LIKE $1 ORDER BY s.reference, s.id";
        // Series 6.0 does not keep an invoice's total: what the customer's account was moved by stands for it.
        let invoices = "SELECT i.state, coalesce(to_jsonb(i)->>'total_amount_cache', m.sum), m.sum FROM account_invoice i, LATERAL \
                        (SELECT sum(l.debit - l.credit)::text AS sum FROM account_move_line l WHERE l.move = i.move AND \
                        l.account = i.account) m WHERE EXISTS (SELECT FROM \
                        account_invoice_line il JOIN sale_line sl ON il.origin = 'sale.line,' || sl.id WHERE il.invoice = i.id \
                        AND sl.sale = $1) ORDER BY i.id";
        let mut found = Vec::new();
        for row in client.query(sales, &[&self.numbers()]).await.expect("read the sales") {
            let id: i32 = row.get(0);
            let text = |i: usize| row.get::<_, Option<String>>(i).unwrap_or_default();
            let of = client.query(invoices, &[&id]).await.expect("read the invoices");
            let invoice =
                |row: &tokio_postgres::Row| [0, 1, 2].map(|i| row.get::<_, Option<String>>(i).unwrap_or_default());
            found.push(Booked {
                reference: text(1),
                state: text(2),
                customer: text(3),
                origin: row.get(4),
                amounts: [5, 6, 7].map(text),
                invoices: of.iter().map(invoice).collect(),
            });
        }
        found
    }

    /// A text that a query with one parameter gives.
    pub async fn text(&self, query: &str, parameter: &str) -> String {
        let row = self.client().await.query_one(query, &[&parameter]).await.expect("ask the ERP's database");
        row.get::<_, Option<String>>(0).unwrap_or_default()
    }

    /// What the references of this test's documents are like.
    fn numbers(&self) -> String {
        format!("T{}%", self.base / ORDERS_MAX)
    }

    /// A number of this test's own.
    pub fn number(&self, n: u32) -> String {
        assert!(n < ORDERS_MAX, "a test has {ORDERS_MAX} numbers");
        format!("T{}", self.base + n)
    }

    async fn client(&self) -> Client {
        let postgres = super::postgres();
        let (server, _) = postgres.rsplit_once('/').expect("it names a database");
        let url = format!("{server}/{}", self.database);
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap_or_else(|e| panic!("{url}: {e}"));
        tokio::spawn(connection);
        client
    }
}
