//! Statements of a backup, as far as rows can be rebuilt of them.

use super::create_table::{MAX_SQL, create_table, group, parts};
use super::table::Table;
use super::token::{Token, tokens};

/// `INSERT INTO table (columns) VALUES (?, …)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Insertion {
    /// The table.
    pub(crate) table: String,
    /// The columns, where they are named.
    pub(crate) columns: Option<Vec<String>>,
    /// How many values follow.
    pub(crate) values: usize,
}

/// The table that a text creates, under the name in it.
pub(crate) fn table_of(sql: &str) -> Option<Table> {
    if sql.len() > MAX_SQL {
        return None;
    }
    let tokens = tokens(sql);
    let open = tokens.iter().position(|token| token.is_sign('('))?;
    let name = tokens.get(open.checked_sub(1)?).filter(|token| token.is_name())?.unquoted();
    create_table(&name, 0, sql)
}

/// Reads a statement that inserts one row of parameters; nothing where it does more.
pub(crate) fn insertion(sql: &str) -> Option<Insertion> {
    if sql.len() > MAX_SQL {
        return None;
    }
    let all = tokens(sql);
    let into = all.iter().position(|token| token.is("INTO"))?;
    // INSERT INTO, INSERT OR REPLACE INTO
    let (head, rest) = (all.get(..into)?, all.get(into.checked_add(1)?..)?);
    if !head.first().is_some_and(|token| token.is("INSERT")) || head.len() > 3 {
        return None;
    }
    let (name, rest) = rest.split_first().filter(|(name, _)| name.is_name())?;
    let (columns, rest) = match rest.first() {
        Some(token) if token.is_sign('(') => {
            let (inner, rest) = bracketed(rest)?;
            let names: Option<Vec<String>> = parts(inner).map(one_name).collect();
            (Some(names?), rest)
        }
        _ => (None, rest),
    };
    let (inner, rest) = bracketed(rest.split_first().filter(|(word, _)| word.is("VALUES"))?.1)?;
    let is_parameter = |part: &[Token<'_>]| matches!(part, [token] if token.text == "?");
    let values = parts(inner).filter(|part| is_parameter(part)).count();
    let is_all = values == parts(inner).count() && rest.iter().all(|token| token.is_sign(';'));
    let fits = columns.as_ref().is_none_or(|columns| columns.len() == values);
    (is_all && fits).then(|| Insertion { table: name.unquoted(), columns, values })
}

fn one_name(part: &[Token<'_>]) -> Option<String> {
    match part {
        [name] if name.is_name() => Some(name.unquoted()),
        _ => None,
    }
}

/// What stands between a bracket and its partner, without brackets inside, and what follows.
fn bracketed<'t, 's>(tokens: &'t [Token<'s>]) -> Option<(&'t [Token<'s>], &'t [Token<'s>])> {
    group(tokens).filter(|(inner, _)| inner.iter().all(|token| !token.is_sign('(')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_parameters_is_read_and_nothing_else_is() {
        let plain = insertion("INSERT INTO message VALUES (?,?, ?)").unwrap();
        assert_eq!((plain.table.as_str(), plain.columns, plain.values), ("message", None, 3));
        let named = insertion("INSERT OR REPLACE INTO \"a b\" (x, [y z]) VALUES (?,?);").unwrap();
        assert_eq!(
            (named.table.as_str(), named.columns),
            ("a b", Some(vec!["x".to_owned(), "y z".to_owned()]))
        );
        for other in [
            "INSERT INTO t SELECT * FROM u",
            "INSERT INTO t VALUES (?, 1)",
            "INSERT INTO t (a) VALUES (?, ?)",
            "INSERT INTO t VALUES (?), (?)",
            "INSERT INTO t VALUES (?",
            "DELETE FROM t",
        ] {
            assert_eq!(insertion(other), None, "{other}");
        }
        assert_eq!(table_of("CREATE TABLE \"a b\" (x INTEGER PRIMARY KEY)").unwrap().name, "a b");
    }
}
