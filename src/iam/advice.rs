//! The traps that policies for Run Command are known for (section 12.1), found before or after somebody has stepped in.

use super::{
    condition::Condition,
    decision::{Miss, misses},
    policy::{Effect, Policy, Statement},
    request::{Request, tag_of_key},
    template::Template,
};

/// The action that everything here is about.
pub const SEND_COMMAND: &str = "ssm:SendCommand";

/// Something about a statement that is seldom meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// Index of the policy, and of its statement.
    pub statement: (usize, usize),
    /// What was found.
    pub message: String,
    /// What would be right.
    pub help: String,
}

/// What is seldom meant in policies, whatever is asked of them.
pub fn of_policies(policies: &[Policy]) -> Vec<Advice> {
    let about_documents = |statement: &Statement| [account_of_aws(statement), tag_of_document(statement)];
    let of_statement =
        |(at, statement)| about_documents(statement).into_iter().flatten().map(move |said| (at, said));
    each(policies)
        .flat_map(of_statement)
        .map(|(at, (message, help))| Advice { statement: at, message, help })
        .collect()
}

/// Why a request is denied that somebody may have meant to allow: statements that are about it but for one slip.
pub fn of_denial(policies: &[Policy], request: &Request) -> Vec<Advice> {
    let allows = each(policies).filter(|(_, statement)| statement.effect == Effect::Allow);
    let slip = |(at, statement): (_, &Statement)| {
        let said = match misses(statement, request)[..] {
            [Miss::Condition(condition)] => near_value(condition, request),
            [Miss::Resource] => hybrid(statement, request),
            _ => None,
        };
        said.map(|(message, help)| Advice { statement: at, message, help })
    };
    allows.filter_map(slip).collect()
}

/// All statements, each with its place.
fn each(policies: &[Policy]) -> impl Iterator<Item = ((usize, usize), &Statement)> {
    policies.iter().enumerate().flat_map(|(policy, one)| {
        one.statements.iter().enumerate().map(move |(at, statement)| ((policy, at), statement))
    })
}

type Said = Option<(String, String)>;

/// S12.2: the ARNs of AWS's own documents have no account.
fn account_of_aws(statement: &Statement) -> Said {
    let wrong = statement.resources.patterns.iter().find(|pattern| {
        let parts: Vec<_> = pattern.text.splitn(6, ':').collect();
        let ["arn", _, "ssm", _, account, resource] = parts[..] else {
            return false;
        };
        !account.is_empty() && !account.contains('*') && resource.starts_with("document/AWS")
    })?;
    let parts: Vec<_> = wrong.text.splitn(6, ':').collect();
    let help = format!("write `{}::{}`", parts[..4].join(":"), parts[5]);
    Some((
        format!("`{}` matches no document: AWS's own have no account in their ARNs (S12.2)", wrong.text),
        help,
    ))
}

/// S12.4: documents seldom carry the tags of instances.
fn tag_of_document(statement: &Statement) -> Said {
    let names_document = |pattern: &&Template| {
        let resource = pattern.text.splitn(6, ':').nth(5).unwrap_or_default();
        pattern.text == "*" || resource.starts_with("document/")
    };
    let about = statement.actions.patterns.iter().any(|action| {
        action
            .pattern(&Default::default())
            .is_some_and(|pattern| pattern.matches(&SEND_COMMAND.to_lowercase()))
    });
    let allows = statement.effect == Effect::Allow && about && !statement.actions.is_negated;
    let document = statement.resources.patterns.iter().find(names_document).filter(|_| allows)?;
    let tagged = statement
        .conditions
        .iter()
        .find(|condition| tag_of_key(&condition.key).is_some() && condition.test.demands_text())?;
    let message = format!(
        "the condition on `{}` is put to the document too, by `{}`; documents seldom carry the tags of instances (S12.4)",
        tagged.key, document.text
    );
    Some((message, "allow the document in a statement of its own, without the condition".into()))
}

/// S12.7: the value in the policy and the one of the instance differ by a slip.
fn near_value(condition: &Condition, request: &Request) -> Said {
    let found = request.context.get(&condition.key)?.first()?;
    let tag = tag_of_key(&condition.key).filter(|_| condition.test.demands_text())?;
    let near = condition.values.iter().find(|wanted| {
        strsim::damerau_levenshtein(&wanted.text.to_lowercase(), &found.to_lowercase()) <= 2
    })?;
    let message = format!("the tag `{tag}` is `{found}`, the policy says `{}` (S12.7)", near.text);
    Some((message, "make them the same, or end the value with `*` under StringLike".into()))
}

