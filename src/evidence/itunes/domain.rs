//! Domains: what a backup calls the folders of the handset that it was made of.
//!
//! `MobileBackup.framework`, `Domains.plist`; the roots as dissect.target (`loaders/itunes.py`) and iLEAPP
//! (`search_files.py`) have them. An app's container has a UUID on the handset, which a backup does not keep: the name of
//! the app stands in its place.

/// Domain → folder of the handset.
const FOLDERS: [(&str, &str); 20] = [
    ("HomeDomain", "mobile"),
    ("CameraRollDomain", "mobile"),
    ("MediaDomain", "mobile"),
    ("KeyboardDomain", "mobile"),
    ("HomeKitDomain", "mobile"),
    ("TonesDomain", "mobile"),
    ("HealthDomain", "mobile/Library"),
    ("BooksDomain", "mobile/Media/Books"),
    ("WirelessDomain", "wireless"),
    ("RootDomain", "root"),
    ("KeychainDomain", "Keychains"),
    ("SystemPreferencesDomain", "preferences"),
    ("ManagedPreferencesDomain", "Managed Preferences"),
    ("DatabaseDomain", "db"),
    ("InstallDomain", "installd"),
    ("MobileDeviceDomain", "MobileDevice"),
    ("NetworkDomain", "networkd"),
    ("ProtectedDomain", "protected"),
    ("PreferencesDomain", "preferences"),
    ("LogsDomain", "logs"),
];

/// Domain of one app or group, up to its name → folder of the containers.
const CONTAINERS: [(&str, &str); 6] = [
    ("AppDomain-", "mobile/Containers/Data/Application"),
    ("AppDomainGroup-", "mobile/Containers/Shared/AppGroup"),
    ("AppDomainPlugin-", "mobile/Containers/Data/PluginKitPlugin"),
    ("AppDomainPlaceholder-", "mobile/Containers/Data/Application"),
    ("SysContainerDomain-", "containers/Data/System"),
    ("SysSharedContainerDomain-", "containers/Shared/SystemGroup"),
];

/// The device path of a file of a domain; `None` where the domain is not known. `path` is relative, without `..`.
pub(super) fn device_path(domain: &str, path: &str) -> Option<String> {
    if let Some((_, folder)) = FOLDERS.iter().find(|(name, _)| *name == domain) {
        return Some(format!("/private/var/{folder}/{path}"));
    }
    let of_container = |(prefix, folder): &(&str, &'static str)| {
        let name = domain.strip_prefix(prefix).filter(|name| !name.is_empty())?;
        Some((name.to_owned(), *folder))
    };
    let (name, folder) = CONTAINERS.iter().find_map(of_container)?;
    // A name is one component, whatever a hostile list makes of it.
    let name = if matches!(name.as_str(), "." | "..") { "_".to_owned() } else { name.replace('/', "_") };
    Some(format!("/private/var/{folder}/{name}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_a_folder_of_the_handset() {
        let cases = [
            ("HomeDomain", "Library/SMS/sms.db", "/private/var/mobile/Library/SMS/sms.db"),
            ("HealthDomain", "Health/healthdb.sqlite", "/private/var/mobile/Library/Health/healthdb.sqlite"),
            (
                "AppDomainGroup-group.org.example",
                "x.db",
                "/private/var/mobile/Containers/Shared/AppGroup/group.org.example/x.db",
            ),
            (
                "AppDomain-org.example",
                "Documents/x",
                "/private/var/mobile/Containers/Data/Application/org.example/Documents/x",
            ),
            (
                "SystemPreferencesDomain",
                "SystemConfiguration/com.apple.wifi.plist",
                "/private/var/preferences/SystemConfiguration/com.apple.wifi.plist",
            ),
        ];
        for (domain, path, expected) in cases {
            assert_eq!(device_path(domain, path).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_domain_that_is_not_known_has_no_folder() {
        assert_eq!(
            device_path("AppDomain-..", "x").unwrap(),
            "/private/var/mobile/Containers/Data/Application/_/x"
        );
        for domain in ["OtherDomain", "AppDomain-", "AppDomain", ""] {
            assert_eq!(device_path(domain, "x"), None);
        }
    }
}
