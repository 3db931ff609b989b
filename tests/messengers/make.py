"""Makes the encrypted forms of the sample of Signal for Android: `python make.py` (needs sqlcipher3-wheels and pycryptodomex).

`signal.db` and its log are written by SQLCipher itself, with the parameters that the app gives it; the backup by the writer of
tests/frames/make.py. Both hold the rows of samples/sources/messengers_signal_android.py; neither shares code with the reader under test."""
import os, shutil, sys, tempfile
import sqlcipher3

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SECRET = "8f" * 32  # the text of the random key, as the app hands it to SQLCipher
sys.path[:0] = [os.path.join(ROOT, "samples"), os.path.join(ROOT, "samples", "sources")]
import messengers_signal_android as sample


def database():
    target = os.path.join(HERE, "data/data/org.thoughtcrime.securesms/databases/signal.db")
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "signal.db")
        db = sqlcipher3.connect(path, isolation_level=None)
        db.execute(f"PRAGMA key = '{SECRET}'")
        for pragma in ("cipher_compatibility = 3", "kdf_iter = 1", "cipher_page_size = 4096", "secure_delete = OFF"):
            db.execute(f"PRAGMA {pragma}")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA wal_autocheckpoint = 0")
        sample.stored(db)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        sample.in_the_wal(db)
        rows = live(db)
        for end in ("", "-wal"):
            shutil.copyfile(path + end, target + end)
        db.close()
    return rows


def live(db):
    schema = [sql for (sql,) in db.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")]
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
    return schema, [(name, db.execute(f"SELECT * FROM {name}").fetchall()) for name in names]


def backup(schema, tables):
    path = os.path.join(ROOT, "tests/frames/make.py")
    # Its functions alone: what stands behind them writes the files of that folder.
    names = {"__file__": path}
    exec(compile(open(path).read().split("\nexpected = ")[0], path, "exec"), names)
    field, statement = names["field"], names["statement"]
    out = names["Writer"](1)
    out.frame(field(5, field(1, 286)))
    for sql in schema:
        out.frame(statement(sql))
    for name, rows in tables:
        for row in rows:
            out.frame(statement(f"INSERT INTO {name} VALUES ({','.join('?' * len(row))})", row))
    out.frame(field(9, field(1, b"account.aci") + field(7, b"11111111-1111-4111-8111-111111111111")))
    out.frame(field(9, field(1, b"account.e164") + field(7, b"+15550100")))
    out.frame(field(6, 1))
    with open(os.path.join(HERE, "signal-2023-11-14-22-15-00.backup"), "wb") as file:
        file.write(out.out)


backup(*database())
with open(os.path.join(HERE, "keys.toml"), "w") as keys:
    keys.write(f"""# Invented keys of invented data.
[[key]]
path       = "signal.db"
passphrase = "{SECRET}"

[[key]]
path       = "signal-*.backup"
passphrase = "12345 67890 12345 67890 12345 67890"
""")
