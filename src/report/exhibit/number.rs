//! Numbers: of pages (Bates), and of records (as many digits of their ids as tell them apart).

use crate::report::sorter::Sorter;
use std::io;

/// The fewest digits of an id that are shown.
const DIGITS: usize = 8;

/// A Bates number: what stands on the first page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bates {
    prefix: String,
    width: usize,
    first: u64,
}

impl Bates {
    /// Reads the number of the first page, such as `AB0001`.
    ///
    /// # Errors
    /// Where it does not end in digits, or holds what does not belong on a page.
    pub fn parse(text: &str) -> Result<Self, String> {
        let prefix = text.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = text.get(prefix.len()..).unwrap_or("");
        let is_plain =
            prefix.len() <= 32 && prefix.chars().all(|c| c.is_ascii_alphanumeric() || "-_. /".contains(c));
        match digits.parse() {
            Ok(first) if is_plain => Ok(Bates { prefix: prefix.to_owned(), width: digits.len(), first }),
            _ => Err(format!(
                "`{text}` is no Bates number: expected letters and, last, digits, such as AB0001"
            )),
        }
    }

    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// The number of a page without its prefix; pages are counted from 0.
    pub(super) fn number(&self, page: u64) -> u64 {
        self.first.saturating_add(page)
    }

    /// The number of a page, counted from 0.
    pub fn of(&self, page: u64) -> String {
        format!("{}{:0width$}", self.prefix, self.number(page), width = self.width)
    }
}

/// How many digits tell ids apart: `ids` sorts the hexadecimal digits of all of them.
pub(super) fn digits(ids: Sorter) -> io::Result<usize> {
    let (mut before, mut most) = (Vec::new(), DIGITS);
    ids.sorted(&mut |id| {
        let common = id.iter().zip(&before).take_while(|(one, other)| one == other).count();
        most = most.max(common + 1);
        before = id.to_vec();
        Ok(())
    })?;
    Ok(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bates_number_keeps_its_width_and_grows_past_it() {
        let bates = Bates::parse("AB-0098").unwrap();
        assert_eq!([bates.of(0), bates.of(2), bates.of(9_902)], ["AB-0098", "AB-0100", "AB-10000"]);
        for text in ["AB", "", "AB1x", "A\nB1", "AB99999999999999999999999"] {
            assert!(Bates::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ids_are_told_apart_by_as_few_digits_as_can_be() {
        let folder = tempfile::tempdir().unwrap();
        let of = |ids: &[&str]| {
            let mut sorter = Sorter::new(folder.path());
            ids.iter().for_each(|id| sorter.push(id.as_bytes().to_vec()).unwrap());
            digits(sorter).unwrap()
        };
        assert_eq!(of(&["0123456789abcdef", "fedcba9876543210"]), 8);
        assert_eq!(of(&["0123456789abcdef", "0000000000000000", "0123456789a00000"]), 12);
    }
}
