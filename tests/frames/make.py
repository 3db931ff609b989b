"""Makes `messages.backup`, a backup in encrypted frames, as the app that writes them documents the format: `python make.py` (needs the
package pycryptodomex). `expected.json` says what is in it. It shares no code with the reader under test."""
import hashlib, hmac, json, os, sqlite3, struct
from Cryptodome.Cipher import AES
from Cryptodome.Util import Counter

HERE = os.path.dirname(os.path.abspath(__file__))
PASSPHRASE = "12345 67890 12345 67890 12345 67890"
IV, SALT = bytes(range(100, 116)), bytes(range(32))

SCHEMA = """
CREATE TABLE message (_id INTEGER PRIMARY KEY AUTOINCREMENT, date_sent INTEGER NOT NULL, thread_id INTEGER, body TEXT, rate REAL, data BLOB DEFAULT NULL);
CREATE TABLE recipient (_id INTEGER PRIMARY KEY, e164 TEXT UNIQUE, profile TEXT);
CREATE TABLE mapping (one TEXT, two INTEGER, PRIMARY KEY (two, one)) WITHOUT ROWID;
CREATE TABLE empty (a, b);
CREATE INDEX message_thread ON message (thread_id);
"""


def varint(n):
    out = b""
    n &= (1 << 64) - 1
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])


def field(number, value):
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    return varint(number << 3) + varint(value)


def parameter(value):
    if value is None:
        return field(5, 1)
    if isinstance(value, int):
        return field(2, value)
    if isinstance(value, float):
        return field(3, value)
    return field(1, value.encode()) if isinstance(value, str) else field(4, value)


def statement(sql, values=()):
    return field(2, field(1, sql.encode()) + b"".join(field(2, parameter(value)) for value in values))


class Writer:
    def __init__(self, version):
        digits = PASSPHRASE.replace(" ", "").encode()
        hashed = digits
        for number in range(250_000):
            hashed = hashlib.sha512((SALT if number == 0 else b"") + hashed + digits).digest()
        extracted = hmac.new(bytes(32), hashed[:32], hashlib.sha256).digest()
        one = hmac.new(extracted, b"Backup Export\x01", hashlib.sha256).digest()
        two = hmac.new(extracted, one + b"Backup Export\x02", hashlib.sha256).digest()
        self.key, self.mac, self.version = one, two, version
        self.counter = int.from_bytes(IV[:4], "big")
        header = field(1, field(1, IV) + field(2, SALT) + (field(3, version) if version else b""))
        self.out = struct.pack(">I", len(header)) + header

    def stream(self):
        iv = struct.pack(">I", self.counter) + IV[4:]
        self.counter += 1
        counter = Counter.new(128, initial_value=int.from_bytes(iv, "big"))
        return iv, AES.new(self.key, AES.MODE_CTR, counter=counter)

    def frame(self, message):
        _, cipher = self.stream()
        length = struct.pack(">I", len(message) + 10)
        if self.version:
            length = cipher.encrypt(length)
        sealed = cipher.encrypt(message)
        covered = length + sealed if self.version else sealed
        self.out += length + sealed + hmac.new(self.mac, covered, hashlib.sha256).digest()[:10]

    def blob(self, content):
        iv, cipher = self.stream()
        at = len(self.out)
        sealed = cipher.encrypt(content)
        self.out += sealed + hmac.new(self.mac, iv + sealed, hashlib.sha256).digest()[:10]
        return at


def make(version, name):
    db = sqlite3.connect(":memory:")
    db.executescript(SCHEMA)
    for number in range(1, 61):
        body = None if number % 50 == 0 else f"message {number} " + "x" * (number * 37 % 900)
        rate = number / 3 if number % 2 else None
        row = (number * 2, 1_700_000_000_000 + number, -number, body, rate, bytes([number % 256]) * (5000 if number == 7 else number % 5))
        db.execute("INSERT INTO message VALUES (?,?,?,?,?,?)", row)
    db.executemany("INSERT INTO recipient VALUES (?,?,?)", [(5, "+15550101", "Ann"), (9, "+15550102", None)])
    db.executemany("INSERT INTO mapping VALUES (?,?)", [("b", 2), ("a", 1)])
    out = Writer(version)
    out.frame(field(5, field(1, 187)))
    for (sql,) in db.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"):
        out.frame(statement(sql))
    tables = {}
    for table in ["message", "recipient", "mapping", "empty"]:
        rows = db.execute(f"SELECT * FROM {table}").fetchall()
        for row in rows:
            out.frame(statement(f"INSERT INTO {table} VALUES ({','.join('?' * len(row))})", row))
        tables[table] = [[value.hex() if isinstance(value, bytes) else value for value in row] for row in rows]
    out.frame(field(3, field(1, b"org.example_preferences") + field(2, b"pref_name") + field(3, b"value")))
    out.frame(field(4, field(1, 14) + field(2, 77) + field(3, 1000)))
    attachment = out.blob(bytes(range(250)) * 4)
    out.frame(field(7, field(1, b"avatar") + field(2, 3) + field(3, b"5")))
    avatar = out.blob(b"PNG")
    out.frame(field(9, field(1, b"account.number") + field(7, b"+15550100")))
    out.frame(field(6, 1))
    with open(os.path.join(HERE, name), "wb") as file:
        file.write(out.out)
    return {"tables": tables, "attachments": [["attachment", 14, 77, 1000, attachment, 1], ["avatar", "5", "avatar", 3, avatar, 1]]}


expected = {"passphrase": PASSPHRASE, "one": make(1, "one.backup"), "zero": make(0, "zero.backup")["attachments"]}
with open(os.path.join(HERE, "expected.json"), "w") as out:
    json.dump(expected, out)
