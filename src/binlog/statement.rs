//! What a statement in the binlog means to us.
//!
//! With row format a statement is a transaction's frame or DDL. We look only at its first words, and at names: enough to
//! know whether a mapped table's rows change without row events. A statement that cannot be classified and names a mapped
//! table counts as one that does.

use std::iter::Peekable;

/// The mapped tables that a statement may concern.
pub(super) trait Mapped {
    /// True when this is, or may be, the store's own database.
    fn is_database(&self, name: &str) -> bool;
    /// True when this is known to be the store's own database.
    fn is_known_database(&self, name: &str) -> bool;
    /// True when the store's own database has this table mapped.
    fn is_table(&self, name: &str) -> bool;
    /// False when the mirror is known to hold no row of this mapped table: then it loses none by a DROP.
    fn may_hold_rows(&self, name: &str) -> bool;
    /// As [`Mapped::may_hold_rows`], for all mapped tables.
    fn any_may_hold_rows(&self) -> bool;
    /// True when the mapping uses this column of a mapped table.
    fn is_column(&self, table: &str, column: &str) -> bool;
}

/// What a statement does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Statement {
    /// Starts a transaction.
    Begin,
    /// Ends one.
    Commit,
    /// Ends one; what was transactional in it never happened.
    Rollback,
    /// Marks a place within a transaction.
    Savepoint(String),
    /// Goes back to it.
    RollbackTo(String),
    /// `XA START`: begins a transaction that is prepared later.
    XaStart,
    /// `XA END`, still within the transaction.
    XaEnd,
    /// `XA COMMIT` of a transaction prepared before.
    XaCommit(String),
    /// `XA ROLLBACK` of a transaction prepared before.
    XaRollback(String),
    /// Does not touch mapped rows.
    Harmless,
    /// Changes, or may change, the rows of this mapped table (or database) without row events.
    Touches(String),
    /// Changes, or may change, the values of a column that the mapping uses, without row events.
    Rewrites {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// Takes a column that the mapping uses from this mapped table: dropped, or renamed.
    TakesColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
}

impl Statement {
    /// True for what never stands at a transaction's start.
    pub(super) fn continues(&self) -> bool {
        matches!(
            self,
            Statement::Commit
                | Statement::Rollback
                | Statement::Savepoint(_)
                | Statement::RollbackTo(_)
                | Statement::XaEnd
        )
    }
}

/// Classifies a statement whose session has `schema` as its database.
pub(super) fn classify(sql: &str, schema: &str, mapped: &dyn Mapped) -> Statement {
    let mut words = Words { rest: sql, executable: false }.peekable();
    let scope = Scope { schema, mapped };
    let Some(first) = words.next() else { return Statement::Harmless };
    match first.keyword().as_str() {
        "BEGIN" | "START" => Statement::Begin,
        "COMMIT" => Statement::Commit,
        "ROLLBACK" => rollback(&mut words),
        "SAVEPOINT" => Statement::Savepoint(words.next().map(|w| w.text).unwrap_or_default()),
        "RELEASE" => Statement::Harmless,
        "XA" => xa(&mut words, sql),
        "TRUNCATE" => {
            skip(&mut words, &["TABLE"]);
            scope.touched(scope.full_name(&mut words))
        }
        "DROP" => drop_statement(&mut words, &scope),
        "RENAME" => rename(&mut words, &scope),
        "ALTER" => alter(&mut words, &scope),
        "CREATE" => create(&mut words, &scope),
        // Grants, sessions, maintenance: these name tables and leave rows alone.
        "GRANT" | "REVOKE" | "FLUSH" | "ANALYZE" | "OPTIMIZE" | "REPAIR" | "CHECK" => Statement::Harmless,
        _ => scope.touched(scope.any_name(words)),
    }
}

