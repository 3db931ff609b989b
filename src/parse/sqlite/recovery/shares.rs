//! Pages searched on several threads, with results that do not depend on their number.

use super::super::super::in_parallel;
use super::census::Use;
use std::convert::Infallible;
use std::num::NonZero;

/// Pages that one thread takes at a time.
const SHARE: usize = 256;

/// Does pages in shares, on some threads, and gives the results in the order of the pages.
pub(super) fn shared_out<T: Send>(
    pages: &[(u32, Use)],
    threads: NonZero<usize>,
    work: impl Fn(&[(u32, Use)]) -> T + Sync,
) -> Vec<T> {
    let shares: Vec<&[(u32, Use)]> = pages.chunks(SHARE).collect();
    let of_share = |number: usize| Ok(work(shares.get(number).copied().unwrap_or(&[])));
    let done: Result<Vec<T>, Infallible> =
        in_parallel(shares.len(), threads.get().min(shares.len()), &of_share);
    match done {
        Ok(done) => done,
    }
}
