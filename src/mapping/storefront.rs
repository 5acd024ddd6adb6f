//! Which storefront a database belongs to: by its tables, whatever their names begin with, and by tell-tale columns.

use std::collections::{BTreeMap, BTreeSet};

/// A storefront that a shipped profile is for.
#[derive(Debug)]
struct Storefront {
    profile: &'static str,
    name: &'static str,
    /// Tables without their prefix, and columns that they have. The first one's name is unlike others.
    tables: &'static [(&'static str, &'static [&'static str])],
    /// Columns that it lacks, and another version has.
    without: &'static [(&'static str, &'static str)],
    /// Where it keeps its zone.
    zone: Option<Setting>,
}

/// A row of a table of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// The table, without its prefix.
    pub table: &'static str,
    /// The column that holds the value.
    pub column: &'static str,
    /// The column that holds the name.
    pub name: &'static str,
    /// The name.
    pub is: &'static str,
}

/// Whether WooCommerce keeps its orders in tables of their own.
pub const WOOCOMMERCE_HPOS: Setting = Setting {
    table: "options",
    column: "option_value",
    name: "option_name",
    is: "woocommerce_custom_orders_table_enabled",
};

/// In the order in which they are looked for.
const STOREFRONTS: &[Storefront] = &[
    Storefront {
        profile: "ecshop-4",
        name: "ECShop 3 or 4",
        tables: &[
            ("order_info", &["order_sn", "tax_num"]),
            ("order_goods", &["rec_id", "discount_fee"]),
            ("users", &["user_id"]),
        ],
        without: &[],
        zone: Some(Setting { table: "shop_config", column: "value", name: "code", is: "timezone" }),
    },
    Storefront {
        profile: "ecshop",
        name: "ECShop 2.7 or 2.8",
        tables: &[
            ("order_info", &["order_sn"]),
            ("order_goods", &["rec_id"]),
            ("back_order", &["back_id"]),
            ("users", &["user_id"]),
        ],
        without: &[("order_goods", "discount_fee")],
        zone: Some(Setting { table: "shop_config", column: "value", name: "code", is: "timezone" }),
    },
    Storefront {
        profile: "woocommerce",
        name: "WooCommerce with tables for orders (HPOS)",
        tables: &[
            ("wc_orders", &["total_amount", "parent_order_id"]),
            ("woocommerce_order_itemmeta", &["meta_value"]),
            ("users", &["user_email"]),
        ],
        without: &[],
        zone: None,
    },
    Storefront {
        profile: "woocommerce-posts",
        name: "WooCommerce with orders in posts",
        tables: &[
            ("woocommerce_order_itemmeta", &["meta_value"]),
            ("posts", &["post_type"]),
            ("postmeta", &["meta_value"]),
        ],
        without: &[("wc_orders", "total_amount")],
        zone: None,
    },
    Storefront {
        profile: "magento2",
        name: "Magento 2",
        tables: &[
            ("sales_order", &["increment_id", "grand_total"]),
            ("sales_creditmemo", &["grand_total"]),
            ("customer_entity", &["entity_id"]),
        ],
        without: &[],
        zone: Some(Setting { table: "core_config_data", column: "value", name: "path", is: "general/locale/timezone" }),
    },
    Storefront {
        profile: "prestashop",
        name: "PrestaShop 1.7.8 or newer",
        tables: &[
            ("order_detail", &["id_order_detail"]),
            ("orders", &["total_paid_tax_incl", "note"]),
            ("order_slip", &["id_order_slip"]),
        ],
        without: &[],
        zone: Some(Setting { table: "configuration", column: "value", name: "name", is: "PS_TIMEZONE" }),
    },
    Storefront {
        profile: "prestashop-1.7",
        name: "PrestaShop 1.7",
        tables: &[
            ("order_detail", &["id_order_detail"]),
            ("orders", &["total_paid_tax_incl"]),
            ("order_slip", &["id_order_slip"]),
        ],
        without: &[("orders", "note")],
        zone: Some(Setting { table: "configuration", column: "value", name: "name", is: "PS_TIMEZONE" }),
    },
    Storefront {
        profile: "opencart",
        name: "OpenCart 4",
        tables: &[
            ("order_product", &["order_product_id"]),
            ("order_total", &["code"]),
            ("address", &["default"]),
            ("customer", &["customer_id"]),
        ],
        without: &[],
        zone: Some(Setting { table: "setting", column: "value", name: "key", is: "config_timezone" }),
    },
    Storefront {
        profile: "opencart-3",
        name: "OpenCart 3",
        tables: &[("order_product", &["order_product_id"]), ("order_total", &["code"]), ("customer", &["address_id"])],
        without: &[("address", "default")],
        zone: None,
    },
];

/// A storefront that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// The profile that is for it.
    pub profile: &'static str,
    /// Its name and version, for people.
    pub name: &'static str,
    /// What its tables' names begin with.
    pub prefix: String,
    /// Where it keeps its zone, if it does so.
    pub zone: Option<Setting>,
}

