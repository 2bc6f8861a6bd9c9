//! Signatures of envelopes: what is signed, with an own key, and how a signature is verified against a certificate.
//!
//! The own key is a function of a seed, so that a scenario has the same certificate every time. It proves nothing to
//! anybody but a test.

use std::fmt;

use std::convert::Infallible;

use base64::{Engine, engine::general_purpose::STANDARD};
use rcgen::{
    CertificateParams, DnType, KeyIdMethod, PKCS_RSA_SHA256, PublicKeyData, SerialNumber, date_time_ymd,
};
use rsa::{
    Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey,
    pkcs1::EncodeRsaPublicKey,
    pkcs8::{
        DecodePublicKey,
        der::{Decode, Reader, SliceReader, asn1::AnyRef},
    },
    rand_core::{TryCryptoRng, TryRng},
};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::envelope::{Envelope, NOTIFICATION};
use crate::base::philox::Philox4x64;

/// The length of a key in bits.
const BITS: usize = 2048;

/// The version of a signature: 1 is SHA1 with RSA, 2 is SHA256 with RSA.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignatureVersion {
    /// What a topic has unless it asks for the other.
    #[default]
    One,
    /// The attribute `SignatureVersion` of a topic is `2`.
    Two,
}

impl SignatureVersion {
    /// The version of this name.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "1" => Some(Self::One),
            "2" => Some(Self::Two),
            _ => None,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::One => "1",
            Self::Two => "2",
        }
    }

    fn scheme_and_digest(self, text: &str) -> (Pkcs1v15Sign, Vec<u8>) {
        match self {
            Self::One => (Pkcs1v15Sign::new::<Sha1>(), Sha1::digest(text).to_vec()),
            Self::Two => (Pkcs1v15Sign::new::<Sha256>(), Sha256::digest(text).to_vec()),
        }
    }
}

/// What is signed of an envelope: names and values of some fields, each on a line of its own, in the order of the names.
pub fn string_to_sign(envelope: &Envelope) -> String {
    let mut text = String::new();
    let mut put = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            text.extend([name, "\n", value, "\n"]);
        }
    };
    let is_notification = envelope.kind == NOTIFICATION;
    put("Message", Some(&envelope.message));
    put("MessageId", Some(&envelope.message_id));
    if is_notification {
        put("Subject", envelope.subject.as_deref());
    } else {
        put("SubscribeURL", envelope.subscribe_url.as_deref());
    }
    put("Timestamp", Some(&envelope.timestamp));
    if !is_notification {
        put("Token", envelope.token.as_deref());
    }
    put("TopicArn", Some(&envelope.topic_arn));
    put("Type", Some(&envelope.kind));
    text
}

/// Whether an envelope was signed with the key of this certificate, which is PEM. The certificate itself is not judged: that
/// it is AWS's own is for who fetched it to know.
pub fn is_signed_by(envelope: &Envelope, certificate: &str) -> bool {
    let verify = || {
        let version = SignatureVersion::parse(&envelope.signature_version)?;
        let key = public_key(certificate)?;
        let signature = STANDARD.decode(&envelope.signature).ok()?;
        let (scheme, digest) = version.scheme_and_digest(&string_to_sign(envelope));
        key.verify(scheme, &digest, &signature).ok()
    };
    verify().is_some()
}

/// The RSA key of a certificate in PEM.
fn public_key(certificate: &str) -> Option<RsaPublicKey> {
    let text: String = certificate.lines().filter(|line| !line.starts_with("-----")).collect();
    let bytes = STANDARD.decode(text.trim()).ok()?;
    let whole = AnyRef::from_der(&bytes).ok()?;
    let signed: AnyRef = SliceReader::new(whole.value()).ok()?.decode().ok()?;
    let mut fields = SliceReader::new(signed.value()).ok()?;
    // Version, serial number, algorithm, issuer, validity and subject come before the key.
    for _ in 0..6 {
        fields.tlv_bytes().ok()?;
    }
    RsaPublicKey::from_public_key_der(fields.tlv_bytes().ok()?).ok()
}

/// Who signs envelopes here: a key and its certificate.
pub struct Signatory {
    key: RsaPrivateKey,
    certificate: String,
}

impl fmt::Debug for Signatory {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signatory")
    }
}

