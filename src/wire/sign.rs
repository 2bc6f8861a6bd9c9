//! Signature Version 4, the signing side: of requests without a query, as all are that leave this program. `aws-sigv4` makes
//! the keys and the signatures; a key is made once a day and service, where the crate's own way from a request to its headers
//! makes it again for each.

use std::{cell::RefCell, fmt};

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use jiff::{Timestamp, tz::Offset};
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Keys to sign with.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// The access key's id.
    pub access_key_id: String,
    /// The secret key.
    pub secret: String,
    /// The token of a temporary key.
    pub session_token: Option<String>,
}

/// The keys that emulators are given by custom.
impl Default for Keys {
    fn default() -> Self {
        Self { access_key_id: "test".into(), secret: "test".into(), session_token: None }
    }
}

/// The secret is not for logs.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

impl Keys {
    /// Whether id, secret and token can stand in a header.
    pub fn is_printable(&self) -> bool {
        let good = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        good(&self.access_key_id) && good(&self.secret) && self.session_token.as_deref().is_none_or(good)
    }
}

/// What is signed of a request.
#[derive(Clone, Copy, Debug)]
pub struct Unsigned<'a> {
    /// `POST` and the like.
    pub method: &'a str,
    /// The path as it is sent. Of S3 it may be any, its segments encoded; of the other services it is `/`.
    pub path: &'a str,
    /// The headers, all of which are signed: their names are in lower case and in order, and `x-amz-date` of this moment is one
    /// of them.
    pub headers: &'a [(&'a str, &'a str)],
    /// The SHA-256 of the body.
    pub digest: &'a [u8],
}

/// Signs requests with keys for a Region.
pub struct Signer {
    keys: Keys,
    region: String,
    moment: RefCell<Moment>,
}

/// What belongs to the second in which something was signed last.
#[derive(Default)]
struct Moment {
    second: i64,
    /// As `x-amz-date` has it.
    date: String,
    /// The keys of its day, by service.
    keys: FxHashMap<&'static str, Vec<u8>>,
}

impl Signer {
    /// A signer with these keys.
    pub fn new(keys: Keys, region: String) -> Self {
        Self { keys, region, moment: RefCell::default() }
    }

    /// The token that has to be among the headers.
    pub fn token(&self) -> Option<&str> {
        self.keys.session_token.as_deref()
    }

    /// `x-amz-date` of a moment.
    pub fn date(&self, now: Timestamp) -> String {
        let mut moment = self.moment.borrow_mut();
        moment.go_to(now);
        moment.date.clone()
    }

    /// The header `authorization` of a request to a service, by its name in signatures.
    pub fn authorization(&self, service: &'static str, request: Unsigned<'_>, now: Timestamp) -> String {
        let mut moment = self.moment.borrow_mut();
        moment.go_to(now);
        let Moment { date, keys, .. } = &mut *moment;
        let key = keys.entry(service).or_insert_with(|| {
            generate_signing_key(&self.keys.secret, now.into(), &self.region, service).as_ref().to_vec()
        });
        let names = joined(request.headers);
        let canonical = canonical(request, &names);
        let scope = [&date[..8], &self.region, service, "aws4_request"].join("/");
        let mut text = [ALGORITHM, date, &scope, ""].join("\n");
        push_hex(&mut text, &Sha256::digest(canonical));
        let signature = calculate_signature(&key[..], text.as_bytes());
        let id = &self.keys.access_key_id;
        [ALGORITHM, " Credential=", id, "/", &scope, ", SignedHeaders=", &names, ", Signature=", &signature]
            .concat()
    }
}

impl Moment {
    fn go_to(&mut self, now: Timestamp) {
        if self.second == now.as_second() && !self.date.is_empty() {
            return;
        }
        let date = Offset::UTC.to_datetime(now).strftime("%Y%m%dT%H%M%SZ").to_string();
        if self.date.get(..8) != date.get(..8) {
            self.keys.clear();
        }
        (self.second, self.date) = (now.as_second(), date);
    }
}

fn joined(headers: &[(&str, &str)]) -> String {
    let mut names = String::with_capacity(96);
    for (name, _) in headers {
        if !names.is_empty() {
            names.push(';');
        }
        names.push_str(name);
    }
    names
}

fn canonical(request: Unsigned<'_>, names: &str) -> String {
    let Unsigned { method, path, headers, digest } = request;
    let mut text = String::with_capacity(512);
    text.extend([method, "\n", path, "\n\n"]);
    for (name, value) in headers {
        text.extend([name, ":", value, "\n"]);
    }
    text.extend(["\n", names, "\n"]);
    push_hex(&mut text, digest);
    text
}

/// A path whose segments are these, each encoded as S3 wants it.
pub fn path<'a>(segments: impl IntoIterator<Item = &'a str>) -> String {
    let mut path = String::new();
    for segment in segments {
        path.push('/');
        for byte in segment.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => path.push(byte.into()),
                _ => {
                    path.push('%');
                    path.extend(format!("{byte:02X}").chars());
                }
            }
        }
    }
    path
}

