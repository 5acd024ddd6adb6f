//! The tables, and what stands in them before the first customer comes.

use mysql_async::prelude::Queryable;

use super::catalogue::{articles, regions};
use super::connection::{connect, send};
use super::settings::{Engine, ShopError};
use super::statement::Columns;

const TABLES: &str = include_str!("tables.sql");

/// Makes ECShop's tables in the URL's database, with its regions and a catalogue of sixty articles.
///
/// # Errors
/// [`ShopError::TableExists`] where one of the tables is there already; nothing is changed then.
pub async fn create_schema(url: &str, engine: Engine) -> Result<(), ShopError> {
    let mut conn = connect(url).await?;
    let refused = |source| ShopError::Store { statement: "SHOW TABLES".into(), source };
    let there: Vec<String> = conn.query("SHOW TABLES LIKE 'ecs\\_%'").await.map_err(refused)?;
    if let Some(table) = there.into_iter().next() {
        return Err(ShopError::TableExists(table));
    }
    for statement in table_definitions(engine) {
        send(&mut conn, &statement).await?;
    }
    for region in regions() {
        let kind: u8 = if region.parent == 0 { 0 } else { 1 + u8::from(region.parent > 1) };
        let columns = Columns::default()
            .with("region_id", region.id)
            .with("parent_id", region.parent)
            .with("region_name", region.name)
            .with("region_type", kind);
        send(&mut conn, &columns.insert("ecs_region")).await?;
    }
    for article in articles() {
        let columns = Columns::default()
            .with("goods_id", article.id)
            .with("goods_sn", &article.sn)
            .with("goods_name", &article.name)
            .with("goods_number", 60_000u32)
            .with("shop_price", article.price)
            .with("market_price", article.market_price)
            .with("goods_desc", "");
        send(&mut conn, &columns.insert("ecs_goods")).await?;
    }
    conn.disconnect().await.map_err(|source| ShopError::Store { statement: "QUIT".into(), source })
}

/// Makes the tables where there are none, and takes those that [`create_schema`] made and that nothing was sold from yet.
///
/// # Errors
/// [`ShopError::TableExists`] where there are other tables, or orders or customers in them; nothing is changed then.
pub async fn open_schema(url: &str, engine: Engine) -> Result<(), ShopError> {
    const UNSOLD: &str = "SELECT (SELECT COUNT(*) FROM ecs_region), (SELECT COUNT(*) FROM ecs_goods), \
                          (SELECT COUNT(*) FROM ecs_order_info) + (SELECT COUNT(*) FROM ecs_users), \
                          (SELECT ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND \
                          TABLE_NAME = 'ecs_order_info')";
    let there = match create_schema(url, engine).await {
        Err(ShopError::TableExists(table)) => table,
        made => return made,
    };
    let mut conn = connect(url).await?;
    // What cannot be asked of these tables is not ours.
    let counted: Option<(usize, usize, u64, String)> = conn.query_first(UNSOLD).await.unwrap_or_default();
    let unsold = counted.is_some_and(|(regions_there, articles_there, sold, name)| {
        regions_there == regions().len()
            && articles_there == articles().len()
            && sold == 0
            && name.eq_ignore_ascii_case(engine_name(engine))
    });
    conn.disconnect().await.map_err(|source| ShopError::Store { statement: "QUIT".into(), source })?;
    if unsold { Ok(()) } else { Err(ShopError::TableExists(there)) }
}

/// The CREATE statements, one each.
fn table_definitions(engine: Engine) -> Vec<String> {
    let charset = match engine {
        Engine::MyIsam => "utf8mb3",
        Engine::InnoDb => "utf8mb4",
    };
    let sql: Vec<&str> = TABLES.lines().filter(|l| !l.starts_with("--")).collect();
    let sql = sql.join("\n").replace("{engine}", engine_name(engine)).replace("{charset}", charset);
    sql.split(';').map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect()
}

/// As the server prints it.
fn engine_name(engine: Engine) -> &'static str {
    match engine {
        Engine::MyIsam => "MyISAM",
        Engine::InnoDb => "InnoDB",
    }
}
