//! What tables of cells share, whether they are written as text (CSV) or as a spreadsheet (Office Open XML): how columns are named,
//! and what tree they are read as.
//!
//! ```text
//! root ─ Map: sheet → List: [0] name of the member of the workbook that holds the sheet, or null
//!                           [17] row 17: Map: column letters → cell; null where there is no such row
//! ```
//!
//! So the JSON Pointer of a cell is its address: `/Messages/17/C` is `Messages!C17`. Blank cells have no node.

use super::{Node, Span, Value};
use std::borrow::Cow;

/// Columns that are read; a spreadsheet can have 16,384 (ECMA-376 part 1, 18.3.1.13), a table of messages has twenty.
pub const MOST_COLUMNS: usize = 1_024;

/// The letters of a column, counted from 0: `A`, `Z`, `AA`.
#[must_use]
pub fn letters(column: usize) -> String {
    let (mut left, mut letters) = (column, Vec::new());
    loop {
        let digit = u8::try_from(left % 26).unwrap_or(0);
        letters.push(char::from(b'A'.saturating_add(digit)));
        match (left / 26).checked_sub(1) {
            Some(next) => left = next,
            None => return letters.into_iter().rev().collect(),
        }
    }
}

/// The column that letters name, counted from 0.
#[must_use]
pub fn column(letters: &str) -> Option<usize> {
    if letters.is_empty() || letters.len() > 3 {
        return None;
    }
    letters
        .bytes()
        .try_fold(0_usize, |sum, letter| {
            let digit = letter.is_ascii_uppercase().then(|| usize::from(letter.saturating_sub(b'A')))?;
            sum.checked_mul(26)?.checked_add(digit)?.checked_add(1)
        })?
        .checked_sub(1)
}

/// A sheet of rows, each at its own number.
#[derive(Debug, Default)]
pub(super) struct Rows<'a> {
    nodes: Vec<Node<'a>>,
}

impl<'a> Rows<'a> {
    /// A sheet that lies in this member of its workbook.
    pub(super) fn of(member: Option<String>) -> Self {
        let value = member.map_or(Value::Null, |name| Value::Text(Cow::Owned(name)));
        Rows { nodes: vec![Node { value, span: Span::default() }] }
    }

    /// The number of the next row.
    pub(super) fn next(&self) -> usize {
        self.nodes.len()
    }

    /// Puts a row at its number; `false` where that place is behind.
    pub(super) fn put(&mut self, number: usize, cells: Vec<(Cow<'a, str>, Node<'a>)>, span: Span) -> bool {
        if number < self.nodes.len() {
            return false;
        }
        self.nodes.resize(number, Node { value: Value::Null, span: Span::default() });
        let value = if cells.is_empty() { Value::Null } else { Value::Map(cells) };
        self.nodes.push(Node { value, span });
        true
    }

    /// The sheet as a node.
    pub(super) fn into_node(self, span: Span) -> Node<'a> {
        Node { value: Value::List(self.nodes), span }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_columns_are_each_others_inverse() {
        assert_eq!(
            (letters(0), letters(25), letters(26), letters(16_383)),
            ("A".into(), "Z".into(), "AA".into(), "XFD".into())
        );
        for number in 0..20_000 {
            assert_eq!(
                column(&letters(number)).filter(|_| number < 18_278),
                (number < 18_278).then_some(number)
            );
        }
        for wrong in ["", "a", "A1", "AAAA", "Ä"] {
            assert_eq!(column(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_row_stands_at_its_number_and_never_twice() {
        let mut rows = Rows::of(None);
        let cell = || vec![(Cow::Borrowed("A"), Node { value: Value::Integer(1), span: Span::default() })];
        assert!(rows.put(3, cell(), Span::default()));
        assert!(!rows.put(3, cell(), Span::default()));
        let Value::List(nodes) = rows.into_node(Span::default()).value else { panic!("a list") };
        assert_eq!(nodes.len(), 4);
        assert_eq!(nodes[2].value, Value::Null);
    }
}
