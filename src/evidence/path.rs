//! Device paths: the path that a file had on the handset, from the name that an acquisition gave it.
//!
//! ```text
//! Dump/data/user/0/org.example/x  ─ root found by an anchor ─►  /data/user/0/org.example/x
//!                                 ─ alias folded ──────────►  /data/data/org.example/x
//! ```
//!
//! The prefix in front of the root of the handset differs from tool to tool and is found by what is known to lie under
//! the root. Nothing is recognised: the path is `/` and the name, and definitions whose patterns begin with `**/`
//! still match.

mod alias;
mod anchor;
mod root;

pub(super) use root::Roots;

/// The device path of one name by itself: `/`-separated, absolute, aliases folded.
#[must_use]
pub fn device_path(name: &str) -> String {
    let relative = name.trim_start_matches('/');
    Roots::of([relative]).device_path(relative)
}
