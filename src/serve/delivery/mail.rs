//! E-mail: a message becomes a letter, which goes to the SMTP server that was named.

use std::{str::FromStr, time::Duration};

use lettre::{
    Address, Message,
    address::Envelope,
    message::{
        Body, Mailbox,
        header::{ContentTransferEncoding, ContentType},
    },
    transport::smtp::{self, client::AsyncSmtpConnection, extension::ClientId},
};
use tokio::time::timeout;

use super::{guard::Guard, outcome::Failure};
use crate::{
    service::Outgoing,
    sns::Protocol,
    wire::{http, sns::envelope::NOTIFICATION},
};

/// The subject of a message that was published without one.
const SUBJECT: &str = "AWS Notification Message";
/// The subject of the letter that asks for a confirmation.
const CONFIRMATION_SUBJECT: &str = "AWS Notification - Subscription Confirmation";
/// Who letters are from: a name that no domain can have.
const SENDER: &str = "no-reply@sns.fleetsim.invalid";
const DOMAIN: &str = "sns.fleetsim.invalid";

/// After the letter is taken, the server gets so long for its goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// An SMTP server: `smtp://host:port`, without encryption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpServer {
    host: String,
    port: u16,
}

impl FromStr for SmtpServer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no SMTP server; write smtp://host:port");
        let uri: hyper::Uri = text.parse().map_err(|_| wrong())?;
        let host = uri.host().filter(|host| !host.is_empty() && uri.scheme_str() == Some("smtp"));
        let is_bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
        let authority =
            uri.authority().map(|authority| authority.as_str()).filter(|text| !text.contains('@'));
        let host = host.filter(|_| is_bare).ok_or_else(wrong)?;
        let port = authority.and_then(|authority| http::port(authority, host, 25)).ok_or_else(wrong)?;
        Ok(Self { host: host.into(), port })
    }
}

impl SmtpServer {
    /// Hands over a letter with this text, and gives back the code of the answer.
    ///
    /// # Errors
    ///
    /// [`Failure::Never`] for what the server refuses for good, or when the address is none.
    pub async fn send(&self, guard: &Guard, outgoing: &Outgoing, body: &str) -> Result<u16, Failure> {
        let letter = letter(outgoing, body)?;
        let stream = guard.connect(&self.host, self.port).await?;
        let hello = ClientId::default();
        let connection = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello).await;
        let mut connection = connection.map_err(|error| failure(&error))?;
        let answer = connection.send(letter.envelope(), &letter.formatted()).await;
        let _ = timeout(GOODBYE, connection.quit()).await;
        answer.map(|answer| answer.code().into()).map_err(|error| failure(&error))
    }
}

fn failure(error: &smtp::Error) -> Failure {
    let reason = match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    if error.is_permanent() { Failure::Never(reason) } else { Failure::Again(reason) }
}

/// The letter of a message: its text, or what `body` has of it as JSON.
fn letter(outgoing: &Outgoing, body: &str) -> Result<Message, Failure> {
    let never = |error: String| Failure::Never(format!("no letter to {}: {error}", outgoing.endpoint));
    let to: Address = outgoing.endpoint.parse().map_err(|error| never(format!("{error}")))?;
    let from: Address = SENDER.parse().map_err(|error| never(format!("{error}")))?;
    let message = &outgoing.envelope;
    let is_notification = message.kind == NOTIFICATION;
    let usual = if is_notification { SUBJECT } else { CONFIRMATION_SUBJECT };
    let subject = message.subject.as_deref().filter(|_| is_notification).unwrap_or(usual);
    let text = match (outgoing.protocol, &message.subscribe_url) {
        (Protocol::EmailJson, _) => body.to_string(),
        (_, Some(url)) => consent(&message.topic_arn, url),
        _ => message.message.clone(),
    };
    let envelope = Envelope::new(Some(from.clone()), vec![to.clone()]);
    Message::builder()
        .envelope(envelope.map_err(|error| never(error.to_string()))?)
        .from(Mailbox::new(Some("AWS Notifications".into()), from))
        .to(Mailbox::new(None, to))
        .subject(subject)
        .message_id(Some(format!("<{}@{DOMAIN}>", message.message_id)))
        .header(ContentType::TEXT_PLAIN)
        .body(body_of(&text))
        .map_err(|error| never(error.to_string()))
}

/// A line of a letter is no longer, without its end (RFC 5322, section 2.1.1).
const LONGEST_LINE: usize = 998;

