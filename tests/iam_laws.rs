//! Laws that hold whatever policies say (S12.11): on random policies and requests.

use fleetsim::iam::{Context, Kind, Policy, Remarks, Request, Verdict, decide, misses};
use proptest::{prelude::*, sample::select};
use serde_json::{Value, json};

const ACTIONS: [&str; 5] = ["ssm:SendCommand", "ssm:*", "*", "SSM:sendc?mmand", "iam:PassRole"];
const RESOURCES: [&str; 6] = [
    "*",
    "arn:aws:ec2:*:*:instance/*",
    "arn:aws:ec2:eu-west-1:123456789012:instance/i-1",
    "arn:aws:ec2:eu-west-1:123456789012:instance/i-?",
    "arn:aws:ssm:*:123456789012:managed-instance/mi-*",
    "arn:aws:ssm:*:*:document/*",
];
const OPERATORS: [&str; 8] = [
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIfExists",
    "StringLikeIfExists",
    "ForAnyValue:StringLike",
    "ForAllValues:StringEquals",
];
const VALUES: [&str; 5] = ["web", "w*", "Web", "??", "${aws:PrincipalTag/team}"];

fn statement() -> impl Strategy<Value = Value> {
    let condition = (select(&OPERATORS[..]), select(&["ssm:resourceTag/role", "SSM:ResourceTag/Role"][..]));
    let condition = (condition, select(&VALUES[..]));
    let element = (any::<bool>(), select(&ACTIONS[..]), any::<bool>(), select(&RESOURCES[..]));
    (select(&["Allow", "Deny"][..]), element, proptest::option::of(condition)).prop_map(
        |(effect, (not_action, action, not_resource, resource), condition)| {
            let mut statement = json!({"Effect": effect});
            statement[if not_action { "NotAction" } else { "Action" }] = action.into();
            statement[if not_resource { "NotResource" } else { "Resource" }] = resource.into();
            if let Some(((operator, key), value)) = condition {
                statement["Condition"] = json!({operator: {key: value}});
            }
            statement
        },
    )
}

fn request() -> impl Strategy<Value = Request> {
    let tag = proptest::option::of(select(&["web", "Web", "w*", "db", ""][..]));
    let resource = select(
        &[
            "arn:aws:ec2:eu-west-1:123456789012:instance/i-1",
            "arn:aws:ec2:eu-west-1:123456789012:instance/i-2",
            "arn:aws:ssm:eu-west-1:123456789012:managed-instance/mi-1",
            "arn:aws:ssm:eu-west-1::document/AWS-RunShellScript",
        ][..],
    );
    (resource, tag, any::<bool>()).prop_map(|(resource, tag, has_team)| {
        let mut context = Context::of_principal("arn:aws:iam::123456789012:user/operator");
        if let Some(tag) = tag {
            context.insert("ssm:resourceTag/role", tag);
        }
        if has_team {
            context.insert("aws:PrincipalTag/team", "web");
        }
        Request { action: "ssm:SendCommand".into(), resource: resource.into(), service: None, context }
    })
}

fn read(statements: &[Value]) -> Policy {
    let document = json!({"Version": "2012-10-17", "Statement": statements});
    let mut remarks = Remarks::default();
    let policy = Policy::read("policy", Kind::Identity, &document.to_string(), &mut remarks);
    policy.unwrap_or_else(|| panic!("{:?}", remarks.errors))
}

fn statements() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(statement(), 1..6)
}

proptest! {
    #[test]
    fn the_order_of_statements_and_policies_means_nothing(list in statements(), request in request(), cut in 0..6_usize) {
        let verdict = decide(&[read(&list)], &request).verdict;
        let reversed: Vec<Value> = list.iter().rev().cloned().collect();
        prop_assert_eq!(decide(&[read(&reversed)], &request).verdict, verdict);
        let (one, other) = list.split_at(cut.min(list.len() - 1));
        let parts: Vec<Policy> = [other, one].into_iter().filter(|part| !part.is_empty()).map(read).collect();
        prop_assert_eq!(decide(&parts, &request).verdict, verdict);
    }

    #[test]
    fn one_more_allow_denies_nothing_and_one_more_deny_allows_nothing(
        list in statements(),
        more in statement(),
        request in request(),
    ) {
        let before = decide(&[read(&list)], &request);
        let is_allow = more["Effect"] == "Allow";
        let after = decide(&[read(&list), read(&[more])], &request);
        if is_allow {
            prop_assert!(after.is_allowed() || after.verdict == before.verdict);
        } else {
            prop_assert!(!after.is_allowed() || before.is_allowed());
        }
    }

    #[test]
    fn a_deny_that_applies_beats_every_allow(list in statements(), request in request()) {
        let everything = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        let nothing = json!({"Effect": "Deny", "Action": "*", "Resource": "*"});
        let with = |more: &Value| decide(&[read(&list), read(std::slice::from_ref(more))], &request).verdict;
        prop_assert_eq!(with(&nothing), Verdict::ExplicitlyDenied);
        prop_assert_ne!(with(&everything), Verdict::ImplicitlyDenied);
    }

    /// What decides applies, and of what does not apply it is said why.
    #[test]
    fn the_decision_and_its_reasons_agree(list in statements(), request in request()) {
        let policy = read(&list);
        let applies = |effect: &str| {
            policy.statements.iter().zip(&list).any(|(statement, written)| {
                written["Effect"] == effect && misses(statement, &request).is_empty()
            })
        };
        let expected = match (applies("Deny"), applies("Allow")) {
            (true, _) => Verdict::ExplicitlyDenied,
            (false, true) => Verdict::Allowed,
            (false, false) => Verdict::ImplicitlyDenied,
        };
        prop_assert_eq!(decide(std::slice::from_ref(&policy), &request).verdict, expected);
    }

    /// Against a matcher that tries everything.
    #[test]
    fn wildcards_match_like_a_matcher_without_tricks(pattern in "[ab*?]{0,8}", text in "[abc]{0,8}") {
        let document = json!({
            "Effect": "Allow", "Action": "*", "Resource": "*",
            "Condition": {"StringLike": {"ssm:resourceTag/role": pattern}},
        });
        let mut request = Request { action: "ssm:SendCommand".into(), ..Request::default() };
        request.context.insert("ssm:resourceTag/role", text.as_str());
        let found = decide(&[read(&[document])], &request).is_allowed();
        prop_assert_eq!(found, naive(pattern.as_bytes(), text.as_bytes()));
    }
}

fn naive(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => (0..=text.len()).any(|run| naive(rest, &text[run..])),
        ([b'?', rest @ ..], [_, behind @ ..]) => naive(rest, behind),
        ([wanted, rest @ ..], [found, behind @ ..]) => wanted == found && naive(rest, behind),
        _ => false,
    }
}
