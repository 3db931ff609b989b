use super::*;
use crate::parse::plist;

/// A keyed archive of these objects (XML, from object 1 on), the first of them on top.
fn archive(objects: &str) -> String {
    format!(
        "<plist><dict><key>$archiver</key><string>NSKeyedArchiver</string><key>$top</key><dict><key>root</key>{}</dict>\
         <key>$objects</key><array><string>$null</string>{objects}</array></dict></plist>",
        uid(1)
    )
}

fn uid(number: u64) -> String {
    format!("<dict><key>CF$UID</key><integer>{number}</integer></dict>")
}

fn class(names: &[&str]) -> String {
    let list: String = names.iter().map(|name| format!("<string>{name}</string>")).collect();
    format!(
        "<dict><key>$classname</key><string>{}</string><key>$classes</key><array>{list}</array></dict>",
        names[0]
    )
}

fn object(class: u64, members: &str) -> String {
    format!("<dict><key>$class</key>{}{members}</dict>", uid(class))
}

fn read(objects: &str) -> Result<Node<'static>, Error> {
    let text = archive(objects);
    let property_list = plist::document(text.as_bytes()).unwrap();
    assert!(property_list.findings.is_empty());
    decode(&property_list.root)
}

fn text(text: &str) -> Value<'_> {
    Value::Text(text.into())
}

#[test]
fn a_dictionary_of_foundation_becomes_a_map_of_plain_values_with_the_spans_of_their_members() {
    let keys: String = (3..=6).map(uid).collect();
    let values: String = (7..=10).map(uid).collect();
    let objects = [
        object(
            2,
            &format!("<key>NS.keys</key><array>{keys}</array><key>NS.objects</key><array>{values}</array>"),
        ),
        class(&["NSMutableDictionary", "NSDictionary", "NSObject"]),
        "<string>when</string><string>id</string><string>link</string><string>nothing</string>".to_owned(),
        object(11, "<key>NS.time</key><real>1.5</real>"),
        object(12, "<key>NS.uuidbytes</key><data>ABEiM0RVZneImaq7zN3u/w==</data>"),
        object(
            13,
            &format!(
                "<key>NS.base</key>{}<key>NS.relative</key><string>https://example.org</string>",
                uid(0)
            ),
        ),
        "<string>x</string>".to_owned(),
        class(&["NSDate", "NSObject"]),
        class(&["NSUUID", "NSObject"]),
        class(&["NSURL", "NSObject"]),
    ];
    let root = read(&objects.concat()).unwrap();
    assert_eq!(root.value.member("when").unwrap().value, Value::Date(1.5));
    assert_eq!(root.value.member("id").unwrap().value, text("00112233-4455-6677-8899-AABBCCDDEEFF"));
    assert_eq!(root.value.member("link").unwrap().value, text("https://example.org"));
    assert_eq!(root.value.member("nothing").unwrap().value, text("x"));
    let file = archive(&objects.concat());
    let place = |written: &str| crate::parse::Span {
        offset: crate::parse::tree::place(file.find(written).unwrap()),
        length: crate::parse::tree::place(written.len()),
    };
    assert_eq!(root.value.member("when").unwrap().span, place("<real>1.5</real>"));
    assert_eq!(root.value.member("link").unwrap().span, place("<string>https://example.org</string>"));
    assert_eq!(root.value.member("id").unwrap().span, place("<data>ABEiM0RVZneImaq7zN3u/w==</data>"));
}

#[test]
fn a_class_of_an_app_becomes_a_map_with_its_name() {
    let objects = [
        object(2, &format!("<key>list</key>{}<key>none</key>{}", uid(3), uid(0))),
        class(&["Mine", "NSObject"]),
        object(4, &format!("<key>NS.objects</key><array>{}</array>", uid(5))),
        class(&["NSArray", "NSObject"]),
        "<integer>7</integer>".to_owned(),
    ];
    let root = read(&objects.concat()).unwrap();
    assert_eq!(root.value.member("$class").unwrap().value, text("Mine"));
    assert_eq!(root.value.member("none").unwrap().value, Value::Null);
    let Value::List(list) = &root.value.member("list").unwrap().value else { panic!() };
    assert_eq!(list[0].value, Value::Integer(7));
}

#[test]
fn dictionaries_of_old_archives_and_with_nameless_keys_are_read() {
    let old = object(2, &format!("<key>NS.key.0</key>{}<key>NS.object.0</key><true/>", uid(3)));
    let dictionary = class(&["NSDictionary"]);
    let root = read(&[&old, &dictionary, "<string>k</string>"].concat()).unwrap();
    assert_eq!(root.value.member("k").unwrap().value, Value::Bool(true));
    let root = read(&[&old, &dictionary, "<real>1</real>"].concat()).unwrap();
    let Value::List(pairs) = &root.value else { panic!() };
    assert_eq!(pairs[0].value.member("key").unwrap().value, Value::Real(1.0));
    assert_eq!(pairs[0].value.member("value").unwrap().value, Value::Bool(true));
}

#[test]
fn a_circle_stands_as_its_uid_and_is_no_loss() {
    let objects = [object(2, &format!("<key>parent</key>{}", uid(1))), class(&["Mine"])];
    let root = read(&objects.concat()).unwrap();
    assert_eq!(root.value.member("parent").unwrap().value, Value::Uid(1));
}

#[test]
fn a_reference_to_no_object_is_an_error_of_decode_and_a_loss_of_document() {
    let objects = [object(2, &format!("<key>gone</key>{}<key>here</key><true/>", uid(99))), class(&["Mine"])];
    assert!(matches!(read(&objects.concat()), Err(Error::Unexpected { .. })));
    let text = archive(&objects.concat());
    let document = document(&plist::document(text.as_bytes()).unwrap().root).unwrap();
    assert_eq!(document.root.value.member("gone").unwrap().value, Value::Uid(99));
    assert_eq!(document.root.value.member("here").unwrap().value, Value::Bool(true));
    assert!(document.findings[0].loss);
}

#[test]
fn objects_that_double_at_each_level_stop_at_the_bound() {
    let levels: String = (2..50).map(|next| format!("<array>{}{}</array>", uid(next), uid(next))).collect();
    assert!(matches!(read(&format!("{levels}<true/>")), Err(Error::Limit { .. })));
}

#[test]
fn an_object_without_the_members_of_its_class_stays_a_map() {
    let objects = [object(2, "<key>NS.time</key><string>x</string>"), class(&["NSDate"])];
    let root = read(&objects.concat()).unwrap();
    assert_eq!(root.value.member("$class").unwrap().value, text("NSDate"));
    assert_eq!(root.value.member("NS.time").unwrap().value, text("x"));
}

#[test]
fn another_property_list_is_of_another_kind() {
    let other = plist::document(b"<plist><dict><key>$top</key><dict/></dict></plist>").unwrap();
    assert!(matches!(decode(&other.root), Err(Error::WrongKind { .. })));
}
