"""Identity, accounts and packages of Dana Reyes' handset; all identifiers are invented or test values.

Schemas: AOSP AccountsDb.java (Android 8 to 14; the same text stands in frankwxu/digital-forensics-lab, Echo_Device, accounts_*.db),
AOSP TelephonyProvider.java getStringForSimInfoTableCreation (Android 11), Google Play localappstate.db (SQLiteOpenHelper of
com.google.android.finsky, version 33), GservicesProvider.java (gservices.db). XML: AOSP SettingsState.java, Settings.java of
com.android.server.pm, XmlUtil.java of the Wi-Fi module. On a handset telephony.db is not in WAL mode; here all are.
"""

import shutil
import sqlite3
import struct
from pathlib import Path

PLATFORM = "android"

T = 1_700_000_000_000  # 2023-11-14T22:13:20Z
MINUTE = 60_000
NOVEMBER = 1_698_796_800_000  # 2023-11-01T00:00:00Z

ACCOUNTS_CE = """
CREATE TABLE android_metadata (locale TEXT);
CREATE TABLE accounts ( _id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, type TEXT NOT NULL, password TEXT, UNIQUE(name,type));
CREATE TABLE authtokens (  _id INTEGER PRIMARY KEY AUTOINCREMENT,  accounts_id INTEGER NOT NULL, type TEXT NOT NULL,  authtoken TEXT,  UNIQUE (accounts_id,type));
CREATE TABLE extras ( _id INTEGER PRIMARY KEY AUTOINCREMENT, accounts_id INTEGER, key TEXT NOT NULL, value TEXT, UNIQUE(accounts_id,key));
CREATE TRIGGER accountsDelete DELETE ON accounts BEGIN   DELETE FROM authtokens     WHERE accounts_id=OLD._id ;   DELETE FROM extras     WHERE accounts_id=OLD._id ; END;
"""

ACCOUNTS_DE = """
CREATE TABLE android_metadata (locale TEXT);
CREATE TABLE accounts ( _id INTEGER PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL, previous_name TEXT, last_password_entry_time_millis_epoch INTEGER DEFAULT 0, UNIQUE(name,type));
CREATE TABLE meta ( key TEXT PRIMARY KEY NOT NULL, value TEXT);
CREATE TABLE grants (  accounts_id INTEGER NOT NULL, auth_token_type STRING NOT NULL,  uid INTEGER NOT NULL,  UNIQUE (accounts_id,auth_token_type,uid));
CREATE TABLE shared_accounts ( _id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, type TEXT NOT NULL, UNIQUE(name,type));
CREATE TABLE debug_table ( _id INTEGER,action_type TEXT NOT NULL, time DATETIME,caller_uid INTEGER NOT NULL,table_name TEXT NOT NULL,primary_key INTEGER PRIMARY KEY);
CREATE INDEX timestamp_index ON debug_table (time);
CREATE TABLE visibility ( accounts_id INTEGER NOT NULL, _package TEXT NOT NULL, value INTEGER, PRIMARY KEY(accounts_id,_package));
"""

# AOSP AccountManagerService.java of Android 6 (DatabaseHelper, version 8): one file for all tables.
ACCOUNTS_BEFORE_7 = """
CREATE TABLE android_metadata (locale TEXT);
CREATE TABLE accounts ( _id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, type TEXT NOT NULL, password TEXT, previous_name TEXT, last_password_entry_time_millis_epoch INTEGER DEFAULT 0, UNIQUE(name,type));
CREATE TABLE authtokens (  _id INTEGER PRIMARY KEY AUTOINCREMENT,  accounts_id INTEGER NOT NULL, type TEXT NOT NULL,  authtoken TEXT,  UNIQUE (accounts_id,type));
CREATE TABLE extras ( _id INTEGER PRIMARY KEY AUTOINCREMENT, accounts_id INTEGER, key TEXT NOT NULL, value TEXT, UNIQUE(accounts_id,key));
CREATE TABLE debug_table ( _id INTEGER,action_type TEXT NOT NULL, time DATETIME,caller_uid INTEGER NOT NULL,table_name TEXT NOT NULL,primary_key INTEGER PRIMARY KEY);
"""

