//! What somebody asks to be allowed.

use std::collections::BTreeMap;

/// Somebody's request to do something to one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The action, such as `ssm:SendCommand`.
    pub action: String,
    /// The ARN of the resource.
    pub resource: String,
    /// The service that asks, in the question of a trust policy, such as `ssm.amazonaws.com`.
    pub service: Option<String>,
    /// What conditions and policy variables can look at.
    pub context: Context,
}

/// Condition keys and their values. Names of keys are alike in whatever case they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    /// The context of a principal: what follows from its ARN, `arn:aws:iam::ACCOUNT:user/NAME` or another.
    pub fn of_principal(arn: &str) -> Self {
        let mut context = Self::default();
        context.insert("aws:PrincipalArn", arn);
        let parts: Vec<_> = arn.splitn(6, ':').collect();
        if let ["arn", _, _, _, account, resource] = parts[..] {
            context.insert("aws:PrincipalAccount", account);
            if let Some(path) = resource.strip_prefix("user/") {
                context.insert("aws:username", path.rsplit('/').next().unwrap_or(path));
            }
        }
        context
    }

    /// Sets a key to one value.
    pub fn insert(&mut self, key: &str, value: impl Into<String>) {
        self.insert_all(key, vec![value.into()]);
    }

    /// Sets a key to several values, which may be none.
    pub fn insert_all(&mut self, key: &str, values: Vec<String>) {
        self.0.insert(fold(key), values);
    }

    /// Sets the tags of the resource, under both names that they have for Run Command (S12.3).
    pub fn insert_tags(&mut self, tags: &BTreeMap<String, String>) {
        for (name, value) in tags {
            for prefix in TAG_PREFIXES {
                self.insert(&format!("{prefix}{name}"), value);
            }
        }
    }

    /// The values of a key; `None` when there is no such key.
    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(&fold(key)).map(Vec::as_slice)
    }
}

/// What the names of condition keys about the tags of a resource begin with (S12.3).
pub const TAG_PREFIXES: [&str; 2] = ["ssm:resourceTag/", "aws:ResourceTag/"];

/// The tag that a condition key is about, if it is about one of the resource.
pub fn tag_of_key(key: &str) -> Option<&str> {
    let starts =
        |prefix: &&str| key.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    TAG_PREFIXES.iter().find(|prefix| starts(prefix)).map(|prefix| &key[prefix.len()..])
}

fn fold(key: &str) -> String {
    key.to_lowercase()
}
