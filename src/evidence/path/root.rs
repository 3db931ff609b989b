//! The roots of an evidence: the folders under which the file system of a handset, or one partition of it, begins.
//!
//! A name with an anchor shows where its root is; the names beside it that have none lie under the same root.

use std::collections::BTreeMap;

use super::{
    alias,
    anchor::{self, Anchor},
};

/// Folders at the root of a handset: a root that would lie in one of them is a copy kept on the handset.
const TOP_LEVEL: [&str; 17] = [
    "data",
    "data_mirror",
    "storage",
    "sdcard",
    "mnt",
    "system",
    "system_ext",
    "vendor",
    "product",
    "odm",
    "sbin",
    "debug_ramdisk",
    "private",
    "var",
    "mobile",
    "System",
    "Library",
];

/// The roots that were found, by their prefix: empty, or components with a `/` behind them.
#[derive(Debug, Default)]
pub(in crate::evidence) struct Roots {
    mounts: BTreeMap<String, &'static str>,
}

impl Roots {
    /// Finds the roots of names. With two mounts for one prefix (`private/var` and `mobile` beside each other) the
    /// prefix is the root of the whole file system.
    pub(in crate::evidence) fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut mounts: BTreeMap<String, &'static str> = BTreeMap::new();
        for name in names {
            let Some(Anchor { start, mount }) = anchor::leftmost(name) else { continue };
            let prefix = name.get(..start).unwrap_or_default();
            match mounts.get_mut(prefix) {
                Some(known) => *known = (*known).min(mount),
                None => drop(mounts.insert(prefix.to_owned(), mount)),
            }
        }
        let inner: Vec<String> = mounts.keys().filter(|prefix| is_inside(prefix, &mounts)).cloned().collect();
        for prefix in inner {
            mounts.remove(&prefix);
        }
        Roots { mounts }
    }

    /// Whether any root was found: whether the names are those of a handset.
    pub(in crate::evidence) fn is_empty(&self) -> bool {
        self.mounts.is_empty()
    }

    /// Whether a name lies under one of the roots.
    pub(in crate::evidence) fn holds(&self, name: &str) -> bool {
        self.root_of(name).is_some()
    }

    /// The device path of a name without a leading `/`.
    pub(in crate::evidence) fn device_path(&self, name: &str) -> String {
        alias::fold(match self.root_of(name) {
            Some((mount, rest)) => format!("{mount}/{rest}"),
            None => format!("/{name}"),
        })
    }

    fn root_of<'a>(&self, name: &'a str) -> Option<(&'static str, &'a str)> {
        if self.mounts.is_empty() {
            return None;
        }
        if let Some(Anchor { start, mount }) = anchor::leftmost(name)
            && let Some((prefix, rest)) = name.split_at_checked(start)
            && self.mounts.contains_key(prefix)
        {
            return Some((mount, rest));
        }
        prefixes(name).find_map(|(prefix, rest)| Some((*self.mounts.get(prefix)?, rest)))
    }
}

/// Whether a prefix lies in a folder of the handset whose root is another prefix.
fn is_inside(prefix: &str, mounts: &BTreeMap<String, &'static str>) -> bool {
    let outer = prefixes(prefix).filter(|(outer, rest)| !rest.is_empty() && mounts.contains_key(*outer));
    outer.into_iter().any(|(_, rest)| {
        let top = rest.split('/').next().unwrap_or(rest);
        TOP_LEVEL.contains(&top)
    })
}

/// Every prefix of whole components and what follows it, the longest first, the empty one last.
fn prefixes(name: &str) -> impl Iterator<Item = (&str, &str)> {
    let separators = name.bytes().enumerate().rev().filter(|(_, byte)| *byte == b'/').map(|(at, _)| at + 1);
    separators.chain(std::iter::once(0)).filter_map(|at| name.split_at_checked(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths<const N: usize>(names: [&str; N]) -> [String; N] {
        let roots = Roots::of(names);
        names.map(|name| roots.device_path(name))
    }

    #[test]
    fn the_prefix_of_one_name_is_the_prefix_of_its_neighbours() {
        let found = paths([
            "EXTRACTION_FFS 01/EXTRACTION_FFS/Dump/data/data/org.example/x",
            "EXTRACTION_FFS 01/EXTRACTION_FFS/Dump/efs/y",
            "EXTRACTION_FFS 01/report.txt",
        ]);
        assert_eq!(found, ["/data/data/org.example/x", "/efs/y", "/EXTRACTION_FFS 01/report.txt"]);
    }

    #[test]
    fn each_partition_has_its_own_root() {
        let found = paths([
            "filesystem1/System/Library/CoreServices/SystemVersion.plist",
            "filesystem2/mobile/Library/SMS/sms.db",
            "filesystem2/root/Library/x",
            "filesystem1/usr/y",
        ]);
        assert_eq!(
            found,
            [
                "/System/Library/CoreServices/SystemVersion.plist",
                "/private/var/mobile/Library/SMS/sms.db",
                "/private/var/root/Library/x",
                "/usr/y"
            ]
        );
    }

    #[test]
    fn a_root_inside_the_handset_is_a_copy_and_keeps_its_path() {
        let found = paths([
            "data/data/org.example/x",
            "data/local/tmp/dump/data/data/org.example/x",
            "Second/data/data/org.example/x",
        ]);
        assert_eq!(
            found,
            [
                "/data/data/org.example/x",
                "/data/local/tmp/dump/data/data/org.example/x",
                "/data/data/org.example/x"
            ]
        );
    }

    #[test]
    fn without_a_root_the_name_is_the_path() {
        assert_eq!(
            paths(["org.example/databases/x", "mmssms.db"]),
            ["/org.example/databases/x", "/mmssms.db"]
        );
    }

    #[test]
    fn a_mirror_of_a_rooting_tool_is_folded() {
        let found =
            paths(["Dump/data/data/org.example/x", "Dump/sbin/.magisk/mirror/data/data/org.example/x"]);
        assert_eq!(found[0], found[1]);
    }
}
