//! Which views of a database are wanted.

use super::place::{UnknownName, View};
use std::collections::BTreeSet;
use std::str::FromStr;

/// The names of all kinds of views, as `--views` takes them.
const NAMES: [&str; 14] = [
    "live",
    "wal",
    "wal-old",
    "uncommitted",
    "main",
    "journal",
    "journal-old",
    "freelist",
    "freeblock",
    "unallocated",
    "unreachable",
    "previous",
    "free",
    "all",
];

/// A choice of views: every one, unless some are named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Views(BTreeSet<String>);

impl Views {
    /// Whether rows of this view are wanted.
    pub fn wants(&self, view: View) -> bool {
        self.0.is_empty() || self.0.contains(view.kind())
    }

    /// Whether rows of the view of this name are wanted, of a container that is no database.
    pub fn wants_named(&self, view: &str) -> bool {
        self.0.is_empty() || self.0.contains(view)
    }

    /// Whether rows are wanted that only older snapshots hold.
    pub fn want_older(&self) -> bool {
        self.0.is_empty() || self.0.iter().any(|name| SNAPSHOTS.contains(&name.as_str()))
    }

    /// Whether rows are wanted that no pointer leads to.
    pub fn want_residue(&self) -> bool {
        self.0.is_empty() || self.0.iter().any(|name| name != "live" && !SNAPSHOTS.contains(&name.as_str()))
    }

    /// The names of the views, where not all are wanted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

const SNAPSHOTS: [&str; 7] = ["previous", "wal", "wal-old", "uncommitted", "main", "journal", "journal-old"];

impl FromStr for Views {
    type Err = UnknownName;

    /// Names, separated by commas; `all` is every view.
    fn from_str(names: &str) -> Result<Self, UnknownName> {
        let mut views = BTreeSet::new();
        for name in names.split(',').map(str::trim) {
            if !NAMES.contains(&name) {
                return Err(UnknownName::view(name));
            }
            views.insert(name.to_owned());
        }
        Ok(if views.contains("all") { Views::default() } else { Views(views) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_means_every_view() {
        let views = Views::default();
        assert!(views.wants(View::Live) && views.wants(View::Freeblock) && views.want_residue());
        assert_eq!("live,all".parse::<Views>().unwrap(), Views::default());
    }

    #[test]
    fn named_views_leave_out_the_others() {
        let views: Views = "live,wal".parse().unwrap();
        assert!(views.wants(View::Wal(3)) && views.want_older());
        assert!(!views.wants(View::Freelist) && !views.want_residue());
        assert!("life".parse::<Views>().is_err());
    }
}
