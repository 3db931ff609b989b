//! Rounds of sorting and pairing.

use super::item::{Form, Item, Pile};
use super::keys;
use crate::report::analysis::sorter::Sorter;
use std::io;
use std::path::Path;

/// Two records that are taken for the same one.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) a: Item,
    pub(super) b: Item,
    /// By what key.
    pub(super) by: &'static str,
    pub(super) form: Form,
}

/// Takes a key, a number within it, and the line of an item.
type Numbered<'n> = dyn FnMut(&[u8], &[u8], &[u8]) -> io::Result<()> + 'n;

/// Pairs the items of two piles; gives what is left of each.
pub(super) fn run(
    mut piles: [Pile; 2],
    form: Form,
    folder: &Path,
    each: &mut dyn FnMut(Pair) -> io::Result<()>,
) -> io::Result<[Pile; 2]> {
    for round in 0..keys::rounds(form) {
        let mut rest = [Pile::new(folder)?, Pile::new(folder)?];
        let mut both = Sorter::new(folder);
        for ((pile, rest), letter) in piles.into_iter().zip(&mut rest).zip(["a", "b"]) {
            number(pile, (form, round), (rest, folder), &mut |key, index, line| {
                both.push(joined(&[key, index, letter.as_bytes(), line]))
            })?;
        }
        pair(both, (form, round), &mut rest, each)?;
        piles = rest;
    }
    Ok(piles)
}

fn joined(parts: &[&[u8]]) -> Vec<u8> {
    parts.join(&b'\t')
}

/// Numbers the items that have the same key: the first of one side is paired with the first of the other. No group is held in memory.
fn number(
    pile: Pile,
    (form, round): (Form, usize),
    (rest, folder): (&mut Pile, &Path),
    each: &mut Numbered<'_>,
) -> io::Result<()> {
    let mut sorter = Sorter::new(folder);
    pile.each(&mut |item, line| match keys::key(&item, form, round) {
        None => rest.push_line(line),
        Some(key) => {
            let order = format!("{}{:020}", item.rank(), item.ordinal);
            sorter.push(joined(&[key.as_bytes(), order.as_bytes(), line]))
        }
    })?;
    let (mut last, mut index) = (Vec::new(), 0_u64);
    sorter.sorted(&mut |line| {
        let [key, _, item] = split(line)?;
        index = if key == last { index.saturating_add(1) } else { 0 };
        last = key.to_vec();
        each(key, format!("{index:020}").as_bytes(), item)
    })
}

/// The first two fields of a line, and the rest. Tabs of an item are escaped, as it is JSON.
fn split(line: &[u8]) -> io::Result<[&[u8]; 3]> {
    let mut parts = line.splitn(3, |byte| *byte == b'\t');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(first), Some(second), Some(rest)) => Ok([first, second, rest]),
        _ => Err(io::Error::other("a line of our own that is not ours")),
    }
}

/// Pairs neighbours that have the same key and number.
fn pair(
    both: Sorter,
    (form, round): (Form, usize),
    rest: &mut [Pile; 2],
    each: &mut dyn FnMut(Pair) -> io::Result<()>,
) -> io::Result<()> {
    let mut held: Option<(Vec<u8>, bool, Item)> = None;
    both.sorted(&mut |line| {
        let [key, index, letter_and_item] = split(line)?;
        let (letter, text) =
            letter_and_item.split_at_checked(2).ok_or_else(|| io::Error::other("a line without an item"))?;
        let item: Item = serde_json::from_slice(text).map_err(io::Error::from)?;
        let (place, is_a) = ([key, index].concat(), letter.first() == Some(&b'a'));
        match held.take() {
            Some((known, true, a)) if known == place && !is_a => {
                let by = keys::name(&a.kind, form, round);
                each(Pair { a, b: item, by, form })
            }
            other => {
                if let Some((_, was_a, left)) = other {
                    keep(rest, was_a, &left)?;
                }
                held = Some((place, is_a, item));
                Ok(())
            }
        }
    })?;
    match held {
        Some((_, is_a, left)) => keep(rest, is_a, &left),
        None => Ok(()),
    }
}

fn keep([a, b]: &mut [Pile; 2], is_a: bool, item: &Item) -> io::Result<()> {
    if is_a { a.push(item) } else { b.push(item) }
}
