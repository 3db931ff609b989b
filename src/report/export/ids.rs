//! Identifiers for formats that want UUIDs: version 5 (RFC 9562, 5.5), derived from the ids of the report, so that the same record has the
//! same one in every export.

use uuid::Uuid;

/// The UUID of a record, or of what else a name of the report names.
pub(super) fn uuid(name: &str) -> Uuid {
    let space = Uuid::new_v5(&Uuid::NAMESPACE_OID, b"affiant report");
    Uuid::new_v5(&space, name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_always_gives_the_same_uuid_of_version_5() {
        let first = uuid("message-5f0c0a1b2c3d4e5f");
        assert_eq!(first, uuid("message-5f0c0a1b2c3d4e5f"));
        assert_ne!(first, uuid("message-5f0c0a1b2c3d4e5e"));
        assert_eq!(first.get_version_num(), 5);
    }
}