/// True for CREATE, ALTER, RENAME and DROP of tables, whatever else they say.
pub(super) fn is_of_tables(sql: &str) -> bool {
    let mut words = Words { rest: sql, executable: false }.peekable();
    if words.next_if(|w| w.is("SET")).is_some() {
        // MariaDB's SET STATEMENT … FOR the statement itself.
        if !words.next().is_some_and(|w| w.is("STATEMENT")) || !words.any(|w| w.is("FOR")) {
            return false;
        }
    }
    if !words.next().is_some_and(|w| ["CREATE", "ALTER", "RENAME", "DROP"].iter().any(|verb| w.is(verb))) {
        return false;
    }
    skip(&mut words, &["OR", "REPLACE", "TEMPORARY", "ONLINE", "OFFLINE", "IGNORE"]);
    words.next().is_some_and(|w| w.is("TABLE") || w.is("TABLES"))
}

/// The statement's first words, for messages: what is left of it may hold values.
pub(super) fn first_words(sql: &str) -> String {
    let words = Words { rest: sql, executable: false };
    let plain = |w: &Word| matches!(w.kind, Kind::Name | Kind::Quoted) || w.text == ".";
    let kept: Vec<String> = words.take_while(plain).filter(|w| w.text != ".").take(4).map(|w| w.text).collect();
    kept.join(" ")
}

type Stream<'a> = Peekable<Words<'a>>;

fn rollback(words: &mut Stream<'_>) -> Statement {
    skip(words, &["WORK"]);
    if words.next_if(|w| w.is("TO")).is_none() {
        return Statement::Rollback;
    }
    skip(words, &["SAVEPOINT"]);
    Statement::RollbackTo(words.next().map(|w| w.text).unwrap_or_default())
}

fn xa(words: &mut Stream<'_>, sql: &str) -> Statement {
    let verb = words.next().map(|w| w.keyword()).unwrap_or_default();
    // `XA COMMIT X'31',X'',1`: what follows the verb is the transaction's name, always printed the same way.
    let name = sql.trim_end().splitn(3, char::is_whitespace).nth(2).unwrap_or_default().to_owned();
    match verb.as_str() {
        "START" | "BEGIN" => Statement::XaStart,
        "COMMIT" => Statement::XaCommit(name),
        "ROLLBACK" => Statement::XaRollback(name),
        _ => Statement::XaEnd,
    }
}

fn drop_statement(words: &mut Stream<'_>, scope: &Scope<'_>) -> Statement {
    // It may have the name of one that is none, which it hides.
    if words.next_if(|w| w.is("TEMPORARY")).is_some() {
        return Statement::Harmless;
    }
    let Some(what) = words.next() else { return Statement::Harmless };
    match what.keyword().as_str() {
        "DATABASE" | "SCHEMA" => {
            skip(words, &["IF", "EXISTS"]);
            let ours = |name: &String| scope.mapped.is_known_database(name) && scope.mapped.any_may_hold_rows();
            scope.touched(words.next().map(|w| w.text).filter(ours))
        }
        "TABLE" | "TABLES" => {
            skip(words, &["IF", "EXISTS"]);
            scope.touched(scope.listed(words))
        }
        _ => Statement::Harmless,
    }
}

fn rename(words: &mut Stream<'_>, scope: &Scope<'_>) -> Statement {
    if words.next_if(|w| w.is("TABLE") || w.is("TABLES")).is_none() {
        return Statement::Harmless;
    }
    // `a TO b, c TO d`: each name counts, the new ones too; those bring rows that were never logged.
    while words.peek().is_some() {
        skip(words, &["IF", "EXISTS"]);
        let table = match words.next_if(|w| w.is("TO")) {
            Some(_) => scope.name(words),
            None => scope.full_name(words),
        };
        if let Some(table) = table {
            return Statement::Touches(table);
        }
        words.next_if(|w| w.is(","));
    }
    Statement::Harmless
}

fn create(words: &mut Stream<'_>, scope: &Scope<'_>) -> Statement {
    // Only OR REPLACE TABLE takes rows away; a plain CREATE of a mapped table means that it was not there.
    if words.next_if(|w| w.is("OR")).is_none() {
        return Statement::Harmless;
    }
    skip(words, &["REPLACE", "TEMPORARY"]);
    if words.next_if(|w| w.is("TABLE")).is_none() {
        return Statement::Harmless;
    }
    scope.touched(scope.full_name(words))
}

