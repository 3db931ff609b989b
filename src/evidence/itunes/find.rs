//! Where in a listing a backup is: the folder with its list.

use super::super::{path::Roots, source::Entry};

/// Digits of the name of a file of a backup.
const HASH_DIGITS: usize = 40;

/// Backups of one evidence; each is held against every entry.
pub(super) const ROOT_LIMIT: usize = 256;

/// A folder that is a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Root {
    /// Bytes of the names in it up to its folder, with the `/`.
    pub prefix: String,
    /// The entry of the list.
    pub list: usize,
    /// The list is a `Manifest.db`.
    pub is_database: bool,
}

impl Root {
    /// The name of a file in the backup, without the folder.
    pub(super) fn within<'n>(&self, name: &'n str) -> Option<&'n str> {
        name.strip_prefix(self.prefix.as_str())
    }

    /// The name of the backup's own folder.
    pub(super) fn folder(&self) -> &str {
        let folder = self.prefix.trim_end_matches('/');
        folder.rsplit('/').next().unwrap_or(folder)
    }
}

/// The backups of a listing, a deeper one before the one that it lies in. One that lies in the file system of a handset is a
/// file of the handset, as any other copy that was kept there: it is in the second list.
pub(super) fn roots(entries: &[Entry]) -> (Vec<Root>, Vec<Root>) {
    let mut roots: Vec<Root> = Vec::new();
    for (list, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.device_path.is_none()) {
        let (prefix, name) = split(&entry.named.relative);
        let is_database = name == "Manifest.db";
        if !is_database && name != "Manifest.mbdb" {
            continue;
        }
        let root = Root { prefix: prefix.to_owned(), list, is_database };
        let is_full = roots.len() >= ROOT_LIMIT;
        match roots.iter_mut().find(|known| known.prefix == prefix) {
            // A backup that was continued by a newer iOS has both; the database is the newer one.
            Some(known) if is_database => *known = root,
            Some(_) => {}
            None if is_full => break,
            None => roots.push(root),
        }
    }
    if roots.is_empty() {
        return (roots, Vec::new());
    }
    roots.sort_by_key(|root| (std::cmp::Reverse(root.prefix.len()), root.prefix.clone()));
    roots.retain(|root| entries.iter().any(|entry| speaks_for(root, &entry.named.relative)));
    let around = entries.iter().map(|entry| entry.named.relative.as_str());
    let around = around.filter(|name| !roots.iter().any(|root| root.within(name).is_some_and(is_own)));
    let handset = Roots::of(around);
    roots.into_iter().partition(|root| !handset.holds(&root.prefix))
}

/// What only a backup has beside its list.
fn speaks_for(root: &Root, name: &str) -> bool {
    let own = root.within(name);
    own.is_some_and(|own| is_hash(own) || own == "Manifest.plist" || own == "Status.plist")
}

/// A name that a backup gives: of the content of a file, or of what describes the backup.
pub(super) fn is_own(name: &str) -> bool {
    is_hash(name) || is_description(name)
}

/// `3d/3d0d…`, or `3d0d…` before iOS 10.
fn is_hash(name: &str) -> bool {
    hash(name).is_some()
}

/// The hash that is the name of a content.
pub(super) fn hash(name: &str) -> Option<&str> {
    let (folder, hash) = split(name);
    let is_hex = hash.len() == HASH_DIGITS && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let fits = folder.is_empty() || folder.len() == 3 && hash.starts_with(folder.trim_end_matches('/'));
    (is_hex && fits).then_some(hash)
}

/// What a computer writes beside the content.
fn is_description(name: &str) -> bool {
    const NAMES: [&str; 6] =
        ["Info.plist", "Manifest.plist", "Status.plist", "Manifest.db", "Manifest.mbdb", "Manifest.mbdx"];
    NAMES.contains(&name) || ["Manifest.db-wal", "Manifest.db-shm", "Manifest.db-journal"].contains(&name)
}

/// Splits behind the last `/`.
fn split(name: &str) -> (&str, &str) {
    let at = name.rfind('/').map_or(0, |at| at + 1);
    name.split_at_checked(at).unwrap_or(("", name))
}

#[cfg(test)]
mod tests {
    use super::super::super::{Times, name};
    use super::*;

    fn found(names: &[&str]) -> (Vec<String>, Vec<String>) {
        let entry = |name: &&str| Entry::new(name::of_folder(name.as_bytes()), 0, Times::default());
        let entries: Vec<Entry> = names.iter().map(entry).collect();
        let (backups, copies) = roots(&entries);
        let prefixes = |roots: Vec<Root>| roots.into_iter().map(|root| root.prefix).collect();
        (prefixes(backups), prefixes(copies))
    }

    const HASH: &str = "3d/3d0d7e5fb2ce288813306e4d4636395e047a3d28";

    #[test]
    fn a_backup_is_found_in_whatever_folder() {
        let none = Vec::<String>::new();
        assert_eq!(found(&["Manifest.db", HASH]), (vec![String::new()], none.clone()));
        let deep = ["Backup/UDID/Manifest.mbdb", "Backup/UDID/Status.plist", "report.txt"];
        assert_eq!(found(&deep), (vec!["Backup/UDID/".to_owned()], none.clone()));
        let snapshot =
            ["U/Manifest.db", "U/Manifest.plist", "U/Snapshot/Manifest.db", "U/Snapshot/Status.plist"];
        assert_eq!(found(&snapshot), (vec!["U/Snapshot/".to_owned(), "U/".to_owned()], none));
    }

    #[test]
    fn a_list_alone_is_a_file_like_any_other() {
        assert_eq!(found(&["Manifest.db", "Info.plist", "abc/def"]), (Vec::new(), Vec::new()));
    }

    #[test]
    fn a_backup_on_a_handset_is_a_copy_that_was_kept_there() {
        let names = [
            "private/var/mobile/Library/x",
            "private/var/mobile/Media/B/Manifest.db",
            "private/var/mobile/Media/B/Status.plist",
        ];
        assert_eq!(found(&names), (Vec::new(), vec!["private/var/mobile/Media/B/".to_owned()]));
    }

    #[test]
    fn a_name_of_40_hex_digits_is_one_of_a_backup() {
        assert!(is_hash(HASH) && is_hash(&HASH[3..]));
        assert!(!is_hash("4d/3d0d7e5fb2ce288813306e4d4636395e047a3d28") && !is_hash(&HASH[4..]));
    }
}
