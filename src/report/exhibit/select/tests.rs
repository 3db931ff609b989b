use super::*;
use crate::record::kinds::kind;
use serde_json::json;

fn takes(text: &str) -> bool {
    let record = json!({
        "id": "message-0123456789abcdef", "service": "sms", "state": "deleted", "direction": "incoming", "read": true,
        "sender": {"address": "+15550101", "name": "Bob"}, "recipients": [{"address": "a@b"}, {"address": "c@d"}],
        "body": {"text": "Übergabe \"morgen\"", "bytes": "ff"},
        "sent_at": {"utc": null, "raw": 0, "unit": "unix_ms"},
        "received_at": {"utc": "2023-11-14T22:13:20.250Z", "raw": 1_700_000_000_250_u64, "unit": "unix_ms"},
        "attachments": [{"name": "plan.pdf", "size": 2_000}], "extra": {"seen": 1},
        "provenance": {"rows": [{"table": "sms", "rowid": 7, "view": "wal:1"}]},
    });
    let candidate = Candidate { kind: kind("message").unwrap(), record: &record, file: "/data/store.db" };
    Selection::parse(text).unwrap().takes(candidate)
}

fn fault(text: &str) -> String {
    Selection::parse(text).unwrap_err().to_string()
}

#[test]
fn each_test_takes_what_it_says() {
    for text in [
        "kind = message",
        "state = deleted",
        "service in (mms, sms)",
        "body ~ ÜBERGABE",
        "body ~ \"\\\"morgen\\\"\"",
        "sender.address = +15550101",
        "recipients.address = c@d",
        "party = Bob",
        "party ~ 5550101",
        "text ~ plan",
        "time > 2023-11-14",
        "received_at <= 2023-11-14T22:13:20.25Z",
        "received_at = 2023-11-14T23:13:20.25+01:00",
        "attachments.size >= 2000",
        "rowid < 8",
        "file ~ store",
        "table = sms",
        "view ~ wal",
        "extra.seen = 1",
        "id = message-0123456789abcdef",
        "id in (01234567)",
        "read = true",
        "service != mms",
    ] {
        assert!(takes(text), "{text}");
        assert!(!takes(&format!("not ({text}) and kind = message")), "{text}");
    }
}

#[test]
fn and_binds_closer_than_or_and_not_closest() {
    assert!(takes("service = sms or service = mms and state = live"));
    assert!(!takes("(service = sms or service = mms) and state = live"));
    assert!(takes("not state = live and service = sms"));
}

#[test]
fn what_is_absent_passes_no_test_but_a_negated_one() {
    assert!(!takes("subject ~ \"\""));
    assert!(takes("subject != x"));
    assert!(!takes("sent_at < 2024-01-01"));
}

#[test]
fn without_a_kind_or_an_id_it_is_about_messages() {
    let call = json!({"id": "call-0123456789abcdef", "service": "phone"});
    let candidate = Candidate { kind: kind("call").unwrap(), record: &call, file: "" };
    assert!(!Selection::parse("service = phone").unwrap().takes(candidate));
    assert!(Selection::parse("service = phone and kind = call").unwrap().takes(candidate));
    assert!(Selection::parse("id = call-0123456789abcdef").unwrap().takes(candidate));
}

#[test]
fn a_fault_names_its_place_and_the_nearest_right_name() {
    assert_eq!(
        fault("sendr.address = x"),
        "--select `sendr.address = x`, character 1: no field `sendr.address`; the nearest is `sender.address` (docs/exhibit.md has them all)"
    );
    assert!(fault("state = liv").contains("character 9: no state `liv`; the nearest is `live`"));
    assert!(fault("kind = mesage").contains("the nearest is `message`"));
    assert!(fault("sender = x").contains("`sender` has members: write sender.address, sender.kind"));
    assert!(fault("body < x").contains("character 6: `<` is for times and numbers; `body` is a text"));
    assert!(fault("time > yesterday").contains("character 8: `yesterday` is no time in UTC"));
    assert!(fault("time ~ 2023").contains("`~` is for texts"));
    assert!(fault("body = ").contains("character 8: expected a value, found the end"));
    assert!(fault("(body = x").contains("expected `)`, found the end"));
    assert!(fault("body = x y").contains("expected `and`, `or` or the end, found `y`"));
    assert!(
        fault("body = \"x").contains("character 8: the text that begins here has no closing quotation mark")
    );
    assert!(fault("body = 'x'").contains("unexpected `'`"));
    assert!(fault("").contains("character 1: expected a field"));
}

#[test]
fn hostile_nesting_is_a_fault_and_no_overflow() {
    assert!(fault(&"(".repeat(100_000)).contains("too many parentheses"));
    assert!(fault(&"not ".repeat(100_000)).contains("too many parentheses"));
}
