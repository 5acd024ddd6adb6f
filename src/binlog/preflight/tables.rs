//! The mapped tables themselves: what changes their rows without a row event.

use super::{Facts, Finding};
use crate::binlog::variables::Variables;

/// A mapped table as the server describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapped {
    pub table: String,
    /// `None` for a view.
    pub engine: Option<String>,
    /// What its foreign keys do to its rows when a row of another table changes.
    pub cascades: Vec<Cascade>,
}

/// A foreign key that changes rows by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cascade {
    /// The table whose rows it follows.
    pub parent: String,
    /// `ON DELETE CASCADE ON UPDATE SET NULL`.
    pub rules: String,
}

pub fn findings(facts: &Facts) -> Vec<Finding> {
    if facts.mapped.is_empty() {
        return Vec::new();
    }
    let mut all = engines(&facts.mapped);
    all.extend([cascades(&facts.variables, &facts.mapped), triggers(facts)]);
    all
}

/// The foreign keys in what SHOW CREATE TABLE prints that change rows: information_schema shows them to some accounts only.
pub fn cascades_in(statement: &str) -> Vec<Cascade> {
    statement.lines().filter_map(|line| cascade_in(line.trim())).collect()
}

fn cascade_in(line: &str) -> Option<Cascade> {
    let (_, key) = line.strip_prefix("CONSTRAINT ").or(Some(line))?.split_once("FOREIGN KEY (")?;
    if !line.starts_with("CONSTRAINT ") && !line.starts_with("FOREIGN KEY (") {
        return None;
    }
    let (_, parent) = key.split_once(" REFERENCES ")?;
    let (parent, _) = parent.split_once(" (")?;
    let rules = key[key.rfind('`')?..].trim_start_matches(['`', ')']).trim_end_matches(',').trim();
    let changes = ["CASCADE", "SET NULL", "SET DEFAULT"].iter().any(|rule| rules.contains(rule));
    changes.then(|| Cascade { parent: parent.replace('`', ""), rules: rules.to_owned() })
}

/// InnoDB carries cascades out below the binlog. From 9.6 on MySQL carries them out itself, as row events, unless told not to.
fn cascades(variables: &Variables, mapped: &[Mapped]) -> Finding {
    let each = |table: &Mapped| {
        let of = |c: &Cascade| format!("`{}` follows `{}` ({})", table.table, c.parent, c.rules);
        table.cascades.iter().map(of).collect::<Vec<_>>()
    };
    let all: Vec<String> = mapped.iter().flat_map(each).collect();
    let native = variables.get("innodb_native_foreign_keys");
    if all.is_empty() {
        return Finding::good("no foreign key changes rows of the mapped tables by itself");
    }
    let all = all.join(", ");
    if native.eq_ignore_ascii_case("OFF") {
        return Finding::good(format!("foreign keys change rows of mapped tables, which this server logs: {all}"));
    }
    let remedy = if native.is_empty() {
        "make the foreign keys RESTRICT and let the shop change both tables itself (MySQL 9.6 and newer log cascades)"
    } else {
        "set innodb_native_foreign_keys = OFF in the server's configuration and restart it"
    };
    Finding::fix(format!("foreign keys change rows of mapped tables without a word in the binlog: {all}"), remedy)
}

/// What a trigger writes is logged as rows like anything else.
fn triggers(facts: &Facts) -> Finding {
    Finding::good(match facts.triggers {
        Some(0) => "no triggers on the mapped tables".to_owned(),
        Some(n) => format!("{n} triggers on the mapped tables; what they change is logged as rows"),
        None => {
            "triggers cannot be seen without the TRIGGER privilege, which is not needed: what they change is logged \
                 as rows"
                .to_owned()
        }
    })
}

