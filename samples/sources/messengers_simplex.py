"""SimpleX Chat: files_chat.db as its key opens it, with a write-ahead log.

CREATE TABLE: simplex-chat/simplex-chat, src/Simplex/Chat/Migrations/chat_schema.sql; comments left out.
"""

from sqlite_sample import insert, with_wal

PLATFORM = "messengers"

DAY = "2023-11-14 22:"

SCHEMA = """
CREATE TABLE contact_profiles(contact_profile_id INTEGER PRIMARY KEY, display_name TEXT NOT NULL, full_name TEXT NOT NULL, properties TEXT NOT NULL DEFAULT '{}', created_at TEXT CHECK(created_at NOT NULL), updated_at TEXT CHECK(updated_at NOT NULL), image TEXT, user_id INTEGER DEFAULT NULL REFERENCES users ON DELETE CASCADE, incognito INTEGER, local_alias TEXT DEFAULT '' CHECK(local_alias NOT NULL), preferences TEXT, contact_link BLOB);
CREATE TABLE users(user_id INTEGER PRIMARY KEY, contact_id INTEGER NOT NULL UNIQUE REFERENCES contacts ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED, local_display_name TEXT NOT NULL UNIQUE, active_user INTEGER NOT NULL DEFAULT 0, created_at TEXT CHECK(created_at NOT NULL), updated_at TEXT CHECK(updated_at NOT NULL), agent_user_id INTEGER CHECK(agent_user_id NOT NULL), view_pwd_hash BLOB, view_pwd_salt BLOB, show_ntfs INTEGER NOT NULL DEFAULT 1, send_rcpts_contacts INTEGER NOT NULL DEFAULT 0, send_rcpts_small_groups INTEGER NOT NULL DEFAULT 0, FOREIGN KEY(user_id, local_display_name) REFERENCES display_names(user_id, local_display_name) ON DELETE CASCADE ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE contacts(contact_id INTEGER PRIMARY KEY, contact_profile_id INTEGER REFERENCES contact_profiles ON DELETE SET NULL, user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE, local_display_name TEXT NOT NULL, is_user INTEGER NOT NULL DEFAULT 0, via_group INTEGER REFERENCES groups(group_id) ON DELETE SET NULL, created_at TEXT NOT NULL DEFAULT(datetime('now')), updated_at TEXT CHECK(updated_at NOT NULL), xcontact_id BLOB, enable_ntfs INTEGER, unread_chat INTEGER DEFAULT 0 CHECK(unread_chat NOT NULL), contact_used INTEGER DEFAULT 0 CHECK(contact_used NOT NULL), user_preferences TEXT DEFAULT '{}' CHECK(user_preferences NOT NULL), chat_ts TEXT, deleted INTEGER NOT NULL DEFAULT 0, favorite INTEGER NOT NULL DEFAULT 0, send_rcpts INTEGER, contact_group_member_id INTEGER REFERENCES group_members(group_member_id) ON DELETE SET NULL, contact_grp_inv_sent INTEGER NOT NULL DEFAULT 0, contact_status TEXT NOT NULL DEFAULT 'active', FOREIGN KEY(user_id, local_display_name) REFERENCES display_names(user_id, local_display_name) ON DELETE CASCADE ON UPDATE CASCADE, UNIQUE(user_id, local_display_name), UNIQUE(user_id, contact_profile_id));
CREATE TABLE group_profiles(group_profile_id INTEGER PRIMARY KEY, display_name TEXT NOT NULL, full_name TEXT NOT NULL, properties TEXT NOT NULL DEFAULT '{}', created_at TEXT CHECK(created_at NOT NULL), updated_at TEXT CHECK(updated_at NOT NULL), image TEXT, user_id INTEGER DEFAULT NULL REFERENCES users ON DELETE CASCADE, preferences TEXT, description TEXT NULL);
CREATE TABLE groups(group_id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE, local_display_name TEXT NOT NULL, group_profile_id INTEGER REFERENCES group_profiles ON DELETE SET NULL, inv_queue_info BLOB, created_at TEXT CHECK(created_at NOT NULL), updated_at TEXT CHECK(updated_at NOT NULL), chat_item_id INTEGER DEFAULT NULL REFERENCES chat_items ON DELETE SET NULL, enable_ntfs INTEGER, host_conn_custom_user_profile_id INTEGER REFERENCES contact_profiles ON DELETE SET NULL, unread_chat INTEGER DEFAULT 0 CHECK(unread_chat NOT NULL), chat_ts TEXT, favorite INTEGER NOT NULL DEFAULT 0, send_rcpts INTEGER, via_group_link_uri_hash BLOB, FOREIGN KEY(user_id, local_display_name) REFERENCES display_names(user_id, local_display_name) ON DELETE CASCADE ON UPDATE CASCADE, UNIQUE(user_id, local_display_name), UNIQUE(user_id, group_profile_id));
CREATE TABLE group_members(group_member_id INTEGER PRIMARY KEY, group_id INTEGER NOT NULL REFERENCES groups ON DELETE CASCADE, member_id BLOB NOT NULL, member_role TEXT NOT NULL, member_category TEXT NOT NULL, member_status TEXT NOT NULL, invited_by INTEGER REFERENCES contacts(contact_id) ON DELETE SET NULL, sent_inv_queue_info BLOB, group_queue_info BLOB, direct_queue_info BLOB, user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE, local_display_name TEXT NOT NULL, contact_profile_id INTEGER NOT NULL REFERENCES contact_profiles ON DELETE CASCADE, contact_id INTEGER REFERENCES contacts ON DELETE CASCADE, created_at TEXT CHECK(created_at NOT NULL), updated_at TEXT CHECK(updated_at NOT NULL), member_profile_id INTEGER REFERENCES contact_profiles ON DELETE SET NULL, show_messages INTEGER NOT NULL DEFAULT 1, xgrplinkmem_received INTEGER NOT NULL DEFAULT 0, invited_by_group_member_id INTEGER REFERENCES group_members ON DELETE SET NULL, peer_chat_min_version INTEGER NOT NULL DEFAULT 1, peer_chat_max_version INTEGER NOT NULL DEFAULT 1, FOREIGN KEY(user_id, local_display_name) REFERENCES display_names(user_id, local_display_name) ON DELETE CASCADE ON UPDATE CASCADE, UNIQUE(group_id, member_id));
CREATE TABLE files(file_id INTEGER PRIMARY KEY, contact_id INTEGER REFERENCES contacts ON DELETE CASCADE, group_id INTEGER REFERENCES groups ON DELETE CASCADE, file_name TEXT NOT NULL, file_path TEXT, file_size INTEGER NOT NULL, chunk_size INTEGER NOT NULL, created_at TEXT NOT NULL DEFAULT(datetime('now')), user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE, chat_item_id INTEGER DEFAULT NULL REFERENCES chat_items ON DELETE CASCADE, updated_at TEXT CHECK(updated_at NOT NULL), cancelled INTEGER, ci_file_status TEXT, file_inline TEXT, agent_snd_file_id BLOB NULL, private_snd_file_descr TEXT NULL, agent_snd_file_deleted INTEGER DEFAULT 0 CHECK(agent_snd_file_deleted NOT NULL), protocol TEXT NOT NULL DEFAULT 'smp', file_crypto_key BLOB, file_crypto_nonce BLOB);
CREATE TABLE chat_items(chat_item_id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE, contact_id INTEGER REFERENCES contacts ON DELETE CASCADE, group_id INTEGER REFERENCES groups ON DELETE CASCADE, group_member_id INTEGER REFERENCES group_members ON DELETE SET NULL, chat_msg_id INTEGER, created_by_msg_id INTEGER UNIQUE REFERENCES messages(message_id) ON DELETE SET NULL, item_sent INTEGER NOT NULL, item_ts TEXT NOT NULL, item_deleted INTEGER NOT NULL DEFAULT 0, item_content TEXT NOT NULL, item_text TEXT NOT NULL, created_at TEXT NOT NULL DEFAULT(datetime('now')), updated_at TEXT NOT NULL DEFAULT(datetime('now')), item_status TEXT CHECK(item_status NOT NULL), shared_msg_id BLOB, quoted_shared_msg_id BLOB, quoted_sent_at TEXT, quoted_content TEXT, quoted_sent INTEGER, quoted_member_id BLOB, item_edited INTEGER, timed_ttl INTEGER, timed_delete_at TEXT, item_live INTEGER, item_deleted_by_group_member_id INTEGER REFERENCES group_members ON DELETE SET NULL, item_deleted_ts TEXT, forwarded_by_group_member_id INTEGER REFERENCES group_members ON DELETE SET NULL, item_content_tag TEXT);
CREATE TABLE chat_item_versions(chat_item_version_id INTEGER PRIMARY KEY AUTOINCREMENT, chat_item_id INTEGER NOT NULL REFERENCES chat_items ON DELETE CASCADE, msg_content TEXT NOT NULL, item_version_ts TEXT NOT NULL, created_at TEXT NOT NULL DEFAULT(datetime('now')), updated_at TEXT NOT NULL DEFAULT(datetime('now')));
"""