/// The storefronts whose tables are among these: the columns of each, by name.
pub fn recognise(tables: &BTreeMap<String, BTreeSet<String>>) -> Vec<Recognised> {
    let mut found = Vec::new();
    for storefront in STOREFRONTS {
        let Storefront { profile, name, zone, .. } = *storefront;
        let suffix = storefront.tables[0].0;
        let prefixes = tables.keys().filter_map(|table| table.strip_suffix(suffix));
        let fitting = prefixes.filter(|prefix| storefront.fits(prefix, tables));
        found.extend(fitting.map(|prefix| Recognised { profile, name, prefix: prefix.to_owned(), zone }));
    }
    found
}

/// The storefront of which most tables are among these, where not all are: some are not there, or the account does not see
/// them.
pub fn resembling(tables: &BTreeMap<String, BTreeSet<String>>) -> Option<Recognised> {
    let mut best = None;
    for storefront in STOREFRONTS {
        let Storefront { profile, name, zone, .. } = *storefront;
        let suffixes = || storefront.tables.iter().map(|(suffix, _)| *suffix);
        let prefixes: BTreeSet<&str> =
            suffixes().flat_map(|suffix| tables.keys().filter_map(move |table| table.strip_suffix(suffix))).collect();
        for prefix in prefixes {
            let has = |suffix: &&str| tables.contains_key(&format!("{prefix}{suffix}"));
            let count = suffixes().filter(has).count();
            // Names such as `users` and `orders` are anybody's.
            if count * 2 > suffixes().count() || suffixes().take(1).any(|first| has(&first)) {
                let share = (count * 100 / suffixes().count(), count);
                if best.as_ref().is_none_or(|(most, _)| share > *most) {
                    best = Some((share, Recognised { profile, name, prefix: prefix.to_owned(), zone }));
                }
            }
        }
    }
    best.map(|(_, recognised)| recognised)
}

/// The profiles of storefronts. One that is an example to be adapted is none of them: its tables are nobody's.
pub fn storefront_profiles() -> impl Iterator<Item = &'static str> {
    STOREFRONTS.iter().map(|s| s.profile)
}

/// The storefront of a profile, with its name for people.
pub fn storefront_names() -> Vec<&'static str> {
    STOREFRONTS.iter().map(|s| s.name).collect()
}

impl Storefront {
    fn fits(&self, prefix: &str, tables: &BTreeMap<String, BTreeSet<String>>) -> bool {
        let has = |table: &str, column: &str| {
            tables.get(&format!("{prefix}{table}")).is_some_and(|columns| columns.contains(column))
        };
        self.tables.iter().all(|(table, columns)| columns.iter().all(|column| has(table, column)))
            && !self.without.iter().any(|(table, column)| has(table, column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::profile_names;

    fn found(tables: &[(&str, &str)]) -> Vec<String> {
        let columns = |text: &str| text.split(' ').map(str::to_owned).collect();
        let tables = tables.iter().map(|(name, text)| ((*name).to_owned(), columns(text))).collect();
        recognise(&tables).iter().map(|r| format!("{} {}", r.profile, r.prefix)).collect()
    }

    #[test]
    fn every_profile_but_examples_has_its_storefront() {
        let examples = ["shops"];
        let mut expected: Vec<_> = profile_names().filter(|name| !examples.contains(name)).collect();
        let mut found: Vec<_> = storefront_profiles().collect();
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected);
    }

    #[test]
    fn versions_are_told_apart_by_columns_and_shops_by_prefixes() {
        let old = [
            ("a_order_info", "order_sn"),
            ("a_order_goods", "rec_id"),
            ("a_back_order", "back_id"),
            ("a_users", "user_id"),
        ];
        assert_eq!(found(&old), ["ecshop a_"]);
        let new = [
            ("b_order_info", "order_sn tax_num"),
            ("b_order_goods", "rec_id discount_fee"),
            ("b_back_order", "back_id"),
            ("b_users", "user_id"),
        ];
        assert_eq!(found(&new), ["ecshop-4 b_"]);
        assert_eq!(found(&[old, new].concat()), ["ecshop-4 b_", "ecshop a_"]);
        assert_eq!(found(&old[..2]), [""; 0]);
        let columns = |text: &str| text.split(' ').map(str::to_owned).collect();
        let part = |tables: &[(&str, &str)]| {
            let tables = tables.iter().map(|(name, text)| ((*name).to_owned(), columns(text))).collect();
            resembling(&tables).map(|r| format!("{} {}", r.profile, r.prefix))
        };
        assert_eq!(part(&old[1..]), Some("ecshop a_".to_owned()));
        assert_eq!(part(&[("a_users", "user_id")]), None);
        let woo = [
            ("woocommerce_order_itemmeta", "meta_value"),
            ("posts", "post_type"),
            ("postmeta", "meta_value"),
            ("users", "user_email"),
        ];
        assert_eq!(found(&woo), ["woocommerce-posts "]);
        let hpos = [&woo[..], &[("wc_orders", "total_amount parent_order_id")]].concat();
        assert_eq!(found(&hpos), ["woocommerce "]);
    }
}