/// What an engine means for the binlog.
enum Engine {
    Transactions,
    /// Each statement stands for itself.
    Plain,
    /// Rows change, or are, without being in this server's binlog; with what to do about it.
    Hidden(&'static str),
    Untried,
}

fn engine(name: &str) -> Engine {
    match name.to_ascii_uppercase().as_str() {
        "INNODB" | "ROCKSDB" | "TOKUDB" => Engine::Transactions,
        "MYISAM" | "ARIA" | "CSV" | "ARCHIVE" => Engine::Plain,
        "MEMORY" => {
            Engine::Hidden("a restart empties it, as a statement and not as rows: ALTER TABLE … ENGINE = InnoDB")
        }
        "BLACKHOLE" => {
            Engine::Hidden("it keeps no rows, and logs only what is inserted: attach to the server that keeps them")
        }
        "MRG_MYISAM" | "MERGE" => Engine::Hidden("its rows are logged under other tables' names: map those"),
        "FEDERATED" | "SPIDER" | "CONNECT" | "S3" | "SPHINX" | "OQGRAPH" | "MROONGA" => {
            Engine::Hidden("its rows lie elsewhere and can change there: attach to where they are")
        }
        "NDBCLUSTER" | "NDB" => Engine::Hidden(
            "it logs by itself, and only the columns that change: set ndb_log_bin = ON and ndb_log_updated_only = OFF, or \
             use InnoDB",
        ),
        _ => Engine::Untried,
    }
}

fn engines(mapped: &[Mapped]) -> Vec<Finding> {
    let (mut all, mut plain, mut transactions) = (Vec::new(), Vec::new(), 0);
    for Mapped { table, engine: name, .. } in mapped {
        let Some(name) = name else {
            all.push(Finding::fix(
                format!("`{table}` is a view, and a view's rows are not in the binlog"),
                "map the tables that it reads",
            ));
            continue;
        };
        match engine(name) {
            Engine::Transactions => transactions += 1,
            Engine::Plain => plain.push(format!("`{table}` ({name})")),
            Engine::Hidden(why) => all.push(Finding::fix(format!("the engine of `{table}` is {name}"), why)),
            Engine::Untried => all.push(Finding::advised(
                format!("the engine of `{table}` is {name}, with which ledgertap was not tried"),
                "better: InnoDB",
            )),
        }
    }
    if !plain.is_empty() {
        all.push(Finding::good(format!(
            "tables without transactions, of which each statement is one by itself: {}",
            plain.join(", ")
        )));
    }
    if transactions > 0 && transactions == mapped.len() {
        all.push(Finding::good("the engines of the mapped tables have transactions"));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::tests::with;
    use super::*;

    const CHILD: &str = "CREATE TABLE `c` (
  `id` int NOT NULL COMMENT 'FOREIGN KEY (`x`) REFERENCES `y` (`z`) ON DELETE CASCADE',
  `pid` int DEFAULT NULL,
  KEY `pid` (`pid`),
  CONSTRAINT `c_1` FOREIGN KEY (`pid`) REFERENCES `p` (`id`) ON DELETE CASCADE ON UPDATE SET NULL,
  CONSTRAINT `c_2` FOREIGN KEY (`pid`) REFERENCES `other`.`p (q)` (`id`, `no`) ON UPDATE CASCADE,
  CONSTRAINT `ON DELETE CASCADE` FOREIGN KEY (`pid`) REFERENCES `p` (`id`) ON DELETE NO ACTION ON UPDATE RESTRICT,
  CONSTRAINT `c_4` FOREIGN KEY (`pid`) REFERENCES `SET NULL` (`CASCADE`)
) ENGINE=InnoDB";

    fn child() -> Mapped {
        Mapped { table: "c".into(), engine: Some("InnoDB".into()), cascades: cascades_in(CHILD) }
    }

    #[test]
    fn foreign_keys_that_change_rows_are_read_from_the_table_s_text() {
        let of = |parent: &str, rules: &str| Cascade { parent: parent.into(), rules: rules.into() };
        let expected = [of("p", "ON DELETE CASCADE ON UPDATE SET NULL"), of("other.p", "ON UPDATE CASCADE")];
        assert_eq!(cascades_in(CHILD), expected);
    }

    #[test]
    fn cascades_are_a_fault_where_the_server_does_not_log_them() {
        let variables = |pairs: &[(&str, &str)]| with(pairs).variables;
        let native = "innodb_native_foreign_keys";
        for (pairs, ok, part) in [
            (&[("version", "10.11.19-MariaDB")][..], false, "RESTRICT"),
            (&[("version", "8.4.7")], false, "RESTRICT"),
            (&[("version", "9.7.4"), (native, "ON")], false, "innodb_native_foreign_keys = OFF"),
            (&[("version", "9.7.4"), (native, "OFF")], true, ""),
        ] {
            let finding = cascades(&variables(pairs), &[child()]);
            assert!(finding.ok == ok && finding.remedy.contains(part), "{finding:?}");
            assert!(finding.what.contains("`c` follows `p` (ON DELETE CASCADE ON UPDATE SET NULL)"), "{finding:?}");
            assert!(cascades(&variables(pairs), &[Mapped { cascades: Vec::new(), ..child() }]).ok);
        }
    }

    #[test]
    fn triggers_are_told_and_no_fault() {
        for (triggers, part) in [(Some(0), "no triggers"), (Some(2), "2 triggers"), (None, "cannot be seen")] {
            let finding = super::triggers(&Facts { triggers, ..Facts::default() });
            assert!(finding.ok && finding.what.contains(part), "{finding:?}");
        }
    }

    #[test]
    fn an_engine_that_hides_rows_is_a_fault() {
        let of = |engine: Option<&str>| {
            engines(&[Mapped { table: "t".into(), engine: engine.map(str::to_owned), cascades: Vec::new() }])
        };
        for (engine, ok, part) in [
            (Some("InnoDB"), true, "have transactions"),
            (Some("MyISAM"), true, "`t` (MyISAM)"),
            (Some("Aria"), true, "without transactions"),
            (Some("MEMORY"), false, "is MEMORY"),
            (Some("BLACKHOLE"), false, "is BLACKHOLE"),
            (Some("MRG_MyISAM"), false, "is MRG_MyISAM"),
            (Some("FEDERATED"), false, "is FEDERATED"),
            (Some("ndbcluster"), false, "is ndbcluster"),
            (Some("COLUMNSTORE"), true, "was not tried"),
            (None, false, "is a view"),
        ] {
            let found = of(engine);
            assert!(found.len() == 1 && found[0].ok == ok && found[0].what.contains(part), "{engine:?}: {found:?}");
        }
        assert!(engines(&[]).is_empty(), "tables that cannot be read have their own line");
    }
}
