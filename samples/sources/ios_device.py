"""An iOS handset's own facts: version, name, SIMs, Wi-Fi, addresses, and the apps it holds."""

# CREATE TABLEs: applicationState.db as FrontBoard itself makes it (FBSqliteApplicationDataStoreRepository _dbQueue_createTables, in
# public decompilations of FrontBoard.framework); CellularUsage.db: PeterBlenessy/traceloupe, fixture seed_cellular_usage, said to hold
# the real columns; storeSystem.db of iOS 16.1.1 from the public test case abrignoni/iLEAPP admin/test/cases/data/storeSystem.
# Property lists: keys as in the public test cases celWireless, deviceDatam, deviceName, appleWifiPlist of abrignoni/iLEAPP and in
# log2timeline/plaso test_data/ios.

import datetime
import plistlib
import shutil
import sqlite3
import tempfile
from pathlib import Path

PLATFORM = "ios"

T = 1700000000  # 2023-11-14T22:13:20Z
COCOA = T - 978307200

ICCID = "8901410321111851072"
SECOND_ICCID = "8901410321111851080"
BUNDLE = "private/var/containers/Bundle/Application/3F2504E0-4F89-41D3-9A0C-0305E82C3301"
DATA = "private/var/mobile/Containers/Data/Application/7D444840-9DC0-11D1-B245-5FFDCE74FAD2"
STORE = "private/var/containers/Data/System/AD313E95-0000-4921-8E46-58ADFAB6583A/Documents/Persistence/storeSystem.db"
CONTAINER = ".com.apple.mobile_container_manager.metadata.plist"

STATE_SCHEMA = """
CREATE TABLE schema(version INT NOT NULL);
INSERT INTO schema (version) VALUES (1);
CREATE TABLE key_tab (id INTEGER PRIMARY KEY, key TEXT NOT NULL, UNIQUE(key));
CREATE TABLE application_identifier_tab (id INTEGER PRIMARY KEY, application_identifier TEXT NOT NULL, UNIQUE(application_identifier));
CREATE TABLE kvs(   id INTEGER PRIMARY KEY,    application_identifier INT REFERENCES application_identifier_tab(id),    key INT REFERENCES key_tab(id),    value BLOB,    UNIQUE(application_identifier, key));
CREATE INDEX kvs_keys ON kvs(key);
CREATE INDEX kvs_application_identifiers ON kvs(application_identifier);
"""

USAGE_SCHEMA = """
CREATE TABLE subscriber_info (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, subscriber_id TEXT, subscriber_mdn TEXT, tag INTEGER, last_update_time INTEGER, slot_id INTEGER, home_budget INTEGER, roaming_budget INTEGER, user_entered_bill_end_dom INTEGER, low_data_mode INTEGER, reliable_network_fallback INTEGER, smart_data_mode INTEGER, interface_cost INTEGER, privacy_proxy INTEGER);
CREATE TABLE bundle_info (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, bundle_id TEXT, flags INTEGER);
"""