fn push_hex(text: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    fn post<'a>(headers: &'a [(&'a str, &'a str)], digest: &'a [u8]) -> Unsigned<'a> {
        Unsigned { method: "POST", path: "/", headers, digest }
    }

    /// The vectors that AWS publishes with its SDKs, of a POST to `/`.
    #[test]
    fn published_vectors() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/sigv4/v4");
        let mut seen = 0;
        for name in
            ["post-vanilla", "post-x-www-form-urlencoded", "post-header-key-sort", "post-sts-header-before"]
        {
            let read = |file: &str| fs::read_to_string(directory.join(name).join(file));
            let Ok(canonical) = read("header-canonical-request.txt") else {
                println!("skipped: {name} is not there");
                continue;
            };
            let lines: Vec<&str> = canonical.split('\n').collect();
            assert_eq!(lines[..3], ["POST", "/", ""]);
            let headers: Vec<_> = lines[3..].iter().map_while(|line| line.split_once(':')).collect();
            let body = read("request.txt").unwrap();
            let body = body.split_once("\n\n").map_or("", |(_, body)| body);
            let context: serde_json::Value = serde_json::from_str(&read("context.json").unwrap()).unwrap();
            let text =
                |pointer: &str| context.pointer(pointer).and_then(|value| value.as_str().map(String::from));
            let keys = Keys {
                access_key_id: text("/credentials/access_key_id").unwrap(),
                secret: text("/credentials/secret_access_key").unwrap(),
                session_token: text("/credentials/token"),
            };
            let now = text("/timestamp").unwrap().parse().unwrap();
            let signer = Signer::new(keys, text("/region").unwrap());
            let header = signer.authorization("service", post(&headers, &Sha256::digest(body)), now);
            let expected = read("header-signature.txt").unwrap();
            assert!(header.ends_with(&format!("Signature={}", expected.trim())), "{name}: {header}");
            seen += 1;
        }
        assert!(seen == 4 || seen == 0);
    }

    /// The header is the one that `aws-sigv4` makes in its own way from the request, token and all.
    #[test]
    fn the_crates_own_way_comes_to_the_same() {
        use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
        let token = Some("token/+=".to_string());
        let keys =
            Keys { access_key_id: "AKID".into(), secret: "s/ecret".into(), session_token: token.clone() };
        let now: Timestamp = "2026-05-06T07:08:09Z".parse().unwrap();
        let signer = Signer::new(keys.clone(), "eu-west-1".into());
        let date = signer.date(now);
        let body = br#"{"CommandId": "x"}"#;
        let headers = [
            ("content-type", "application/x-amz-json-1.1"),
            ("host", "127.0.0.1:8008"),
            ("x-amz-date", &date),
            ("x-amz-security-token", "token/+="),
            ("x-amz-target", "AmazonSSM.GetCommandInvocation"),
        ];
        let ours = signer.authorization("ssm", post(&headers, &Sha256::digest(body)), now);

        let credentials =
            aws_credential_types::Credentials::new(&keys.access_key_id, &keys.secret, token, None, "test");
        let identity = credentials.into();
        let parameters = aws_sigv4::sign::v4::SigningParams::builder()
            .identity(&identity)
            .region("eu-west-1")
            .name("ssm")
            .time(now.into())
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let given =
            headers.into_iter().filter(|(name, _)| !["x-amz-date", "x-amz-security-token"].contains(name));
        let request =
            SignableRequest::new("POST", "http://127.0.0.1:8008/", given, SignableBody::Bytes(body)).unwrap();
        let (made, _) = sign(request, &parameters).unwrap().into_parts();
        let theirs = made.headers().find(|(name, _)| *name == "authorization").unwrap().1;
        assert_eq!(ours, theirs);
    }

    /// A new day has new keys.
    #[test]
    fn keys_follow_the_day() {
        let signature = |signer: &Signer, now: &str| {
            let now: Timestamp = now.parse().unwrap();
            let date = signer.date(now);
            signer.authorization("ssm", post(&[("host", "h"), ("x-amz-date", &date)], &[0; 32]), now)
        };
        let signer = || Signer::new(Keys::default(), "us-east-1".into());
        let one = signer();
        for now in ["2026-01-01T23:59:59Z", "2026-01-02T00:00:00Z", "2026-01-02T00:00:01Z"] {
            assert_eq!(signature(&one, now), signature(&signer(), now));
        }
    }

    /// The example of the S3 API reference, `PUT Object` (Authenticating Requests, examples of signature calculations).
    #[test]
    fn the_example_of_s3() {
        let keys = Keys {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            session_token: None,
        };
        let signer = Signer::new(keys, "us-east-1".into());
        let digest = Sha256::digest("Welcome to Amazon S3.");
        let mut sha = String::new();
        push_hex(&mut sha, &digest);
        let headers = [
            ("date", "Fri, 24 May 2013 00:00:00 GMT"),
            ("host", "examplebucket.s3.amazonaws.com"),
            ("x-amz-content-sha256", &sha),
            ("x-amz-date", "20130524T000000Z"),
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ];
        let path = path(["test$file.text"]);
        let request = Unsigned { method: "PUT", path: &path, headers: &headers, digest: &digest };
        let header = signer.authorization("s3", request, "2013-05-24T00:00:00Z".parse().unwrap());
        let signature = "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd";
        assert!(header.ends_with(signature), "{header}");
    }
}
