//! Lines sorted with bounded memory: runs are sorted in memory, written to nameless files, and merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Bytes of lines that are kept in memory.
const IN_MEMORY: usize = 16 << 20;
/// Runs that are merged at once: each takes a buffer and an open file.
const RUNS: usize = 64;

/// Takes lines without line ends, gives them back sorted by their bytes.
#[derive(Debug)]
pub(in crate::report) struct Sorter {
    folder: PathBuf,
    limit: usize,
    lines: Vec<Vec<u8>>,
    bytes: usize,
    runs: Vec<File>,
}

impl Sorter {
    /// A sorter whose files lie, nameless, in this folder.
    pub(in crate::report) fn new(folder: &Path) -> Self {
        Self::with_limit(folder, IN_MEMORY)
    }

    fn with_limit(folder: &Path, limit: usize) -> Self {
        Sorter { folder: folder.to_owned(), limit, lines: Vec::new(), bytes: 0, runs: Vec::new() }
    }

    pub(in crate::report) fn push(&mut self, line: Vec<u8>) -> io::Result<()> {
        self.bytes += line.len() + size_of::<Vec<u8>>();
        self.lines.push(line);
        if self.bytes > self.limit { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> io::Result<()> {
        let mut lines = std::mem::take(&mut self.lines);
        self.bytes = 0;
        lines.sort_unstable();
        let mut run = BufWriter::new(tempfile::tempfile_in(&self.folder)?);
        for line in lines {
            run.write_all(&line)?;
            run.write_all(b"\n")?;
        }
        self.runs.push(run.into_inner().map_err(io::IntoInnerError::into_error)?);
        if self.runs.len() >= RUNS { self.merge_runs() } else { Ok(()) }
    }

    /// Makes one run of all.
    fn merge_runs(&mut self) -> io::Result<()> {
        let mut whole = BufWriter::new(tempfile::tempfile_in(&self.folder)?);
        merge(std::mem::take(&mut self.runs), &mut |line| {
            whole.write_all(line)?;
            whole.write_all(b"\n")
        })?;
        self.runs.push(whole.into_inner().map_err(io::IntoInnerError::into_error)?);
        Ok(())
    }

    /// Calls `each` with every line, in order.
    pub(in crate::report) fn sorted(
        mut self,
        each: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        if self.runs.is_empty() {
            self.lines.sort_unstable();
            return self.lines.iter().try_for_each(|line| each(line));
        }
        self.spill()?;
        merge(self.runs, each)
    }
}

fn merge(runs: Vec<File>, each: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut readers = Vec::with_capacity(runs.len());
    let mut heads = BinaryHeap::new();
    for (index, mut run) in runs.into_iter().enumerate() {
        run.seek(SeekFrom::Start(0))?;
        let mut reader = BufReader::new(run);
        heads.extend(next(&mut reader)?.map(|line| Reverse((line, index))));
        readers.push(reader);
    }
    while let Some(Reverse((line, index))) = heads.pop() {
        each(&line)?;
        if let Some(reader) = readers.get_mut(index) {
            heads.extend(next(reader)?.map(|line| Reverse((line, index))));
        }
    }
    Ok(())
}

fn next(reader: &mut BufReader<File>) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    if reader.read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    line.pop();
    Ok(Some(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_sorted_whether_they_fit_memory_or_not() {
        let folder = tempfile::tempdir().unwrap();
        for limit in [1 << 20, 400, 1] {
            let mut sorter = Sorter::with_limit(folder.path(), limit);
            for number in 0..500_u32 {
                sorter.push(format!("{:03}", number.wrapping_mul(7_919) % 500).into_bytes()).unwrap();
            }
            let mut lines = Vec::new();
            let mut keep = |line: &[u8]| {
                lines.push(String::from_utf8(line.to_vec()).unwrap());
                Ok(())
            };
            sorter.sorted(&mut keep).unwrap();
            let expected: Vec<String> = (0..500).map(|number| format!("{number:03}")).collect();
            assert_eq!(lines, expected, "limit {limit}");
        }
    }
}
