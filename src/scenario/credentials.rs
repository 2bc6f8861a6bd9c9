//! Who may call the endpoint, as the user writes it: principals with their access keys and policies, in a file of its own.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Read,
    document::PolicyDocument,
    fault::{Fault, Faults, sort},
    resolve,
    review::Review,
    source::{Parsed, Source},
    structure,
};
use crate::iam;

/// The document.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Document {
    /// Who may call.
    #[schemars(length(min = 1, max = 1000))]
    principal: Vec<Principal>,
}

/// A user or role. Its policies are all that it may do.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Principal {
    /// Its ARN.
    #[schemars(extend("examples" = ["arn:aws:iam::123456789012:user/operator"]))]
    arn: String,
    /// Its tags, which policies know as `aws:PrincipalTag/NAME`.
    #[schemars(extend("default" = {}))]
    tags: Option<BTreeMap<String, String>>,
    /// Its policies.
    #[schemars(length(min = 1, max = 100))]
    policies: Vec<PolicyDocument>,
    /// Its access keys.
    #[schemars(length(min = 1, max = 100))]
    key: Vec<AccessKey>,
}

/// An access key.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AccessKey {
    /// Its id, with which it is named in requests.
    #[schemars(length(min = 1, max = 128), extend("examples" = ["AKIAIOSFODNN7EXAMPLE"]))]
    id: String,
    /// The secret.
    #[schemars(length(min = 1, max = 256))]
    secret: String,
    /// The session token that has to come with a temporary key.
    #[schemars(length(min = 1, max = 4096))]
    session_token: Option<String>,
}

/// Access keys and whose they are.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Who may call.
    pub principals: Vec<iam::Principal>,
    /// The access keys, by id.
    pub keys: BTreeMap<String, Key>,
    /// What may not mean what the author thinks.
    pub warnings: Vec<Fault>,
}

/// What belongs to the id of an access key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The secret.
    pub secret: String,
    /// The token that has to come with a temporary key.
    pub session_token: Option<String>,
    /// Whose it is: an index of the principals.
    pub principal: usize,
}

impl Credentials {
    /// Reads the file; policies that stand in files of their own are read by `read`. All faults are reported at once.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and where.
    pub fn load(source: Source, read: Read<'_>) -> Result<Self, Faults> {
        let input = Parsed::parse(&Arc::new(source)).map_err(Faults::new)?;
        let faults = structure::check(&schemars::schema_for!(Document).to_value(), &input);
        if !faults.is_empty() {
            return Err(Faults::new(faults));
        }
        let document = Document::deserialize(&input.value)
            .map_err(|error| Faults::new(vec![Fault::error(input.place(""), error.to_string(), "")]))?;
        let mut review = Review::new(&input, read);
        let mut credentials = collect(&document, &mut review);
        if review.has_errors() {
            return Err(Faults::new(review.faults));
        }
        sort(&mut review.faults);
        credentials.warnings = review.faults;
        Ok(credentials)
    }
}

fn collect(document: &Document, review: &mut Review<'_>) -> Credentials {
    let (mut principals, mut keys, mut arns) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
    for (at, written) in document.principal.iter().enumerate() {
        let pointer = format!("/principal/{at}");
        resolve::check_arn(&written.arn, &format!("{pointer}/arn"), review);
        if !arns.insert(&written.arn) {
            let message = format!("there is another principal `{}`", written.arn);
            review.error(&format!("{pointer}/arn"), message, "give it all of its keys and policies at once");
        }
        for (number, key) in written.key.iter().enumerate() {
            let AccessKey { id, secret, session_token } = key.clone();
            let known = Key { secret, session_token, principal: at };
            if keys.insert(id, known).is_some() {
                let message = format!("there is another access key `{}`", key.id);
                review.error(&format!("{pointer}/key/{number}/id"), message, "each has an id of its own");
            }
        }
        let policies = resolve::policies(&written.policies, &format!("{pointer}/policies"), review);
        let tags = written.tags.clone().unwrap_or_default();
        principals.push(iam::Principal { arn: written.arn.clone(), tags, policies });
    }
    Credentials { principals, keys, warnings: Vec::new() }
}

#[cfg(test)]
mod tests {
    use std::{io, path::Path};

    use super::*;

    const GOOD: &str = r#"
[[principal]]
arn = "arn:aws:iam::123456789012:user/operator"
policies = ["operator.json", { Version = "2012-10-17", Statement = { Effect = "Allow", Action = "sns:*", Resource = "*" } }]
[[principal.key]]
id = "AKIAIOSFODNN7EXAMPLE"
secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
"#;

    fn load(text: &str) -> Result<Credentials, String> {
        let policy = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}}"#;
        let read = |path: &Path| match path.to_str() {
            Some("keys/operator.json") => Ok(policy.to_string()),
            _ => Err(io::Error::from(io::ErrorKind::NotFound)),
        };
        let source = Source { path: "keys/auth.toml".into(), text: text.into() };
        Credentials::load(source, &read).map_err(|faults| faults.to_string())
    }

    #[test]
    fn keys_lead_to_principals() {
        let credentials = load(GOOD).unwrap();
        let key = &credentials.keys["AKIAIOSFODNN7EXAMPLE"];
        let principal = &credentials.principals[key.principal];
        assert_eq!(
            (principal.arn.as_str(), principal.policies.len()),
            ("arn:aws:iam::123456789012:user/operator", 2)
        );
        assert!(principal.decide(&principal.ask("ssm:ListCommands", "*".into())).is_allowed());
    }

    #[test]
    fn faults_are_shown_in_their_lines() {
        let expect = |text: &str, parts: &[&str]| {
            let shown = load(text).unwrap_err();
            assert!(parts.iter().all(|part| shown.contains(part)), "{shown}");
        };
        expect(&GOOD.replace("user/operator", "operator"), &["auth.toml:3:", "is no ARN of a user or role"]);
        expect(&GOOD.replace("operator.json", "other.json"), &["auth.toml:4:", "cannot read other.json"]);
        expect(&GOOD.replace("Allow", "Permit"), &["auth.toml:4:", "Permit"]);
        expect(&GOOD.replace("secret =", "sekret ="), &["auth.toml:7:", "sekret", "secret"]);
        expect(
            &[GOOD, GOOD].concat(),
            &["auth.toml:10:", "there is another principal", "there is another access key"],
        );
        expect("", &["principal"]);
    }
}
