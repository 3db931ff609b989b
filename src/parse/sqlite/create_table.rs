//! CREATE TABLE as `sqlite_schema` keeps it (SQLite's `parse.y`, `build.c`): columns, their place in the record, the key.
//!
//! ```text
//! CREATE TABLE name ( name type constraint* , … , table constraint* ) WITHOUT ROWID, STRICT
//! ```

use super::default::default_value;
use super::table::{Affinity, Column, DefaultValue, Generated, Table};
use super::token::{Token, TokenKind, tokens, unquote};
use std::collections::{HashMap, HashSet};

/// Longer texts are not read; a table of 2,000 columns, SQLite's limit, needs a tenth of it.
pub(super) const MAX_SQL: usize = 1 << 20;

/// The most that SQLite can be compiled for (`SQLITE_MAX_COLUMN`).
const MAX_COLUMNS: usize = 32_767;

/// Reads the text of an ordinary table, or nothing where it is none.
pub(super) fn create_table(name: &str, root_page: u32, sql: &str) -> Option<Table> {
    if sql.len() > MAX_SQL {
        return None;
    }
    let tokens = tokens(sql);
    let body = body(&tokens)?;
    let (inner, options) = group(body)?;
    let mut draft = Draft { sql, ..Draft::default() };
    draft.options(options);
    for part in parts(inner) {
        draft.part(part)?;
    }
    let Layout { rowid_alias, key_length } = draft.lay_out();
    let Draft { columns, without_rowid, strict, .. } = draft;
    if columns.is_empty() || columns.len() > MAX_COLUMNS {
        return None;
    }
    let (name, sql) = (name.to_owned(), sql.to_owned());
    Some(Table {
        name,
        root_page,
        columns,
        rowid_alias,
        without_rowid,
        strict,
        key_length,
        declared: true,
        sql,
    })
}

/// What follows `CREATE TABLE name`.
pub(super) fn body<'t, 's>(tokens: &'t [Token<'s>]) -> Option<&'t [Token<'s>]> {
    let (first, tokens) = tokens.split_first()?;
    let temporary = tokens.first().is_some_and(|token| token.is("TEMP") || token.is("TEMPORARY"));
    let tokens = tokens.get(usize::from(temporary)..)?;
    let (second, tokens) = tokens.split_first()?;
    if !(first.is("CREATE") && second.is("TABLE")) {
        return None;
    }
    let tokens = match tokens {
        [one, two, three, rest @ ..] if one.is("IF") && two.is("NOT") && three.is("EXISTS") => rest,
        all => all,
    };
    match tokens {
        [name, dot, table, rest @ ..] if name.is_name() && dot.is_sign('.') && table.is_name() => Some(rest),
        [name, rest @ ..] if name.is_name() => Some(rest),
        _ => None,
    }
}

/// Splits tokens that begin with `(` into what is inside its brackets and what follows them.
pub(super) fn group<'t, 's>(tokens: &'t [Token<'s>]) -> Option<(&'t [Token<'s>], &'t [Token<'s>])> {
    let mut depth: usize = 0;
    for (index, token) in tokens.iter().enumerate() {
        if token.is_sign('(') {
            depth = depth.saturating_add(1);
        } else if token.is_sign(')') {
            depth = depth.saturating_sub(1);
        }
        if depth == 0 {
            let inner = tokens.get(1..index)?;
            return Some((inner, tokens.get(index.saturating_add(1)..)?));
        }
    }
    None
}

/// Splits tokens at the commas that are in no brackets.
pub(super) fn parts<'t, 's>(tokens: &'t [Token<'s>]) -> impl Iterator<Item = &'t [Token<'s>]> {
    let mut depth: usize = 0;
    tokens.split(move |token| {
        if token.is_sign('(') {
            depth = depth.saturating_add(1);
        } else if token.is_sign(')') {
            depth = depth.saturating_sub(1);
        }
        depth == 0 && token.is_sign(',')
    })
}

/// A column of the primary key.
pub(super) struct KeyPart {
    pub(super) name: String,
    /// As declared in the key; else the column's own.
    collation: Option<String>,
}

struct Layout {
    rowid_alias: Option<usize>,
    key_length: usize,
}

#[derive(Default)]
struct Draft<'s> {
    sql: &'s str,
    columns: Vec<Column>,
    /// Of each column.
    collations: Vec<Option<String>>,
    key: Vec<KeyPart>,
    /// `INTEGER PRIMARY KEY DESC` on a column is no alias, by an old mistake that SQLite keeps.
    descending_column_key: bool,
    without_rowid: bool,
    strict: bool,
}

