use std::fmt::Write as _;

use aws_lc_rs::{
    encoding::AsDer as _,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use jsonwebtoken::{EncodingKey, Header, encode};
use time::OffsetDateTime;

use super::*;

fn keys() -> (EncodingKey, TokenVerifier) {
    let pair = Ed25519KeyPair::generate().unwrap();
    let private = pair.to_pkcs8v1().unwrap();
    let public = pair.public_key().as_der().unwrap();
    let mut pem = "-----BEGIN PUBLIC KEY-----\n".to_owned();
    writeln!(pem, "{}", base64(public.as_ref())).unwrap();
    pem.push_str("-----END PUBLIC KEY-----\n");
    let signing = EncodingKey::from_ed_der(private.as_ref());
    (signing, TokenVerifier::from_public_key_pem(&pem).unwrap())
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
        let group = group << (8 * (3 - chunk.len()));
        for index in 0..4 {
            if index <= chunk.len() {
                let sextet = group >> (18 - 6 * index) & 63;
                text.push(char::from(ALPHABET[sextet as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

fn claims(seconds: i64) -> Claims {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    Claims {
        sub: Uuid::from_u128(1),
        aud: ACCESS_TOKEN_AUDIENCE.to_owned(),
        iat: now,
        exp: now + seconds,
        role: Role::User,
        session: None,
        guest: None,
    }
}

#[test]
fn a_token_of_ours_says_who_is_asking() {
    let (key, verifier) = keys();
    let token = encode(&Header::new(Algorithm::EdDSA), &claims(60), &key).unwrap();
    let mut metadata = MetadataMap::new();
    metadata.insert("authorization", format!("Bearer {token}").parse().unwrap());
    let caller = verifier.caller(&metadata).unwrap();
    assert_eq!(
        caller,
        Caller {
            account: Uuid::from_u128(1),
            role: Role::User,
            session: None,
        }
    );
    assert!(verifier.caller(&MetadataMap::new()).is_err());
}

#[test]
fn expired_foreign_and_forged_tokens_are_refused() {
    let (key, verifier) = keys();
    let (other_key, _) = keys();
    let header = Header::new(Algorithm::EdDSA);
    let foreign = Claims {
        aud: "elsewhere".to_owned(),
        ..claims(60)
    };
    let symmetric = EncodingKey::from_secret(b"the public key, used as a secret");
    for token in [
        encode(&header, &claims(-60), &key).unwrap(),
        encode(&header, &foreign, &key).unwrap(),
        encode(&header, &claims(60), &other_key).unwrap(),
        encode(&Header::new(Algorithm::HS256), &claims(60), &symmetric).unwrap(),
        // {"alg":"none"} with a valid body and no signature.
        format!(
            "eyJhbGciOiJub25lIn0.{}.",
            encode(&header, &claims(60), &key)
                .unwrap()
                .split('.')
                .nth(1)
                .unwrap()
        ),
        String::new(),
    ] {
        assert!(verifier.verify(&token).is_err(), "{token}");
    }
}

#[test]
fn only_the_right_service_key_opens_what_is_internal() {
    let key = ServiceKey::new("a long random key".to_owned().into());
    let mut request = Request::new(());
    assert!(key.check(request.metadata()).is_err());
    key.attach(&mut request);
    assert!(key.check(request.metadata()).is_ok());
    assert!(
        ServiceKey::new("another".to_owned().into())
            .check(request.metadata())
            .is_err()
    );
    assert!(
        ServiceKey::new(String::new().into())
            .check(&MetadataMap::new())
            .is_err()
    );
}
