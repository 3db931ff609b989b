"""Makes the databases of this folder with SQLCipher itself (the Python package sqlcipher3-wheels): `python make.py`.

Each holds the table `note`. Of its rows 5 to 8 are deleted before the files are copied, while the log or the journal is still there.
`expected.json` says which rows SQLCipher gives for all of them, and which were deleted."""
import json, os, shutil, sys, tempfile
import sqlcipher3

HERE = os.path.dirname(os.path.abspath(__file__))
RAW = "2dd29ca851e7b56e4697b0e1f08507293d761a05ce4d1b628663f411a8086d99"
SALT = "000102030405060708090a0b0c0d0e0f"

# name, key, pragmas behind the key, journal mode
FILES = [
    ("four-wal", "'correct horse'", [], "WAL"),
    ("four-journal", "'correct horse'", ["kdf_iter = 1"], "PERSIST"),
    ("four-hot", "'correct horse'", ["kdf_iter = 1"], "DELETE"),
    ("four-once", "'once'", ["kdf_iter = 1"], "DELETE"),
    ("four-raw", f"\"x'{RAW}'\"", [], "WAL"),
    ("four-clear-header", f"\"x'{RAW}{SALT}'\"", ["cipher_plaintext_header_size = 32"], "WAL"),
    ("four-sha256", "'sha'", ["cipher_kdf_algorithm = PBKDF2_HMAC_SHA256", "cipher_hmac_algorithm = HMAC_SHA256", "kdf_iter = 100"], "DELETE"),
    ("three-digits-once", f"'{RAW}'", ["cipher_compatibility = 3", "cipher_page_size = 4096", "kdf_iter = 1"], "WAL"),
    ("three", "'three'", ["cipher_compatibility = 3"], "WAL"),
    ("two", "'two'", ["cipher_compatibility = 2"], "DELETE"),
    ("two-big-endian", "'two'", ["cipher_compatibility = 2", "cipher_hmac_pgno = be"], "DELETE"),
    ("one", "'one'", ["cipher_compatibility = 1"], "WAL"),
    ("one-2048", "'one'", ["cipher_compatibility = 1", "cipher_page_size = 2048"], "DELETE"),
]


def body(number):
    return f"note {number} " + "lorem ipsum dolor sit amet " * (number % 4)


def make(folder, name, key, pragmas, mode):
    path = os.path.join(folder, name + ".db")
    db = sqlcipher3.connect(path, isolation_level=None)
    db.execute(f"PRAGMA key = {key}")
    for pragma in pragmas:
        db.execute(f"PRAGMA {pragma}")
    db.execute("PRAGMA secure_delete = OFF")
    db.execute(f"PRAGMA journal_mode = {mode}")
    db.execute("PRAGMA wal_autocheckpoint = 0")
    db.execute("CREATE TABLE note (_id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT, at INTEGER)")
    db.execute("BEGIN")
    for number in range(1, 41):
        db.execute("INSERT INTO note (body, at) VALUES (?, ?)", (body(number), 1700000000000 + number))
    db.execute("COMMIT")
    if mode == "WAL":
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.execute("DELETE FROM note WHERE _id BETWEEN 5 AND 8")
    db.execute("INSERT INTO note (body, at) VALUES ('the last one', 1700000001000)")
    rows = [list(row) for row in db.execute("SELECT _id, body, at FROM note ORDER BY _id")]
    if name.endswith("-hot"):
        # A transaction that is not finished when the files are copied.
        db.execute("PRAGMA cache_size = 1")
        db.execute("PRAGMA cache_spill = ON")
        db.execute("BEGIN")
        db.execute("UPDATE note SET body = 'never committed ' || hex(randomblob(400))")
        for _ in range(6):
            db.execute("INSERT INTO note (body, at) VALUES (hex(randomblob(1500)), 1)")
    for suffix in ["", "-wal", "-journal"]:
        if os.path.exists(path + suffix) and os.path.getsize(path + suffix) > 0:
            shutil.copy(path + suffix, os.path.join(HERE, name + ".db" + suffix))
    if name.endswith("-hot"):
        db.execute("ROLLBACK")
    db.close()
    return rows


def main():
    for old in os.listdir(HERE):
        if ".db" in old:
            os.remove(os.path.join(HERE, old))
    live = []
    with tempfile.TemporaryDirectory() as folder:
        live = [make(folder, *file) for file in FILES]
    assert all(rows == live[0] for rows in live)
    deleted = [[number, body(number), 1700000000000 + number] for number in range(5, 9)]
    with open(os.path.join(HERE, "expected.json"), "w") as out:
        json.dump({"live": live[0], "deleted": deleted}, out)
        out.write("\n")


main()
