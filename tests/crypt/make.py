"""Makes the backups of this folder from a sample: `python make.py` (needs the package pycryptodomex). `plain.sha256` is the hash of what
was encrypted. They were held against `wadecrypt` of the package wa-crypt-tools, which reads each of them to the same bytes."""
import hashlib, hmac, os, struct, zlib
from Cryptodome.Cipher import AES

HERE = os.path.dirname(os.path.abspath(__file__))
PLAIN = os.path.join(HERE, "../../samples/android/data/data/com.whatsapp.w4b/databases/msgstore.db")
JAVA = bytes.fromhex("aced0005757200025b42acf317f8060854e002000078 70".replace(" ", ""))
SALT, ACCOUNT, IV = bytes(range(32)), bytes(range(16, 32)), bytes(range(160, 176))
KEY = bytes.fromhex("2dd29ca851e7b56e4697b0e1f08507293d761a05ce4d1b628663f411a8086d99")


def write(name, content):
    with open(os.path.join(HERE, name), "wb") as file:
        file.write(content)


def field(number, value):
    return bytes([number << 3 | 2, len(value)]) + value


def sealed(header, key, plain, summed=True, tail=b""):
    cipher = AES.new(key, AES.MODE_GCM, nonce=IV, mac_len=16)
    body, tag = cipher.encrypt_and_digest(plain)
    out = header + body + tag
    return out + (hashlib.md5(out).digest() if summed else b"") + tail


plain = open(PLAIN, "rb").read()
packed = zlib.compress(plain)
content = b"\x00\x01\x02" + SALT + ACCOUNT + bytes(32) + bytes(16) + KEY
assert len(content) == 131
write("key", JAVA + struct.pack(">I", 131) + content)
write("encrypted_backup.key", JAVA + struct.pack(">I", 32) + KEY)
root = hmac.new(bytes(32), KEY, hashlib.sha256).digest()
fifteen_key = hmac.new(root, b"backup encryption\x01", hashlib.sha256).digest()
about = field(4, field(1, b"2.23.18.12") + field(3, b"00"))
fourteen = b"\x08\x00" + field(2, field(1, b"\x00\x01") + field(2, b"2") + field(3, SALT) + field(4, ACCOUNT) + field(5, IV)) + about
fifteen = b"\x08\x01" + field(3, field(1, IV)) + about
write("msgstore.db.crypt12", sealed(b"\x00\x01\x02" + SALT + ACCOUNT + IV, KEY, packed, tail=b"--00"))
write("msgstore.db.crypt14", sealed(bytes([len(fourteen)]) + fourteen, KEY, packed))
write("msgstore.db.crypt15", sealed(bytes([len(fifteen)]) + fifteen, fifteen_key, packed))
# With the byte that older files have behind the length, without MD5, not compressed.
write("parts.crypt15", sealed(bytes([len(fifteen)]) + b"\x01" + fifteen, fifteen_key, plain[:20480], summed=False))
write("plain.sha256", hashlib.sha256(plain).hexdigest().encode() + b"\n")