/// Every end of a line becomes the one that SMTP knows. A text that can stay readable on the wire does.
fn body_of(text: &str) -> Body {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let is_short = text.split('\n').all(|line| line.len() <= LONGEST_LINE);
    let is_plain = text.is_ascii() && !text.contains('\0') && is_short;
    let text = text.replace('\n', "\r\n");
    if is_plain {
        Body::dangerous_pre_encoded(text.into_bytes(), ContentTransferEncoding::SevenBit)
    } else {
        Body::new(text)
    }
}

fn consent(topic: &str, url: &str) -> String {
    format!(
        "You have chosen to subscribe to the topic:\n{topic}\n\nTo confirm this subscription, click or visit the link below \
         (If this was in error no action is necessary):\n{url}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::delivery::tests::outgoing;

    fn formatted(outgoing: &Outgoing) -> String {
        String::from_utf8(letter(outgoing, "{\"Type\":\"Notification\"}").unwrap().formatted()).unwrap()
    }

    #[test]
    fn a_letter_has_the_text_and_the_subject() {
        let mut message = outgoing(1, Protocol::Email, "ops@example.com");
        message.envelope.message = "line one\n.\nline two".into();
        let text = formatted(&message);
        assert!(text.contains("\r\nTo: ops@example.com\r\nSubject: AWS Notification Message\r\n"), "{text}");
        assert!(text.ends_with("\r\n\r\nline one\r\n.\r\nline two"), "{text}");
        message.envelope.subject = Some("8 \u{2192} 9".into());
        assert!(
            formatted(&message).contains("\r\nSubject: 8 =?utf-8?b?4oaS?= 9\r\n"),
            "{}",
            formatted(&message)
        );
        message.protocol = Protocol::EmailJson;
        assert!(formatted(&message).ends_with("\r\n\r\n{\"Type\":\"Notification\"}"));
    }

    #[test]
    fn a_confirmation_has_the_link() {
        let mut message = outgoing(1, Protocol::Email, "ops@example.com");
        message.envelope.kind = "SubscriptionConfirmation".into();
        message.envelope.subscribe_url = Some("http://127.0.0.1/?Action=ConfirmSubscription".into());
        let text = formatted(&message);
        assert!(text.contains("\r\nhttp://127.0.0.1/?Action=ConfirmSubscription\r\n"), "{text}");
        assert!(text.contains("Subject: AWS Notification - Subscription Confirmation\r\n"), "{text}");
    }

    #[test]
    fn no_text_ends_the_letter() {
        let mut message = outgoing(1, Protocol::Email, "ops@example.com");
        message.envelope.message = "a\r.\rb\n.\r\nc".into();
        assert!(formatted(&message).ends_with("\r\n\r\na\r\n.\r\nb\r\n.\r\nc"));
        message.envelope.message = "x".repeat(2000);
        assert!(formatted(&message).lines().all(|line| line.len() < 998));
    }

    /// Whatever the address, the subject and the id hold, there is one header of each name, and no other.
    #[test]
    fn no_text_becomes_a_header() {
        for endpoint in [
            "a@b.c\r\nBcc: x@y.z",
            "a@b.c, x@y.z",
            "Name <a@b.c>",
            "a@b.c\n",
            "",
            "a",
            "a@b c",
            "a@b.c> SIZE=1",
        ] {
            let message = outgoing(1, Protocol::Email, endpoint);
            assert!(matches!(letter(&message, ""), Err(Failure::Never(_))), "{endpoint:?}");
        }
        let mut message = outgoing(1, Protocol::Email, "a@b.c");
        message.envelope.subject = Some("s\r\nBcc: x@y.z\r\n\r\nbody".into());
        message.envelope.message_id = "id>\r\nBcc: x@y.z".into();
        let text = formatted(&message);
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        let names: Vec<_> = head
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .map(|line| line.split(':').next().unwrap().to_ascii_lowercase())
            .collect();
        assert!(!names.contains(&"bcc".to_string()), "{text}");
        assert!(!head.replace("\r\n", "").contains(['\r', '\n']), "{text}");
    }

    #[test]
    fn a_server_is_a_host_and_a_port() {
        let server = |text: &str| text.parse::<SmtpServer>();
        assert_eq!(server("smtp://localhost:1025"), Ok(SmtpServer { host: "localhost".into(), port: 1025 }));
        assert_eq!(server("smtp://[::1]"), Ok(SmtpServer { host: "[::1]".into(), port: 25 }));
        for text in [
            "localhost:25",
            "smtps://a.test",
            "smtp://",
            "smtp://u:p@a.test",
            "smtp://a.test:65536",
            "smtp://a.test/x",
        ] {
            assert!(server(text).is_err(), "{text}");
        }
    }
}
