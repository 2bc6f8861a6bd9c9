//! What a request says of its signature.

use jiff::{Timestamp, civil::DateTime, tz::Offset};

use super::{Refusal, Signer};
use crate::wire::http::Request;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// The longest time in seconds that a presigned URL can be good for: seven days.
const LONGEST: i64 = 7 * 86_400;

/// A signature and what stands around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Whose it says it is.
    pub signer: Signer,
    /// When it says it was made: as written, and as a time.
    pub date: String,
    /// The same as a time.
    pub time: Timestamp,
    /// The names of the headers that were signed, in their order.
    pub signed_headers: Vec<String>,
    /// The signature.
    pub signature: Vec<u8>,
    /// The token of a temporary key.
    pub session_token: Option<String>,
    /// Of a presigned URL: for how many seconds it is good.
    pub presigned: Option<i64>,
}

/// The parts of a claim as texts.
struct Parts<'a> {
    credential: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
    date: &'a str,
    session_token: Option<&'a str>,
    presigned: Option<i64>,
}

impl Claim {
    /// The claim in a request's header `Authorization` or in its query.
    ///
    /// # Errors
    ///
    /// When there is none, or it has not all of its parts.
    pub fn read(request: &Request) -> Result<Self, Refusal> {
        match request.header("authorization") {
            Some(header) => Self::in_header(request, header),
            None if request.parameter("X-Amz-Signature").is_some() => Self::in_query(request),
            None => Err(Refusal::Missing),
        }
    }

    fn in_header(request: &Request, header: &str) -> Result<Self, Refusal> {
        let Some(rest) = header.strip_prefix(ALGORITHM).filter(|rest| rest.starts_with([' ', ','])) else {
            return Err(Refusal::Incomplete(format!(
                "Unsupported AWS 'algorithm': the header begins with {ALGORITHM}"
            )));
        };
        let pairs: Vec<_> = rest.split(',').filter_map(|part| part.trim().split_once('=')).collect();
        let part = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let date = request.header("x-amz-date").or_else(|| request.header("date"));
        let named = [
            ("Credential", part("Credential")),
            ("Signature", part("Signature")),
            ("SignedHeaders", part("SignedHeaders")),
        ];
        let mut missing: Vec<String> = named
            .iter()
            .filter(|(_, value)| value.is_none())
            .map(|(name, _)| format!("Authorization header requires '{name}' parameter."))
            .collect();
        if date.is_none() {
            missing.push(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.".into(),
            );
        }
        let ([(_, Some(credential)), (_, Some(signature)), (_, Some(signed_headers))], Some(date)) =
            (named, date)
        else {
            return Err(Refusal::Incomplete(missing.join(" ")));
        };
        let session_token = request.header("x-amz-security-token");
        Self::build(&Parts { credential, signed_headers, signature, date, session_token, presigned: None })
    }

    fn in_query(request: &Request) -> Result<Self, Refusal> {
        let part = |name: &str| {
            let missing =
                || Refusal::Incomplete(format!("AWS query-string parameters must include '{name}'."));
            request.parameter(name).ok_or_else(missing)
        };
        if part("X-Amz-Algorithm")? != ALGORITHM {
            return Err(Refusal::Incomplete(format!("X-Amz-Algorithm only supports {ALGORITHM}")));
        }
        let expires = part("X-Amz-Expires")?.parse().ok().filter(|seconds| (1..=LONGEST).contains(seconds));
        let Some(expires) = expires else {
            return Err(Refusal::Incomplete(format!("X-Amz-Expires must be between 1 and {LONGEST}")));
        };
        let session_token = request.parameter("X-Amz-Security-Token");
        Self::build(&Parts {
            credential: &part("X-Amz-Credential")?,
            signed_headers: &part("X-Amz-SignedHeaders")?,
            signature: &part("X-Amz-Signature")?,
            date: &part("X-Amz-Date")?,
            session_token: session_token.as_deref(),
            presigned: Some(expires),
        })
    }

    fn build(parts: &Parts) -> Result<Self, Refusal> {
        let incomplete = |text: String| Refusal::Incomplete(text);
        let scope: Vec<_> = parts.credential.rsplitn(5, '/').collect();
        let &["aws4_request", service, region, day, access_key_id] = scope.as_slice() else {
            let text = "Credential must have exactly 5 slash-delimited elements, e.g. \
                        keyid/date/region/service/aws4_request";
            return Err(incomplete(format!("{text}, got '{}'", parts.credential)));
        };
        let time = DateTime::strptime("%Y%m%dT%H%M%SZ", parts.date)
            .and_then(|time| Offset::UTC.to_timestamp(time))
            .map_err(|_| {
                incomplete(format!("Date must be in ISO-8601 'basic format'. Got '{}'", parts.date))
            })?;
        if !parts.date.starts_with(day) || day.len() != 8 {
            let text = format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{day}' != '{}'",
                parts.date
            );
            return Err(Refusal::OutOfTime(text));
        }
        let signature = unhex(parts.signature)
            .ok_or_else(|| incomplete("the signature must have 64 hexadecimal digits".into()))?;
        let signed_headers: Vec<String> = parts.signed_headers.split(';').map(str::to_string).collect();
        if !signed_headers.iter().any(|name| name == "host") {
            return Err(incomplete(
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".into(),
            ));
        }
        Ok(Self {
            signer: Signer {
                access_key_id: access_key_id.into(),
                region: region.into(),
                service: service.into(),
            },
            date: parts.date.into(),
            time,
            signed_headers,
            signature,
            session_token: parts.session_token.map(str::to_string),
            presigned: parts.presigned,
        })
    }
}

/// 32 bytes from their digits; AWS writes them in lower case and takes nothing else.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let bytes: Option<Vec<u8>> =
        text.as_bytes().chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)).collect();
    bytes.filter(|bytes| bytes.len() == 32)
}
