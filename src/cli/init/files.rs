//! The texts of what `init` writes.

use std::path::Path;

use crate::mapping::{Recognised, Settings};

/// What is known when the files are written.
pub(super) struct Begun<'a> {
    pub found: &'a Recognised,
    /// The profile's.
    pub settings: &'a Settings,
    /// The shop's zone, where it says one.
    pub zone: Option<&'a str>,
    /// Of the mapped tables.
    pub engines: &'a [&'a str],
}

/// The environment variable for the store's password.
const PASSWORD: &str = "LEDGERTAP_STORE_PASSWORD";

/// `ledgertap.toml`
pub(super) fn config(name: &str, currency: Option<&str>, url: &str) -> String {
    let url = quoted(&without_password(url));
    let currency = match currency {
        Some(currency) => format!("currency = {:<22}", quoted(currency)),
        None => "# currency = \"CNY\"                 ".to_owned(),
    };
    format!(
        "# ledgertap for {name}. Paths are as seen from this file. `ledgertap check` says what is missing.\n\
         \n\
         [store]\n\
         # The password comes from the environment; its special characters are percent-encoded there (@ is %40, / is %2F, % is %25).\n\
         url = {url}\n\
         # A folder of your own that extends a profile: what differs in this shop stands in its profile.toml.\n\
         mapping = \"mapping\"\n\
         # server_id = 4711                 # no other replica's; drawn at random where it is not given\n\
         \n\
         [state]\n\
         url = \"sqlite:ledgertap.db\"\n\
         \n\
         # The account of the ERP. `ledgertap sandbox` prints the block of an ERP to try it with.\n\
         [erp]\n\
         kind = \"kingdee-xingchen\"\n\
         url = \"https://api.kingdee.com\"\n\
         client_id = \"…\"\n\
         client_secret = \"${{KINGDEE_CLIENT_SECRET}}\"\n\
         app_key = \"…\"\n\
         app_secret = \"${{KINGDEE_APP_SECRET}}\" # changes every 24 h; outer_instance_id in its place has it fetched\n\
         stock_id = \"…\"                     # the warehouse that outbounds and returns name\n\
         {currency}# the account's own\n\
         \n\
         [relay]\n\
         concurrency = 4                    # documents on their way at once\n\
         rate_per_minute = 400              # requests\n"
    )
}

/// `mapping/profile.toml`
pub(super) fn profile(begun: &Begun<'_>) -> String {
    let Recognised { profile, name, prefix, .. } = begun.found;
    let mut out = format!(
        "# {name}. What is not said here is as in the profile that this one extends: schema/stores/{profile}.\n\
         # A SELECT of this folder (order.sql, …) takes the place of the profile's.\n\
         extends = {}\n\
         \n\
         # What the names of the shop's tables begin with.\n\
         table_prefix = {}\n\
         \n",
        quoted(profile),
        quoted(prefix)
    );
    out += &match begun.zone {
        Some(zone) => format!("# The shop's zone, as its own settings say it.\ntime_zone = {}\n", quoted(zone)),
        None => "# The shop's zone: \"+08:00\" or \"Europe/Paris\". Compare the dates of an order (ledgertap preview) with the shop's own.\n\
                 # time_zone = \"+00:00\"\n"
            .to_owned(),
    };
    out += "\n# How long an order has to be quiet before it is booked.";
    if begun.engines.iter().any(|e| !e.eq_ignore_ascii_case("InnoDB")) {
        out += &format!(
            "\n# Tables here are {}: a shop on them writes an order statement by statement, so that it must not be short.",
            begun.engines.join(" and ")
        );
    }
    let (currency, tax_rate) = (quoted(&begun.settings.currency), begun.settings.tax_rate.normalize());
    out += &format!(
        "\n# settle = \"2s\"\n\
         \n\
         # For orders that name no currency, and the tax in percent of lines that state none.\n\
         # currency = {currency}\n\
         # tax_rate = \"{tax_rate}\"\n"
    );
    out += "\n\
            # The service items that freight and all other charges are booked under in the ERP.\n\
            # shipping_sku = \"SHIPPING\"\n\
            # fee_sku = \"FEE\"\n\
            \n\
            # What the profile's @variables hold in this shop; `ledgertap mapping check` lists them.\n\
            # [variables]\n\
            \n\
            # Single columns otherwise than the profile's SELECTs.\n\
            # [columns.\"order.sql\"]\n\
            # ship_to = \"NULL\"\n";
    out
}

/// What to do next.
pub(super) fn next_steps(folder: &Path) -> String {
    let path =
        |name: &str| if folder == Path::new(".") { name.to_owned() } else { folder.join(name).display().to_string() };
    let (config, mapping) = (path("ledgertap.toml"), path("mapping"));
    format!(
        "next (URL is the store's, as it was given here):\n\
         \x20    ledgertap mapping check {mapping} --store URL\n\
         \x20    ledgertap mapping verify --mapping {mapping} --store URL\n\
         \x20    ledgertap preview --mapping {mapping} --store URL --order NUMBER\n\
         then, with the ERP's account in {config} and the passwords in the environment (the store's is {PASSWORD}):\n\
         \x20    ledgertap check --config {config}\n\
         \x20    ledgertap run --config {config} --from now\n"
    )
}

/// The URL with the environment's variable in the place of its password.
fn without_password(url: &str) -> String {
    let begin = url.find("://").map_or(0, |at| at + 3);
    let end = url[begin..].find(['/', '?']).map_or(url.len(), |at| begin + at);
    let Some((account, hosts)) = url[begin..end].rsplit_once('@') else { return url.to_owned() };
    match account.split_once(':') {
        Some((user, _)) => format!("{}{user}:${{{PASSWORD}}}@{hosts}{}", &url[..begin], &url[end..]),
        None => url.to_owned(),
    }
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_stays_out_of_the_file() {
        for (url, expected) in [
            (
                "mysql://tap:s3cret@db:3306/shop?ssl-mode=required",
                "mysql://tap:${LEDGERTAP_STORE_PASSWORD}@db:3306/shop?ssl-mode=required",
            ),
            ("mysql://tap:a:b@db1,db2/shop", "mysql://tap:${LEDGERTAP_STORE_PASSWORD}@db1,db2/shop"),
            ("mysql://root@127.0.0.1:3306/shop", "mysql://root@127.0.0.1:3306/shop"),
            ("mysql://db/shop", "mysql://db/shop"),
        ] {
            assert_eq!(without_password(url), expected);
        }
    }
}
