//! Anchors: components that stand at a known place under the root of a handset.

/// A place in a name from which its path on the handset is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Anchor {
    /// Bytes of the name in front of the root.
    pub start: usize,
    /// What the root of the name is mounted at: empty, `/data`, `/private/var`.
    pub mount: &'static str,
}

/// What has to follow the components of an anchor.
#[derive(Clone, Copy)]
enum Next {
    /// Anything, or nothing.
    Any,
    /// A component that begins with a digit: the number of an Android user.
    User,
    /// A component that is the name of an Android package.
    Package,
}

/// `(components, what follows, where the first component is mounted)`. The first that fits wins.
const ANCHORS: [(&str, Next, &str); 29] = [
    // Android (AOSP: system/vold, frameworks/base Environment.java)
    ("data/data", Next::Package, ""),
    ("data/user", Next::User, ""),
    ("data/user_de", Next::User, ""),
    ("data/media", Next::User, ""),
    ("data/system", Next::Any, ""),
    ("data/system_ce", Next::User, ""),
    ("data/system_de", Next::User, ""),
    ("data/misc", Next::Any, ""),
    ("data/misc_ce", Next::User, ""),
    ("data/misc_de", Next::User, ""),
    ("data/app", Next::Any, ""),
    ("data/vendor_de", Next::User, ""),
    ("data_mirror/data_ce", Next::Any, ""),
    ("data_mirror/data_de", Next::Any, ""),
    ("storage/emulated", Next::User, ""),
    ("storage/self/primary", Next::Any, ""),
    ("system/build.prop", Next::Any, ""),
    ("vendor/build.prop", Next::Any, ""),
    // The data partition of Android alone
    ("user_de", Next::User, "/data"),
    // iOS and the root of a full file system
    ("private/var", Next::Any, ""),
    ("var/mobile", Next::Any, ""),
    ("var/containers/Bundle", Next::Any, ""),
    ("var/containers/Data", Next::Any, ""),
    ("System/Library/CoreServices", Next::Any, ""),
    // The data partition of iOS alone, which is mounted at /private/var
    ("mobile/Containers", Next::Any, "/private/var"),
    ("mobile/Library", Next::Any, "/private/var"),
    ("mobile/Media", Next::Any, "/private/var"),
    ("containers/Bundle/Application", Next::Any, "/private/var"),
    ("containers/Data/System", Next::Any, "/private/var"),
];

/// The leftmost anchor of a name: what lies deeper is a copy that someone kept on the handset.
pub(super) fn leftmost(name: &str) -> Option<Anchor> {
    let after_separator = name.bytes().enumerate().filter(|(_, byte)| *byte == b'/').map(|(at, _)| at + 1);
    let mut starts = std::iter::once(0).chain(after_separator);
    starts.find_map(|start| at(name.get(start..)?).map(|mount| Anchor { start, mount }))
}

fn at(tail: &str) -> Option<&'static str> {
    let fits = |components: &str, next| {
        let rest = tail.strip_prefix(components)?;
        let following = if rest.is_empty() { "" } else { rest.strip_prefix('/')? };
        follows(following, next).then_some(())
    };
    let anchor = ANCHORS.iter().find(|(components, next, _)| fits(components, *next).is_some());
    anchor.map(|(_, _, mount)| *mount)
}

fn follows(rest: &str, next: Next) -> bool {
    match next {
        Next::Any => true,
        Next::User => rest.starts_with(|first: char| first.is_ascii_digit()),
        Next::Package => {
            let package = rest.split('/').next().unwrap_or(rest);
            package == "android" || package.contains('.')
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_leftmost_anchor_is_the_root() {
        let name = "Dump/data/media/0/backup/data/data/org.example/x";
        assert_eq!(leftmost(name), Some(Anchor { start: 5, mount: "" }));
    }

    #[test]
    fn an_anchor_is_whole_components() {
        assert_eq!(leftmost("mydata/data/org.example/x"), None);
        assert_eq!(leftmost("data/database/org.example"), None);
        assert_eq!(leftmost("data/data/readme"), None);
        assert_eq!(leftmost("data/user/backup/x"), None);
    }

    #[test]
    fn a_data_partition_alone_is_mounted() {
        let name = "filesystem2/mobile/Library/x";
        assert_eq!(leftmost(name), Some(Anchor { start: 12, mount: "/private/var" }));
        assert_eq!(leftmost("user_de/0/org.example/x"), Some(Anchor { start: 0, mount: "/data" }));
    }
}