def item(db, number, text, sent=0, contact=2, group=None, member=None, **values):
    at = f"{DAY}13:{10 + number}.123456789"
    insert(db, "chat_items", chat_item_id=number, user_id=1, contact_id=contact, group_id=group, group_member_id=member, item_sent=sent,
           item_ts=at, item_content=f'{{"text":"{text}"}}', item_text=text, created_at=at, updated_at=at,
           item_status="snd_sent" if sent else "rcv_read", shared_msg_id=bytes([number] * 8), **values)


def stored(db):
    for statement in SCHEMA.strip().split("\n"):
        db.execute(statement)
    made = {"created_at": f"{DAY}00:00", "updated_at": f"{DAY}00:00"}
    insert(db, "contact_profiles", contact_profile_id=1, display_name="dana", full_name="", **made)
    insert(db, "contact_profiles", contact_profile_id=2, display_name="alice", full_name="Alice Moreau", **made)
    insert(db, "contact_profiles", contact_profile_id=3, display_name="bogdan", full_name="", **made)
    insert(db, "users", user_id=1, contact_id=1, local_display_name="dana", active_user=1, agent_user_id=1, **made)
    insert(db, "contacts", contact_id=1, contact_profile_id=1, user_id=1, local_display_name="dana", is_user=1, **made)
    insert(db, "contacts", contact_id=2, contact_profile_id=2, user_id=1, local_display_name="alice", **made)
    insert(db, "group_profiles", group_profile_id=1, display_name="trip", full_name="Trip to the lake", **made)
    insert(db, "groups", group_id=1, user_id=1, local_display_name="trip", group_profile_id=1, **made)
    insert(db, "group_members", group_member_id=1, group_id=1, member_id=b"\x01", member_role="member", member_category="host",
           member_status="connected", user_id=1, local_display_name="bogdan", contact_profile_id=3, **made)
    item(db, 1, "are you there")
    item(db, 2, "helo", sent=1)
    item(db, 3, "delete this")
    item(db, 4, "look", contact=None, group=1, member=1)
    insert(db, "files", file_id=1, group_id=1, file_name="lake.jpg", file_path="lake.jpg", file_size=4096, chunk_size=16384, user_id=1,
           chat_item_id=4, **made)


def in_the_wal(db):
    db.execute("UPDATE chat_items SET item_text = 'hello', item_edited = 1 WHERE chat_item_id = 2")
    insert(db, "chat_item_versions", chat_item_version_id=1, chat_item_id=2, msg_content='{"type":"text","text":"helo"}',
           item_version_ts=f"{DAY}13:30.5", created_at=f"{DAY}13:30", updated_at=f"{DAY}13:30")
    db.execute("DELETE FROM chat_items WHERE chat_item_id = 3")
    item(db, 5, "burn this", timed_ttl=60, timed_delete_at=f"{DAY}15:00")


def build(root):
    with_wal(root / "data/data/chat.simplex.app/files/files_chat.db", stored, in_the_wal)
