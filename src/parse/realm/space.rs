//! Which bytes of a file its commits use, and the nodes that begin in the others.
//!
//! Nodes tell of themselves whether their elements are refs: what a commit uses is found by following every ref from its group, whatever
//! it means. The group also lists what is free, with the commit that freed it: a second witness. What commit `n` freed may be used again
//! from commit `n + 2` on, so what the last two freed lies there as it was. Source: realm-core, `group_writer.cpp`
//! (`GroupWriter::read_in_freelist`, `recreate_freelist`), `node_header.hpp`.

use super::array::{Array, NODE};
use super::header::HEADER;
use super::reader::Reader;

/// What stands where the checksum of a node would be: of nodes, and of groups and free lists before format 7.
const MARKS: [[u8; 4]; 2] = [*b"AAAA", [0xfd, 0xed, 0x77, 0x02]];

/// One bit for every eight bytes of a file.
#[derive(Debug)]
struct Bits(Vec<u64>);

impl Bits {
    fn of(bytes: usize) -> Self {
        Bits(vec![0; (bytes >> 9).saturating_add(1)])
    }

    fn mask(unit: usize) -> u64 {
        u32::try_from(unit & 63).ok().and_then(|bit| 1_u64.checked_shl(bit)).unwrap_or(0)
    }

    fn has(&self, unit: usize) -> bool {
        self.0.get(unit >> 6).is_some_and(|word| word & Bits::mask(unit) != 0)
    }

    /// Whether it was not set before, and lies inside of the file.
    fn set(&mut self, unit: usize) -> bool {
        let Some(word) = self.0.get_mut(unit >> 6) else { return false };
        let is_new = *word & Bits::mask(unit) == 0;
        *word |= Bits::mask(unit);
        is_new
    }
}

/// A node that begins in unused space.
#[derive(Debug, Clone, Copy)]
struct Unreached {
    offset: u64,
    /// Where its bytes end at the latest: something else begins there.
    end: u64,
}

/// What of a file is in use, and what is not.
#[derive(Debug)]
pub(super) struct Space {
    used: Bits,
    starts: Bits,
    unreached: Vec<Unreached>,
    /// Listed as free since one of the last two commits: never used again so far.
    fresh: Vec<(u64, u64)>,
    /// Bytes that no commit uses.
    pub unused: u64,
    /// Bytes of them that lie in the part of the file that the last commit counts, and that its list of free space does not name.
    pub unlisted: u64,
    /// Bytes that the last commit uses and lists as free.
    pub listed_twice: u64,
    /// Everything in use is known.
    pub is_complete: bool,
}

/// The group of the last commit, and that of the one before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Groups {
    pub current: u64,
    pub previous: Option<u64>,
    /// Its group stands in a footer.
    pub is_streamed: bool,
}

fn unit(offset: u64) -> usize {
    usize::try_from(offset >> 3).unwrap_or(usize::MAX)
}

fn bytes(units: u64) -> u64 {
    units.saturating_mul(8)
}

impl Space {
    /// Follows every ref of both commits.
    pub fn of(reader: &Reader<'_>, groups: Groups) -> Self {
        let (used, starts) = (Bits::of(reader.size()), Bits::of(reader.size()));
        let (unreached, fresh) = (Vec::new(), Vec::new());
        let (unused, unlisted, listed_twice) = (0, 0, 0);
        let mut space =
            Space { used, starts, unreached, fresh, unused, unlisted, listed_twice, is_complete: true };
        space.fill(reader, 0, u64::try_from(HEADER).unwrap_or(0));
        if groups.is_streamed {
            let end = u64::try_from(reader.size()).unwrap_or(0);
            space.fill(reader, end.saturating_sub(16), end);
        }
        space.reach(reader, groups.current);
        let listed = space.witness(reader, groups.current);
        if let Some(previous) = groups.previous {
            space.reach(reader, previous);
        }
        if space.is_complete {
            let logical =
                reader.array(groups.current).ok().and_then(|top| u64::try_from(top.tagged(2)?).ok());
            space.scan(reader, listed.as_ref(), logical.unwrap_or(u64::MAX));
        }
        space
    }

    fn fill(&mut self, reader: &Reader<'_>, from: u64, to: u64) {
        for unit in unit(from)..unit(to.saturating_add(7)) {
            // Eight units cost as much as a node: whoever lets nodes overlap pays for it.
            if unit & 7 == 0 && reader.spend(from).is_err() {
                self.is_complete = false;
                return;
            }
            self.used.set(unit);
        }
    }

