//! Aliases: many spellings of one folder of a handset, folded into one.
//!
//! Android shows one folder at several places (bind mounts and links: `/data/user/0` is `/data/data`, AOSP
//! `init.rc` and vold). Counting each as a file of its own doubles every message in them. Folders of other Android
//! users and of device-encrypted storage are folders of their own and stay apart.

/// `(spelling, canonical)`; `#` is the number of an Android user, the same on both sides. What follows the spelling,
/// a `/` and at least one component, is kept.
const ALIASES: [(&str, &str); 14] = [
    ("/data/user/0", "/data/data"),
    ("/data_mirror/data_ce/null/0", "/data/data"),
    ("/data_mirror/data_ce/null/#", "/data/user/#"),
    ("/data_mirror/data_de/null/#", "/data/user_de/#"),
    ("/storage/emulated/legacy", "/data/media/0"),
    ("/storage/emulated/#", "/data/media/#"),
    ("/storage/self/primary", "/data/media/0"),
    ("/sdcard", "/data/media/0"),
    ("/mnt/sdcard", "/data/media/0"),
    ("/mnt/user/#/primary", "/data/media/#"),
    ("/mnt/user/#/emulated/#", "/data/media/#"),
    ("/mnt/pass_through/#/emulated/#", "/data/media/#"),
    ("/mnt/runtime/default/emulated/#", "/data/media/#"),
    ("/var", "/private/var"),
];

/// Where a rooting tool mounts the partitions of the handset a second time.
const MIRROR: &str = "/.magisk/mirror/";

/// The canonical spelling of an absolute path.
pub(super) fn fold(path: String) -> String {
    let path = match path.find(MIRROR) {
        Some(at) => format!("/{}", path.get(at + MIRROR.len()..).unwrap_or_default()),
        None => path,
    };
    let folded = ALIASES.iter().find_map(|(spelling, canonical)| replaced(&path, spelling, canonical));
    folded.unwrap_or(path)
}

fn replaced(path: &str, spelling: &str, canonical: &str) -> Option<String> {
    let (rest, user) = strip(path, spelling)?;
    let named = rest.strip_prefix('/').is_some_and(|rest| !rest.is_empty());
    named.then(|| format!("{}{rest}", canonical.replace('#', user)))
}

/// Takes a spelling off; with more than one `#`, the last user number is the one whose folder it is.
fn strip<'a>(path: &'a str, spelling: &str) -> Option<(&'a str, &'a str)> {
    let mut pieces = spelling.split('#');
    let mut rest = path.strip_prefix(pieces.next()?)?;
    let mut user = "";
    for piece in pieces {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        (user, rest) = rest.split_at_checked(digits).filter(|(user, _)| !user.is_empty())?;
        rest = rest.strip_prefix(piece)?;
    }
    Some((rest, user))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_becomes_the_canonical_one() {
        let cases = [
            ("/data/user/0/org.example/x", "/data/data/org.example/x"),
            ("/data_mirror/data_ce/null/0/org.example", "/data/data/org.example"),
            ("/data_mirror/data_ce/null/10/org.example", "/data/user/10/org.example"),
            ("/data_mirror/data_de/null/0/org.example", "/data/user_de/0/org.example"),
            ("/storage/emulated/0/DCIM/x", "/data/media/0/DCIM/x"),
            ("/storage/emulated/150/DCIM/x", "/data/media/150/DCIM/x"),
            ("/sdcard/DCIM/x", "/data/media/0/DCIM/x"),
            ("/mnt/sdcard/x", "/data/media/0/x"),
            ("/storage/self/primary/x", "/data/media/0/x"),
            ("/mnt/pass_through/0/emulated/10/x", "/data/media/10/x"),
            ("/var/mobile/x", "/private/var/mobile/x"),
            ("/sbin/.magisk/mirror/data/user/0/org.example", "/data/data/org.example"),
            ("/sbin/.magisk/mirror/data/data/org.example", "/data/data/org.example"),
        ];
        for (path, expected) in cases {
            assert_eq!(fold(path.to_owned()), expected);
        }
    }

    #[test]
    fn other_users_and_device_encrypted_storage_stay_apart() {
        for path in [
            "/data/user/10/org.example/x",
            "/data/user/01/x",
            "/data/user_de/0/org.example/x",
            "/data/data/org.example/x",
            "/private/var/mobile/x",
            "/variable/x",
            "/sdcard",
            "/storage/1234-ABCD/x",
        ] {
            assert_eq!(fold(path.to_owned()), path);
        }
    }
}
