//! RFC 3161 time stamps of a bag's manifest: the request that is carried to a time-stamping authority, and its answer that is brought
//! back. No network; the authority's own signature and certificates are for `openssl ts -verify` and its trust anchors.
//!
//! ```text
//! manifest-sha256.txt ── SHA-256 ──► TimeStampReq (.tsq) ··· authority ··· TimeStampResp (.tsr) ── messageImprint ─► the same SHA-256
//! ```

use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use der::asn1::{Any, OctetString};
use der::oid::ObjectIdentifier;
use der::{Decode as _, Encode as _};
use x509_tsp::{MessageImprint, TimeStampReq, TimeStampResp, TspVersion, TstInfo};

/// `id-sha256` (RFC 5754, section 2.2).
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
/// `id-signedData` (RFC 5652, section 5.1).
const SIGNED: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
/// `id-ct-TSTInfo` (RFC 3161, section 2.4.2).
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");

/// What an answer says, where it is one over the hash that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The moment that the authority vouches for, in UTC.
    pub time: String,
    /// Its number, in hex: with it the authority finds its own record.
    pub serial: String,
    /// Under which of its policies, as an object identifier.
    pub policy: String,
}

/// A request for a time stamp of this SHA-256. It has no nonce, so that the same manifest gives the same request; what a nonce
/// would show, that the answer is fresh, is not asked here: the answer's own time counts.
///
/// # Errors
/// None in practice: those of the encoder.
pub fn request(sha256: &[u8]) -> Result<Vec<u8>, String> {
    let told = |error: der::Error| format!("a time-stamp request cannot be made: {error}");
    let hashed_message = OctetString::new(sha256).map_err(told)?;
    let request = TimeStampReq {
        version: TspVersion::V1,
        message_imprint: MessageImprint { hash_algorithm: algorithm(), hashed_message },
        req_policy: None,
        nonce: None,
        // The certificate in the answer is what it can be checked with in ten years.
        cert_req: true,
        extensions: None,
    };
    request.to_der().map_err(told)
}

fn algorithm() -> spki::AlgorithmIdentifier<Any> {
    spki::AlgorithmIdentifier { oid: SHA256, parameters: Some(Any::null()) }
}

/// Reads an answer and checks that it stamps this SHA-256.
///
/// # Errors
/// What is wrong with it: no answer, a refusal, no token, another hash.
pub fn read(answer: &[u8], sha256: &[u8]) -> Result<Stamp, String> {
    let token =
        TimeStampResp::from_der(answer).map_err(|error| format!("it is no time-stamp answer: {error}"))?;
    let status = token.status.status as u8;
    // PKIStatus granted (0) and grantedWithMods (1): RFC 3161, section 2.4.2.
    if status > 1 {
        return Err(format!("the authority refused: its status is {status}"));
    }
    let token = token.time_stamp_token.ok_or("the answer holds no time stamp")?;
    let info = info(&token)?;
    let imprint = &info.message_imprint;
    if imprint.hash_algorithm.oid != SHA256 {
        return Err(format!("it stamps a hash of another kind: {}", imprint.hash_algorithm.oid));
    }
    if imprint.hashed_message.as_bytes() != sha256 {
        let stamped = hex::encode(imprint.hashed_message.as_bytes());
        return Err(format!("it stamps SHA-256 {stamped}, and here is {}", hex::encode(sha256)));
    }
    Ok(Stamp {
        time: info.gen_time.to_date_time().to_string(),
        serial: hex::encode(info.serial_number.as_bytes()),
        policy: info.policy.to_string(),
    })
}

/// The statement inside a token: CMS SignedData over TSTInfo (RFC 3161, section 2.4.2).
fn info(token: &ContentInfo) -> Result<TstInfo, String> {
    let told = |error: der::Error| format!("its time stamp cannot be read: {error}");
    if token.content_type != SIGNED {
        return Err(format!("its time stamp is no signed statement but {}", token.content_type));
    }
    let signed: SignedData = token.content.decode_as().map_err(told)?;
    let content = signed.encap_content_info;
    if content.econtent_type != TST_INFO {
        return Err(format!("what is signed is no time stamp but {}", content.econtent_type));
    }
    let statement: OctetString =
        content.econtent.ok_or("its time stamp states nothing")?.decode_as().map_err(told)?;
    TstInfo::from_der(statement.as_bytes()).map_err(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `openssl ts -query -digest ba78… -sha256 -no_nonce -cert`
    const QUERY: &str = "30390201013031300d060960864801650304020105000420ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0101ff";

    fn abc() -> Vec<u8> {
        hex::decode("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad").unwrap()
    }

    #[test]
    fn a_request_is_the_one_that_openssl_makes() {
        assert_eq!(hex::encode(request(&abc()).unwrap()), QUERY);
    }

    #[test]
    fn what_is_no_answer_is_told() {
        let answers: [&[u8]; 4] =
            [b"", b"\x30\x80", b"\x30\x05\x30\x03\x02\x01\x02", b"\x30\x05\x30\x03\x02\x01\x00"];
        let told: Vec<String> = answers.iter().map(|answer| read(answer, &abc()).unwrap_err()).collect();
        assert!(
            told[0].contains("no time-stamp answer") && told[1].contains("no time-stamp answer"),
            "{told:?}"
        );
        assert!(told[2].contains("refused") && told[3].contains("holds no time stamp"), "{told:?}");
    }
}
