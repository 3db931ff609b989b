//! Check digits and forms of identifiers: what can be said of a number without asking anybody.

/// Whether an identifier of this kind has the right form and check digit; `None` where the kind has neither.
///
/// IMEI: 15 digits, Luhn (3GPP TS 23.003, section 6.2.1). ICCID: 18 to 20 digits, Luhn (ITU-T E.118; a trailing `F` is the
/// filler of its storage form). IMSI: 6 to 15 digits. MEID: 14 hexadecimal digits. MAC: six octets.
pub fn is_valid(kind: &str, value: &str) -> Option<bool> {
    let all_digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    match kind {
        "imei" | "imei2" => Some(all_digits && value.len() == 15 && luhn(value)),
        "iccid" => Some(iccid(value)),
        "imsi" => Some(all_digits && (6..=15).contains(&value.len())),
        "meid" => Some(matches!(value.len(), 14 | 15) && value.bytes().all(|byte| byte.is_ascii_hexdigit())),
        "wifi_mac" | "bluetooth_mac" => Some(mac(value)),
        "android_id" | "ssaid" => {
            Some(value.len() <= 16 && value.bytes().all(|byte| byte.is_ascii_hexdigit()))
        }
        _ => None,
    }
}

fn iccid(value: &str) -> bool {
    let digits = value.trim_end_matches(['F', 'f']);
    (18..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) && luhn(digits)
}

fn mac(value: &str) -> bool {
    let digits: Vec<u8> = value.bytes().filter(|byte| !b":-".contains(byte)).collect();
    digits.len() == 12 && digits.iter().all(u8::is_ascii_hexdigit)
}

/// ISO/IEC 7812-1, annex B.
fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(position, byte)| {
            let digit = u32::from(byte.saturating_sub(b'0'));
            let doubled = if position % 2 == 1 { digit * 2 } else { digit };
            if doubled > 9 { doubled - 9 } else { doubled }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_imei_of_the_specification_s_example_holds_and_its_neighbour_does_not() {
        assert_eq!(is_valid("imei", "490154203237518"), Some(true));
        assert_eq!(is_valid("imei", "490154203237519"), Some(false));
        assert_eq!(is_valid("imei", "49015420323751"), Some(false));
        assert_eq!(is_valid("imei", ""), Some(false));
    }

    #[test]
    fn a_kind_without_a_form_says_nothing() {
        assert_eq!(is_valid("serial", "whatever"), None);
    }

    #[test]
    fn a_filler_is_no_part_of_an_iccid() {
        assert_eq!(is_valid("iccid", "8901410321111851072"), is_valid("iccid", "8901410321111851072F"));
        assert_eq!(is_valid("iccid", "not a number"), Some(false));
    }

    #[test]
    fn a_mac_has_six_octets() {
        assert_eq!(is_valid("wifi_mac", "02:00:5e:10:00:00"), Some(true));
        assert_eq!(is_valid("wifi_mac", "02005e100000"), Some(true));
        assert_eq!(is_valid("wifi_mac", "02:00:5e"), Some(false));
    }
}
