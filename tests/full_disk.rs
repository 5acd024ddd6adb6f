//! A state database whose disk is full: the bridge ends, says so, has written nothing by halves, and goes on when there is
//! room again.

use std::os::unix::fs::MetadataExt as _;
use std::process::{Output, Stdio};
use std::time::Duration;

use ledgertap::sandbox::Books;
use ledgertap::state::State as _;
use ledgertap::state::sqlite::SqliteState;
use rust_decimal::Decimal;
use tempfile::TempDir;
use tokio::process::Command;

use crate::world;

const ORDERS: u32 = 300;

const RUN_MAX: Duration = Duration::from_secs(120);

/// A small disk of its own, which nobody else sees: a script in a mount namespace, as root or as a user who may make one.
const SCRIPT: &str = r#"
set -u
mount -t tmpfs -o size=64m,mode=700 ledgertap "$ROOM" || exit 90
head -c $((64 * 1024 * 1024 - FREE)) /dev/zero >"$ROOM/ballast" || exit 91
"$PROGRAM" run --config "$CONFIG" --from "$FROM" 2>"$OUT/full.said"
echo $? >"$OUT/full.code"
mkdir "$OUT/full" && cp "$ROOM"/state.db "$ROOM"/state.db-wal "$OUT/full"
until [ -e "$OUT/sold" ]; do sleep 0.05; done
rm "$ROOM/ballast"
"$PROGRAM" run --once --config "$CONFIG" --from "$FROM" 2>"$OUT/roomy.said"
echo $? >"$OUT/roomy.code"
mkdir "$OUT/roomy" && cp "$ROOM"/state.db* "$OUT/roomy"
exit 0
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_in_the_middle_stops_the_bridge_and_nothing_is_lost() {
    let seen = with_so_much_room(1 << 20).await;
    let half = seen.state("full").summary().await.unwrap();
    let told = half.documents.get("sales_order").copied().unwrap_or_default();
    assert!(told > 0, "the disk was full before any work");
    // Ledger and outbox are written in one commit, or not.
    let entries: u64 = half.outbox.values().sum();
    assert_eq!(entries, half.documents.values().sum::<u64>(), "{:?}", half.outbox);
    assert!(half.outbox.get("delivered").copied().unwrap_or_default() < u64::from(2 * ORDERS), "{:?}", half.outbox);
    seen.has_everything_once().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_from_the_beginning_stops_the_bridge_and_nothing_is_lost() {
    with_so_much_room(24 << 10).await.has_everything_once().await;
}

/// What was found after both runs.
struct Seen {
    folder: TempDir,
    books: Books,
}

impl Seen {
    /// The state database as one of the runs left it.
    fn state(&self, run: &str) -> SqliteState {
        SqliteState::open_to_read(&self.folder.path().join("out").join(run).join("state.db"), "main").unwrap()
    }

    async fn has_everything_once(self) {
        let state = self.state("roomy");
        let summary = state.summary().await.unwrap();
        assert_eq!((summary.held, summary.parked), (vec![], vec![]));
        assert_eq!(summary.outbox, [("delivered".to_owned(), u64::from(2 * ORDERS))].into());
        assert_eq!(summary.told.total, Decimal::from(200 * ORDERS));
        assert_eq!(self.books.duplicates, 0);
        let of = |kind: &str| self.books.documents.iter().filter(|d| d.kind == kind && d.counts).count();
        assert_eq!(self.books.totals().values().sum::<Decimal>(), summary.told.total);
        assert_eq!(of("sales_order"), ORDERS as usize);
    }
}

/// Runs the bridge on a disk with so many bytes to spare until it stops, and again with room enough.
async fn with_so_much_room(free: u64) -> Seen {
    let (sandbox, mut shop, mut site) = world::small_shop(&world::mariadb()).await;
    // What was on its way when the disk was full is looked up soon.
    site.erp = site.erp.replace("\"30s\"", "\"2s\"").replace("\"35s\"", "\"3s\"");
    let folder = tempfile::tempdir().unwrap();
    let (room, out) = (folder.path().join("room"), folder.path().join("out"));
    std::fs::create_dir(&room).unwrap();
    std::fs::create_dir(&out).unwrap();
    let state = room.join("state.db");
    let config = folder.path().join("shop.toml");
    let text = site.config().replace(&site.state().display().to_string(), &state.display().to_string());
    std::fs::write(&config, text).unwrap();
    let variables = [
        ("ROOM", room.display().to_string()),
        ("OUT", out.display().to_string()),
        ("CONFIG", config.display().to_string()),
        ("FROM", shop.from.clone()),
        ("FREE", free.to_string()),
        ("PROGRAM", env!("CARGO_BIN_EXE_ledgertap").to_owned()),
    ];
    // While it sells, so that the first commits are small ones.
    let selling = async {
        for id in 1..=ORDERS {
            shop.sell(id, &format!("SKU{id}")).await;
            if id % 10 == 0 {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        std::fs::write(out.join("sold"), "").unwrap();
    };
    let (done, ()) = tokio::join!(in_a_namespace(&variables), selling);
    let said = |name: &str| std::fs::read_to_string(out.join(name)).unwrap_or_default();
    assert!(done.status.success(), "{}: {}", done.status, String::from_utf8_lossy(&done.stderr));
    let (full, roomy) = (said("full.said"), said("roomy.said"));
    assert_ne!(said("full.code").trim(), "0", "{full}");
    let last = full.lines().last().unwrap_or_default();
    assert!(last.starts_with("ledgertap: "), "{full}");
    for part in [state.to_str().unwrap(), "disk is full", "make room", "start"] {
        assert!(last.contains(part), "{part} is not in: {last}");
    }
    assert_eq!(said("roomy.code").trim(), "0", "{roomy}");
    let books = sandbox.books();
    sandbox.stop().await;
    Seen { folder, books }
}

/// Runs the script where it may mount: root may, and most systems let a user do so in a namespace of its own.
async fn in_a_namespace(variables: &[(&str, String)]) -> Output {
    let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    let namespaces: &[&str] = if is_root { &["--mount"] } else { &["--user", "--map-root-user", "--mount"] };
    let run = Command::new("unshare")
        .args(namespaces)
        .args(["sh", "-c", SCRIPT])
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .env("LEDGERTAP_LOG", "warn")
        .stdin(Stdio::null())
        .output();
    tokio::time::timeout(RUN_MAX, run).await.expect("both runs end").expect("there is an unshare (util-linux)")
}
