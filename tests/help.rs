//! Every command's help has an example, and the examples work as they stand, in a folder like the one that they speak of.

use std::path::Path;
use std::process::{Command, Output};

use ledgertap::binlog::{Source, Store};

use crate::world::{self, Kept, Own, Site, SmallShop};

const PROGRAM: &str = env!("CARGO_BIN_EXE_ledgertap");

/// Commands that do not end, or want something parked: other tests run them.
const NOT_RUN: [&str; 5] = ["demo", "sandbox", "shop", "outbox retry", "outbox skip"];

/// In this order, because some work on what others have left; whatever is not named comes last.
const ORDER: [&str; 14] = [
    "check",
    "run",
    "opening",
    "customers import",
    "customers export",
    "products import",
    "products export",
    "trace",
    "erp check",
    "erp render",
    "replay",
    "rebuild",
    "resync",
    "state copy",
];

fn help(command: &[&str]) -> String {
    let output = Command::new(PROGRAM).args(command).arg("--help").output().unwrap();
    assert!(output.status.success(), "{command:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The names of the commands within a command.
fn within(help: &str) -> Vec<String> {
    let Some((_, commands)) = help.split_once("Commands:\n") else { return Vec::new() };
    let lines = commands.lines().take_while(|line| line.starts_with("  "));
    let names = lines.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// Every command that does something, with its examples.
fn commands() -> Vec<(String, Vec<String>)> {
    let mut all = Vec::new();
    for name in within(&help(&[])) {
        let text = help(&[&name]);
        match within(&text) {
            none if none.is_empty() => all.push((name.clone(), examples(&text))),
            subs => all.extend(subs.into_iter().map(|sub| (format!("{name} {sub}"), examples(&help(&[&name, &sub]))))),
        }
    }
    all
}

fn examples(help: &str) -> Vec<String> {
    let lines = help.lines().map(|line| line.strip_prefix("Example: ").unwrap_or(line).trim());
    lines.filter(|line| line.starts_with("ledgertap ")).map(str::to_owned).collect()
}

/// What stands for what in the examples.
struct Stage {
    server: Own,
    shop: SmallShop,
    site: Site,
    kept: Kept,
    /// Positions within the stream's range, the second later.
    positions: (String, String),
    /// A time between them.
    time: String,
}

impl Stage {
    fn real(&self, example: &str) -> String {
        let (folder, folder_of) = (self.server.binlogs(), |name: &str| self.server.binlogs().join(name));
        let first = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
        let first = first.filter(|path| path.extension().is_some_and(|e| e == "000001")).min().unwrap();
        let any = folder_of(&format!("{}.0000*", first.file_stem().unwrap().to_str().unwrap()));
        let mut text = example.replace(" --follow", "");
        for (said, real) in [
            ("mysql://tap@db.example/shop", self.shop.url.clone()),
            ("mysql://tap:secret@db.example/shop", self.shop.url.clone()),
            ("mysql://tap@db.example", self.server.root()),
            ("postgres://tap:${PGPASSWORD}@db:5432/erp?schema=ledgertap", self.kept.url()),
            (
                "'postgres://tap:${PGPASSWORD}@db:5432/erp' sqlite:ledgertap.db",
                format!("'{}' sqlite:back.db", self.kept.url()),
            ),
            ("--stream north", "--stream main".into()),
            ("/backup/binlog.000017.zst", first.display().to_string()),
            ("/backup/binlog.0000*", any.display().to_string()),
            ("/backup/binlog", folder.display().to_string()),
            ("0-1-4711", self.positions.0.clone()),
            ("0-1-4800", self.positions.1.clone()),
            ("2026-11-20 08:15:00", self.time.clone()),
        ] {
            text = text.replace(said, &real);
        }
        let more = match text.split(' ').nth(1) {
            Some("run") => " --once",
            Some("init") => " --out made",
            _ => "",
        };
        text + more
    }

    fn run(&self, example: &str) -> Output {
        let program = Path::new(PROGRAM).parent().unwrap();
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
        let mut shell = Command::new("bash");
        shell.args(["-ec", &self.real(example)]).env("PATH", path).env_remove("LEDGERTAP_STORE_URL");
        shell.current_dir(self.site.path("")).output().unwrap()
    }
}

async fn head(shop: &SmallShop) -> String {
    let mut store = Store::connect(&Source::from_url(&shop.url).unwrap()).await.unwrap();
    store.head().await.unwrap().0.trim_start_matches("mariadb:").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_s_help_has_an_example_that_works() {
    let mut commands = commands();
    assert!(commands.len() > 25, "{commands:?}");
    let without: Vec<&String> =
        commands.iter().filter(|(_, examples)| examples.is_empty()).map(|(name, _)| name).collect();
    assert!(without.is_empty(), "their help has no example: {without:?}");
    let place = |name: &String| ORDER.iter().position(|other| other == name).unwrap_or(ORDER.len());
    commands.sort_by_key(|(name, _)| (place(name), name.clone()));

    let server = Own::mariadb(&[]).await;
    let (_sandbox, mut shop, site) = world::small_shop(&server.root()).await;
    shop.sell(16, "A-1").await;
    let config = site.config();
    for name in ["shop.toml", "ledgertap.toml"] {
        std::fs::write(site.path(name), &config).unwrap();
    }
    std::fs::write(site.path("accounts.csv"), "customer,account\nU17,C-17\n").unwrap();
    std::fs::write(site.path("skus.csv"), "sku,item,unit\nTEA-500,M00018,BAG\n").unwrap();
    let profile = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/stores/ecshop");
    std::fs::create_dir(site.path("mapping")).unwrap();
    for file in std::fs::read_dir(profile).unwrap().map(|file| file.unwrap().path()) {
        std::fs::copy(&file, site.path("mapping").join(file.file_name().unwrap())).unwrap();
    }
    let positions = (String::new(), String::new());
    let mut stage = Stage { server, shop, site, kept: Kept::in_postgres(), positions, time: String::new() };
    for (name, examples) in commands.iter().filter(|(name, _)| !NOT_RUN.contains(&name.as_str())) {
        for example in examples {
            let output = stage.run(example);
            let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert!(output.status.success(), "{name}: {}\n{out}\n{err}", stage.real(example));
        }
        if name == "run" {
            let before = head(&stage.shop).await;
            // MariaDB notes whole seconds: what was sold before is of an earlier one.
            let next = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second() + 1).unwrap();
            tokio::time::sleep(next.duration_since(jiff::Timestamp::now()).unsigned_abs()).await;
            stage.time = next.strftime("%Y-%m-%d %H:%M:%S").to_string();
            stage.shop.sell(17, "A-1").await;
            stage.shop.sql("UPDATE ecs_order_info SET order_sn = '2026112300001' WHERE order_id = 17").await;
            stage.positions = (before, head(&stage.shop).await);
            stage.site.run(&["run", "--once"]).await.went_well();
        }
    }
}