STORE_SCHEMA = """
CREATE TABLE app_install (pid INTEGER, account_id INTEGER, apple_id TEXT, arcade INTEGER NOT NULL DEFAULT 0, alt_dsid TEXT, alternate_icon_name TEXT, approved INTEGER NOT NULL DEFAULT 0, artwork_url URL, auto_install_override INTEGER NOT NULL DEFAULT 0, automatic_type INTEGER NOT NULL DEFAULT 0, bundle_id TEXT, bundle_name TEXT, bundle_url URL, bundle_version TEXT, bootstrapped INTEGER NOT NULL DEFAULT 2, cancel_download_url URL, cancel_if_duplicate INTEGER NOT NULL DEFAULT 0, companion_bundle_id TEXT, client_id TEXT, client_type INTEGER NOT NULL DEFAULT 0, coordinator_id UUID, coordinator_intent INTEGER NOT NULL DEFAULT 1, device_based_vpp INTEGER, downloader_id INTEGER, download_path TEXT, external_id UUID, external_order INTEGER, evid INTEGER, failure_error BLOB, gizmo_pairing_id UUID, has_background_assets_extension INTEGER NOT NULL DEFAULT 0, has_messages_extension INTEGER NOT NULL DEFAULT 0, item_id INTEGER, last_start_date DATETIME, launch_prohibited INTEGER NOT NULL DEFAULT 0, log_code TEXT, messages_artwork_url URL, optimal_download_start INTEGER, metrics_install_type INTEGER NOT NULL DEFAULT 0, order_index INTEGER, phase INTEGER NOT NULL DEFAULT 10, policy JSON, placeholder_entitlements BLOB, placeholder_path TEXT, previous_galette_mode INTEGER, priority INTEGER NOT NULL DEFAULT 0, quarantine INTEGER NOT NULL DEFAULT 0, receipt BLOB, recovery_count INTEGER NOT NULL DEFAULT 0, redownload INTEGER NOT NULL DEFAULT 0, remote_install INTEGER NOT NULL DEFAULT 0, requires_rosetta INTEGER NOT NULL DEFAULT 0, restore_state INTEGER NOT NULL DEFAULT 0, restore_retry_count INTEGER NOT NULL DEFAULT 0, restore_type INTEGER NOT NULL DEFAULT 0, runs_on_apple_silicon INTEGER NOT NULL DEFAULT 1, runs_on_intel INTEGER NOT NULL DEFAULT 1,software_platform INTEGER NOT NULL DEFAULT 0, source_type INTEGER NOT NULL DEFAULT 0, storefront TEXT, store_cohort TEXT, store_metadata BLOB, supports_32bit_only INTEGER NOT NULL DEFAULT 0, supress_dialogs INTEGER NOT NULL DEFAULT 0, timestamp DATETIME DEFAULT (timestamp()), transaction_id TEXT, update_type INTEGER NOT NULL DEFAULT 0, vid UUID, vendor_name TEXT, watch_type INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(pid));
CREATE TABLE app_updates (pid INTEGER, bundle_id TEXT, current_version_release_date DATETIME, device_families INTEGER, install_date DATETIME, is_background INTEGER NOT NULL DEFAULT 0, is_code_signature_update INTEGER NOT NULL DEFAULT 0, is_offloaded INTEGER NOT NULL DEFAULT 0, is_per_device INTEGER NOT NULL DEFAULT 0, is_profile_validated INTEGER NOT NULL DEFAULT 0, metrics_data JSON, purchase_id INTEGER DEFAULT 0, release_date DATETIME, software_platform INTEGER NOT NULL DEFAULT 0, store_item_data JSON, store_item_id INTEGER NOT NULL DEFAULT 0, store_software_version_id INTEGER, timestamp DATETIME DEFAULT (timestamp()), update_state INTEGER NOT NULL DEFAULT 0, UNIQUE(bundle_id) ON CONFLICT REPLACE,PRIMARY KEY (pid));
CREATE TABLE mapi_app_update (pid INTEGER, boolean_property_mask INTEGER NOT NULL DEFAULT 0, bundle_id TEXT NOT NULL, install_date DATETIME, item_id INTEGER NOT NULL DEFAULT 0, metadata BLOB, metrics_data JSON, store_software_version_id INTEGER, timestamp DATETIME DEFAULT (timestamp()), update_state INTEGER NOT NULL DEFAULT 0, UNIQUE(bundle_id) ON CONFLICT REPLACE,PRIMARY KEY (pid));
CREATE TABLE app_package (pid INTEGER, archive_type INTEGER NOT NULL DEFAULT 0, background_asset_metadata JSON, blocked INTEGER NOT NULL DEFAULT 0, bytes_offset INTEGER, bytes_remaining INTEGER, bytes_total INTEGER, clear_hash_array JSON, compression INTEGER NOT NULL DEFAULT 0, data_promise_id UUID, disk_usage INTEGER, dp_info BLOB, hash_array JSON, hash_size INTEGER, hash_type INTEGER, initial_odr_size INTEGER, locate_asset_cache INTEGER, odr_manifest_url URL, package_type INTEGER, package_url URL, parent_id UUID, provisioning_profiles JSON, request_count INTEGER DEFAULT 0, sinf BLOB, streaming_zip INTEGER, timestamp DATETIME DEFAULT (timestamp()), variant_id TEXT, PRIMARY KEY(pid));
CREATE TABLE schema_version (schema_name TEXT, schema_version INTEGER DEFAULT 0, PRIMARY KEY(schema_name));
"""


