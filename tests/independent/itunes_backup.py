"""Opens and makes encrypted iTunes backups with programs that are none of ours (see tests/backups.rs).

    itunes_backup.py read    BACKUP PASSWORD      iphone_backup_decrypt and pyiosbackup, which must agree: a line of SHA-256,
                                                  domain and path for each file
    itunes_backup.py encrypt PLAIN OUT PASSWORD   a backup with Manifest.db, encrypted as iOS does since 10.2, by `cryptography`
"""

import hashlib
import os
import plistlib
import shutil
import sqlite3
import struct
import sys
from pathlib import Path

from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.keywrap import aes_key_wrap


def by_pyiosbackup(folder, password):
    from pyiosbackup import Backup

    backup = Backup.from_path(folder, password)
    return {(entry.domain, entry.relative_path): entry.read_bytes() for entry in backup.iter_files()}


def by_iphone_backup_decrypt(folder, password, names):
    from iphone_backup_decrypt import EncryptedBackup

    backup = EncryptedBackup(backup_directory=folder, passphrase=password)
    read = lambda domain, path: backup.extract_file_as_bytes(path, domain_like=domain)
    return {(domain, path): read(domain, path) for domain, path in names}


def read(folder, password):
    files = by_pyiosbackup(folder, password)
    if Path(folder, "Manifest.db").exists():
        other = by_iphone_backup_decrypt(folder, password, files)
        assert files == other, "pyiosbackup and iphone_backup_decrypt differ"
    for (domain, path), content in sorted(files.items()):
        print(hashlib.sha256(content).hexdigest(), domain, path)


def derived(algorithm, secret, salt, rounds):
    return PBKDF2HMAC(algorithm=algorithm, length=32, salt=salt, iterations=rounds).derive(secret)


def encrypted(key, plain, pad=True):
    if pad:
        padder = padding.PKCS7(128).padder()
        plain = padder.update(plain) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
    return encryptor.update(plain) + encryptor.finalize()


def element(tag, value):
    value = struct.pack(">I", value) if isinstance(value, int) else value
    return tag + struct.pack(">I", len(value)) + value


def encrypt(plain, out, password):
    plain, out = Path(plain), Path(out)
    shutil.copytree(plain, out)
    salt, first_salt = os.urandom(20), os.urandom(20)
    key = derived(hashes.SHA256(), password.encode(), first_salt, 2000)
    key = derived(hashes.SHA1(), key, salt, 200)
    classes = {number: os.urandom(32) for number in range(1, 12)}
    keybag = b"".join(
        element(tag, value)
        for tag, value in [
            (b"VERS", 3), (b"TYPE", 1), (b"UUID", os.urandom(16)), (b"HMCK", os.urandom(40)), (b"WRAP", 0), (b"SALT", salt),
            (b"ITER", 200), (b"DPWT", 0), (b"DPIC", 2000), (b"DPSL", first_salt),
        ]
    )
    for number, class_key in classes.items():
        parts = [(b"UUID", os.urandom(16)), (b"CLAS", number), (b"WRAP", 2), (b"KTYP", 0), (b"WPKY", aes_key_wrap(key, class_key))]
        keybag += b"".join(element(tag, value) for tag, value in parts)
    wrapped = lambda number, key: struct.pack("<I", number) + aes_key_wrap(classes[number], key)

    list_path = out / "Manifest.db"
    database = sqlite3.connect(list_path)
    for file_id, blob in database.execute("SELECT fileID, file FROM Files WHERE flags = 1").fetchall():
        content = out / file_id[:2] / file_id
        file_key = os.urandom(32)
        content.write_bytes(encrypted(file_key, content.read_bytes()))
        archive = plistlib.loads(blob)
        objects = archive["$objects"]
        facts = objects[archive["$top"]["root"].data]
        number = int(file_id[0], 16) % 11 + 1
        facts["ProtectionClass"] = number
        facts["EncryptionKey"] = plistlib.UID(len(objects))
        facts.pop("Digest", None)
        objects.append({"NS.data": wrapped(number, file_key), "$class": plistlib.UID(len(objects) + 1)})
        objects.append({"$classname": "NSMutableData", "$classes": ["NSMutableData", "NSData", "NSObject"]})
        blob = plistlib.dumps(archive, fmt=plistlib.FMT_BINARY)
        database.execute("UPDATE Files SET file = ? WHERE fileID = ?", (blob, file_id))
    database.commit()
    database.close()
    list_key = os.urandom(32)
    # Without padding, which the backups that the tests make have: both are met.
    list_path.write_bytes(encrypted(list_key, list_path.read_bytes(), pad=False))

    description = plistlib.loads((out / "Manifest.plist").read_bytes())
    description.update(IsEncrypted=True, BackupKeyBag=keybag, ManifestKey=wrapped(4, list_key))
    (out / "Manifest.plist").write_bytes(plistlib.dumps(description, fmt=plistlib.FMT_BINARY))


if __name__ == "__main__":
    {"read": read, "encrypt": encrypt}[sys.argv[1]](*sys.argv[2:])