TELEPHONY = """
CREATE TABLE android_metadata (locale TEXT);
CREATE TABLE siminfo(_id INTEGER PRIMARY KEY AUTOINCREMENT,icc_id TEXT NOT NULL,sim_id INTEGER DEFAULT -1,display_name TEXT,carrier_name TEXT,name_source INTEGER DEFAULT 0,color INTEGER DEFAULT 0,number TEXT,display_number_format INTEGER NOT NULL DEFAULT 1,data_roaming INTEGER DEFAULT 0,mcc INTEGER DEFAULT 0,mnc INTEGER DEFAULT 0,mcc_string TEXT,mnc_string TEXT,ehplmns TEXT,hplmns TEXT,sim_provisioning_status INTEGER DEFAULT 0,is_embedded INTEGER DEFAULT 0,card_id TEXT NOT NULL,access_rules BLOB,access_rules_from_carrier_configs BLOB,is_removable INTEGER DEFAULT 0,enable_cmas_extreme_threat_alerts INTEGER DEFAULT 1,enable_cmas_severe_threat_alerts INTEGER DEFAULT 1,enable_cmas_amber_alerts INTEGER DEFAULT 1,enable_emergency_alerts INTEGER DEFAULT 1,alert_sound_duration INTEGER DEFAULT 4,alert_reminder_interval INTEGER DEFAULT 0,enable_alert_vibrate INTEGER DEFAULT 1,enable_alert_speech INTEGER DEFAULT 1,enable_etws_test_alerts INTEGER DEFAULT 0,enable_channel_50_alerts INTEGER DEFAULT 1,enable_cmas_test_alerts INTEGER DEFAULT 0,show_cmas_opt_out_dialog INTEGER DEFAULT 1,volte_vt_enabled INTEGER DEFAULT -1,vt_ims_enabled INTEGER DEFAULT -1,wfc_ims_enabled INTEGER DEFAULT -1,wfc_ims_mode INTEGER DEFAULT -1,wfc_ims_roaming_mode INTEGER DEFAULT -1,wfc_ims_roaming_enabled INTEGER DEFAULT -1,is_opportunistic INTEGER DEFAULT 0,group_uuid TEXT,is_metered INTEGER DEFAULT 1,iso_country_code TEXT,carrier_id INTEGER DEFAULT -1,profile_class INTEGER DEFAULT -1,subscription_type INTEGER DEFAULT 0,group_owner TEXT,data_enabled_override_rules TEXT,imsi TEXT,uicc_applications_enabled INTEGER DEFAULT 1,allowed_network_types BIGINT DEFAULT -1,ims_rcs_uce_enabled INTEGER DEFAULT 0);
"""

LOCALAPPSTATE = """
CREATE TABLE android_metadata (locale TEXT);
CREATE TABLE appstate (package_name STRING, auto_update INTEGER, desired_version INTEGER, download_uri STRING, delivery_data BLOB, delivery_data_timestamp_ms INTEGER,installer_state INTEGER, first_download_ms INTEGER, referrer STRING, account STRING, title STRING,flags INTEGER, continue_url STRING, last_notified_version INTEGER, last_update_timestamp_ms INTEGER, account_for_update STRING, auto_acquire_tags STRING, external_referrer_timestamp_ms INTEGER, persistent_flags INTEGER, permissions_version INTEGER, delivery_token STRING,completed_split_ids STRING, active_split_id STRING, request_id STRING,managed_configuration_token BLOB, total_completed_bytes_downloaded INTEGER,app_details BLOB, install_client_event_id INTEGER,last_client_event_id INTEGER, requesting_package_name STRING,update_discovered_timestamp_ms INTEGER, install_logging_context BLOB, logging_context BLOB, install_request_timestamp_ms INTEGER, desired_derived_apk_id INTEGER, notification_intent STRING, auto_update_flow_policy BLOB, install_reason STRING, sandbox_version INTEGER,requested_modules TEXT, install_request_data BLOB, active_accelerator_index INTEGER,PRIMARY KEY (package_name));
"""

GSERVICES = """
CREATE TABLE android_metadata (locale TEXT);
CREATE TABLE main (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE overrides (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE saved_system (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE saved_secure (name TEXT PRIMARY KEY, value TEXT);
"""

