//! What policies decide about a request, and what keeps a statement from having a say in it.

use super::{
    condition::Condition,
    policy::{Effect, Listed, Policy, Statement},
    request::{Context, Request},
    template::Template,
};

/// The answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A statement allows it, and none denies it.
    Allowed,
    /// No statement is about it.
    ImplicitlyDenied,
    /// A statement denies it.
    ExplicitlyDenied,
}

/// The answer to a request, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The answer.
    pub verdict: Verdict,
    /// Index of the policy, and of its first statement that decided; `None` where none is about the request.
    pub by: Option<(usize, usize)>,
}

/// What keeps a statement from being about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Miss<'a> {
    /// It is about other actions.
    Action,
    /// It is about other resources.
    Resource,
    /// It is about other services.
    Service,
    /// A condition that does not hold.
    Condition(&'a Condition),
}

impl Decision {
    /// Whether the request is allowed.
    pub fn is_allowed(self) -> bool {
        self.verdict == Verdict::Allowed
    }
}

/// What policies decide together: an explicit Deny wins over an Allow, and without either the request is denied (S12.11).
pub fn decide(policies: &[Policy], request: &Request) -> Decision {
    let first = |effect| {
        let statements = (0..).zip(policies).flat_map(|(policy, one)| {
            (0..).zip(&one.statements).map(move |(at, statement)| ((policy, at), statement))
        });
        let mut ours = statements.filter(|(_, statement)| statement.effect == effect);
        ours.find(|(_, statement)| is_about(statement, request)).map(|(place, _)| place)
    };
    if let Some(by) = first(Effect::Deny) {
        return Decision { verdict: Verdict::ExplicitlyDenied, by: Some(by) };
    }
    match first(Effect::Allow) {
        Some(by) => Decision { verdict: Verdict::Allowed, by: Some(by) },
        None => Decision { verdict: Verdict::ImplicitlyDenied, by: None },
    }
}

/// Whether a statement is about a request.
pub fn is_about(statement: &Statement, request: &Request) -> bool {
    is_about_action(statement, request)
        && is_about_resource(statement, request)
        && is_about_service(statement, request)
        && statement.conditions.iter().all(|condition| condition.holds(&request.context))
}

/// All that keeps a statement from being about a request; nothing when it is about it.
pub fn misses<'a>(statement: &'a Statement, request: &Request) -> Vec<Miss<'a>> {
    let mut misses = Vec::new();
    if !is_about_action(statement, request) {
        misses.push(Miss::Action);
    }
    if !is_about_resource(statement, request) {
        misses.push(Miss::Resource);
    }
    if !is_about_service(statement, request) {
        misses.push(Miss::Service);
    }
    let unmet = statement.conditions.iter().filter(|condition| !condition.holds(&request.context));
    misses.extend(unmet.map(Miss::Condition));
    misses
}

fn is_about_action(statement: &Statement, request: &Request) -> bool {
    let action = request.action.to_lowercase();
    let matches = |pattern: &Template| {
        pattern.pattern(&Context::default()).is_some_and(|pattern| pattern.matches(&action))
    };
    is_listed(&statement.actions, matches)
}

fn is_about_resource(statement: &Statement, request: &Request) -> bool {
    let matches = |pattern: &Template| {
        pattern.pattern(&request.context).is_some_and(|pattern| pattern.for_arn().matches(&request.resource))
    };
    is_listed(&statement.resources, matches)
}

/// Services are compared where one asks, which only trust policies are about.
fn is_about_service(statement: &Statement, request: &Request) -> bool {
    let Some(service) = &request.service else {
        return true;
    };
    statement.anybody || statement.services.contains(service)
}

fn is_listed(listed: &Listed, matches: impl FnMut(&Template) -> bool) -> bool {
    listed.patterns.iter().any(matches) != listed.is_negated
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::{Kind, Remarks};

    fn read(kind: Kind, text: &str) -> Policy {
        let mut remarks = Remarks::default();
        Policy::read("p", kind, text, &mut remarks).unwrap_or_else(|| panic!("{remarks:?}"))
    }

    fn request(action: &str) -> Request {
        Request {
            action: action.into(),
            resource: "arn:aws:sns:us-east-1:1:topic".into(),
            ..Request::default()
        }
    }

    /// S12.11, and whose word it was.
    #[test]
    fn deny_wins_wherever_it_stands() {
        let allow = r#"{ "Version": "2012-10-17", "Statement": [
            { "Sid": "Some", "Effect": "Allow", "Action": "sqs:*", "Resource": "*" },
            { "Sid": "All", "Effect": "Allow", "Action": "SNS:publish", "Resource": "*" }] }"#;
        let deny = r#"{ "Version": "2012-10-17", "Statement":
            { "Effect": "Deny", "NotAction": "sns:Subscribe", "Resource": "*" } }"#;
        let (allow, deny) = (read(Kind::Identity, allow), read(Kind::Identity, deny));
        let publish = request("sns:Publish");
        let decision = decide(std::slice::from_ref(&allow), &publish);
        assert_eq!(decision, Decision { verdict: Verdict::Allowed, by: Some((0, 1)) });
        let decision = decide(&[allow.clone(), deny.clone()], &publish);
        assert_eq!(decision, Decision { verdict: Verdict::ExplicitlyDenied, by: Some((1, 0)) });
        let decision = decide(&[deny, allow], &request("sns:Subscribe"));
        assert_eq!(decision, Decision { verdict: Verdict::ImplicitlyDenied, by: None });
    }

    /// S12.15: the role for notifications trusts Systems Manager; of `Service` written twice the last one counts.
    #[test]
    fn a_role_is_assumed_by_those_that_it_trusts() {
        let trust = r#"{ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": { "Service": "ssm.amazonaws.com", "Service": "ec2.amazonaws.com" } }] }"#;
        let mut remarks = Remarks::default();
        let policy = Policy::read("trust", Kind::Trust, trust, &mut remarks).expect("it is accepted");
        assert!(remarks.warnings[0].message.contains("`Service` stands twice"));
        let asks = |service: &str| Request { service: Some(service.into()), ..request("sts:AssumeRole") };
        let policies = [policy];
        assert!(!decide(&policies, &asks("ssm.amazonaws.com")).is_allowed());
        assert!(decide(&policies, &asks("ec2.amazonaws.com")).is_allowed());
    }
}