/// S12.9: hybrid instances are no instances of EC2.
fn hybrid(statement: &Statement, request: &Request) -> Said {
    let parts: Vec<_> = request.resource.splitn(6, ':').collect();
    let ["arn", partition, "ssm", region, account, resource] = parts[..] else {
        return None;
    };
    let id = resource.strip_prefix("managed-instance/")?;
    let as_instance = format!("arn:{partition}:ec2:{region}:{account}:instance/{id}");
    let as_instance = Request { resource: as_instance, ..request.clone() };
    misses(statement, &as_instance).is_empty().then(|| {
        let message =
            format!("`{id}` is a hybrid instance, and the statement is about those of EC2 alone (S12.9)");
        (message, format!("add `arn:{partition}:ssm:{region}:{account}:managed-instance/*`"))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::iam::{Context, Kind, Remarks, decide};

    fn policy(statements: &str) -> Vec<Policy> {
        let text = format!(r#"{{ "Version": "2012-10-17", "Statement": {statements} }}"#);
        let mut remarks = Remarks::default();
        let policy = Policy::read("p", Kind::Identity, &text, &mut remarks);
        vec![policy.unwrap_or_else(|| panic!("{remarks:?}"))]
    }

    fn send_to(resource: &str, tags: &[(&str, &str)]) -> Request {
        let tags: BTreeMap<_, _> =
            tags.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let mut context = Context::of_principal("arn:aws:iam::123456789012:user/operator");
        context.insert_tags(&tags);
        Request { action: SEND_COMMAND.into(), resource: resource.into(), service: None, context }
    }

    /// The guide's sample policy (S12.7): the text has `WebServer`, the JSON `WebServers`.
    #[test]
    fn the_slip_of_the_guide_is_seen() {
        let policies = policy(
            r#"[{ "Effect": "Allow", "Action": "ssm:SendCommand", "Resource": "arn:aws:ec2:*:*:instance/*",
                  "Condition": { "StringLike": { "ssm:resourceTag/Finance": ["WebServers"] } } }]"#,
        );
        let request = send_to("arn:aws:ec2:us-east-1:123456789012:instance/i-1", &[("Finance", "WebServer")]);
        assert!(!decide(&policies, &request).is_allowed());
        let advice = of_denial(&policies, &request);
        assert_eq!(
            advice[0].message,
            "the tag `Finance` is `WebServer`, the policy says `WebServers` (S12.7)"
        );
        let stranger = send_to("arn:aws:ec2:us-east-1:123456789012:instance/i-1", &[("Finance", "Database")]);
        assert_eq!(of_denial(&policies, &stranger), []);
        assert_eq!(of_policies(&policies), []);
    }

    #[test]
    fn an_account_in_the_arn_of_an_aws_document_is_seen() {
        let of = |arn: &str| {
            of_policies(&policy(&format!(
                r#"{{ "Effect": "Allow", "Action": "ssm:*", "Resource": "{arn}" }}"#
            )))
        };
        let found = of("arn:aws:ssm:us-east-1:123456789012:document/AWS-RunShellScript");
        assert_eq!(found[0].help, "write `arn:aws:ssm:us-east-1::document/AWS-RunShellScript`");
        for right in [
            "arn:aws:ssm:us-east-1::document/AWS-*",
            "arn:aws:ssm:*:*:document/AWS-*",
            "arn:aws:ssm:*:1:document/D",
        ] {
            assert_eq!(of(right), [], "{right}");
        }
    }

    #[test]
    fn a_condition_on_the_documents_statement_is_seen() {
        let of = |resource: &str, effect: &str, key: &str| {
            of_policies(&policy(&format!(
                r#"{{ "Effect": "{effect}", "Action": "ssm:Send*", "Resource": {resource},
                      "Condition": {{ "StringEquals": {{ "{key}": "web" }} }} }}"#
            )))
            .len()
        };
        let both = r#"["arn:aws:ec2:*:*:instance/*", "arn:aws:ssm:*:*:document/Deploy"]"#;
        let instances = r#"["arn:aws:ec2:*:*:instance/*", "arn:aws:ssm:*:*:managed-instance/*"]"#;
        assert_eq!(of(both, "Allow", "ssm:resourceTag/Role"), 1);
        assert_eq!(of("\"*\"", "Allow", "SSM:ResourceTag/Role"), 1);
        assert_eq!(of(instances, "Allow", "ssm:resourceTag/Role"), 0);
        assert_eq!(of(both, "Deny", "ssm:resourceTag/Role"), 0);
        assert_eq!(of(both, "Allow", "aws:username"), 0);
    }

    /// S12.9.
    #[test]
    fn a_policy_without_hybrid_instances_is_seen() {
        let policies = policy(
            r#"{ "Effect": "Allow", "Action": "ssm:SendCommand", "Resource": "arn:aws:ec2:*:*:instance/*" }"#,
        );
        let hybrid = send_to("arn:aws:ssm:us-east-1:123456789012:managed-instance/mi-0123456789abcdef0", &[]);
        assert!(!decide(&policies, &hybrid).is_allowed());
        assert_eq!(
            of_denial(&policies, &hybrid)[0].help,
            "add `arn:aws:ssm:us-east-1:123456789012:managed-instance/*`"
        );
        let document = send_to("arn:aws:ssm:us-east-1::document/AWS-RunShellScript", &[]);
        assert_eq!(of_denial(&policies, &document), []);
    }
}