/// Clauses of ALTER TABLE that leave existing values as they are, by their first words.
const KEEPING: &[&[&str]] = &[
    &["ADD"],
    &["ALGORITHM"],
    &["ALTER"],
    &["ANALYZE"],
    &["AUTO_INCREMENT"],
    &["AVG_ROW_LENGTH"],
    &["COMMENT"],
    &["DISABLE", "KEYS"],
    &["DROP", "CHECK"],
    &["DROP", "COLUMN"],
    &["DROP", "CONSTRAINT"],
    &["DROP", "FOREIGN"],
    &["DROP", "INDEX"],
    &["DROP", "KEY"],
    &["DROP", "PRIMARY"],
    &["ENABLE", "KEYS"],
    &["ENGINE"],
    &["FORCE"],
    &["LOCK"],
    &["ORDER"],
    &["RENAME", "COLUMN"],
    &["RENAME", "INDEX"],
    &["RENAME", "KEY"],
    &["ROW_FORMAT"],
    &["STATS_AUTO_RECALC"],
    &["STATS_PERSISTENT"],
    &["TABLE_OPTIONS"],
];

fn alter(words: &mut Stream<'_>, scope: &Scope<'_>) -> Statement {
    skip(words, &["ONLINE", "OFFLINE", "IGNORE"]);
    if words.next_if(|w| w.is("TABLE")).is_none() {
        return Statement::Harmless;
    }
    skip(words, &["IF", "EXISTS"]);
    let table = scope.full_name(words);
    let mut depth = 0usize;
    let mut clause: Vec<Word> = Vec::new();
    let mut clauses: Vec<Vec<Word>> = Vec::new();
    for word in words {
        match word.text.as_str() {
            "(" if word.kind == Kind::Other => depth += 1,
            ")" if word.kind == Kind::Other => depth = depth.saturating_sub(1),
            "," if word.kind == Kind::Other && depth == 0 => {
                clauses.push(std::mem::take(&mut clause));
                continue;
            }
            _ => {}
        }
        clause.push(word);
    }
    clauses.push(clause);
    // A table that is renamed to a mapped name brings rows that were never logged.
    let target = clauses.iter().find_map(|c| scope.renamed_to(c));
    let column = table.as_ref().and_then(|table| clauses.iter().find_map(|c| scope.taken_column(table, c)));
    match (table, column) {
        (Some(table), Some(column)) => Statement::TakesColumn { table, column },
        (Some(table), None) if !clauses.iter().all(|c| keeps_values(c)) => Statement::Touches(table),
        _ => scope.touched(target),
    }
}

fn keeps_values(clause: &[Word]) -> bool {
    // ADD PARTITION, too, leaves rows alone; a clause without words stands for nothing.
    let drops_column = clause.len() == 2 && clause[0].is("DROP");
    clause.is_empty()
        || drops_column
        || KEEPING.iter().any(|start| start.iter().zip(clause).filter(|(s, w)| w.is(s)).count() == start.len())
}

/// Takes these words, in any order, as long as they come.
fn skip(words: &mut Stream<'_>, these: &[&str]) {
    while words.next_if(|w| these.iter().any(|t| w.is(t))).is_some() {}
}

/// How names resolve.
struct Scope<'a> {
    schema: &'a str,
    mapped: &'a dyn Mapped,
}