SYSTEM_PROP = """
# begin common build properties
# autogenerated by build/make/tools/buildinfo_common.sh
ro.system.build.date=Thu Jul 20 03:33:20 UTC 2023
ro.system.build.date.utc=1689824000
ro.system.build.fingerprint=example/mainline/generic:13/TQ3A.230805.001/10316531:user/release-keys
ro.system.build.id=TQ3A.230805.001
ro.system.build.tags=release-keys
ro.system.build.type=user
ro.system.build.version.release=13
ro.system.build.version.sdk=33
ro.product.system.brand=example
ro.product.system.device=generic
ro.product.system.manufacturer=Example
ro.product.system.model=mainline
ro.product.system.name=mainline
# end common build properties
# begin build properties
ro.build.id=TQ3A.230805.001
ro.build.display.id=TQ3A.230805.001
ro.build.version.sdk=33
ro.build.version.release=13
ro.build.version.security_patch=2023-08-05
ro.build.date.utc=1689824000
ro.build.type=user
ro.build.tags=release-keys
ro.product.locale=en-US
# end build properties
"""

VENDOR_PROP = """
ro.board.platform=sampleboard
ro.product.board=sampleboard1
ro.product.first_api_level=31
ro.vendor.build.date.utc=1689820000
ro.vendor.build.fingerprint=example/sample5_vendor/sample5:13/TQ3A.230805.001/10316531:user/release-keys
ro.bootimage.build.fingerprint=example/sample5_boot/sample5:13/TQ3A.230805.001/10316531:user/release-keys
ro.vendor.build.security_patch=2023-08-01
ro.product.vendor.brand=example
ro.product.vendor.device=sample5
ro.product.vendor.manufacturer=Example
ro.product.vendor.model=Sample Phone 5
ro.product.vendor.name=sample5_vendor
"""

PARTITION_PROP = """
ro.product.build.id=TQ3A.230805.001
ro.{part}.build.fingerprint=example/sample5_{part}/sample5:13/TQ3A.230805.001/10316531:user/release-keys
ro.product.{part}.brand=example
ro.product.{part}.device=sample5
ro.product.{part}.manufacturer=Example
ro.product.{part}.model=Sample Phone 5
ro.product.{part}.name=sample5_{part}
"""

SETTINGS_GLOBAL = """<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>
<settings version="210">
  <setting id="1" name="device_name" value="Dana&apos;s phone" package="com.android.settings" defaultValue="Sample Phone 5" defaultSysSet="true" />
  <setting id="2" name="boot_count" value="42" package="android" defaultValue="42" defaultSysSet="true" />
  <setting id="3" name="adb_enabled" value="1" package="com.android.settings" defaultValue="0" defaultSysSet="true" />
  <setting id="4" name="development_settings_enabled" value="1" package="com.android.settings" />
  <setting id="5" name="airplane_mode_on" value="0" package="android" defaultValue="0" defaultSysSet="true" />
  <setting id="6" name="wifi_on" value="1" package="android" />
</settings>
"""

SETTINGS_SYSTEM = """<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>
<settings version="210">
  <setting id="1" name="system_locales" value="en-US,de-CH" package="android" />
  <setting id="2" name="screen_off_timeout" value="60000" package="android" />
</settings>
"""

SETTINGS_SECURE_10 = """<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>
<settings version="210">
  <setting id="1" name="android_id" value="0f1e2d3c4b5a6978" package="android" />
</settings>
"""

PACKAGES_TEXT = """<?xml version='1.0' encoding='utf-8' standalone='yes' ?>
<packages>
    <version sdkVersion="30" databaseVersion="3" fingerprint="example/sample5/sample5:11/RQ3A/1:user/release-keys" />
    <package name="com.whatsapp" codePath="/data/app/~~before==/com.whatsapp-before==" nativeLibraryPath="/data/app/~~before==/com.whatsapp-before==/lib" publicFlags="945307204" privateFlags="0" ft="18b8864f680" it="18b882e0800" ut="18b8864f680" version="231000000" userId="10123" installer="com.android.vending" volumeUuid="primary_physical">
        <sigs count="1" schemeVersion="2">
            <cert index="5" />
        </sigs>
    </package>
</packages>
"""

