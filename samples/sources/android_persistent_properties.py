"""/data/property/persistent_properties of Dana Reyes' handset: AOSP system/core/init/persistent_properties.proto."""

from protobuf_sample import field

PLATFORM = "android"

PROPERTIES = [
    ("persist.sys.timezone", "Europe/Zurich"),
    ("persist.sys.locale", "de-CH"),
    ("persist.sys.boot.reason", ""),
    ("persist.sys.boot.reason.history", "reboot,1700000000\nreboot,userrequested,1699990000\nreboot,factory_reset,1698796800"),
    ("persist.vendor.sample", "1"),
]


def build(root):
    path = root / "data/property/persistent_properties"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(field(1, field(1, name) + field(2, value)) for name, value in PROPERTIES))
