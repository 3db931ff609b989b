//! The paths of a backup of Android: what its names stand for on the handset.
//!
//! `apps/P/TOKEN/…` and `shared/N/…`; AOSP, `FullBackup.java` (the tokens) and `BackupAgent.java` (their folders). The
//! description of an app (`_manifest`, `_meta`) and what an app wrote as keys and values (`k/`) lie nowhere on the handset
//! and keep their names.

/// Token → folder in the private folder of an app, of storage that the user's credential opens.
const PRIVATE: [(&str, &str); 6] = [
    ("r", ""),
    ("f", "files/"),
    ("nb", "no_backup/"),
    ("db", "databases/"),
    ("sp", "shared_prefs/"),
    ("c", "cache/"),
];

/// The device path of a member; `None` where it has none.
pub(super) fn device_path(name: &str) -> Option<String> {
    if let Some(rest) = name.strip_prefix("shared/0/") {
        return Some(format!("/data/media/0/{rest}"));
    }
    let (package, rest) = name.strip_prefix("apps/")?.split_once('/')?;
    let (token, path) = rest.split_once('/')?;
    let private = |token: &str| PRIVATE.iter().find(|(known, _)| *known == token).map(|(_, folder)| *folder);
    // `d_`: storage that is open before the user's credential is given, since version 4.
    if let Some(folder) = token.strip_prefix("d_").and_then(private) {
        return Some(format!("/data/user_de/0/{package}/{folder}{path}"));
    }
    if let Some(folder) = private(token) {
        return Some(format!("/data/data/{package}/{folder}{path}"));
    }
    match token {
        "a" => Some(format!("/data/app/{package}/{path}")),
        "obb" => Some(format!("/data/media/0/Android/obb/{package}/{path}")),
        "ef" => Some(format!("/data/media/0/Android/data/{package}/files/{path}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_a_folder_of_the_handset() {
        let cases = [
            ("apps/org.example/db/x.db-wal", "/data/data/org.example/databases/x.db-wal"),
            ("apps/org.example/r/app_webview/Cookies", "/data/data/org.example/app_webview/Cookies"),
            ("apps/org.example/sp/a.xml", "/data/data/org.example/shared_prefs/a.xml"),
            ("apps/org.example/d_f/000000_sms_backup", "/data/user_de/0/org.example/files/000000_sms_backup"),
            ("apps/org.example/d_db/x.db", "/data/user_de/0/org.example/databases/x.db"),
            ("apps/org.example/a/base.apk", "/data/app/org.example/base.apk"),
            ("apps/org.example/ef/x", "/data/media/0/Android/data/org.example/files/x"),
            ("apps/org.example/obb/x", "/data/media/0/Android/obb/org.example/x"),
            ("shared/0/DCIM/1.jpg", "/data/media/0/DCIM/1.jpg"),
        ];
        for (name, expected) in cases {
            assert_eq!(device_path(name).as_deref(), Some(expected));
        }
    }

    #[test]
    fn what_lies_nowhere_on_the_handset_has_no_device_path() {
        for name in
            ["apps/org.example/_manifest", "apps/org.example/k/org.example.data", "shared/1/x", "other"]
        {
            assert_eq!(device_path(name), None);
        }
    }
}
