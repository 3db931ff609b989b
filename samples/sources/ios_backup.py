"""The description of an iTunes backup: Manifest.plist and Status.plist. Keys as in https://theapplewiki.com/wiki/ITunes_Backup and in
backups that `idevicebackup2` of libimobiledevice writes."""

import datetime
import plistlib

PLATFORM = "ios_backup"

MADE = datetime.datetime(2023, 11, 14, 21, 13, 20)


def plist(path, content, fmt=plistlib.FMT_BINARY):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(plistlib.dumps(content, fmt=fmt))


def application(identifier, version):
    container = "/private/var/containers/Bundle/Application/3F2504E0-4F89-41D3-9A0C-0305E82C3301"
    return {"CFBundleIdentifier": identifier, "CFBundleVersion": version, "ContainerContentClass": "Data/Application",
            "Path": f"{container}/{identifier.rsplit('.', 1)[-1]}.app"}


def build(root):
    plist(root / "Manifest.plist", {
        "Version": "10.0", "Date": MADE, "SystemDomainsVersion": "24.0", "IsEncrypted": False, "WasPasscodeSet": True,
        "Lockdown": {"DeviceName": "Dana’s iPhone", "ProductType": "iPhone13,2", "ProductVersion": "16.1", "BuildVersion": "20B82",
                     "UniqueDeviceID": "00008101-000A00000000001E", "SerialNumber": "F17INVENTED0"},
        "Applications": {"net.whatsapp.WhatsApp": application("net.whatsapp.WhatsApp", "505823743"),
                         "org.example.harbour": application("org.example.harbour", "12")}})
    plist(root / "Status.plist", {
        "Version": "3.3", "Date": MADE, "IsFullBackup": True, "BackupState": "new", "SnapshotState": "finished",
        "UUID": "0F1E2D3C-4B5A-4697-8879-6A5B4C3D2E1F"})
