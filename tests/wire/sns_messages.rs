//! Messages that SNS itself signed, with its certificates.

use fleetsim::wire::sns::{envelope::Envelope, signature::is_signed_by};

use crate::shared;

const MESSAGES: [(&str, &str); 3] = [
    ("msg_2015_subject_attributes.json", "cert_2014.pem"),
    ("msg_2019_plain.json", "cert_2019.pem"),
    ("msg_2019_unicode.json", "cert_2019.pem"),
];

#[test]
fn messages_of_sns_are_verified_and_changed_ones_are_not() {
    for (message, certificate) in MESSAGES {
        let path = |name: &str| format!("sns_signature/{name}");
        let (Some(text), Some(certificate)) = (shared(&path(message)), shared(&path(certificate))) else {
            return;
        };
        let whole: Envelope = serde_json::from_str(&text).unwrap();
        assert!(is_signed_by(&whole, &certificate), "{message}");
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_value(&whole).unwrap(), value, "{message}");
        let changes: [fn(&mut Envelope); 6] = [
            |envelope| envelope.message.push('!'),
            |envelope| envelope.subject = Some("another".into()),
            |envelope| envelope.timestamp = envelope.timestamp.replace('2', "3"),
            |envelope| envelope.topic_arn.push('a'),
            |envelope| envelope.signature_version = "2".into(),
            |envelope| envelope.signature = envelope.signature.replacen(['a', 'b'], "c", 1),
        ];
        for (at, change) in changes.iter().enumerate() {
            let mut changed = whole.clone();
            change(&mut changed);
            assert!(!is_signed_by(&changed, &certificate), "{message}: change {at}");
        }
        // Attributes are not signed.
        let mut changed = whole.clone();
        changed.message_attributes.clear();
        assert!(is_signed_by(&changed, &certificate));
    }
}

#[test]
fn another_certificate_of_sns_verifies_nothing() {
    let (Some(text), Some(certificate)) =
        (shared("sns_signature/msg_2019_plain.json"), shared("sns_signature/cert_2014.pem"))
    else {
        return;
    };
    assert!(!is_signed_by(&serde_json::from_str(&text).unwrap(), &certificate));
}