impl Scope<'_> {
    fn touched(&self, table: Option<String>) -> Statement {
        table.map_or(Statement::Harmless, Statement::Touches)
    }

    /// Takes one name, `table` or `database.table`, and returns it when it is a mapped table's.
    fn name(&self, words: &mut Stream<'_>) -> Option<String> {
        let first = words.next()?.text;
        if words.next_if(|w| w.is(".")).is_none() {
            return (self.mapped.is_database(self.schema) && self.mapped.is_table(&first)).then_some(first);
        }
        let table = words.next()?.text;
        (self.mapped.is_database(&first) && self.mapped.is_table(&table)).then_some(table)
    }

    /// As [`Scope::name`], for a statement that only concerns a table with rows.
    fn full_name(&self, words: &mut Stream<'_>) -> Option<String> {
        self.name(words).filter(|table| self.mapped.may_hold_rows(table))
    }

    /// The first mapped table with rows in a list of names.
    fn listed(&self, words: &mut Stream<'_>) -> Option<String> {
        while words.peek().is_some() {
            if let Some(table) = self.full_name(words) {
                return Some(table);
            }
            words.next_if(|w| w.is(","))?;
        }
        None
    }

    /// A mapped table that is named anywhere; `x.t` counts only where x is the database.
    fn any_name(&self, mut words: Stream<'_>) -> Option<String> {
        while let Some(word) = words.peek() {
            if word.kind == Kind::Other {
                words.next();
                continue;
            }
            if let Some(table) = self.name(&mut words) {
                return Some(table);
            }
        }
        None
    }

    /// The used column that a clause `DROP [COLUMN] name` or `RENAME COLUMN name TO …` takes away.
    fn taken_column(&self, table: &str, clause: &[Word]) -> Option<String> {
        let (first, rest) = clause.split_first()?;
        let by_column = first.is("DROP") || (first.is("RENAME") && rest.first().is_some_and(|w| w.is("COLUMN")));
        let mut names = rest.iter().skip_while(|w| w.is("COLUMN") || w.is("IF") || w.is("EXISTS"));
        let name = names.next().filter(|_| by_column)?;
        self.mapped.is_column(table, &name.text).then(|| name.text.clone())
    }

    /// The mapped table that a clause `RENAME [TO|AS] name` gives its rows to.
    fn renamed_to(&self, clause: &[Word]) -> Option<String> {
        let (first, rest) = clause.split_first()?;
        let by_table =
            first.is("RENAME") && !rest.first().is_some_and(|w| w.is("COLUMN") || w.is("INDEX") || w.is("KEY"));
        if !by_table {
            return None;
        }
        let rest: Vec<&Word> = rest.iter().filter(|w| !w.is("TO") && !w.is("AS") && !w.is("=")).collect();
        let (database, table) = match rest.as_slice() {
            [table] => (self.schema, table),
            [database, _, table] => (database.text.as_str(), table),
            _ => return None,
        };
        (self.mapped.is_database(database) && self.mapped.is_table(&table.text)).then(|| table.text.clone())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A bare word.
    Name,
    /// A name in backticks.
    Quoted,
    /// Something in double quotes: a name with ANSI_QUOTES, else a string.
    Ambiguous,
    /// A string, a number, a sign.
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    kind: Kind,
    text: String,
}

impl Word {
    fn keyword(&self) -> String {
        if self.kind == Kind::Name { self.text.to_ascii_uppercase() } else { String::new() }
    }

    fn is(&self, keyword: &str) -> bool {
        !matches!(self.kind, Kind::Quoted | Kind::Ambiguous) && self.text.eq_ignore_ascii_case(keyword)
    }
}

/// A statement's words, comments left out, the inside of `/*!40000 … */` taken as written.
struct Words<'a> {
    rest: &'a str,
    executable: bool,
}

impl Iterator for Words<'_> {
    type Item = Word;

    fn next(&mut self) -> Option<Word> {
        self.skip_blanks();
        let first = self.rest.chars().next()?;
        match first {
            '`' => Some(self.quoted('`', Kind::Quoted)),
            '"' => Some(self.quoted('"', Kind::Ambiguous)),
            '\'' => Some(self.quoted('\'', Kind::Other)),
            c if is_name(c) => {
                let end = self.rest.find(|c| !is_name(c)).unwrap_or(self.rest.len());
                let text = self.cut(end);
                Some(Word { kind: Kind::Name, text })
            }
            c => {
                let text = self.cut(c.len_utf8());
                Some(Word { kind: Kind::Other, text })
            }
        }
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$' || c == '\u{fffd}'
}