# What locationd writes here is not published whole; iLEAPP serialNumber.py and ydkhatri/mac_apt basicinfo.py read this column.
LOCATION_SCHEMA = "CREATE TABLE TableInfo (TableName TEXT PRIMARY KEY, SerialNumber TEXT);"


def at(seconds):
    """A property-list date."""
    return datetime.datetime.fromtimestamp(T + seconds, datetime.timezone.utc).replace(tzinfo=None)


def plist(path, content, fmt=plistlib.FMT_BINARY):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(plistlib.dumps(content, fmt=fmt))


def archive(*objects):
    """An NSKeyedArchiver archive whose root is the first of the objects."""
    tree = {"$version": 100000, "$archiver": "NSKeyedArchiver", "$top": {"root": plistlib.UID(1)}, "$objects": ["$null", *objects]}
    return plistlib.dumps(tree, fmt=plistlib.FMT_BINARY)


def archived_object(name, members):
    """The archive of one object of a class, its members by name."""
    uid = plistlib.UID
    values = list(members.values())
    root = {key: uid(index + 3) for index, key in enumerate(members)}
    return archive({**root, "$class": uid(2)}, {"$classname": name, "$classes": [name, "NSObject"]}, *values)


def insert(db, table, **row):
    columns = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join("?" for _ in row)
    db.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(row.values()))


def open_new(path):
    db = sqlite3.connect(path)
    db.executescript("PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;")
    return db