impl<'s> Draft<'s> {
    fn part(&mut self, part: &[Token<'s>]) -> Option<()> {
        let first = part.first()?;
        if begins_table_constraint(first) {
            self.table_constraint(part);
            return Some(());
        }
        first.is_name().then(|| self.column(part))
    }

    /// Table constraints need no comma between them: the key is looked for behind each word.
    fn table_constraint(&mut self, mut part: &[Token<'s>]) {
        while let Some((first, rest)) = part.split_first() {
            part = match rest {
                [key, bracket, ..] if first.is("PRIMARY") && key.is("KEY") && bracket.is_sign('(') => {
                    match group(rest.get(1..).unwrap_or(&[])) {
                        Some((inner, after)) => {
                            self.key = parts(inner).filter_map(key_part).collect();
                            after
                        }
                        None => rest,
                    }
                }
                _ if first.is_sign('(') => group(part).map_or(rest, |(_, after)| after),
                _ => rest,
            };
        }
    }

    fn column(&mut self, part: &[Token<'s>]) {
        let Some((name, rest)) = part.split_first() else { return };
        let (declared_type, rest) = self.declared_type(rest);
        let any = self.strict && declared_type.eq_ignore_ascii_case("ANY");
        let affinity = if any { Affinity::Blob } else { Affinity::of(&declared_type) };
        self.columns.push(Column {
            name: name.unquoted(),
            declared_type,
            affinity,
            default: DefaultValue::None,
            generated: None,
            not_null: false,
            stored: None,
        });
        self.collations.push(None);
        self.column_constraints(rest);
    }

    /// Every name up to a word that begins a constraint, and one pair of brackets, as they stand in the text.
    fn declared_type<'t>(&self, tokens: &'t [Token<'s>]) -> (String, &'t [Token<'s>]) {
        let words = tokens.iter().position(|token| !token.is_name() || begins_constraint(token));
        let (words, mut rest) = tokens.split_at(words.unwrap_or(tokens.len()));
        let (Some(first), Some(mut last)) = (words.first(), words.last()) else {
            return (String::new(), rest);
        };
        if rest.first().is_some_and(|token| token.is_sign('(')) {
            let after = group(rest).map_or(&[][..], |(_, after)| after);
            let taken = rest.len().saturating_sub(after.len());
            last = rest.get(..taken).and_then(<[_]>::last).unwrap_or(last);
            rest = after;
        }
        let text = self.sql.get(first.start..last.end()).unwrap_or("");
        (unquote(without_generated(text)), rest)
    }

    fn column_constraints(&mut self, mut tokens: &[Token<'s>]) {
        while let Some((first, rest)) = tokens.split_first() {
            tokens = match first {
                _ if first.is_sign('(') => group(tokens).map_or(rest, |(_, after)| after),
                // Of `CONSTRAINT name`, `SET NULL`, `SET DEFAULT` the second word says nothing of its own.
                _ if first.is("CONSTRAINT") || first.is("SET") => rest.get(1..).unwrap_or(&[]),
                _ if first.is("DEFAULT") => self.column_default(rest),
                _ if first.is("AS") => self.generated(rest),
                _ if first.is("COLLATE") => self.collation(rest),
                _ if first.is("NOT") => self.not_null(rest),
                _ if first.is("PRIMARY") => self.column_key(rest),
                _ => rest,
            };
        }
    }

    fn column_default<'t>(&mut self, tokens: &'t [Token<'s>]) -> &'t [Token<'s>] {
        let length = match tokens.first() {
            Some(token) if token.is_sign('(') => {
                let after = group(tokens).map_or(0, |(_, after)| after.len());
                tokens.len().saturating_sub(after)
            }
            Some(token) if token.is_sign('+') || token.is_sign('-') => 2,
            _ => 1,
        };
        let (expression, rest) = tokens.split_at(length.min(tokens.len()));
        if let Some(column) = self.columns.last_mut() {
            column.default = default_value(expression, column.affinity);
        }
        rest
    }

    fn generated<'t>(&mut self, tokens: &'t [Token<'s>]) -> &'t [Token<'s>] {
        let Some((_, rest)) = group(tokens) else { return tokens };
        let stored = rest.first().is_some_and(|token| token.is("STORED"));
        if let Some(column) = self.columns.last_mut() {
            column.generated = Some(if stored { Generated::Stored } else { Generated::Virtual });
        }
        rest
    }

    fn collation<'t>(&mut self, tokens: &'t [Token<'s>]) -> &'t [Token<'s>] {
        let Some((name, rest)) = tokens.split_first() else { return tokens };
        if let Some(collation) = self.collations.last_mut() {
            *collation = Some(name.unquoted().to_ascii_uppercase());
        }
        rest
    }

    fn not_null<'t>(&mut self, tokens: &'t [Token<'s>]) -> &'t [Token<'s>] {
        let null = tokens.first().is_some_and(|token| token.is("NULL"));
        if let (true, Some(column)) = (null, self.columns.last_mut()) {
            column.not_null = true;
        }
        tokens.get(usize::from(null)..).unwrap_or(&[])
    }

    fn column_key<'t>(&mut self, tokens: &'t [Token<'s>]) -> &'t [Token<'s>] {
        if let Some(column) = self.columns.last() {
            self.key = vec![KeyPart { name: column.name.clone(), collation: None }];
            self.descending_column_key = tokens.get(1).is_some_and(|token| token.is("DESC"));
        }
        tokens.get(1..).unwrap_or(&[])
    }

    fn options(&mut self, tokens: &[Token<'s>]) {
        self.without_rowid = tokens.windows(2).any(|pair| match pair {
            [one, two] => one.is("WITHOUT") && two.is("ROWID"),
            _ => false,
        });
        self.strict = tokens.iter().any(|token| token.is("STRICT"));
    }

    /// Gives each stored column its place in the record.
    fn lay_out(&mut self) -> Layout {
        let key = self.key_columns();
        if !self.without_rowid {
            self.number_stored(0);
            let alias = match key.as_slice() {
                [(index, _)] if !self.descending_column_key => Some(*index),
                _ => None,
            };
            let is_integer = |column: &Column| column.declared_type.eq_ignore_ascii_case("INTEGER");
            let rowid_alias = alias.filter(|index| self.columns.get(*index).is_some_and(is_integer));
            return Layout { rowid_alias, key_length: 0 };
        }
        for (position, (index, _)) in key.iter().enumerate() {
            if let Some(column) = self.columns.get_mut(*index) {
                column.stored.get_or_insert(position);
            }
        }
        self.number_stored(key.len());
        Layout { rowid_alias: None, key_length: key.len() }
    }

    fn number_stored(&mut self, from: usize) {
        let mut next = from;
        for column in &mut self.columns {
            if column.stored.is_none() && column.generated != Some(Generated::Virtual) {
                column.stored = Some(next);
                next = next.saturating_add(1);
            }
        }
    }

    /// The columns of the primary key; one that is named twice under one collation is stored once.
    fn key_columns(&self) -> Vec<(usize, String)> {
        let names = self.columns.iter().enumerate().rev();
        let names: HashMap<String, usize> =
            names.map(|(index, column)| (column.name.to_ascii_lowercase(), index)).collect();
        let mut seen = HashSet::new();
        let mut key = Vec::new();
        for part in &self.key {
            let Some(index) = names.get(&part.name.to_ascii_lowercase()).copied() else { continue };
            let own = self.collations.get(index).cloned().flatten();
            let collation = part.collation.clone().or(own).unwrap_or_else(|| "BINARY".to_owned());
            if seen.insert((index, collation.clone())) {
                key.push((index, collation));
            }
        }
        key
    }
}

pub(super) fn begins_table_constraint(token: &Token<'_>) -> bool {
    ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"].iter().any(|word| token.is(word))
}

fn begins_constraint(token: &Token<'_>) -> bool {
    const WORDS: [&str; 11] = [
        "CONSTRAINT",
        "PRIMARY",
        "NOT",
        "NULL",
        "UNIQUE",
        "CHECK",
        "DEFAULT",
        "COLLATE",
        "REFERENCES",
        "AS",
        "DEFERRABLE",
    ];
    token.kind == TokenKind::Word && WORDS.iter().any(|word| token.is(word))
}

/// GENERATED ALWAYS can be names, so the grammar takes them for the end of the type; SQLite cuts them off again.
fn without_generated(declared_type: &str) -> &str {
    let cut = |text: &'_ str, word: &str| {
        let at = text.len().checked_sub(word.len())?;
        text.get(at..)?.eq_ignore_ascii_case(word).then_some(at)
    };
    let Some(at) = cut(declared_type, "always").filter(|_| declared_type.len() >= 16) else {
        return declared_type;
    };
    let text = declared_type.get(..at).unwrap_or("").trim_end();
    match cut(text, "generated") {
        Some(at) => text.get(..at).unwrap_or("").trim_end(),
        None => text,
    }
}

/// `name COLLATE x DESC` inside PRIMARY KEY( … ), perhaps in brackets.
pub(super) fn key_part(tokens: &[Token<'_>]) -> Option<KeyPart> {
    let name = tokens.iter().find(|token| token.is_name())?.unquoted();
    let collate = tokens.iter().position(|token| token.is("COLLATE"));
    let collation = collate.and_then(|at| tokens.get(at.saturating_add(1)));
    Some(KeyPart { name, collation: collation.map(|token| token.unquoted().to_ascii_uppercase()) })
}

#[cfg(test)]
mod tests {
    use super::super::super::Value;
    use super::*;

    fn read(sql: &str) -> Table {
        create_table("t", 2, sql).unwrap_or_else(|| panic!("{sql}"))
    }

    fn columns(sql: &str) -> Vec<(String, String)> {
        let of = |column: &Column| (column.name.clone(), column.declared_type.clone());
        read(sql).columns.iter().map(of).collect()
    }

    fn stored(sql: &str) -> Vec<Option<usize>> {
        read(sql).columns.iter().map(|column| column.stored).collect()
    }

    #[test]
    fn names_and_types_stand_as_declared() {
        let sql = "CREATE TABLE IF NOT EXISTS \"a\".[b c] ('x' VARCHAR ( 10 , 2 ) NOT NULL, [y z] /* , */ DOUBLE
            PRECISION DEFAULT (max(1, 2)), `w` -- , v\n, \"INT\" CHECK (a IN (1, ')')), GENERATED, k UNSIGNED BIG INT)";
        let expected = [
            ("x", "VARCHAR ( 10 , 2 )"),
            ("y z", "DOUBLE\n            PRECISION"),
            ("w", ""),
            ("INT", ""),
            ("GENERATED", ""),
            ("k", "UNSIGNED BIG INT"),
        ];
        assert_eq!(columns(sql), expected.map(|(name, of)| (name.to_owned(), of.to_owned())));
        assert!(read(sql).columns[0].not_null);
    }

    #[test]
    fn the_rowid_alias_needs_exactly_integer() {
        for (sql, alias) in [
            ("CREATE TABLE t(a, b INTEGER PRIMARY KEY)", Some(1)),
            ("CREATE TABLE t(a, b INTEGER PRIMARY KEY DESC)", None),
            ("CREATE TABLE t(a, b INT PRIMARY KEY)", None),
            ("CREATE TABLE t(a, b integer, CONSTRAINT c CHECK (a) PRIMARY KEY(\"B\" DESC))", Some(1)),
            ("CREATE TABLE t(a INTEGER, b INTEGER, PRIMARY KEY(a, b))", None),
            ("CREATE TABLE t(a INTEGER PRIMARY KEY, b) WITHOUT ROWID", None),
        ] {
            assert_eq!(read(sql).rowid_alias, alias, "{sql}");
        }
    }

    #[test]
    fn virtual_columns_take_no_place_in_the_record() {
        let sql = "CREATE TABLE t(a, v INT GENERATED ALWAYS AS (a), s AS (a) STORED, z)";
        assert_eq!(stored(sql), [Some(0), None, Some(1), Some(2)]);
        assert_eq!(columns(sql)[1].1, "INT");
    }

    #[test]
    fn the_key_comes_first_without_rowid() {
        let sql = "CREATE TABLE t(a, b, c, d, PRIMARY KEY(d, b, d)) WITHOUT ROWID, STRICT";
        assert_eq!(stored(sql), [Some(2), Some(1), Some(3), Some(0)]);
        assert_eq!((read(sql).key_length, read(sql).strict), (2, true));
        // Under two collations a column is two parts of the key.
        let sql = "CREATE TABLE t(a, b, PRIMARY KEY(b, b COLLATE nocase)) WITHOUT ROWID";
        assert_eq!((stored(sql), read(sql).key_length), (vec![Some(2), Some(0)], 2));
    }

    #[test]
    fn defaults_are_read_where_they_stand() {
        let sql = "CREATE TABLE t(a REFERENCES o(x) ON DELETE SET DEFAULT, b INT DEFAULT -4 NOT NULL, c DEFAULT ('x'))";
        let defaults: Vec<DefaultValue> =
            read(sql).columns.into_iter().map(|column| column.default).collect();
        let constant = DefaultValue::Constant;
        let expected = [DefaultValue::None, constant(Value::Integer(-4)), constant(Value::Text("x".into()))];
        assert_eq!(defaults, expected);
    }

    #[test]
    fn a_text_that_is_no_create_table_is_refused() {
        let open = format!("CREATE TABLE t({}", "(".repeat(10_000));
        let long = format!("CREATE TABLE t(a /*{}*/)", " ".repeat(MAX_SQL));
        for sql in
            ["", "CREATE", "CREATE VIEW t AS SELECT 1", "CREATE TABLE t", "CREATE TABLE t()", &open, &long]
        {
            assert_eq!(create_table("t", 2, sql), None);
        }
    }
}
