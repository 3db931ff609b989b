//! The transactions that a WAL holds.

use super::place::View;
use super::wal::{Group, Log};

/// One transaction in the write-ahead log (file format, section 4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its number among those of its kind, from 1, oldest first.
    pub number: u32,
    /// The state after it: `wal:<number>`, or `wal-old:<number>` for what an older generation of the log left.
    pub view: View,
    /// The number of its first frame in the log, from 1.
    pub first_frame: u32,
    /// The number of its last frame.
    pub last_frame: u32,
    /// The pages that it wrote, in the order of its frames.
    pub pages: Vec<u32>,
    /// Pages of the database after it; 0 where its commit frame is lost or was never written.
    pub database_size: u32,
    /// The salts of its frames: the first grows by one with each restart of the log.
    pub salts: (u32, u32),
    /// The checksums of its frames are right. Of what is left of an older generation the first frame has nothing that it can
    /// be held against.
    pub verified: bool,
}

fn commit((number, group): (u32, &Group), view: fn(u32) -> View) -> Commit {
    Commit {
        number,
        view: view(number),
        first_frame: group.first_frame,
        last_frame: group.last_frame,
        pages: group.images.iter().map(|(page, _)| *page).collect(),
        database_size: group.database_size,
        salts: group.salts,
        verified: group.verified,
    }
}

/// All of a log, in the order of time.
pub(super) fn commits(log: &Log) -> Vec<Commit> {
    let former = (1..).zip(&log.former).map(|group| commit(group, View::Former));
    former.chain((1..).zip(&log.commits).map(|group| commit(group, View::Wal))).collect()
}
