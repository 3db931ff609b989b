//! What the entries of an index hold: CREATE INDEX as `sqlite_schema` keeps it, and the indexes that SQLite makes of itself for
//! UNIQUE and PRIMARY KEY (`sqlite3CreateIndex` of `build.c`; file format, section 2.5).
//!
//! ```text
//! CREATE UNIQUE INDEX name ON table ( column COLLATE x DESC , expression , … ) WHERE …
//! entry: column │ expression │ … │ rowid
//! ```

use super::create_table::{MAX_SQL, begins_table_constraint, body, group, key_part, parts};
use super::table::{Affinity, Column, SchemaObject, Table};
use super::token::{Token, tokens};

/// The entries of an index as rows of a table without a name, whose last column is the rowid. Nothing where the text cannot be
/// read, and for an index of a WITHOUT ROWID table, whose entries end with the primary key.
pub(super) fn entries(index: &SchemaObject, table: &Table) -> Option<Table> {
    if table.without_rowid || index.sql.len() > MAX_SQL || table.sql.len() > MAX_SQL {
        return None;
    }
    let mut columns = match index.sql.is_empty() {
        true => automatic(&index.name, table)?.iter().map(|name| column(name, table)).collect(),
        false => declared(&index.sql, table)?,
    };
    let rowid = table.rowid_alias.and_then(|alias| table.columns.get(alias));
    let name = rowid.map_or("rowid", |column| &column.name);
    columns.push(Column { not_null: true, ..Column::plain(name, Affinity::Integer) });
    for (position, column) in columns.iter_mut().enumerate() {
        column.stored = Some(position);
    }
    Some(Table {
        name: String::new(),
        root_page: index.root_page,
        key_length: columns.len(),
        columns,
        rowid_alias: None,
        without_rowid: true,
        strict: false,
        declared: true,
        sql: index.sql.clone(),
    })
}

fn declared(sql: &str, table: &Table) -> Option<Vec<Column>> {
    let tokens = tokens(sql);
    let on = tokens.iter().position(|token| token.is("ON"))?;
    let open = tokens.iter().skip(on).position(|token| token.is_sign('('))?;
    let (inner, _) = group(tokens.get(on.saturating_add(open)..)?)?;
    Some(parts(inner).map(|part| part_of_key(sql, part, table)).collect())
}

/// A column by its name; an expression by its text.
fn part_of_key(sql: &str, part: &[Token<'_>], table: &Table) -> Column {
    let is_column = match part {
        [name] => name.is_name(),
        [name, next, ..] => name.is_name() && ["COLLATE", "ASC", "DESC"].iter().any(|word| next.is(word)),
        [] => false,
    };
    if let (true, Some(name)) = (is_column, part.first()) {
        return column(&name.unquoted(), table);
    }
    let text = part.first().zip(part.last()).and_then(|(first, last)| sql.get(first.start..last.end()));
    Column::plain(text.unwrap_or("expression"), Affinity::Blob)
}

fn column(name: &str, table: &Table) -> Column {
    let known = table.column(name).and_then(|index| table.columns.get(index));
    known.cloned().unwrap_or_else(|| Column::plain(name, Affinity::Blob))
}

/// The columns of `sqlite_autoindex_TABLE_N`: those of the Nth UNIQUE or PRIMARY KEY that is no rowid alias; of equal ones the first.
fn automatic(name: &str, table: &Table) -> Option<Vec<String>> {
    let number: usize = name.rsplit_once('_')?.1.parse().ok()?;
    let tokens = tokens(&table.sql);
    let (inner, _) = group(body(&tokens)?)?;
    let alias = table.rowid_alias.and_then(|alias| table.columns.get(alias));
    let mut keys: Vec<Vec<String>> = Vec::new();
    for key in parts(inner).flat_map(unique_keys) {
        let is_alias = matches!((key.as_slice(), alias), ([only], Some(alias)) if only.eq_ignore_ascii_case(&alias.name));
        let is_known = keys.iter().any(|known| {
            known.len() == key.len() && known.iter().zip(&key).all(|(one, two)| one.eq_ignore_ascii_case(two))
        });
        if !is_alias && !is_known {
            keys.push(key);
        }
    }
    keys.into_iter().nth(number.checked_sub(1)?)
}

/// The keys that a column or a constraint of a table declares.
fn unique_keys(part: &[Token<'_>]) -> Vec<Vec<String>> {
    let column = part.first().filter(|first| !begins_table_constraint(first)).map(Token::unquoted);
    let (mut keys, mut rest) = (Vec::new(), part);
    while let Some((first, behind)) = rest.split_first() {
        let is_key =
            first.is("UNIQUE") || (first.is("PRIMARY") && behind.first().is_some_and(|key| key.is("KEY")));
        let behind = if first.is("PRIMARY") { behind.get(1..).unwrap_or(&[]) } else { behind };
        let bracketed = behind.first().filter(|next| next.is_sign('(')).and_then(|_| group(behind));
        match (is_key, &column, bracketed) {
            (true, Some(column), _) => keys.push(vec![column.clone()]),
            (true, None, Some((inner, _))) => {
                keys.push(parts(inner).filter_map(key_part).map(|part| part.name).collect());
            }
            _ => {}
        }
        rest = if first.is_sign('(') { group(rest).map_or(behind, |(_, after)| after) } else { behind };
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::super::create_table::create_table;
    use super::*;

    fn names(index: (&str, &str), table: &str) -> Vec<String> {
        let table = create_table("t", 2, table).unwrap();
        let object = SchemaObject {
            kind: "index".to_owned(),
            name: index.0.to_owned(),
            table: "t".to_owned(),
            sql: index.1.to_owned(),
            root_page: 3,
        };
        let entries = entries(&object, &table);
        entries.map_or(Vec::new(), |entries| entries.columns.into_iter().map(|column| column.name).collect())
    }

    #[test]
    fn an_entry_holds_the_columns_of_its_index_and_the_rowid() {
        let table = "CREATE TABLE t(_id INTEGER PRIMARY KEY, address TEXT, date INT)";
        let sql = "CREATE UNIQUE INDEX i ON t(\"address\" COLLATE NOCASE DESC, lower(address), date) WHERE date > 0";
        assert_eq!(names(("i", sql), table), ["address", "lower(address)", "date", "_id"]);
        assert_eq!(names(("i", "CREATE INDEX i ON t(a)"), "CREATE TABLE t(a)"), ["a", "rowid"]);
        assert!(names(("i", sql), "CREATE TABLE t(address PRIMARY KEY) WITHOUT ROWID").is_empty());
    }

    #[test]
    fn automatic_indexes_are_numbered_by_the_keys_that_need_one() {
        let table = "CREATE TABLE t(i INTEGER PRIMARY KEY, a TEXT UNIQUE, b DEFAULT ('UNIQUE'), c, UNIQUE(A), \
                     CONSTRAINT k UNIQUE(b, c COLLATE x), CHECK (c))";
        assert_eq!(names(("sqlite_autoindex_t_1", ""), table), ["a", "i"]);
        assert_eq!(names(("sqlite_autoindex_t_2", ""), table), ["b", "c", "i"]);
        assert!(names(("sqlite_autoindex_t_3", ""), table).is_empty());
        let key = "CREATE TABLE t(a, b, PRIMARY KEY(b, a))";
        assert_eq!(names(("sqlite_autoindex_t_1", ""), key), ["b", "a", "rowid"]);
    }
}