impl Signatory {
    /// The signatory of a seed. Making its key takes some tenths of a second: do it when the first envelope is signed.
    pub fn new(seed: u64) -> Self {
        let key = RsaPrivateKey::new(&mut Words::new(seed), BITS).expect("a key of 2048 bits can be made");
        let certificate = certificate(&key, seed);
        Self { key, certificate }
    }

    /// Its self-signed certificate, PEM.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Signs an envelope.
    pub fn sign(&self, envelope: &mut Envelope, version: SignatureVersion) {
        envelope.signature_version = version.name().into();
        let (scheme, digest) = version.scheme_and_digest(&string_to_sign(envelope));
        let signature = self.key.sign(scheme, &digest).expect("a key of 2048 bits holds a digest");
        envelope.signature = STANDARD.encode(signature);
    }
}

fn certificate(key: &RsaPrivateKey, seed: u64) -> String {
    let mut params = CertificateParams::default();
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, "sns.fleetsim.invalid");
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2049, 12, 31);
    params.serial_number = Some(SerialNumber::from(seed | 1));
    params.key_identifier_method = KeyIdMethod::PreSpecified(seed.to_be_bytes().to_vec());
    let public = key.to_public_key().to_pkcs1_der().expect("a public key has a form").into_vec();
    let made = params.self_signed(&CertificateKey { key, public }).expect("the parameters are whole");
    let text = STANDARD.encode(made.der());
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// A key as the maker of certificates wants it.
struct CertificateKey<'a> {
    key: &'a RsaPrivateKey,
    public: Vec<u8>,
}

impl PublicKeyData for CertificateKey<'_> {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

impl rcgen::SigningKey for CertificateKey<'_> {
    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let scheme = Pkcs1v15Sign::new::<Sha256>();
        self.key.sign(scheme, &Sha256::digest(bytes)).map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

/// Random words as a function of a seed.
struct Words {
    function: Philox4x64,
    at: u64,
}

impl Words {
    fn new(seed: u64) -> Self {
        Self { function: Philox4x64::new([seed, 0x534E_5320_6B65_7921]), at: 0 }
    }
}

impl TryRng for Words {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|word| word as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let words = self.function.words([self.at / 4, 0, 0, 0]);
        self.at += 1;
        Ok(words[((self.at - 1) % 4) as usize])
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let word = self.try_next_u64()?.to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Words {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The developer guide's order of fields.
    #[test]
    fn what_is_signed_depends_on_the_type() {
        let mut envelope = Envelope {
            kind: NOTIFICATION.into(),
            message_id: "id".into(),
            token: Some("t".into()),
            topic_arn: "arn".into(),
            message: "m".into(),
            subscribe_url: Some("url".into()),
            timestamp: "now".into(),
            ..Envelope::default()
        };
        let text = "Message\nm\nMessageId\nid\nTimestamp\nnow\nTopicArn\narn\nType\nNotification\n";
        assert_eq!(string_to_sign(&envelope), text);
        envelope.subject = Some("s".into());
        assert!(string_to_sign(&envelope).contains("MessageId\nid\nSubject\ns\nTimestamp\n"));
        envelope.kind = "SubscriptionConfirmation".into();
        let text = "Message\nm\nMessageId\nid\nSubscribeURL\nurl\nTimestamp\nnow\nToken\nt\nTopicArn\narn\n\
            Type\nSubscriptionConfirmation\n";
        assert_eq!(string_to_sign(&envelope), text);
    }

    #[test]
    fn an_own_signature_is_verified_and_another_message_is_not() {
        let signatory = Signatory::new(1);
        assert_eq!(signatory.certificate(), Signatory::new(1).certificate());
        for version in [SignatureVersion::One, SignatureVersion::Two] {
            let mut envelope =
                Envelope { kind: NOTIFICATION.into(), message: "m".into(), ..Envelope::default() };
            signatory.sign(&mut envelope, version);
            assert!(is_signed_by(&envelope, signatory.certificate()));
            envelope.message = "n".into();
            assert!(!is_signed_by(&envelope, signatory.certificate()));
        }
    }

    #[test]
    fn what_is_no_certificate_verifies_nothing() {
        let envelope = Envelope { signature_version: "1".into(), ..Envelope::default() };
        for text in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "MAA="] {
            assert!(!is_signed_by(&envelope, text));
        }
    }
}