    fn reach(&mut self, reader: &Reader<'_>, group: u64) {
        let mut open = Vec::new();
        if self.starts.set(unit(group)) {
            open.push(group);
        }
        while let Some(reference) = open.pop() {
            // A ref that leads nowhere hides nothing that could be found.
            let Ok(array) = reader.array(reference) else { continue };
            self.fill(reader, reference, reference.saturating_add(array.span().length));
            // Elements of no width are all nothing, however many a hostile file claims.
            let elements = if array.has_refs && array.width > 0 { array.size } else { 0 };
            for index in 0..elements {
                if reader.spend(reference).is_err() {
                    break;
                }
                let child = array.reference(index).filter(|child| child & 7 == 0);
                open.extend(child.filter(|child| self.starts.set(unit(*child))));
            }
        }
        self.is_complete &= !reader.is_exhausted();
    }

    /// What the group lists as free; `None` where it has no list.
    fn witness(&mut self, reader: &Reader<'_>, group: u64) -> Option<Bits> {
        let top = reader.array(group).ok()?;
        let positions = reader.array(top.reference(3)?).ok()?;
        let sizes = reader.array(top.reference(4)?).ok()?;
        let commits = top.reference(5).and_then(|reference| reader.array(reference).ok());
        let last = top.tagged(6);
        let mut listed = Bits::of(reader.size());
        for index in 0..positions.size {
            let (start, size) = positions.unsigned(index).zip(sizes.unsigned(index))?;
            let end = start.saturating_add(size);
            let freed = commits.and_then(|commits| commits.integer(index));
            if freed.zip(last).is_some_and(|(freed, last)| freed > 0 && freed >= last.saturating_sub(1)) {
                self.fresh.push((start, end));
            }
            for unit in unit(start)..unit(end).min(reader.size() >> 3) {
                if unit & 7 == 0 && reader.spend(start).is_err() {
                    self.is_complete = false;
                    return None;
                }
                listed.set(unit);
                self.listed_twice = self.listed_twice.saturating_add(bytes(self.used.has(unit).into()));
            }
        }
        self.fresh.sort_unstable();
        Some(listed)
    }

    /// Finds the nodes that begin in unused space.
    fn scan(&mut self, reader: &Reader<'_>, listed: Option<&Bits>, logical: u64) {
        let mut open: Option<Unreached> = None;
        let mut offset = 0_u64;
        for number in 0..reader.size() >> 3 {
            let is_used = self.used.has(number);
            if !is_used {
                self.unused = self.unused.saturating_add(8);
                let is_listed = offset >= logical || listed.is_none_or(|listed| listed.has(number));
                self.unlisted = self.unlisted.saturating_add(bytes((!is_listed).into()));
            }
            let begins = !is_used && is_marked(reader, offset);
            if let Some(before) = open.take_if(|_| is_used || begins) {
                self.unreached.push(Unreached { end: offset, ..before });
            }
            if begins {
                open = Some(Unreached { offset, end: u64::MAX });
            }
            offset = offset.saturating_add(8);
        }
        self.unreached.extend(open.map(|last| Unreached { end: offset, ..last }));
    }

    /// Whether a commit uses the node at this offset.
    pub fn is_node(&self, offset: u64) -> bool {
        offset & 7 == 0 && self.used.has(unit(offset)) && self.starts.has(unit(offset))
    }

    /// The nodes that begin in unused space.
    pub fn unreached(&self) -> impl Iterator<Item = u64> {
        self.unreached.iter().map(|node| node.offset)
    }

    /// Whether a node begins at this offset of unused space.
    pub fn is_unreached(&self, offset: u64) -> bool {
        self.unreached.binary_search_by_key(&offset, |node| node.offset).is_ok()
    }

    /// Bytes of the elements of a node in unused space that nothing was written over; `None` where no node begins there.
    pub fn intact(&self, array: &Array<'_>) -> Option<usize> {
        let at = self.unreached.binary_search_by_key(&array.offset, |node| node.offset).ok()?;
        let length = self.unreached.get(at)?.end.saturating_sub(array.offset);
        Some(usize::try_from(length).unwrap_or(usize::MAX).saturating_sub(NODE))
    }

    /// Whether what lies there was freed by one of the last two commits: it was not written over since.
    pub fn is_fresh(&self, offset: u64) -> bool {
        let at = self.fresh.partition_point(|(start, _)| *start <= offset).checked_sub(1);
        at.and_then(|at| self.fresh.get(at)).is_some_and(|(_, end)| offset < *end)
    }
}

/// Whether a node with a mark begins at an offset. Without marks what was written over a freed node could not be told from it.
pub(super) fn is_marked(reader: &Reader<'_>, offset: u64) -> bool {
    let start = usize::try_from(offset).ok();
    let mark =
        start.and_then(|start| reader.bytes().get(start..)).and_then(|rest| rest.first_chunk::<NODE>());
    let Some([a, b, c, d, flags, ..]) = mark else { return false };
    // The layouts that were never released.
    MARKS.contains(&[*a, *b, *c, *d]) && flags & 0x18 != 0x18
}