WIFI_CONFIG_STORE = """<?xml version='1.0' encoding='utf-8' standalone='yes' ?>
<WifiConfigStoreData>
<int name="Version" value="3" />
<NetworkList>
<Network>
<WifiConfiguration>
<string name="ConfigKey">&quot;Reyes Home&quot;WPA_PSK</string>
<string name="SSID">&quot;Reyes Home&quot;</string>
<string name="PreSharedKey">&quot;not a real key&quot;</string>
<null name="WEPKeys" />
<int name="WEPTxKeyIndex" value="0" />
<boolean name="HiddenSSID" value="false" />
<boolean name="RequirePMF" value="false" />
<string name="CreatorName">android.uid.system:1000</string>
<string name="RandomizedMacAddress">02:00:5e:00:53:01</string>
</WifiConfiguration>
<NetworkStatus>
<string name="SelectionStatus">NETWORK_SELECTION_ENABLED</string>
<boolean name="HasEverConnected" value="true" />
</NetworkStatus>
<IpConfiguration>
<string name="IpAssignment">DHCP</string>
<string name="ProxySettings">NONE</string>
</IpConfiguration>
</Network>
<Network>
<WifiConfiguration>
<string name="ConfigKey">&quot;Harbour Café&quot;NONE</string>
<string name="SSID">&quot;Harbour Café&quot;</string>
<null name="PreSharedKey" />
<boolean name="HiddenSSID" value="true" />
</WifiConfiguration>
</Network>
</NetworkList>
<Settings>
<map name="Values">
<boolean name="wifi_scan_always_enabled" value="true" />
<string name="wifi_sta_factory_mac_address">02:aa:bb:cc:dd:ee</string>
<string name="wifi_default_country_code">US</string>
</map>
</Settings>
</WifiConfigStoreData>
"""

BT_CONFIG = """[Info]
FileSource = Empty
TimeCreated = 2023-11-01 09:00:00

[Metrics]
Salt256Bit = 00000000000000000000000000000000

[Adapter]
Address = 02:11:22:33:44:55
LE_LOCAL_KEY_IRK = 00000000000000000000000000000000
ScanMode = 0

[02:00:5e:00:53:aa]
Timestamp = 1700000000
Name = Boat radio
DevClass = 2360344
DevType = 1
AddrType = 0
LinkKeyType = 4
LinkKey = 00000000000000000000000000000000
Service = 0000110b-0000-1000-8000-00805f9b34fb
"""

ADID_SETTINGS = """<?xml version='1.0' encoding='utf-8' standalone='yes' ?>
<map>
    <string name="adid_key">6d92078a-8246-4ba4-ae5b-76104861e7dc</string>
    <boolean name="enable_limit_ad_tracking" value="false" />
    <int name="adid_reset_count" value="1" />
</map>
"""


class Abx:
    """Writes Android Binary XML as AOSP core/java/com/android/internal/util/BinaryXmlSerializer.java does (big-endian).

    A token is an event of XmlPullParser in the low half and a type in the high half. Names are interned: 0xFFFF and the text
    the first time, their number afterwards.
    """

    START_DOCUMENT, END_DOCUMENT, START_TAG, END_TAG, TEXT, ATTRIBUTE = 0, 1, 2, 3, 4, 15
    NULL, STRING, INTERNED, INT, LONG, LONG_HEX, TRUE, FALSE = (kind << 4 for kind in (1, 2, 3, 6, 8, 9, 12, 13))

    def __init__(self):
        self.out, self.pool = bytearray(b"ABX\0"), {}
        self.token(self.START_DOCUMENT | self.NULL)

    def token(self, token):
        self.out.append(token)

    def utf(self, text):
        encoded = text.encode()
        self.out += struct.pack(">H", len(encoded)) + encoded

    def interned(self, text):
        if text in self.pool:
            self.out += struct.pack(">H", self.pool[text])
            return
        self.out += struct.pack(">H", 0xFFFF)
        self.utf(text)
        self.pool[text] = len(self.pool)

    def start(self, tag, **attributes):
        """A start tag; a trailing underscore of an attribute is left out and others become hyphens."""
        self.token(self.START_TAG | self.INTERNED)
        self.interned(tag)
        for name, value in attributes.items():
            self.attribute(name.rstrip("_").replace("_", "-"), value)
        return self

    def attribute(self, name, value):
        """An attribute by its type: text, bool, int, or (type, number) with `long` and `long_hex`."""
        if isinstance(value, bool):
            self.token(self.ATTRIBUTE | (self.TRUE if value else self.FALSE))
            self.interned(name)
        elif isinstance(value, int):
            self.token(self.ATTRIBUTE | self.INT)
            self.interned(name)
            self.out += struct.pack(">i", value)
        elif isinstance(value, tuple):
            self.token(self.ATTRIBUTE | {"long": self.LONG, "long_hex": self.LONG_HEX}[value[0]])
            self.interned(name)
            self.out += struct.pack(">q", value[1])
        else:
            self.token(self.ATTRIBUTE | self.STRING)
            self.interned(name)
            self.utf(value)

    def end(self, tag):
        self.token(self.END_TAG | self.INTERNED)
        self.interned(tag)
        return self

    def empty(self, tag, **attributes):
        return self.start(tag, **attributes).end(tag)

    def document(self) -> bytes:
        self.token(self.END_DOCUMENT | self.NULL)
        return bytes(self.out)


