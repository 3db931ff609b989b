//! Extended headers (POSIX.1-2017, pax, "pax Extended Header"): records `LENGTH KEY=VALUE\n`, for the next member or,
//! in a global header, for all that follow. The keys of GNU tar for sparse files are in its manual, "Storing Sparse
//! Files".

/// The records that matter here; the others (owners, attributes) are passed over.
#[derive(Debug, Clone, Default)]
pub(super) struct Pax<'a> {
    pub path: Option<&'a [u8]>,
    pub size: Option<u64>,
    /// Seconds and nanoseconds since 1970, UTC.
    pub modified: Option<(i64, u32)>,
    pub sparse: SparseRecords<'a>,
}

/// What the three formats of GNU tar say of a sparse file.
#[derive(Debug, Clone, Default)]
pub(super) struct SparseRecords<'a> {
    /// Formats 0.1 and 1.0: the name; `path` is one that was made up.
    pub name: Option<&'a [u8]>,
    pub real_size: Option<u64>,
    /// Format 1.0: the map stands in front of the bytes.
    pub is_in_front: bool,
    /// Format 0.1: `offset,length,offset,length…`.
    pub map: Option<&'a [u8]>,
    /// Format 0.0: each pair as two records.
    pub pairs: Vec<(u64, u64)>,
    offset: Option<u64>,
}

impl<'a> Pax<'a> {
    /// Adds the records of a header; `false` where one of them is malformed (those in front of it are taken).
    pub(super) fn add(&mut self, mut records: &'a [u8]) -> bool {
        while !records.is_empty() && records.first() != Some(&0) {
            let Some((record, rest)) = split(records) else { return false };
            let Some(at) = record.iter().position(|byte| *byte == b'=') else { return false };
            let (key, value) = (record.get(..at).unwrap_or_default(), record.get(at.saturating_add(1)..));
            if !self.set(key, value.unwrap_or_default()) {
                return false;
            }
            records = rest;
        }
        true
    }

    fn set(&mut self, key: &[u8], value: &'a [u8]) -> bool {
        let sparse = &mut self.sparse;
        match key {
            b"path" => self.path = Some(value),
            b"size" => return put(&mut self.size, decimal(value)),
            b"mtime" => return put(&mut self.modified, seconds(value)),
            b"GNU.sparse.name" => sparse.name = Some(value),
            b"GNU.sparse.size" | b"GNU.sparse.realsize" => return put(&mut sparse.real_size, decimal(value)),
            b"GNU.sparse.major" => sparse.is_in_front = value == b"1",
            b"GNU.sparse.map" => sparse.map = Some(value),
            b"GNU.sparse.offset" => return put(&mut sparse.offset, decimal(value)),
            b"GNU.sparse.numbytes" => {
                let pair = sparse.offset.take().zip(decimal(value));
                sparse.pairs.extend(pair);
                return pair.is_some();
            }
            _ => {}
        }
        true
    }

    /// What holds for one member: its own records, and the global ones where it has none.
    pub(super) fn over(self, global: &Pax<'a>) -> Pax<'a> {
        Pax {
            path: self.path.or(global.path),
            size: self.size.or(global.size),
            modified: self.modified.or(global.modified),
            sparse: self.sparse,
        }
    }
}

impl SparseRecords<'_> {
    /// The pairs of formats 0.0 and 0.1; `None` where the member is not sparse, or its map is malformed.
    pub(super) fn pairs(&self) -> Option<Vec<(u64, u64)>> {
        let Some(map) = self.map else { return (!self.pairs.is_empty()).then(|| self.pairs.clone()) };
        let numbers: Option<Vec<u64>> = map.split(|byte| *byte == b',').map(decimal).collect();
        numbers?.chunks(2).map(|pair| Some((*pair.first()?, *pair.get(1)?))).collect()
    }
}

fn put<T>(slot: &mut Option<T>, value: Option<T>) -> bool {
    let is_read = value.is_some();
    if is_read {
        *slot = value;
    }
    is_read
}

/// A record, without its length and its line end, and what follows.
fn split(records: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = records.iter().take(20).position(|byte| *byte == b' ')?;
    let length = usize::try_from(decimal(records.get(..space)?)?).ok()?;
    let (record, rest) = records.split_at_checked(length)?;
    Some((record.get(space.checked_add(1)?..)?.strip_suffix(b"\n")?, rest))
}

/// A decimal number.
pub(super) fn decimal(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Seconds with a fraction, which counts away from zero: `-1.25` is 750 ms behind -2.
fn seconds(text: &[u8]) -> Option<(i64, u32)> {
    let text = std::str::from_utf8(text).ok()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let (seconds, nanos): (i64, u32) = (whole.parse().ok()?, digits.parse().ok()?);
    match (whole.starts_with('-'), nanos) {
        (true, 1..) => Some((seconds.checked_sub(1)?, 1_000_000_000_u32.checked_sub(nanos)?)),
        _ => Some((seconds, nanos)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_up_to_the_first_that_is_malformed() {
        let mut pax = Pax::default();
        assert!(pax.add(b"12 path=a/b\n21 mtime=-1.25000000\n"));
        assert_eq!((pax.path, pax.modified), (Some(&b"a/b"[..]), Some((-2, 750_000_000))));
        assert!(!pax.add(b"9 size=5\n99 path=x\n"));
        assert_eq!((pax.path, pax.size), (Some(&b"a/b"[..]), Some(5)));
    }

    #[test]
    fn a_map_of_odd_length_is_none() {
        let sparse = |map| SparseRecords { map: Some(map), ..SparseRecords::default() }.pairs();
        assert_eq!(sparse(b"0,5,10,1"), Some(vec![(0, 5), (10, 1)]));
        assert_eq!(sparse(b"0,5,10"), None);
        assert_eq!(sparse(b"0,x"), None);
    }
}
