//! Wrong mappings, and the whole message for each.

use proptest::prelude::*;

use super::*;

/// An order.sql whose `number` is this expression.
fn number(expr: &str) -> String {
    format!(
        "SELECT o.id, {expr} AS number, o.user_id AS customer_id, o.at AS placed_at, o.state, o.total\nFROM shop_orders o"
    )
}

/// An order.sql with this after `FROM shop_orders o`.
fn tail(tail: &str) -> String {
    format!(
        "SELECT o.id, o.code AS number, o.user_id AS customer_id, o.at AS placed_at, o.state, o.total\nFROM shop_orders o {tail}"
    )
}

fn order(expr: &str, message: &str) -> (String, String, String) {
    file("order.sql", &number(expr), message)
}

fn after(text: &str, message: &str) -> (String, String, String) {
    file("order.sql", &tail(text), message)
}

fn file(name: &str, text: &str, message: &str) -> (String, String, String) {
    (name.into(), text.into(), message.into())
}

fn compare(cases: Vec<(String, String, String)>) {
    let mut wrong = String::new();
    for (name, text, expected) in cases {
        let message = bind(&with(&name, &text)).err().map_or("no refusal".to_owned(), |e| e.to_string());
        if message != expected {
            wrong.push_str(&format!("{text}\n  is    {message}\n  wants {expected}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_mapping_that_the_tests_vary_has_no_fault() {
    bind(&files()).unwrap();
}

#[test]
fn statements() {
    compare(vec![
        file("customer.sql", "", "customer.sql: the file holds no SELECT"),
        file("customer.sql", "DELETE FROM shop_users", "customer.sql:1:1: this is not a SELECT"),
        file(
            "customer.sql",
            "SELECT id, name FROM shop_users; SELECT 1",
            "customer.sql:1:34: the file holds a second statement: one SELECT a file, or a UNION ALL",
        ),
        file(
            "customer.sql",
            "SELECT id, name FORM shop_users",
            "customer.sql:1:22: this is not SQL that we can read: Expected: end of statement, found: shop_users",
        ),
        file(
            "customer.sql",
            "SELECT id, 'name FROM shop_users",
            "customer.sql:1:12: this is not SQL that we can read: Unterminated string literal",
        ),
        file(
            "customer.sql",
            "SELECT /*!50000 id */ id, name FROM shop_users",
            "customer.sql:1:8: a comment with a hint is read by some servers and not by others: leave it out",
        ),
        file(
            "customer.sql",
            "SELECT * FROM shop_users",
            "customer.sql:1:8: SELECT * is not supported: name each output",
        ),
        file(
            "customer.sql",
            "SELECT id, UPPER(name) FROM shop_users",
            "customer.sql:1:12: the expression has no name: write … AS name",
        ),
        file(
            "customer.sql",
            "SELECT DISTINCT id, name FROM shop_users",
            "customer.sql:1:1: DISTINCT is not supported: each row has its own id; leave it out",
        ),
        file(
            "customer.sql",
            "SELECT id, name FROM shop_users UNION SELECT id, name FROM shop_users",
            "customer.sql:1:1: UNION drops equal rows: write UNION ALL",
        ),
        file(
            "customer.sql",
            "SELECT id, name FROM shop_users UNION ALL SELECT id FROM shop_users",
            "customer.sql:1:43: this SELECT's outputs are 1, the first one's 2",
        ),
        file(
            "customer.sql",
            "SELECT id, name FROM shop_users UNION ALL SELECT id AS name, name AS id FROM shop_users",
            "customer.sql:1:56: the first SELECT has `id` in this place: keep the order of the outputs\ncustomer.sql:1:70: the first SELECT has `name` in this place: keep the order of the outputs",
        ),
        file(
            "customer.sql",
            "WITH x AS (SELECT 1) SELECT id, name FROM shop_users",
            "customer.sql:1:1: WITH is not supported: join the tables directly",
        ),
    ]);
}

#[test]
fn clauses_and_joins() {
    compare(vec![
        after(
            "GROUP BY o.user_id",
            "order.sql:1:8: `id` may differ from row to row of a group: put it into an aggregate (MAX(…)), or its table's key into \
             GROUP BY\n\
             order.sql:1:14: `code` may differ from row to row of a group: put it into an aggregate (MAX(…)), or its table's key \
             into GROUP BY\n\
             order.sql:1:58: `at` may differ from row to row of a group: put it into an aggregate (MAX(…)), or its table's key into \
             GROUP BY\n\
             order.sql:1:77: `state` may differ from row to row of a group: put it into an aggregate (MAX(…)), or its table's key \
             into GROUP BY\n\
             order.sql:1:86: `total` may differ from row to row of a group: put it into an aggregate (MAX(…)), or its table's key \
             into GROUP BY",
        ),
        file(
            "order.sql",
            &tail("GROUP BY number"),
            "order.sql:2:29: GROUP BY takes columns, not outputs: write o.code",
        ),
        file(
            "refund.sql",
            "SELECT id, order_id, 2 AS included, amount FROM shop_refunds",
            "refund.sql:1:22: `included`: this is neither 0 nor 1: write TRUE or FALSE",
        ),
        file(
            "order.sql",
            &tail("").replace("o.total", "o.total, 'Euro' AS currency"),
            "order.sql:1:95: `currency`: this is no ISO 4217 code: write 'EUR'",
        ),
        after(
            "JOIN shop_users u ON u.name = o.user_id",
            "order.sql:2:41: `name` a text and `user_id` is an integer: a join compares integers, texts of one collation, or binary columns; write CAST(… AS UNSIGNED) on the side of the earlier table, or join another column",
        ),
        after(
            "GROUP BY LEFT(o.code, 2)",
            "order.sql:2:29: GROUP BY takes columns: name the columns that the expression is made of",
        ),
        after("GROUP BY o.id WITH ROLLUP", "order.sql:1:1: GROUP BY takes columns: leave WITH ROLLUP and the like out"),
        after("ORDER BY o.id", "order.sql:2:29: ORDER BY has no effect on a document: leave it out"),
        after("LIMIT 5", "order.sql:2:26: LIMIT is not supported: a document takes all its rows; leave it out"),
        after(
            "HAVING o.id > 1",
            "order.sql:2:27: HAVING is not supported: what it leaves out says nothing; let the state or an amount say it",
        ),
        after(", shop_users u", "order.sql:2:22: FROM takes one table, and the others by JOIN … ON their key"),
        after(
            "RIGHT JOIN shop_users u ON u.id = o.user_id",
            "order.sql:2:31: RIGHT JOIN is not supported: swap the tables and write LEFT JOIN",
        ),
        after("JOIN shop_users u USING (id)", "order.sql:2:25: a join needs ON: write ON joined.key = other.column"),
        after(
            "JOIN (SELECT 1) u ON u.id = o.user_id",
            "order.sql:2:26: subqueries in FROM are not supported: name a table, and join others on their key",
        ),
        after(
            "LEFT JOIN shop_users u ON u.id = o.user_id OR u.id = 1",
            "order.sql:2:46: rows of `u` are found by an equality of one of its columns (an integer, or a text) with a column of a table \
             before it: write ON u.… = …",
        ),
        after(
            "LEFT JOIN shop_users o ON o.id = o.user_id",
            "order.sql:2:30: FROM names `o` twice: give each its own alias",
        ),
    ]);
}

#[test]
fn expressions() {
    compare(vec![
        order(
            "o.state XOR o.id AND 1",
            "order.sql:1:14: XOR is read differently by parsers: write (a <> 0) <> (b <> 0)",
        ),
        order(
            "BINARY o.code = 'a'",
            "order.sql:1:21: BINARY is read differently by parsers and compares bytes: leave it out, or compare in the store",
        ),
        order("o.id = 1 && o.kind", "order.sql:1:23: && is read differently by parsers: write AND"),
        order(
            "o.code || o.id",
            "order.sql:1:21: || is OR or concatenation by the server's sql_mode: write OR or CONCAT(…)",
        ),
        order(
            "!o.hidden",
            "order.sql:1:14: this is not SQL that we can read: Expected: an expression, found: ! (for ! write NOT (…))",
        ),
        order(
            "SUM(o.total)",
            "order.sql:1:14: an aggregate needs GROUP BY with the first table's key, or a subquery of its own: (SELECT SUM(t.x) FROM t WHERE t.y = outer.z)",
        ),
        order(
            "COUNT(*)",
            "order.sql:1:14: an aggregate needs GROUP BY with the first table's key, or a subquery of its own: (SELECT SUM(t.x) FROM t WHERE t.y = outer.z)",
        ),
        order(
            "(SELECT 1)",
            "order.sql:1:15: a subquery is one aggregate of one table here, (SELECT SUM(t.x) FROM t WHERE t.y = outer.z): join other tables on their key",
        ),
        order(
            "o.code REGEXP 'a'",
            "order.sql:1:14: REGEXP is not supported: write LIKE, or compare with = or LEFT(…, n)",
        ),
        order("o.code LIKE 'a' ESCAPE '||'", "order.sql:1:37: ESCAPE takes one character: write ESCAPE '|'"),
        order(
            "DATE_ADD(o.at, 1)",
            "order.sql:1:14: DATE_ADD and DATE_SUB take a date and an INTERVAL: write INTERVAL 1 DAY",
        ),
        order("o.at + INTERVAL 1 WEEK", "order.sql:1:14: INTERVAL takes SECOND, MINUTE, HOUR, DAY, MONTH or YEAR"),
        order("JSON_EXTRACT(o.code, 'a')", "order.sql:1:35: a JSON path is written as '$.name' or '$.list[0]'"),
        order(
            "CONVERT(o.code USING latin1)",
            "order.sql:1:22: CONVERT takes a type, or USING utf8mb4: other charsets lose letters",
        ),
        order(
            "CONCATT(o.code, o.id)",
            "order.sql:1:14: the function CONCATT is not supported; did you mean `CONCAT`? (schema/stores/README.md lists those that are)",
        ),
        order("IF(o.id, 'a')", "order.sql:1:14: IF takes 3 arguments"),
        order(
            "\"text\"",
            "order.sql:1:14: double quotes mean a text or a name by the server's sql_mode: write 'text' or `text`",
        ),
        order("1e3", "order.sql:1:14: a number with an exponent is a DOUBLE in MySQL: write all its digits"),
        order("0x41", "order.sql:1:14: this kind of literal is not supported: write a number or a text in '…'"),
        order("_utf8'a'", "order.sql:1:19: charset introducers and COLLATE are not supported: leave them out"),
        order(
            "@clock_ofset",
            "order.sql:1:14: `@clock_ofset` is unknown; did you mean `clock_offset`? (there are `@clock_offset`, `@time_zone`; [variables] in profile.toml gives others)",
        ),
        order("x.code", "order.sql:1:14: FROM names no table `x`"),
        order("o.id = o.kind = 1", "order.sql:1:14: a comparison of a comparison: put the inner one in parentheses"),
        order(
            "CAST(o.code AS CHAR(3))",
            "order.sql:1:19: CAST to a CHAR of some length cuts with a warning: write LEFT(…, length)",
        ),
        order(
            "CAST(o.code AS TIME)",
            "order.sql:1:19: CAST to TIME is not supported: write DECIMAL(p, s), SIGNED, UNSIGNED, CHAR, DATE or DATETIME",
        ),
        order(
            "ROUND(o.total, o.id)",
            "order.sql:1:14: ROUND and TRUNCATE take a number of decimals from 0 to 28, written as a number",
        ),
        order("o.id & 3", "order.sql:1:14: the operator & is not supported"),
        order(
            "ROW_NUMBER() OVER ()",
            "order.sql:1:14: window functions are not supported: a document is made of its own rows",
        ),
    ]);
}

#[test]
fn types() {
    compare(vec![
        order("o.code + 1", "order.sql:1:14: MySQL computes with texts as DOUBLEs: write CAST(… AS DECIMAL(20,4))"),
        order(
            "o.total / 3 * 3",
            "order.sql:1:14: MySQL and MariaDB go on with different digits of a quotient: write ROUND(… / …, 4), or divide last",
        ),
        order("o.weight", "order.sql:1:14: `number`: a FLOAT or DOUBLE is not exact: write CAST(… AS DECIMAL(20,4))"),
        order("o.weight + 1", "order.sql:1:14: a FLOAT or DOUBLE is not exact: write CAST(… AS DECIMAL(20,4))"),
        order("o.seal", "order.sql:1:14: `number`: binary data is no text and no number: write HEX(…)"),
        order("o.at + 1", "order.sql:1:14: a date is no number: compare dates with dates, or write a text in '…'"),
        order(
            "o.code < 'b'",
            "order.sql:1:14: the order of texts is their collation's, which is not known: compare numbers or dates",
        ),
        order(
            "o.paid = 1",
            "order.sql:1:14: an ENUM compared with a number is its position: compare it with a label in '…'",
        ),
        order("o.at = 5", "order.sql:1:14: a date is no number: compare dates with dates, or write a text in '…'"),
        order(
            "IF(o.code, 'a', 'b')",
            "order.sql:1:17: a condition is a comparison or a number: write … <> '' or … IS NOT NULL",
        ),
        order(
            "COALESCE(o.total, 0)",
            "order.sql:1:14: `number`: how many decimals this has depends on columns of different scales, or on the server: write CAST(… AS DECIMAL(20,2)) around it",
        ),
        order("LEFT(o.code, o.total)", "order.sql:1:27: an integer is wanted here: write CAST(… AS SIGNED)"),
        order("DATE(o.kind)", "order.sql:1:19: a date is wanted here: for a Unix time write FROM_UNIXTIME(…)"),
        order("CAST(o.paid AS SIGNED)", "order.sql:1:19: the number of an ENUM is its position: write CASE … END"),
        file(
            "order.sql",
            &tail("WHERE o.code"),
            "order.sql:2:26: a condition is a comparison or a number: write … <> '' or … IS NOT NULL",
        ),
        file(
            "order.sql",
            &tail("").replace("o.at AS", "o.id AS"),
            "order.sql:1:58: `placed_at`: this is a number, and a date or datetime is wanted: write FROM_UNIXTIME(… + @clock_offset)",
        ),
        file(
            "order.sql",
            &tail("").replace("o.state", "o.kind AS state"),
            "order.sql:1:77: `state`: this is no text, and a state is wanted: write CASE WHEN … THEN 'posted' … END",
        ),
        file(
            "order.sql",
            &tail("").replace("o.state", "IF(o.kind = 1, 'canceled', 'posted') AS state"),
            "order.sql:1:92: 'canceled' is no `state` (open, posted, cancelled, returned); did you mean `cancelled`?",
        ),
        file(
            "order.sql",
            &tail("").replace("o.total", "o.at AS total"),
            "order.sql:1:86: `total`: this is a date, and a number is wanted",
        ),
        file(
            "refund.sql",
            "SELECT r.id, r.order_id, 'true' AS included, r.amount FROM shop_refunds r",
            "refund.sql:1:26: `included`: this is no number, and 0 or 1 is wanted: write TRUE or FALSE",
        ),
    ]);
}

#[test]
fn lengths_and_mixtures() {
    let sum = |n: usize| vec!["1"; n].join(" + ");
    let deep = format!("{}1{}", "(".repeat(500), ")".repeat(500));
    compare(vec![
        order(&sum(3000), "order.sql: the file has more than 4000 words and signs: map fewer columns"),
        order(
            &sum(300),
            "order.sql:1:14: the expression is nested too deeply: write fewer operators\norder.sql:1:414: the expression is nested too deeply: write fewer operators",
        ),
        order(&deep, "order.sql: this is not SQL that we can read: it is nested too deeply"),
        order(
            "GREATEST(o.total, o.code)",
            "order.sql:1:32: GREATEST and LEAST take numbers only, dates only or texts only: write CAST(…) or DATE(…)",
        ),
        order(
            "LEAST(o.at, '2026-01-01')",
            "order.sql:1:26: GREATEST and LEAST take numbers only, dates only or texts only: write CAST(…) or DATE(…)",
        ),
    ]);
}

#[test]
fn names_and_tables() {
    compare(vec![
        file(
            "customer.sql",
            "SELECT id, nmae FROM shop_users",
            "customer.sql:1:12: customer.sql has no output `nmae` (its outputs are id, number, name, email, phone, address, tax_id, guest); did you mean `name`?",
        ),
        file(
            "customer.sql",
            "SELECT id, name AS nmae FROM shop_users",
            "customer.sql:1:20: customer.sql has no output `nmae` (its outputs are id, number, name, email, phone, address, tax_id, guest); did you mean `name`?",
        ),
        file(
            "refund.sql",
            "SELECT id, order_id, TRUE AS included, amount, id AS extra_id FROM shop_refunds",
            "refund.sql:1:54: `extra_id`: a refund is no document of its own, so its extra columns have nowhere to go: write them in \
             order.sql or order_line.sql",
        ),
        file(
            "customer.sql",
            "SELECT id FROM shop_users",
            "customer.sql:1:1: the output `name` (text, not empty) is missing",
        ),
        file(
            "customer.sql",
            "SELECT id, id, name FROM shop_users",
            "customer.sql:1:12: the output `id` is there twice",
        ),
        file(
            "customer.sql",
            "SELECT id, name AS 'name' FROM shop_users",
            "customer.sql:1:12: an output's name stands without quotes: write AS name",
        ),
        file(
            "customer.sql",
            "SELECT id, nam AS name FROM shop_users",
            "customer.sql:1:12: the table `shop_users` has no column `nam`; did you mean `name`?",
        ),
        file(
            "customer.sql",
            "SELECT id, name FROM shop_user",
            "customer.sql:1:22: the store has no table `shop_user`; did you mean `shop_users`? (the setting table_prefix says what its names start with)",
        ),
        file(
            "customer.sql",
            "SELECT id, name FROM db.shop_users",
            "customer.sql:1:22: a table is named without its database",
        ),
        file(
            "customer.sql",
            "SELECT id, text AS name FROM shop_log",
            "customer.sql:1:30: the table `shop_log` has neither a primary key nor a unique key without NULLs, so that its rows cannot be told apart: map another table, or say in profile.toml which columns do: [keys] shop_log = [\"…\"]",
        ),
    ]);
}

#[test]
fn ambiguous_names_and_joins_on_keys() {
    compare(vec![
        file(
            "order.sql",
            &tail("JOIN shop_users u ON u.id = o.user_id WHERE id > 1"),
            "order.sql:2:64: the name `id` is ambiguous: write o.id or u.id",
        ),
        after(
            "JOIN shop_users u ON u.name = o.code",
            "order.sql:2:41: a join finds one row by its key: write ON with `id` of `shop_users`; or, where it may find several rows, GROUP BY the first table's key and take them together with SUM, MAX, …",
        ),
        after(
            "JOIN shop_prices p ON p.order_id = o.id",
            "order.sql:2:42: a join finds one row by its key: write ON with `order_id` and `kind` of `shop_prices`; or, where it may find several rows, GROUP BY the first table's key and take them together with SUM, MAX, …",
        ),
        after(
            "JOIN shop_prices p ON p.price = o.total",
            "order.sql:2:42: `price` is of a type that no join compares and `total` is of a type that no join compares: a join compares integers, texts of one collation, or binary columns; write CAST(… AS UNSIGNED) on the side of the earlier table, or join another column",
        ),
        after(
            "JOIN shop_users u ON u.id = u.id",
            "order.sql:2:41: rows of `u` are found by an equality of one of its columns (an integer, or a text) with a column of a table before it: write ON u.… = …",
        ),
        after(
            "JOIN shop_users u ON u.name = 'x' AND o.kind = 1",
            "order.sql:2:41: rows of `u` are found by an equality of one of its columns (an integer, or a text) with a column of a table before it: write ON u.… = …",
        ),
        file(
            "order_line.sql",
            "SELECT l.id, o.id AS order_id, l.sku, l.name, l.qty AS quantity, l.amount FROM shop_lines l JOIN shop_orders o ON o.id = l.order_id",
            "order_line.sql:1:14: `order_id` says whose row this is, so it may only use columns of the first table of FROM (`l`): write the column of `l` that refers to it, or put the other table first",
        ),
    ]);
}

#[test]
fn files_and_settings() {
    let profile = files()["profile.toml"].clone();
    compare(vec![
        file(
            "profile.toml",
            "time_zone = \"+08:00\"\ncurrency = \"CNY\"\ntax_rate = \"13\"\ncharset = \"utf9\"\n",
            "profile.toml: charset: `utf9` is none that we can read (auto, utf8mb4, utf8mb3, utf8, latin1, ascii, gbk, gb18030); did you mean `utf8`?",
        ),
        file(
            "profile.toml",
            "table_prefix = \"xx_\"\ntime_zone = \"+08:00\"\ncurrency = \"CNY\"\ntax_rate = \"13\"\n",
            "profile.toml: table_prefix: no table of the SELECTs begins with `xx_`: write what their names begin with here, and in [store.profile] what takes its place",
        ),
        file(
            "orderline.sql",
            "SELECT 1",
            "orderline.sql: no SELECT of the contract has this name; did you mean `order_line.sql`?",
        ),
        file(
            "profile.toml",
            "time_zone = \"+08:00\"\ncurrency = \"CNY\"\ntax_rat = \"13\"\n",
            "profile.toml:3:1: unknown setting `tax_rat`, expected one of `table_prefix`, `time_zone`, `clock_offset`, `settle`, `currency`, `tax_rate`, `shipping_sku`, `fee_sku`, `charset`, `prices_include_tax`, `one_transaction`, `follow`, `keys`, `extends`, `columns`, `variables`",
        ),
        file(
            "profile.toml",
            "time_zone = \"+08:00\"\n",
            "profile.toml: the setting `currency` is missing: write currency = \"CNY\"\nprofile.toml: the setting `tax_rate` is missing: write tax_rate = \"13\"",
        ),
        file(
            "profile.toml",
            &profile.replace("+08:00", "Asia/Beijing"),
            "profile.toml:2:13: this is no time zone: write time_zone = \"+08:00\" or \"Europe/Paris\"",
        ),
        file(
            "profile.toml",
            &profile.replace("time_zone", "utc_offset"),
            "profile.toml:2:1: the setting `utc_offset` is now `time_zone`: write time_zone = \"+08:00\" or \"Europe/Paris\"",
        ),
        file(
            "profile.toml",
            &profile.replace("\"13\"", "13.5"),
            "profile.toml:4:12: this is no percentage: write tax_rate = \"13\", in quotes",
        ),
        file(
            "profile.toml",
            &profile.replace("CNY", "yuan"),
            "profile.toml:3:12: this is no ISO 4217 code: write currency = \"CNY\"",
        ),
        file(
            "profile.toml",
            &format!("{profile}settle = \"soon\"\n"),
            "profile.toml:5:10: this is no duration: write settle = \"2s\", \"500ms\" or \"1m\", a day at most",
        ),
        file(
            "profile.toml",
            &format!("{profile}clock_offset = 99999999\n"),
            "profile.toml:5:16: a clock offset is a day at most: write clock_offset = 28800, in seconds",
        ),
        file(
            "profile.toml",
            &format!("{profile}[variables]\nTime_Zone = \"x\"\n\"a b\" = 1\n"),
            "profile.toml: [variables]: `a b` is no name of a variable: write letters, digits and _\nprofile.toml: [variables]: `time_zone` is a setting of its own: write it above [variables]",
        ),
        file(
            "profile.toml",
            &format!("{profile}[variables]\nrate = 1.5\n"),
            "profile.toml:6:8: a variable is an integer or a text: write name = 5 or name = \"text\"",
        ),
        file(
            "profile.toml",
            "time_zone = ",
            "profile.toml:1:13: string values must be quoted, expected literal string",
        ),
    ]);
}

proptest! {
    /// Words of a mapping in any order are refused or read, but never a panic.
    #[test]
    fn any_words_are_refused_or_read(words in prop::collection::vec(prop::sample::select(WORDS), 1..40)) {
        let text = format!("SELECT o.id, o.code AS number, o.at AS placed_at, o.state, o.total, o.kind AS customer_id, {}", words.join(" "));
        let _ = bind(&with("order.sql", &text)).map_err(|e| e.to_string());
        let text = format!("SELECT u.id, u.name FROM shop_users u {}", words.join(" "));
        let _ = bind(&with("customer.sql", &text)).map_err(|e| e.to_string());
    }
}

const WORDS: &[&str] = &[
    "SELECT",
    "FROM",
    "shop_orders o",
    "shop_users u",
    "JOIN",
    "LEFT JOIN",
    "ON",
    "u.id = o.user_id",
    "WHERE",
    "AND",
    "NOT",
    "o.total",
    "1",
    "'x'",
    "(",
    ")",
    ",",
    "CASE",
    "WHEN",
    "THEN",
    "END",
    "AS",
    "discount",
    "fee",
    "+",
    "/",
    "-",
    "IN",
    "NULL",
    "IS",
    "IF(",
    "CONCAT(",
    "SUBSTRING(",
    "CAST(",
    "AS CHAR)",
    "UNION ALL",
    "*",
    "`",
    "'",
    "/*",
    "--",
    ";",
    "@clock_offset",
    "=",
    "<=>",
    "BETWEEN",
    "北",
    "\n",
];
