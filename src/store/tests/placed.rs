use std::collections::HashMap;

use super::*;
use crate::{room::Said, store::reads::page};

fn write(conn: &mut Connection, again: bool, ops: &[Op]) {
    let change = conn.transaction().unwrap();
    let mut rooms = HashMap::new();
    let mut rows = rows::Rows {
        change: &change,
        rooms: &mut rooms,
        hidden_older: Vec::new(),
    };
    if again {
        rows.forget(ops.iter()).unwrap();
    }
    ops.iter().for_each(|op| rows.write(op).unwrap());
    change.commit().unwrap();
}

fn say(seqs: std::ops::RangeInclusive<Seq>) -> Vec<Op> {
    seqs.map(|seq| Op::Append(entry(seq, chat("so")))).collect()
}

fn seqs(conn: &Connection, wanted: &Wanted) -> Vec<Seq> {
    page(conn, wanted).unwrap().entries.iter().map(|it| it.seq).collect()
}

fn all(conn: &Connection) -> Vec<Seq> {
    seqs(conn, &wanted(1, Seq::MAX, 100, false))
}

#[test]
fn entries_are_found_on_both_sides_of_where_the_index_ends() {
    let dir = Dir::new();
    let mut conn = schema::open(&dir.0).unwrap();
    write(&mut conn, false, &say(1..=6));
    schema::index_entries(&conn).unwrap();
    write(&mut conn, false, &say(7..=10));
    assert_eq!(all(&conn), (1..=10).collect::<Vec<_>>());
    assert_eq!(seqs(&conn, &wanted(5, 10, 4, false)), [5, 6, 7, 8]);
    assert_eq!(seqs(&conn, &wanted(2, 9, 5, true)), [5, 6, 7, 8, 9]);
    assert_eq!(seqs(&conn, &wanted(8, 20, 2, true)), [9, 10]);

    write(
        &mut conn,
        false,
        &[hide(Hide::Entry { seq: 3 }, 10), hide(Hide::Entry { seq: 9 }, 10)],
    );
    let hidden = |conn: &Connection| {
        let page = page(conn, &wanted(1, Seq::MAX, 100, false)).unwrap();
        let hidden = page
            .entries
            .iter()
            .filter(|it| !matches!(it.body, Body::Said(Said::Chat { .. })));
        hidden.map(|it| it.seq).collect::<Vec<_>>()
    };
    assert_eq!(hidden(&conn), [3, 9]);
    let user = UserId(u64::MAX - 1);
    write(&mut conn, false, &[hide(Hide::Person { user }, 8)]);
    assert_eq!(hidden(&conn), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

#[test]
fn queries_by_place_use_the_index() {
    let dir = Dir::new();
    let conn = schema::open(&dir.0).unwrap();
    let columns = row::COLUMNS;
    for sql in [
        format!("SELECT {columns} FROM log WHERE place BETWEEN ?1 AND ?2 ORDER BY place"),
        format!(
            "SELECT {columns} FROM log WHERE place BETWEEN ?1 AND ?2 AND (?3 IS NULL OR skip IS NOT ?3) ORDER BY place DESC"
        ),
        "SELECT place, at FROM log WHERE place BETWEEN ?1 AND ?2 ORDER BY place LIMIT 1".to_owned(),
        "SELECT number FROM log WHERE place BETWEEN ?1 AND ?2 AND who = ?3".to_owned(),
    ] {
        let sql = format!("EXPLAIN QUERY PLAN {}", sql.replace('?', "1"));
        let mut statement = conn.prepare(&sql).unwrap();
        let plan = statement.query_map([], |row| row.get(3)).unwrap();
        let plan: Vec<String> = plan.map(Result::unwrap).collect();
        assert!(!plan.iter().any(|step| step.starts_with("SCAN")), "{sql}: {plan:?}");
    }
}

#[test]
fn a_retried_commit_stores_each_entry_once() {
    let dir = Dir::new();
    let mut conn = schema::open(&dir.0).unwrap();
    write(&mut conn, false, &say(1..=5));
    write(&mut conn, true, &say(3..=7));
    assert_eq!(all(&conn), (1..=7).collect::<Vec<_>>());
}

#[test]
fn entries_that_reuse_row_numbers_are_found() {
    let dir = Dir::new();
    let limits = Limits {
        keep_days: 1,
        ..Limits::default()
    };
    let mut conn = schema::open(&dir.0).unwrap();
    write(&mut conn, false, &say(1..=3));
    schema::index_entries(&conn).unwrap();
    let pruned = retain::prune(&conn, &limits, &mut retain::Clock::start(), &mut Default::default()).unwrap();
    assert_eq!(
        pruned.last().map(|it| it.2),
        Some(4),
        "they are of the first of January"
    );
    write(&mut conn, false, &say(4..=5));
    assert_eq!(all(&conn), [4, 5]);

    schema::index_entries(&conn).unwrap();
    rows::wipe(&conn).unwrap();
    write(&mut conn, false, &say(1..=2));
    assert_eq!(all(&conn), [1, 2]);
}
