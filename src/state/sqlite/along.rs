//! Many rows that are asked for by their place in an order: gone through in that order, not looked for one by one.

use rusqlite::{Row as SqlRow, Statement};

/// Rows that nobody wants are gone past one by one as long as they are so few: looking for the next takes as long.
const PAST_MAX: usize = 8;

/// Goes through the rows that a statement answers from a place on (its third parameter, after `within`), in the order of the place
/// that is its first column, and hands those at a place that is `wanted` to `see`, with the number of who wants it.
pub(super) fn along<T: AsRef<str>>(
    statement: &mut Statement<'_>,
    within: [&str; 2],
    wanted: &[T],
    mut see: impl FnMut(usize, &SqlRow<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let place = |of: usize| wanted[of].as_ref();
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_unstable_by_key(|&of| place(of));
    let mut left = order.as_slice();
    while let Some(&next) = left.first() {
        let mut rows = statement.query([within[0], within[1], place(next)])?;
        let mut past = 0;
        while past <= PAST_MAX {
            // Behind the last row there is nothing for the rest.
            let Some(row) = rows.next()? else { return Ok(()) };
            let here = row.get_ref(0)?.as_str()?;
            while left.first().is_some_and(|&of| place(of) < here) {
                left = &left[1..];
            }
            let Some(&next) = left.first() else { return Ok(()) };
            past = if place(next) == here { 0 } else { past + 1 };
            for &of in left.iter().take_while(|&&of| place(of) == here) {
                see(of, row)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use rusqlite::{Connection, params};

    use super::*;

    proptest! {
        #[test]
        fn each_gets_what_is_at_its_place_as_if_it_were_looked_for_alone(
            there in proptest::collection::vec((0u32..400, 0u32..3), 0..120),
            wanted in proptest::collection::vec(0u32..400, 0..60),
        ) {
            let connection = Connection::open_in_memory().unwrap();
            connection.execute_batch("CREATE TABLE t (a TEXT, b TEXT, place TEXT, what INTEGER)").unwrap();
            for (place, what) in &there {
                let insert = "INSERT INTO t VALUES ('a', 'b', ?1, ?2), ('a', 'other', ?1, 9)";
                connection.execute(insert, params![place.to_string(), what]).unwrap();
            }
            let wanted: Vec<String> = wanted.iter().map(u32::to_string).collect();
            let sql = "SELECT place, what FROM t WHERE a = ?1 AND b = ?2 AND place >= ?3 ORDER BY place, what";
            let mut found: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
            along(&mut connection.prepare(sql).unwrap(), ["a", "b"], &wanted, |of, row| {
                found.entry(of).or_default().push(row.get(1)?);
                Ok(())
            })
            .unwrap();
            for (of, place) in wanted.iter().enumerate() {
                let mut alone: Vec<u32> =
                    there.iter().filter(|(there, _)| there.to_string() == *place).map(|(_, what)| *what).collect();
                alone.sort_unstable();
                prop_assert_eq!(found.remove(&of).unwrap_or_default(), alone);
            }
            prop_assert!(found.is_empty());
        }
    }
}