def with_log(path, schema, base, later):
    """`base` is checkpointed into the database, `later` is only in its write-ahead log."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        db = open_new(Path(scratch) / path.name)
        db.executescript(schema)
        base(db)
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        later(db)
        db.commit()
        for suffix in ("", "-wal"):
            shutil.copyfile(Path(scratch) / (path.name + suffix), path.with_name(path.name + suffix))
        db.close()


def device(root):
    plist(root / "System/Library/CoreServices/SystemVersion.plist",
          {"ProductName": "iPhone OS", "ProductVersion": "16.1.1", "ProductBuildVersion": "20B101", "BuildID": "INVENTED-0001"},
          plistlib.FMT_XML)
    plist(root / "private/var/installd/Library/MobileInstallation/LastBuildInfo.plist",
          {"ProductName": "iPhone OS", "ShortVersionString": "16.1.1", "FullVersionString": "Version 16.1.1 (Build 20B101)",
           "ProductBuildVersion": "20B101"})
    plist(root / "private/var/root/Library/Lockdown/data_ark.plist", {
        "-DeviceName": "Dana’s iPhone", "-TimeZone": "Europe/Zurich", "-DarkProductVersion": "16.1.1",
        "-BootSessionID": "DF1FFB65-0000-4FB1-9CCA-F52B6215C2DD", "-TimeIntervalSince1970": T,
        "-ActivationStateAcknowledged": True, "-iTunesHasConnected": True,
        "com.apple.international-Language": "fr-CH", "com.apple.international-Locale": "fr_CH",
        "com.apple.iTunes.backup-LastBackupComputerName": "REYES-PC", "com.apple.iTunes.backup-LastBackupComputerType": "PC",
        "com.apple.mobile.wireless_lockdown-EnableWifiConnections": False,
        "com.apple.purplebuddy-SetupState": "SetupUsingAssistant"})
    plist(root / "private/var/preferences/SystemConfiguration/preferences.plist", {
        "Model": "D53gAP", "System": {"System": {"ComputerName": "Dana’s iPhone", "HostName": "Danas-iPhone"},
                                      "Network": {"HostNames": {"LocalHostName": "Danas-iPhone"}}}})
    plist(root / "private/var/preferences/SystemConfiguration/NetworkInterfaces.plist", {"Model": "D53gAP", "Interfaces": [
        {"BSD Name": "en0", "IOMACAddress": bytes.fromhex("020055500100"), "SCNetworkInterfaceType": "IEEE80211",
         "SCNetworkInterfaceInfo": {"UserDefinedName": "Wi-Fi"}},
        {"BSD Name": "en2", "IOMACAddress": bytes.fromhex("020055500102"), "SCNetworkInterfaceType": "Ethernet",
         "SCNetworkInterfaceInfo": {"UserDefinedName": "Ethernet Adapter (en2)"}},
        {"BSD Name": "pdp_ip0", "SCNetworkInterfaceInfo": {"UserDefinedName": "Cellular"}}]})
    plist(root / "private/var/mobile/Library/Preferences/.GlobalPreferences.plist", {
        "AppleLocale": "fr_CH", "AppleLanguages": ["fr-CH", "en-CH"], "AppleKeyboards": ["fr_CH@sw=QWERTZ", "emoji"],
        "ApplePasscodeKeyboards": ["fr_CH@sw=QWERTZ;hw=Automatic"]})
    plist(root / "private/var/mobile/Library/Preferences/com.apple.purplebuddy.plist", {
        "SetupLastExit": at(-86400), "SetupState": "SetupUsingAssistant", "SetupDone": True, "Language": "fr-CH",
        "Locale": "fr_CH", "RestoreChoice": True, "GuessedCountry": ["CH"]})
    plist(root / "private/var/containers/Shared/SystemGroup/5A1C0000-0000-4D52-8000-000000000001/Library/Caches/com.apple.lsdidentifiers.plist",
          {"LSAdvertiserIdentifier": "6D92078A-8246-4BA4-AE5B-76104861E7DC", "LSVendors": {}})
    plist(root / "private/var/containers/Shared/SystemGroup/systemgroup.com.apple.mobilegestaltcache/Library/Caches/com.apple.MobileGestalt.plist",
          {"CacheVersion": "20B101", "CacheExtra": {
              "h9jDsbgj7xIVeIQ8S3/X3Q": "iPhone13,2", "Z/dqyWS6OZTRy10UcmUAhw": "iPhone 12", "/YYygAofPDbhrwToVsXdeA": "D53gAP",
              "qNNddlUK+B/YlooNoymwgA": "16.1.1", "mZfUC7qo4pURNhyMHZ62RQ": "20B101", "zHeENZu+wbg7PUprwNwBWg": "ZD/A"}})


def serial_number(root):
    def first(db):
        insert(db, "TableInfo", TableName="CellLocation", SerialNumber="F17INVENTED9")
        insert(db, "TableInfo", TableName="Fences", SerialNumber="F17INVENTED8")

    def later(db):
        db.execute("UPDATE TableInfo SET SerialNumber = 'F17INVENTED0' WHERE TableName = 'CellLocation'")
        db.execute("DELETE FROM TableInfo WHERE TableName = 'Fences'")

    with_log(root / "private/var/root/Library/Caches/locationd/consolidated.db", LOCATION_SCHEMA, first, later)


def cellular(root):
    preferences = root / "private/var/wireless/Library/Preferences"
    # Keys of older versions (imei, LastKnownICCID, CDMANetworkPhoneNumberICCID) beside those of newer ones (imeis).
    plist(preferences / "com.apple.commcenter.device_specific_nobackup.plist", {
        "imei": "490154203237518", "LastKnownICCID": SECOND_ICCID, "CDMANetworkPhoneNumberICCID": SECOND_ICCID,
        "imeis": [{"first": "1:kOne", "second": "490154203237518"}, {"first": "2:kTwo", "second": "356938035643809"}],
        "imei_svns": [{"first": "1:kOne", "second": "15"}], "meid": "49015420323751", "ReportedPhoneNumber": "+15550100",
        "kPostponementTicket": {"ActivationState": "Activated"}})
    wallet = {
        ICCID: {"CarrierEntitlements": {"lastGoodImsi": "310150123456789", "kEntitlementsSelfRegistrationUpdateImsi": "310150123456789",
                                        "kEntitlementsSelfRegistrationUpdateImei": "490154203237518"},
                "SubscriptionConfiguration": {"GID1": "ffff", "IMSI": "310150123456789"},
                "phonebook": {"CopiedSIMPhoneNumber": "+15550100"}},
        SECOND_ICCID: {"CarrierEntitlements": {"lastGoodImsi": "310150987654321"},
                       "SubscriptionConfiguration": {"GID1": "ffff", "IMSI": "310150987654321"},
                       "phonebook": {"CopiedSIMPhoneNumber": "15550198"}}}
    plist(preferences / "com.apple.commcenter.plist", {
        "LastKnownICCID": ICCID, "PhoneNumber": "15550100", "PersonalWallet": wallet, "lastKnownOSVersion": "16.1.1",
        "kLocalMultiSimPreferencesKey": {"kDataSimIccidKey": "", "kVoiceSimIccidKey": ICCID}})
    plist(preferences / "com.apple.commcenter.data.plist", {
        "PersonalWallet": {ICCID: {"info": {"cb_ver": "49.0", "eap_aka": True, "label-id": "E8B6082D-F391-46CB-9780-0AF46534D89F",
                                            "mdn": "+15550100", "ts": T, "type": "sim"}}},
        "unique-sim-label-store": {"E8B6082D-F391-46CB-9780-0AF46534D89F": {"text": "Boat SIM", "tag": 1, "ts": T - 60}},
        "PersonalitySlots": [ICCID], "pw_ver": 2})

    def first(db):
        insert(db, "subscriber_info", subscriber_id=ICCID, subscriber_mdn="", tag=1, last_update_time=COCOA, slot_id=1)
        insert(db, "subscriber_info", subscriber_id=SECOND_ICCID, subscriber_mdn="15550198", tag=2, last_update_time=COCOA - 900, slot_id=2)
        insert(db, "bundle_info", bundle_id="com.example.watchapp", flags=48)

    def later(db):
        db.execute("UPDATE subscriber_info SET subscriber_mdn = '+15550100', last_update_time = ? WHERE slot_id = 1", (COCOA + 60,))
        db.execute("DELETE FROM subscriber_info WHERE slot_id = 2")

    with_log(root / "private/var/wireless/Library/Databases/CellularUsage.db", USAGE_SCHEMA, first, later)


def wifi(root):
    preferences = root / "private/var/preferences"
    plist(preferences / "com.apple.wifi.known-networks.plist", {
        "wifi.network.ssid.Harbour": {
            "SSID": b"Harbour", "AddedAt": at(-86400), "JoinedByUserAt": at(-86400), "JoinedBySystemAt": at(60), "UpdatedAt": at(61),
            "LastDiscoveredAt": at(120), "Hidden": False, "Moving": False, "AutoJoinDisabled": False, "CarPlayNetwork": False,
            "SupportedSecurityTypes": "WPA2 Personal", "CaptiveProfile": {"CaptiveNetwork": False},
            "BSSList": [
                {"BSSID": "02:00:5e:10:00:01", "Channel": 11, "ChannelFlags": 10, "LastAssociatedAt": at(60),
                 "LocationLatitude": 46.2044, "LocationLongitude": 6.1432, "LocationAccuracy": 65.0, "LocationTimestamp": at(30),
                 "DHCPServerID": bytes([192, 168, 1, 1]), "IPv4NetworkSignature": "IPv4.Router=192.168.1.1"},
                {"BSSID": "02:00:5e:10:00:02", "Channel": 36, "ChannelFlags": 1040, "LastAssociatedAt": at(-3600)}],
            "__OSSpecific__": {"BSSID": "02:00:5e:10:00:01", "CHANNEL": 11, "networkUsage": 2262.5, "prevJoined": at(-7200),
                               "WiFiNetworkPasswordModificationDate": at(-86400)}},
        "wifi.network.ssid.Café": {"SSID": "Café".encode(), "AddedAt": at(-600), "JoinedByUserAt": at(-500), "Hidden": True,
                                   "SupportedSecurityTypes": "Open", "AddReason": "Cloud Sync", "BundleID": "com.example.wifi"}})
    configuration = preferences / "SystemConfiguration"
    plist(configuration / "com.apple.wifi.plist", {
        "deviceSoftwareVer": "20B101", "hwMacAddressMacRandomisation": bytes.fromhex("020055500100")})
    plist(configuration / "com.apple.wifi-networks.plist.backup", {"List of known networks": [
        {"SSID_STR": "Old Boat", "SSID": b"Old Boat", "BSSID": "2:0:5e:10:0:3", "addedAt": at(-9000), "lastJoined": at(-8000),
         "lastAutoJoined": at(-7000), "prevJoined": at(-8500), "lastUpdated": at(-6000), "networkUsage": 12.5, "enabled": True,
         "Hidden": False, "CARPLAY_NETWORK": False, "80211D_IE": {"IE_KEY_80211D_COUNTRY_CODE": "CH"},
         "WPS_PROB_RESP_IE": {"IE_KEY_WPS_DEV_NAME": "Router", "IE_KEY_WPS_MANUFACTURER": "Example", "IE_KEY_WPS_MODEL_NAME": "E1",
                              "IE_KEY_WPS_SERIAL_NUM": "0001"},
         "networkKnownBSSListKey": [{"BSSID": "2:0:5e:10:0:3", "CHANNEL": 6, "CHANNEL_FLAGS": 10, "lastRoamed": at(-7000)}]}]})
    plist(configuration / "com.apple.wifi-private-mac-networks.plist", {"List of scanned networks with private mac": [
        {"SSID_STR": "Harbour", "BSSID": "02:00:5e:10:00:01", "addedAt": at(-86400), "lastJoined": at(60), "lastUpdated": at(200),
         "MacGenerationTimeStamp": at(-86401), "FirstJoinWithNewMacTimestamp": at(-86390), "LinkDownTimestamp": at(180),
         "IsOpenNetwork": False, "PresentInKnownNetworks": True,
         "PRIVATE_MAC_ADDRESS": {"PRIVATE_MAC_ADDRESS_IN_USE": bytes.fromhex("da0046199801"),
                                 "PRIVATE_MAC_ADDRESS_VALUE": bytes.fromhex("da0046199801"), "PRIVATE_MAC_ADDRESS_VALID": True}}]})


def application_state(root):
    def compatibility(identifier, bundle, sandbox):
        inner = archived_object("XBApplicationLaunchCompatibilityInfo",
                                {"bundleIdentifier": identifier, "bundlePath": bundle, "sandboxPath": sandbox})
        return plistlib.dumps(inner, fmt=plistlib.FMT_BINARY)

    def first(db):
        db.execute("INSERT INTO key_tab VALUES (3, 'SBApplicationBadgeKey'), (7, 'compatibilityInfo')")
        apps = [(1, "org.example.harbour"), (2, "net.whatsapp.WhatsApp"), (3, "org.example.removed"), (5, "com.apple.MobileSMS"),
                (6, "com.apple.mobilephone"), (7, "com.apple.MobileAddressBook")]
        db.executemany("INSERT INTO application_identifier_tab VALUES (?, ?)", apps)
        db.execute("INSERT INTO kvs VALUES (1, 1, 3, 0)")
        db.execute("INSERT INTO kvs VALUES (2, 1, 7, ?)", (compatibility("org.example.harbour", f"/{BUNDLE}/Harbour.app", f"/{DATA}"),))
        db.execute("INSERT INTO kvs VALUES (3, 2, 3, 4)")
        whatsapp = "/private/var/mobile/Containers/Data/Application/1B9D6BCD-0000-4B2D-9B5D-AB8DFBBD4BED"
        db.execute("INSERT INTO kvs VALUES (4, 3, 7, ?)", (compatibility("org.example.removed", "/gone/Removed.app", whatsapp),))

    def later(db):
        db.execute("DELETE FROM kvs WHERE application_identifier = 3")
        db.execute("DELETE FROM application_identifier_tab WHERE id = 3")
        db.execute("INSERT INTO application_identifier_tab VALUES (4, 'org.example.fresh')")

    with_log(root / "private/var/mobile/Library/FrontBoard/applicationState.db", STATE_SCHEMA, first, later)


def containers(root):
    plist(root / DATA / CONTAINER, {"MCMMetadataIdentifier": "org.example.harbour", "MCMMetadataContentClass": 2,
                                    "MCMMetadataUUID": "7D444840-9DC0-11D1-B245-5FFDCE74FAD2", "MCMMetadataActiveDPClass": 0})
    plist(root / BUNDLE / CONTAINER, {"MCMMetadataIdentifier": "org.example.harbour", "MCMMetadataContentClass": 1,
                                      "MCMMetadataUUID": "3F2504E0-4F89-41D3-9A0C-0305E82C3301"})
    plist(root / BUNDLE / "iTunesMetadata.plist", {
        "softwareVersionBundleId": "org.example.harbour", "itemName": "Harbour", "bundleShortVersionString": "2.4", "bundleVersion": "241",
        "artistName": "Example Org", "genre": "Navigation", "releaseDate": "2020-01-02T03:04:05Z", "sourceApp": "com.apple.AppStore",
        "isFactoryInstall": False, "sideLoadedDeviceBasedVPP": False, "itemId": 1000000001,
        "com.apple.iTunesStore.downloadInfo": {"accountInfo": {"AppleID": "dana.reyes@example.org"}, "purchaseDate": "2023-11-14T22:13:20Z"}})
    uid = plistlib.UID
    (root / BUNDLE / "BundleMetadata.plist").write_bytes(archive(
        {"installDate": uid(2), "$class": uid(4)}, {"NS.time": float(COCOA + 5), "$class": uid(3)},
        {"$classname": "NSDate", "$classes": ["NSDate", "NSObject"]},
        {"$classname": "MIBundleMetadata", "$classes": ["MIBundleMetadata", "NSObject"]}))


def store(root):
    metadata = archived_object("MIStoreMetadata", {
        "itemName": "Harbour", "bundleShortVersionString": "2.4", "appleID": "dana.reyes@example.org", "artistName": "Example Org",
        "purchaseDate": "2023-11-14T22:13:20Z", "releaseDate": "2020-01-02T03:04:05Z", "genre": "Navigation", "ratingLabel": "4+",
        "altDSID": "000551-08-invented", "softwareVersionExternalIdentifier": 850000001, "sourceApp": "com.apple.AppStore"})

    def first(db):
        insert(db, "app_install", pid=11, account_id=17193900000, bundle_id="org.example.harbour", bundle_name="Harbour",
               bundle_url=f"file:///{BUNDLE}/Harbour.app/", bundle_version="241", client_id="com.apple.AppStore", item_id=1000000001,
               last_start_date=COCOA + 3.25, storefront="143459", store_metadata=metadata, timestamp=COCOA, transaction_id="J20N_C_1",
               update_type=1, vendor_name="Example Org")
        insert(db, "app_install", pid=12, account_id=17193900000, bundle_id="org.example.gone", bundle_name="Gone", timestamp=COCOA - 60)
        insert(db, "app_updates", pid=21, bundle_id="org.example.harbour", current_version_release_date=COCOA - 100, release_date=COCOA - 900,
               store_item_data=b'{"name":"Harbour","displayVersion":"2.5","artistName":"Example Org"}', store_item_id=1000000001,
               timestamp=COCOA, update_state=4)

    def later(db):
        db.execute("UPDATE app_install SET phase = 20 WHERE pid = 11")
        db.execute("DELETE FROM app_install WHERE pid = 12")
        insert(db, "mapi_app_update", pid=31, bundle_id="org.example.harbour", install_date=COCOA + 90, item_id=1000000001,
               metadata=b'{"attributes":{"name":"Harbour","artistName":"Example Org","platformAttributes":{"ios":{"latestVersionInfo":{"versionDisplay":"2.6"}}}}}',
               timestamp=COCOA + 80, update_state=2)

    with_log(root / STORE, STORE_SCHEMA, first, later)


def backup_summary(root):
    """What a computer writes beside a backup."""
    plist(root / "Info.plist", {
        "Device Name": "Dana’s iPhone", "Display Name": "Dana’s iPhone", "Product Name": "iPhone 12", "Product Type": "iPhone13,2",
        "Product Version": "16.1", "Build Version": "20B82", "Serial Number": "F17INVENTED0", "IMEI": "490154203237518",
        "IMEI 2": "356938035643809", "MEID": "49015420323751", "ICCID": ICCID, "Phone Number": "+15550100",
        "Unique Identifier": "00008101-000A00000000001E", "GUID": "0123456789ABCDEF", "iTunes Version": "12.12.6",
        "Last Backup Date": at(-3600), "Installed Applications": ["net.whatsapp.WhatsApp", "org.example.harbour"]}, plistlib.FMT_XML)


def build(root):
    device(root)
    serial_number(root)
    backup_summary(root)
    cellular(root)
    wifi(root)
    application_state(root)
    containers(root)
    store(root)