def write(path: Path, content):
    """A whole file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def insert(connection, table, **values):
    """One row, its columns by name."""
    columns, marks = ", ".join(values), ", ".join("?" * len(values))
    connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(values.values()))


def opened(path: Path, schema: str) -> sqlite3.Connection:
    """A new database in WAL mode that is checkpointed by hand only. Android builds SQLite with SQLITE_SECURE_DELETE."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for old in path.parent.glob(path.name + "*"):
        old.unlink()
    connection = sqlite3.connect(path.with_name(path.name + ".building"), isolation_level=None)
    connection.executescript("PRAGMA page_size=4096; PRAGMA secure_delete=ON; PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;")
    connection.executescript(schema)
    if "android_metadata" in schema:
        insert(connection, "android_metadata", locale="en_US")
    return connection


def checkpointed(connection: sqlite3.Connection):
    """All that was written so far goes to the main file; the WAL starts again."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def closed(connection: sqlite3.Connection, path: Path):
    """Copies database and WAL as they are on a running handset, without the shared memory file."""
    building = path.with_name(path.name + ".building")
    shutil.copyfile(building, path)
    shutil.copyfile(building.with_name(building.name + "-wal"), path.with_name(path.name + "-wal"))
    connection.close()
    for left in path.parent.glob(building.name + "*"):
        left.unlink()


def settings_secure() -> bytes:
    """Binary XML of Android 13; behind the settings stands a second root element, as SettingsState.doWriteState writes it."""
    abx = Abx().start("settings", version=213)
    abx.empty("setting", id="1", name="android_id", value="a1b2c3d4e5f60718", package="android", defaultValue="a1b2c3d4e5f60718", defaultSysSet=True)
    abx.empty("setting", id="2", name="bluetooth_address", value="02:11:22:33:44:55", package="android")
    abx.empty("setting", id="3", name="bluetooth_name", value="Dana's phone", package="com.android.bluetooth")
    abx.empty("setting", id="4", name="location_mode", value="3", package="android", preserve_in_restore=True)
    abx.end("settings")
    return abx.empty("namespaceHashes").document()


def settings_ssaid() -> bytes:
    abx = Abx().start("settings", version=-1)
    abx.empty("setting", id="1", name="userkey", value="00" * 32, package="android", defaultValue="00" * 32, defaultSysSet=True)
    abx.empty("setting", id="2", name="10123", value="1122334455667788", package="com.whatsapp", defaultValue="1122334455667788", defaultSysSet=False)
    abx.empty("setting", id="3", name="10124", value="8877665544332211", package="com.example.boats")
    return abx.end("settings").empty("namespaceHashes").document()


def packages() -> bytes:
    """Binary XML of Android 13: no time of first installation."""
    abx = Abx().start("packages")
    abx.empty("version", sdkVersion=33, databaseVersion=3, buildFingerprint="example/sample5/sample5:13/TQ3A/1:user/release-keys")
    abx.start("package", name="com.whatsapp", codePath="/data/app/~~sample==/com.whatsapp-sample==", publicFlags=0x3847_8644, privateFlags=0, ft=("long_hex", T - 1000), ut=("long_hex", T), version=("long", 232_512_005), userId=10123, installer="com.android.vending", installerUid=10110, packageSource=2, installInitiator="com.android.vending", installOriginator="com.android.chrome", updateOwner="com.android.vending", domainSetId="8f1a1b1c-0000-4000-8000-000000000001")
    abx.start("sigs", count=1, schemeVersion=3).empty("cert", index=5).end("sigs").end("package")
    abx.empty("package", name="com.android.settings", codePath="/system_ext/priv-app/Settings", publicFlags=0x3084_9E05, privateFlags=8, ft=("long_hex", 1_230_768_000_000), ut=("long_hex", 1_230_768_000_000), version=("long", 33), sharedUserId=1000)
    abx.empty("package", name="com.google.android.gms", codePath="/data/app/~~gms==/com.google.android.gms-gms==", publicFlags=0x3084_9E85, privateFlags=8, ft=("long_hex", T), ut=("long_hex", T), version=("long", 234_200_000), userId=10110)
    abx.empty("updated-package", name="com.google.android.gms", codePath="/product/priv-app/GmsCore", ft=("long_hex", 1_230_768_000_000), ut=("long_hex", 1_230_768_000_000), version=("long", 221_500_000), userId=10110)
    return abx.end("packages").document()


def package_restrictions() -> bytes:
    abx = Abx().start("package-restrictions")
    abx.empty("pkg", name="com.whatsapp", ceDataInode=("long", 131_073), stopped=False, first_install_time=("long_hex", NOVEMBER))
    abx.empty("pkg", name="com.example.gone", inst=False, stopped=True, nl=True, hidden=False, enabled=3, enabledCaller="com.android.vending", install_reason=4, uninstall_reason=1, first_install_time=("long_hex", NOVEMBER))
    return abx.end("package-restrictions").document()


def build_accounts(root: Path):
    ce_path, de_path = root / "data/system_ce/0/accounts_ce.db", root / "data/system_de/0/accounts_de.db"
    ce = opened(ce_path, ACCOUNTS_CE)
    insert(ce, "accounts", _id=1, name="dana@example.org", type="com.google", password="not a real password")
    insert(ce, "accounts", _id=2, name="WhatsApp", type="com.whatsapp")
    insert(ce, "accounts", _id=3, name="gone@example.org", type="com.example.mail", password="not a real password")
    insert(ce, "authtokens", accounts_id=1, type="oauth2:https://www.googleapis.com/auth/photos", authtoken="not a real token")
    insert(ce, "extras", accounts_id=1, key="GoogleUserId", value="not a real secret")
    checkpointed(ce)
    ce.execute("UPDATE accounts SET name = 'dana.reyes@example.org' WHERE _id = 1")
    ce.execute("DELETE FROM accounts WHERE _id = 3")
    closed(ce, ce_path)

    de = opened(de_path, ACCOUNTS_DE)
    insert(de, "accounts", _id=1, name="dana@example.org", type="com.google", last_password_entry_time_millis_epoch=T)
    insert(de, "accounts", _id=2, name="WhatsApp", type="com.whatsapp")
    insert(de, "accounts", _id=3, name="gone@example.org", type="com.example.mail")
    for slot, (account, action, time, uid) in enumerate((
        (1, "action_account_add", "2023-11-14 23:13:20", 10110), (2, "action_account_add", "2023-11-14 23:14:00", 10123),
        (3, "action_account_add", "2023-11-14 23:50:00", 10130),
    )):
        insert(de, "debug_table", _id=account, action_type=action, time=time, caller_uid=uid, table_name="accounts", primary_key=slot)
    checkpointed(de)
    de.execute("UPDATE accounts SET name = 'dana.reyes@example.org', previous_name = 'dana@example.org' WHERE _id = 1")
    de.execute("DELETE FROM accounts WHERE _id = 3")
    insert(de, "debug_table", _id=3, action_type="action_account_remove", time="2023-11-15 00:20:00", caller_uid=1000, table_name="accounts", primary_key=3)
    closed(de, de_path)

    old_path = root / "data/system/users/10/accounts.db"
    old = opened(old_path, ACCOUNTS_BEFORE_7)
    checkpointed(old)
    insert(old, "accounts", _id=1, name="work@example.org", type="com.google", password="not a real password", last_password_entry_time_millis_epoch=T)
    insert(old, "authtokens", accounts_id=1, type="mail", authtoken="not a real token")
    insert(old, "extras", accounts_id=1, key="services", value="not a real secret")
    insert(old, "debug_table", _id=1, action_type="action_account_add", time="2023-11-14 23:13:20", caller_uid=10110, table_name="accounts", primary_key=0)
    closed(old, old_path)


def build_telephony(path: Path):
    connection = opened(path, TELEPHONY)
    insert(connection, "siminfo", _id=1, icc_id="8901410321111851072", sim_id=0, display_name="SIM 1", carrier_name="Example Mobile", number="+15550100", mcc=1, mnc=1, mcc_string="001", mnc_string="01", card_id="8901410321111851072", iso_country_code="us", carrier_id=1, imsi="001010123456789")
    insert(connection, "siminfo", _id=2, icc_id="8901410321111851080", sim_id=-1, display_name="Holiday", carrier_name="Roamer", is_embedded=1, card_id="89049032000000000000000000000001", mcc=1, mnc=2, subscription_type=0)
    insert(connection, "siminfo", _id=3, icc_id="8901410321111851098", sim_id=-1, display_name="Old SIM", card_id="8901410321111851098", number="+15550198", imsi="001010123456798")
    checkpointed(connection)
    connection.execute("UPDATE siminfo SET display_name = 'Example Mobile' WHERE _id = 1")
    connection.execute("DELETE FROM siminfo WHERE _id = 3")
    closed(connection, path)


def build_play(path: Path):
    connection = opened(path, LOCALAPPSTATE)
    play = dict(auto_update=1, installer_state=0, account="dana.reyes@example.org", flags=0)
    insert(connection, "appstate", package_name="com.whatsapp", title="WhatsApp Messenger", first_download_ms=NOVEMBER, last_update_timestamp_ms=NOVEMBER, desired_version=-1, account_for_update="dana.reyes@example.org", install_reason="single_install", requesting_package_name="com.android.vending", install_request_timestamp_ms=NOVEMBER - 1000, delivery_data_timestamp_ms=NOVEMBER - 500, update_discovered_timestamp_ms=0, referrer="utm_source=sample", download_uri="https://play.example.org/d", **play)
    insert(connection, "appstate", package_name="com.example.gone", title="Gone", first_download_ms=NOVEMBER, **play)
    insert(connection, "appstate", package_name="com.example.maps", title="Maps", first_download_ms=NOVEMBER + MINUTE, **play)
    checkpointed(connection)
    connection.execute("UPDATE appstate SET last_update_timestamp_ms = ? WHERE package_name = 'com.whatsapp'", (T,))
    connection.execute("DELETE FROM appstate WHERE package_name = 'com.example.gone'")
    insert(connection, "appstate", package_name="com.example.boats", title="2048", first_download_ms=T + MINUTE, **play)  # STRING has numeric affinity
    closed(connection, path)


def build_gservices(path: Path):
    connection = opened(path, GSERVICES)
    insert(connection, "main", name="android_id", value="3877332514527421500")
    insert(connection, "main", name="digest", value="1-sample")
    checkpointed(connection)
    connection.execute("UPDATE main SET value = '3877332514527421501' WHERE name = 'android_id'")
    closed(connection, path)


def build_gservices_of_a_second_user(path: Path):
    """The account of user 10 was removed, and with it the identifier."""
    connection = opened(path, GSERVICES)
    insert(connection, "main", name="android_id", value="4012345678901234567")
    insert(connection, "main", name="digest", value="1-sample")
    checkpointed(connection)
    connection.execute("DELETE FROM main WHERE name = 'android_id'")
    closed(connection, path)


def build(root: Path):
    """Writes the files of the system, of Google's services and of Google Play below `root`."""
    system, users = root / "data/system", root / "data/system/users"
    write(root / "system/build.prop", SYSTEM_PROP)
    write(root / "vendor/build.prop", VENDOR_PROP)
    write(root / "product/etc/build.prop", PARTITION_PROP.format(part="product"))
    write(root / "odm/etc/build.prop", PARTITION_PROP.format(part="odm"))
    write(users / "0/settings_secure.xml", settings_secure())
    write(users / "10/settings_secure.xml", SETTINGS_SECURE_10)
    write(users / "0/settings_global.xml", SETTINGS_GLOBAL)
    write(users / "0/settings_system.xml", SETTINGS_SYSTEM)
    write(users / "0/settings_ssaid.xml", settings_ssaid())
    write(users / "0/package-restrictions.xml", package_restrictions())
    write(system / "packages.xml", packages())
    write(system / "packages-backup.xml", PACKAGES_TEXT)
    write(root / "data/misc/apexdata/com.android.wifi/WifiConfigStore.xml", WIFI_CONFIG_STORE)
    write(root / "data/misc/bluedroid/bt_config.conf", BT_CONFIG)
    write(root / "data/data/com.google.android.gms/shared_prefs/adid_settings.xml", ADID_SETTINGS)
    build_accounts(root)
    build_telephony(root / "data/user_de/0/com.android.providers.telephony/databases/telephony.db")
    build_play(root / "data/data/com.android.vending/databases/localappstate.db")
    build_gservices(root / "data/data/com.google.android.gsf/databases/gservices.db")
    build_gservices_of_a_second_user(root / "data/user/10/com.google.android.gsf/databases/gservices.db")
