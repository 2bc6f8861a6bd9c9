//! Who sends commands, and what is asked of IAM when they do (S12.1, S12.16).

use std::collections::BTreeMap;

use super::{
    advice::SEND_COMMAND,
    decision::{Decision, decide},
    policy::Policy,
    request::{Context, Request},
};

/// Where commands are sent: what stands in the ARNs of an account's resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The Region.
    pub region: String,
    /// The account, twelve digits.
    pub id: String,
}

/// Somebody with policies: a user, or a role that somebody has assumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The ARN.
    pub arn: String,
    /// Tags, for `aws:PrincipalTag`.
    pub tags: BTreeMap<String, String>,
    /// What it may do.
    pub policies: Vec<Policy>,
}

/// The principal of Systems Manager, which roles for notifications trust (S12.15).
pub const SYSTEMS_MANAGER: &str = "ssm.amazonaws.com";

/// The principal of EventBridge, which roles of rules' targets trust (S10.35).
pub const EVENT_BRIDGE: &str = "events.amazonaws.com";

impl Account {
    /// The ARN of a document: AWS's own have no account (S12.2).
    pub fn document(&self, name: &str, is_own: bool) -> String {
        let account = if is_own { self.id.as_str() } else { "" };
        format!("arn:aws:ssm:{}:{account}:document/{name}", self.region)
    }

    /// The ARN of an instance: hybrid ones are none of EC2 (S12.9).
    pub fn instance(&self, id: &str) -> String {
        let Self { region, id: account } = self;
        match id.starts_with("mi-") {
            true => format!("arn:aws:ssm:{region}:{account}:managed-instance/{id}"),
            false => format!("arn:aws:ec2:{region}:{account}:instance/{id}"),
        }
    }
}

impl Principal {
    /// The question whether it may send a command with this document.
    pub fn ask_document(&self, arn: String) -> Request {
        self.ask(SEND_COMMAND, arn)
    }

    /// The question whether it may send a command to this instance.
    pub fn ask_instance(&self, arn: String, tags: &BTreeMap<String, String>) -> Request {
        let mut request = self.ask(SEND_COMMAND, arn);
        request.context.insert_tags(tags);
        request
    }

    /// The question whether it may pass a role to Systems Manager (S12.16).
    pub fn ask_role(&self, arn: &str) -> Request {
        let mut request = self.ask("iam:PassRole", arn.into());
        request.context.insert("iam:PassedToService", SYSTEMS_MANAGER);
        request
    }

    /// The question whether it may do something to a resource.
    pub fn ask(&self, action: &str, resource: String) -> Request {
        let mut context = Context::of_principal(&self.arn);
        for (name, value) in &self.tags {
            context.insert(&format!("aws:PrincipalTag/{name}"), value);
        }
        Request { action: action.into(), resource, service: None, context }
    }

    /// What its policies decide.
    pub fn decide(&self, request: &Request) -> Decision {
        decide(&self.policies, request)
    }

    /// Whether its policies tell instances apart by their ids, and not only by kind and tags.
    pub fn tells_ids_apart(&self) -> bool {
        let statements = self.policies.iter().flat_map(|policy| &policy.statements);
        statements.flat_map(|statement| &statement.resources.patterns).any(|pattern| {
            let resource = pattern.text.splitn(6, ':').nth(5).unwrap_or("*");
            let is_other = resource.split_once('/').is_some_and(|(kind, _)| {
                !kind.contains(['*', '?', '$']) && kind != "instance" && kind != "managed-instance"
            });
            !is_other && !["*", "instance/*", "managed-instance/*"].contains(&resource)
        })
    }
}

/// The question whether a service may assume a role, which its trust policy answers.
pub fn assume_role(service: &str) -> Request {
    Request {
        action: "sts:AssumeRole".into(),
        resource: String::new(),
        service: Some(service.into()),
        context: Context::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::{Kind, Remarks};

    /// S12.2, S12.9.
    #[test]
    fn arns_are_those_of_the_guide() {
        let account = Account { region: "us-east-1".into(), id: "123456789012".into() };
        assert_eq!(
            account.document("AWS-RunShellScript", false),
            "arn:aws:ssm:us-east-1::document/AWS-RunShellScript"
        );
        assert_eq!(account.document("Deploy", true), "arn:aws:ssm:us-east-1:123456789012:document/Deploy");
        assert_eq!(account.instance("i-1"), "arn:aws:ec2:us-east-1:123456789012:instance/i-1");
        assert_eq!(account.instance("mi-1"), "arn:aws:ssm:us-east-1:123456789012:managed-instance/mi-1");
    }

    #[test]
    fn ids_are_told_apart_only_by_patterns_that_have_parts_of_them() {
        for (resource, expected) in [
            ("*", false),
            ("arn:aws:ec2:*:*:instance/*", false),
            ("arn:aws:ec2:*", false),
            ("arn:aws:ssm:*:*:managed-instance/*", false),
            ("arn:aws:ssm:*:*:document/AWS-*", false),
            ("arn:aws:iam::1:role/x", false),
            ("arn:aws:ec2:*:*:instance/i-web*", true),
            ("arn:aws:ec2:*:*:*/i-1", true),
            ("arn:aws:ec2:*:*:i*", true),
        ] {
            let text = format!(
                r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"{resource}"}}}}"#
            );
            let policy = Policy::read("p", Kind::Identity, &text, &mut Remarks::default()).unwrap();
            let principal = Principal { arn: String::new(), tags: BTreeMap::new(), policies: vec![policy] };
            assert_eq!(principal.tells_ids_apart(), expected, "{resource}");
        }
    }
}
