//! Pages searched on several threads, with results that do not depend on their number.

use super::census::Use;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Pages that one thread takes at a time.
const SHARE: usize = 256;

/// Does pages in shares, on some threads, and gives the results in the order of the pages.
pub(super) fn shared_out<T: Send>(
    pages: &[(u32, Use)],
    threads: NonZero<usize>,
    work: impl Fn(&[(u32, Use)]) -> T + Sync,
) -> Vec<T> {
    let shares: Vec<&[(u32, Use)]> = pages.chunks(SHARE).collect();
    if threads.get() == 1 || shares.len() < 2 {
        return shares.into_iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(share) = shares.get(number) else { return done };
            done.push((number, work(share)));
        }
    };
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..threads.get()).map(|_| scope.spawn(take)).collect();
        let own = take();
        let others = others.into_iter().flat_map(|other| match other.join() {
            Ok(done) => done,
            Err(panic) => resume_unwind(panic),
        });
        own.into_iter().chain(others).collect::<Vec<_>>()
    });
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}