impl Words<'_> {
    fn cut(&mut self, end: usize) -> String {
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        text.to_owned()
    }

    fn skip_blanks(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            if let Some(comment) = self.rest.strip_prefix("/*!").or_else(|| self.rest.strip_prefix("/*M!")) {
                self.rest = comment.trim_start_matches(|c: char| c.is_ascii_digit());
                self.executable = true;
            } else if self.executable && self.rest.starts_with("*/") {
                self.rest = &self.rest[2..];
                self.executable = false;
            } else if let Some(comment) = self.rest.strip_prefix("/*") {
                self.rest = comment.split_once("*/").map_or("", |(_, after)| after);
            } else if self.rest.starts_with('#') || self.rest.starts_with("-- ") || self.rest.starts_with("--\n") {
                self.rest = self.rest.split_once('\n').map_or("", |(_, after)| after);
            } else {
                return;
            }
        }
    }

    /// A quoted word, its doubled quotes (and a string's backslashes) undone.
    fn quoted(&mut self, quote: char, kind: Kind) -> Word {
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1).peekable();
        while let Some((_, c)) = chars.next() {
            let doubled = c == quote && chars.peek().is_some_and(|(_, next)| *next == quote);
            if c == quote && !doubled {
                break;
            }
            if doubled || (c == '\\' && quote != '`') {
                text.extend(chars.next().map(|(_, c)| c));
            } else {
                text.push(c);
            }
        }
        let end = chars.peek().map_or(self.rest.len(), |(at, _)| *at);
        self.rest = &self.rest[end..];
        Word { kind, text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Shop;
    impl Mapped for Shop {
        fn is_database(&self, name: &str) -> bool {
            name == "shop"
        }
        fn is_known_database(&self, name: &str) -> bool {
            name == "shop"
        }
        fn is_table(&self, name: &str) -> bool {
            name.eq_ignore_ascii_case("ecs_order_info") || name == "ecs_users" || name == "ecs_empty"
        }
        fn may_hold_rows(&self, name: &str) -> bool {
            name != "ecs_empty"
        }
        fn any_may_hold_rows(&self) -> bool {
            true
        }
        fn is_column(&self, table: &str, column: &str) -> bool {
            table == "ecs_users" && column == "email"
        }
    }

    fn of(sql: &str) -> Statement {
        classify(sql, "shop", &Shop)
    }

    fn touches(sql: &str) -> bool {
        matches!(of(sql), Statement::Touches(_))
    }

    #[test]
    fn the_frame_of_a_transaction() {
        assert_eq!(of("begin"), Statement::Begin);
        assert_eq!(of(" COMMIT /* xid=4 */"), Statement::Commit);
        assert_eq!(of("ROLLBACK"), Statement::Rollback);
        assert_eq!(of("SAVEPOINT `a b`"), Statement::Savepoint("a b".into()));
        assert_eq!(of("ROLLBACK TO `a b`"), Statement::RollbackTo("a b".into()));
        assert_eq!(of("ROLLBACK WORK TO SAVEPOINT s"), Statement::RollbackTo("s".into()));
        assert_eq!(of("XA START X'31',X'',1"), Statement::XaStart);
        assert_eq!(of("XA COMMIT X'31',X'',1"), Statement::XaCommit("X'31',X'',1".into()));
    }

    #[test]
    fn what_changes_rows_without_row_events() {
        for sql in [
            "TRUNCATE ecs_users",
            "truncate table `shop`.`ecs_users`",
            "/*!40000 TRUNCATE TABLE ecs_users */",
            "DROP TABLE IF EXISTS a, `ecs_order_info` /* generated by server */",
            "DROP TABLE IF EXISTS ecs_empty, ecs_order_info",
            "RENAME TABLE ecs_empty TO ecs_users",
            "INSERT INTO ecs_empty VALUES (1)",
            "DROP DATABASE shop",
            "RENAME TABLE a TO b, ecs_users TO _ecs_users_old, _ecs_users_new TO ecs_users",
            "ALTER TABLE _new RENAME TO ecs_users",
            "ALTER TABLE ecs_order_info MODIFY amount decimal(10,0)",
            "ALTER TABLE ecs_order_info ADD COLUMN a int, CONVERT TO CHARACTER SET utf8mb4",
            "ALTER TABLE ecs_order_info DROP PARTITION p0",
            "CREATE OR REPLACE TABLE ecs_users (id int)",
            "UPDATE ecs_order_info SET a = 1",
            "/* app */ insert into shop.ecs_users values (1)",
            "INSERT INTO log SELECT * FROM x JOIN ECS_ORDER_INFO USING (id)",
            "LOAD DATA INFILE 'x' INTO TABLE `ecs_users`",
            "WITH a AS (SELECT 1) DELETE FROM ecs_users",
        ] {
            assert!(touches(sql), "{sql}");
        }
    }

    #[test]
    fn a_used_column_that_is_taken_away() {
        for sql in [
            "ALTER TABLE ecs_users DROP COLUMN email",
            "ALTER TABLE ecs_users ADD a int, DROP email",
            "ALTER TABLE shop.`ecs_users` DROP COLUMN IF EXISTS `email`, ALGORITHM=INSTANT",
            "ALTER TABLE ecs_users RENAME COLUMN email TO mail",
        ] {
            let taken = Statement::TakesColumn { table: "ecs_users".into(), column: "email".into() };
            assert_eq!(of(sql), taken, "{sql}");
        }
    }

    #[test]
    fn what_leaves_mapped_rows_alone() {
        for sql in [
            "ALTER TABLE ecs_users DROP COLUMN note, DROP INDEX email",
            "ALTER TABLE ecs_users RENAME COLUMN note TO remark",
            "",
            "TRUNCATE ecs_sessions",
            "DROP TEMPORARY TABLE IF EXISTS ecs_users",
            "DROP /*!40005 TEMPORARY */ TABLE IF EXISTS `ecs_users`",
            "TRUNCATE ecs_empty",
            "DROP TABLE IF EXISTS `ecs_empty`, other",
            "ALTER TABLE ecs_empty MODIFY a int",
            "CREATE OR REPLACE TABLE ecs_empty (id int)",
            "TRUNCATE other.ecs_users",
            "DROP TABLE `other`.`ecs_users`",
            "CREATE TABLE IF NOT EXISTS ecs_users (id int)",
            "CREATE TABLE x (ecs_users int, FOREIGN KEY (a) REFERENCES ecs_users (id))",
            "CREATE INDEX i ON ecs_users (a)",
            "ALTER TABLE ecs_users ADD COLUMN note varchar(9) DEFAULT 'a,b', ADD INDEX i (a, b), ALGORITHM=INPLACE",
            "ALTER TABLE ecs_users AUTO_INCREMENT = 9",
            "ALTER TABLE x ADD FOREIGN KEY (a) REFERENCES ecs_users (id)",
            "INSERT INTO log VALUES ('ecs_users')",
            "UPDATE other.ecs_users SET a = 1",
            "ANALYZE TABLE ecs_users",
            "GRANT SELECT ON shop.ecs_users TO tap",
        ] {
            assert_eq!(of(sql), Statement::Harmless, "{sql}");
        }
        assert_eq!(classify("UPDATE ecs_users SET a = 1", "other", &Shop), Statement::Harmless);
        assert!(matches!(classify("UPDATE shop.ecs_users SET a = 1", "other", &Shop), Statement::Touches(_)));
    }

    #[test]
    fn a_message_shows_no_values() {
        assert_eq!(first_words("INSERT INTO ecs_users VALUES ('secret')"), "INSERT INTO ecs_users VALUES");
        assert_eq!(first_words("UPDATE ecs_users SET a='x'"), "UPDATE ecs_users SET a");
        assert_eq!(first_words("DROP TABLE `shop`.`ecs_users` /* x */"), "DROP TABLE shop ecs_users");
        assert_eq!(first_words("DO \"secret\""), "DO");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_classified(sql in "\\PC{0,60}") {
            let _ = (of(&sql), first_words(&sql));
        }
    }
}
