//! Which tables are meant: `shop.orders`, `shop.*`, `*.orders`.

use std::str::FromStr;

/// Tables by name; an empty selection is all but the server's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection(Vec<(String, String)>);

/// The server's own databases, which nobody asks for without naming them.
const SYSTEM: [&str; 4] = ["mysql", "information_schema", "performance_schema", "sys"];

/// A text that names no tables.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no tables: write database.table, with * for any, and commas between them")]
pub struct NoSelection(String);

impl FromStr for Selection {
    type Err = NoSelection;

    fn from_str(text: &str) -> Result<Self, NoSelection> {
        let pattern = |part: &str| {
            let (database, table) = part.trim().split_once('.')?;
            let plain = |name: &str| !name.is_empty() && !name.contains(char::is_whitespace);
            (plain(database) && plain(table)).then(|| (database.to_owned(), table.to_owned()))
        };
        let patterns: Option<Vec<_>> = text.split(',').map(pattern).collect();
        patterns.map(Selection).ok_or_else(|| NoSelection(text.to_owned()))
    }
}

impl Selection {
    /// No table at all, but the statements of every database.
    pub(super) fn of_statements() -> Selection {
        Selection(vec![("*".to_owned(), String::new())])
    }

    /// True where this table is meant.
    pub fn has(&self, database: &str, table: &str) -> bool {
        if self.0.is_empty() {
            return !SYSTEM.contains(&database);
        }
        self.0.iter().any(|(d, t)| matches(d, database) && matches(t, table))
    }

    /// True where a table of this database is meant, or the statement has none.
    pub fn has_database(&self, database: &str) -> bool {
        self.0.is_empty() || database.is_empty() || self.0.iter().any(|(d, _)| matches(d, database))
    }
}

/// `*` stands for any number of characters.
fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let mut last = None;
    for part in parts {
        last = Some(part);
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    // What stands after the last star must be the end, wherever else it was found.
    last.map_or(rest.is_empty(), |part| part.is_empty() || name.ends_with(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, name, is) in [
            ("orders", "orders", true),
            ("orders", "orders2", false),
            ("*", "", true),
            ("ecs_*", "ecs_users", true),
            ("*_meta", "order_meta", true),
            ("a*b*c", "axxbyc", true),
            ("a*b*c", "axxbyd", false),
            ("*ab", "abxab", true),
        ] {
            assert_eq!(matches(pattern, name), is, "{pattern} {name}");
        }
    }

    #[test]
    fn a_selection_names_databases_and_tables() {
        let selection: Selection = "shop.orders, blog.wp_*".parse().unwrap();
        assert!(
            selection.has("shop", "orders") && selection.has("blog", "wp_posts") && !selection.has("shop", "users")
        );
        assert!(selection.has_database("blog") && !selection.has_database("mysql") && selection.has_database(""));
        assert!(Selection::default().has("shop", "x") && !Selection::default().has("mysql", "user"));
        for text in ["orders", "", "shop.", "shop.a b"] {
            assert!(text.parse::<Selection>().is_err(), "{text}");
        }
    }
}
