//! Who calls: signatures verified against the access keys of `--auth`, and IAM asked before anything is done.

use jiff::Timestamp;

use super::permission;
use crate::{
    iam::{Account, Principal},
    scenario::Credentials,
    wire::{
        call::Call,
        dialect::Service,
        fault::Fault,
        http::Request,
        sigv4::{self, Paths, Refusal, Secret},
    },
};

/// Who may call, and what they may do.
#[derive(Clone, Debug)]
pub struct Auth {
    credentials: Credentials,
    account: Account,
}

impl Auth {
    /// Access keys to the resources of an account.
    pub fn new(credentials: Credentials, account: Account) -> Self {
        Self { credentials, account }
    }

    /// Who makes a call, if it is allowed. `now` is a wall time: signatures are made by clients, whose clocks know nothing
    /// of simulated time. Whoever has a token may confirm or end a subscription without a signature, as in the links that
    /// SNS sends.
    ///
    /// # Errors
    ///
    /// What the caller is told: the signature is not accepted, or IAM denies the call.
    pub fn admit(&self, request: &Request, call: &Call, now: Timestamp) -> Result<Option<&Principal>, Fault> {
        let principal = match self.verify(request, call, now) {
            Err(Refusal::Missing) if is_by_link(call) => return Ok(None),
            Err(refusal) => return Err(refusal.fault(call.dialect.protocol)),
            Ok(principal) => principal,
        };
        permission::check(&self.account, principal, call)?;
        Ok(Some(principal))
    }

    fn verify(&self, request: &Request, call: &Call, now: Timestamp) -> Result<&Principal, Refusal> {
        let secret = |id: &str| {
            let key = self.credentials.keys.get(id)?;
            Some(Secret { key: key.secret.clone(), session_token: key.session_token.clone() })
        };
        let signer = sigv4::verify(request, now, Paths::Normalised, secret)?;
        signer.check_scope(call.dialect.service, Some(&self.account.region))?;
        let key = self.credentials.keys.get(&signer.access_key_id).ok_or(Refusal::UnknownKey)?;
        self.credentials.principals.get(key.principal).ok_or(Refusal::UnknownKey)
    }

    /// The principal of an ARN, as a journal names it.
    pub fn principal(&self, arn: &str) -> Option<&Principal> {
        self.credentials.principals.iter().find(|principal| principal.arn == arn)
    }

    /// What the course of things depends on: principals and policies, but no keys.
    pub fn fingerprint(&self) -> String {
        let text = format!("{:?}", self.credentials.principals);
        format!("{:016x}", xxhash_rust::xxh3::xxh3_64(text.as_bytes()))
    }
}

fn is_by_link(call: &Call) -> bool {
    call.dialect.service == Service::Sns
        && ["ConfirmSubscription", "Unsubscribe"].contains(&call.operation.as_str())
}

#[cfg(test)]
mod tests {
    use std::{io, path::Path};

    use super::*;
    use crate::scenario::Source;

    const KEYS: &str = r#"
[[principal]]
arn = "arn:aws:iam::123456789012:user/reader"
policies = [{ Version = "2012-10-17", Statement = { Effect = "Allow", Action = "ssm:List*", Resource = "*" } }]
[[principal.key]]
id = "AKIDEXAMPLE"
secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
"#;

    fn auth() -> Auth {
        let source = Source { path: "auth.toml".into(), text: KEYS.into() };
        let nothing = |_: &Path| Err(io::Error::from(io::ErrorKind::NotFound));
        let credentials = Credentials::load(source, &nothing).unwrap();
        Auth::new(credentials, Account { region: "us-east-1".into(), id: "123456789012".into() })
    }

    /// A request that botocore 1.44.5 has signed with the key above.
    fn signed(operation: &str, signature: &str) -> (Vec<(String, String)>, String) {
        let target = format!("AmazonSSM.{operation}");
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/ssm/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature={signature}"
        );
        let headers = [
            ("Host", "127.0.0.1:8008"),
            ("Content-Type", "application/x-amz-json-1.1"),
            ("X-Amz-Date", "20260101T000000Z"),
            ("X-Amz-Target", &target),
            ("Authorization", &authorization),
        ];
        let headers = headers.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        (headers, "/".into())
    }

    fn admit(headers: &[(String, String)], body: &[u8], now: &str) -> Result<Option<String>, Fault> {
        let request = Request { method: "POST", target: "/", headers, body };
        let call = Call::read(&request).unwrap();
        let auth = auth();
        let admitted = auth.admit(&request, &call, now.parse().unwrap())?;
        Ok(admitted.map(|principal| principal.arn.clone()))
    }

    const NOW: &str = "2026-01-01T00:00:10Z";
    const LIST: &str = "d6ca2db0fdd1bdf66af010c2e4ddb22bbe614ec7dc33196b69ae78956f5c91eb";
    const DELETE: &str = "af5c1c081f947fe38ec474dc24e8c1133e7c721518799f6b35240d37d11c7d14";

    #[test]
    fn a_good_signature_leads_to_its_principal() {
        let (headers, _) = signed("ListCommands", LIST);
        assert_eq!(admit(&headers, b"{}", NOW), Ok(Some("arn:aws:iam::123456789012:user/reader".into())));
        let code = |body: &[u8], now: &str| admit(&headers, body, now).unwrap_err().code;
        assert_eq!(code(b"{ }", NOW), "InvalidSignatureException");
        assert_eq!(code(b"{}", "2026-01-01T01:00:00Z"), "InvalidSignatureException");
        let (unsigned, _) = (&headers[..4], ());
        assert_eq!(admit(unsigned, b"{}", NOW).unwrap_err().code, "MissingAuthenticationTokenException");
        let stranger: Vec<_> = headers
            .iter()
            .map(|(name, value)| (name.clone(), value.replace("AKIDEXAMPLE", "AKIDSTRANGER")))
            .collect();
        assert_eq!(admit(&stranger, b"{}", NOW).unwrap_err().code, "UnrecognizedClientException");
    }

    #[test]
    fn who_is_known_is_not_yet_allowed() {
        let (headers, _) = signed("DeleteDocument", DELETE);
        let fault = admit(&headers, br#"{"Name":"Mine"}"#, NOW).unwrap_err();
        assert_eq!(fault.code, "AccessDeniedException");
        assert!(
            fault.message.contains("document/Mine because no identity-based policy allows"),
            "{}",
            fault.message
        );
    }

    #[test]
    fn a_link_needs_no_signature() {
        let headers = [("Host".to_string(), "127.0.0.1".to_string())];
        let target = "/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:us-east-1:123456789012:t&Token=1";
        let request = Request { method: "GET", target, headers: &headers, body: b"" };
        let call = Call::read(&request).unwrap();
        assert_eq!(auth().admit(&request, &call, NOW.parse().unwrap()), Ok(None));
        let target = "/?Action=ListTopics";
        let request = Request { target, ..request };
        let call = Call::read(&request).unwrap();
        assert_eq!(
            auth().admit(&request, &call, NOW.parse().unwrap()).unwrap_err().code,
            "MissingAuthenticationToken"
        );
    }
}
