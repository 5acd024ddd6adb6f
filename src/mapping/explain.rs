//! What a mapping does, in words: for `mapping check`.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{TableId, TableShape};

use super::aggregate::Computed;
use super::bound::{Bound, BoundBranch, BoundJoin, BoundTable, Finder};
use super::contract::{CUSTOMER, SOURCES};
use super::profile::Mapping;

/// One SELECT of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedSelect {
    /// Its file, with its number where it stands in a UNION ALL.
    pub name: String,
    /// The first table, then one line a join and a subquery.
    pub tables: Vec<String>,
}

/// One mirrored table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedTable {
    /// Its name in the store.
    pub table: String,
    /// The storage engine.
    pub engine: String,
    /// The columns that are mirrored.
    pub columns: Vec<String>,
    /// What tells its rows apart.
    pub key: Vec<String>,
    /// What rows are found by besides the key.
    pub indexes: Vec<Vec<String>>,
    /// What it is to the SELECTs, one sentence each.
    pub roles: Vec<String>,
}

impl Mapping {
    /// The tables of each SELECT; what the store's tables decide is left out.
    pub fn explain(&self) -> Vec<ExplainedSelect> {
        let mut selects = Vec::new();
        for query in &self.queries {
            for (i, branch) in query.branches.iter().enumerate() {
                let mut tables = Vec::new();
                for table in &branch.tables {
                    tables.push(match &table.join {
                        None => format!("FROM {}", table.table),
                        Some(join) => format!("{} {}", joined(join.left), table.table),
                    });
                }
                for one in &branch.computed {
                    if let Computed::Subquery(subquery) = one {
                        tables.push(format!("subquery over {}", subquery.table.table));
                    }
                }
                tables.dedup();
                selects.push(ExplainedSelect { name: name(query.source.file, i, query.branches.len()), tables });
            }
        }
        selects
    }
}

impl Bound {
    /// The SELECTs, with how the rows of each table are found.
    pub fn explain_selects(&self, shapes: &[TableShape]) -> Vec<ExplainedSelect> {
        let mut selects = Vec::new();
        for source in SOURCES {
            let Some(query) = self.queries.get(source.file) else { continue };
            for (i, branch) in query.branches.iter().enumerate() {
                let mut tables = vec![format!("FROM {}", branch.root().name)];
                for table in &branch.tables[1..] {
                    let Some(join) = &table.join else { continue };
                    tables.push(format!("{} {}: {}", joined(join.left), table.name, self.found(table, join, shapes)));
                }
                for table in subqueries(branch) {
                    let Some(join) = &table.join else { continue };
                    let line = format!("subquery over {}: {}", table.name, self.found(table, join, shapes));
                    if !tables.contains(&line) {
                        tables.push(line);
                    }
                }
                selects.push(ExplainedSelect { name: name(source.file, i, query.branches.len()), tables });
            }
        }
        selects
    }

    /// The mirrored tables, sorted.
    pub fn explain_tables(&self, shapes: &[TableShape]) -> Vec<ExplainedTable> {
        let filled = self.tables_to_fill();
        let explained = |table: TableId| {
            let uses = &self.footprint.tables[table];
            let engine = shapes.iter().find(|s| s.table == uses.table).map(|s| s.engine.clone());
            let named = |columns: &mut dyn Iterator<Item = usize>| columns.map(|c| uses.columns[c].clone()).collect();
            let indexes = self.indexes[table].iter().map(|i| named(&mut i.columns.iter().map(|(c, _)| *c))).collect();
            let mut roles = self.roles(table);
            if filled.contains(&table) {
                roles.push("read as it is at the stream's first start".to_owned());
            }
            ExplainedTable {
                table: uses.table.clone(),
                engine: engine.unwrap_or_default(),
                columns: uses.columns.clone(),
                key: named(&mut uses.key.iter().copied()),
                indexes,
                roles,
            }
        };
        (0..self.footprint.tables.len()).map(explained).collect()
    }

    /// How the rows of a joined table are found.
    fn found(&self, table: &BoundTable, join: &BoundJoin, shapes: &[TableShape]) -> String {
        let uses = &self.footprint.tables[table.table];
        match &join.finder {
            Finder::Key(_) => {
                let key: Vec<&str> = uses.key.iter().map(|&c| uses.columns[c].as_str()).collect();
                format!("one row by its key ({})", key.join(", "))
            }
            Finder::Index(index, _) => {
                let index = self.indexes[table.table].iter().find(|i| i.name == *index);
                let columns: Vec<&str> =
                    index.into_iter().flat_map(|i| &i.columns).map(|(c, _)| uses.columns[*c].as_str()).collect();
                let shape = shapes.iter().find(|s| s.table == uses.table);
                let is_unique = shape.is_some_and(|s| {
                    let covers =
                        |key: &Vec<String>| key.iter().all(|k| columns.iter().any(|c| c.eq_ignore_ascii_case(k)));
                    s.unique.iter().chain([&s.key]).any(|key| !key.is_empty() && covers(key))
                });
                let count = if is_unique { "one row" } else { "any number of rows" };
                format!("{count} by {}", columns.join(", "))
            }
        }
    }

    /// What a table is to the SELECTs.
    fn roles(&self, table: TableId) -> Vec<String> {
        let mut roles: BTreeMap<u8, BTreeSet<(&'static str, &'static str)>> = BTreeMap::new();
        for source in SOURCES {
            let Some(query) = self.queries.get(source.file) else { continue };
            let document = if source.file == CUSTOMER.file { "customer" } else { "order" };
            for (number, branch) in query.branches.iter().enumerate() {
                if branch.root().table == table {
                    roles.entry(0).or_default().insert((document, source.file));
                }
                let joined = branch.tables[1..].iter().chain(subqueries(branch)).any(|t| t.table == table);
                let reach = self.reaches[table].iter().find(|r| r.file == source.file && r.branch == number);
                match reach {
                    Some(reach) if reach.followed => roles.entry(2).or_default().insert((document, source.file)),
                    Some(_) => roles.entry(1).or_default().insert((document, source.file)),
                    None if joined => roles.entry(3).or_default().insert((document, source.file)),
                    None => false,
                };
            }
        }
        let sentence = |(role, of): (u8, BTreeSet<(&str, &str)>)| {
            let documents: BTreeSet<&str> = of.iter().map(|(document, _)| *document).collect();
            let documents = documents.into_iter().map(|d| format!("its {d}")).collect::<Vec<_>>().join(" and ");
            let files =
                of.iter().map(|(_, file)| *file).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ");
            match role {
                0 => format!("first table of {files}: a changed row concerns {documents}"),
                1 => format!("part in {files}: a changed row concerns {documents}"),
                2 => format!("followed lookup of {files}: a changed row concerns every document that looks at it"),
                _ => format!(
                    "lookup of {files}: a changed row concerns no document (with follow = [\"{}\"] it does)",
                    self.footprint.tables[table].table
                ),
            }
        };
        roles.into_iter().map(sentence).collect()
    }
}

fn subqueries(branch: &BoundBranch) -> impl Iterator<Item = &BoundTable> {
    branch.computed.iter().filter_map(|one| match one {
        Computed::Subquery(subquery) => Some(&subquery.table),
        Computed::Aggregate(_) => None,
    })
}

fn joined(left: bool) -> &'static str {
    if left { "LEFT JOIN" } else { "JOIN" }
}

fn name(file: &str, number: usize, count: usize) -> String {
    if count == 1 { file.to_owned() } else { format!("{file} ({} of {count})", number + 1) }
}
