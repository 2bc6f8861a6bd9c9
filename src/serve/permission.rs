//! What IAM is asked before an operation: its action, and the resources that its parameters name (section 12).

use serde_json::Value;

use crate::{
    iam::{Account, Principal, Verdict},
    wire::{
        call::Call,
        dialect::Service,
        events::{DEFAULT_BUS, bus_name},
        fault::Fault,
    },
};

/// Whether a principal may make a call. Who sends a command is asked about documents and instances by the service, which
/// knows them.
///
/// # Errors
///
/// The denial, in the words of the service.
pub fn check(account: &Account, principal: &Principal, call: &Call) -> Result<(), Fault> {
    let service = call.dialect.service;
    if (service, call.operation.as_str()) == (Service::Ssm, "SendCommand") {
        return Ok(());
    }
    let action = action(call);
    for resource in resources(account, call) {
        let decision = principal.decide(&principal.ask(&action, resource.clone()));
        if !decision.is_allowed() {
            let shown = shown(service, &action);
            return Err(denial(service, &principal.arn, &shown, &resource, decision.verdict));
        }
    }
    Ok(())
}

/// The action: of a batch it is that of its single messages.
fn action(call: &Call) -> String {
    let name = call.operation.strip_suffix("Batch").unwrap_or(&call.operation);
    format!("{}:{name}", call.dialect.service.signing_name())
}

/// How a service writes an action in its sentence: SNS begins in capitals, SQS has none.
fn shown(service: Service, action: &str) -> String {
    match service {
        Service::Sns => action.replacen("sns:", "SNS:", 1),
        Service::Sqs => action.to_lowercase(),
        Service::Ssm | Service::Events | Service::Ec2 => action.into(),
    }
}

fn denial(service: Service, arn: &str, action: &str, resource: &str, verdict: Verdict) -> Fault {
    let why = match verdict {
        Verdict::ExplicitlyDenied => "with an explicit deny in an identity-based policy".into(),
        _ => format!("because no identity-based policy allows the {action} action"),
    };
    let code = if service == Service::Sns { "AuthorizationErrorException" } else { "AccessDeniedException" };
    Fault::new(
        code,
        format!("User: {arn} is not authorized to perform: {action} on resource: {resource} {why}"),
    )
}

/// The ARNs of the resources. An operation that is about none is about all that the service has in the account.
fn resources(account: &Account, call: &Call) -> Vec<String> {
    let parameters = &call.parameters;
    let text = |name: &str| parameters.get(name).and_then(Value::as_str);
    let found: Vec<String> = match call.dialect.service {
        Service::Ssm => of_systems_manager(account, &text).into_iter().collect(),
        Service::Sns => of_sns(account, &call.operation, &text).into_iter().collect(),
        Service::Sqs => of_sqs(account, &text).into_iter().collect(),
        Service::Events => of_events(account, call, &text),
        Service::Ec2 => Vec::new(),
    };
    if found.is_empty() { vec![ours(account, call.dialect.service, "*")] } else { found }
}

/// The ARN of something in the account.
fn ours(account: &Account, service: Service, name: &str) -> String {
    let Account { region, id } = account;
    format!("arn:aws:{}:{region}:{id}:{name}", service.signing_name())
}

fn of_systems_manager<'a>(account: &Account, text: &impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    let document = |name: &str| match name.starts_with("arn:") {
        true => name.into(),
        false => account.document(name, !name.starts_with("AWS-")),
    };
    match (text("Name"), text("ResourceType"), text("ResourceId")) {
        (Some(name), ..) | (_, Some("Document"), Some(name)) => Some(document(name)),
        (_, Some("ManagedInstance"), Some(id)) => Some(account.instance(id)),
        _ => None,
    }
}

fn of_sns<'a>(account: &Account, operation: &str, text: &impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    // There is no resource of the kind of a subscription.
    match operation {
        "CreateTopic" => text("Name").map(|name| ours(account, Service::Sns, name)),
        _ => text("TopicArn").or(text("TargetArn")).or(text("ResourceArn")).map(Into::into),
    }
}

/// Queues are named by URLs, which end in the account and the name.
fn of_sqs<'a>(account: &Account, text: &impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    if let Some(name) = text("QueueName") {
        return Some(ours(account, Service::Sqs, name));
    }
    let mut parts = text("QueueUrl")?.rsplit('/');
    let (name, owner) = (parts.next()?, parts.next()?);
    Some(format!("arn:aws:sqs:{}:{owner}:{name}", account.region))
}

fn of_events<'a>(account: &Account, call: &Call, text: &impl Fn(&str) -> Option<&'a str>) -> Vec<String> {
    let ours = |name: String| ours(account, Service::Events, &name);
    let bus = bus_name(text("EventBusName"));
    let rule = |name: &str| match bus {
        DEFAULT_BUS => ours(format!("rule/{name}")),
        _ => ours(format!("rule/{bus}/{name}")),
    };
    match call.operation.as_str() {
        "PutEvents" => {
            let entries = call.parameters.get("Entries").and_then(Value::as_array).into_iter().flatten();
            let bus = |entry: &Value| bus_name(entry.get("EventBusName").and_then(Value::as_str)).to_string();
            let mut buses: Vec<_> = entries.map(bus).collect();
            buses.sort();
            buses.dedup();
            buses.into_iter().map(|bus| ours(format!("event-bus/{bus}"))).collect()
        }
        "TestEventPattern" => Vec::new(),
        "ListRules" => vec![rule("*")],
        _ => text("Rule").or(text("Name")).map(rule).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::{
        iam::{Kind, Policy, Remarks},
        wire::dialect::{Dialect, Protocol},
    };

    fn account() -> Account {
        Account { region: "eu-west-2".into(), id: "348456244381".into() }
    }

    fn principal(policy: &Value) -> Principal {
        let policy = Policy::read("p", Kind::Identity, &policy.to_string(), &mut Remarks::default()).unwrap();
        let arn =
            "arn:aws:sts::348456244381:assumed-role/MemberInfrastructureAccess/1636552269389411041".into();
        Principal { arn, tags: BTreeMap::new(), policies: vec![policy] }
    }

    fn call(service: Service, operation: &str, parameters: Value) -> Call {
        let dialect = Dialect { service, protocol: Protocol::Json11 };
        Call { dialect, operation: operation.into(), parameters }
    }

    fn only(action: &str, resource: &str) -> Principal {
        principal(&json!({ "Version": "2012-10-17",
            "Statement": { "Effect": "Allow", "Action": action, "Resource": resource } }))
    }

    /// The sentences are those of recorded denials.
    #[test]
    fn denials_are_told_in_the_words_of_each_service() {
        let nobody = only("s3:GetObject", "*");
        let user = format!("User: {} is not authorized to perform: ", nobody.arn);
        for (service, operation, parameters, code, rest) in [
            (
                Service::Events,
                "PutRule",
                json!({ "Name": "trigger-lambda-scheduler-stop_ec2_instance_nights" }),
                "AccessDeniedException",
                "events:PutRule on resource: arn:aws:events:eu-west-2:348456244381:rule/trigger-lambda-scheduler-stop_ec2_instance_nights \
                 because no identity-based policy allows the events:PutRule action",
            ),
            (
                Service::Sns,
                "GetTopicAttributes",
                json!({ "TopicArn": "arn:aws:sns:eu-west-2:754256621582:t" }),
                "AuthorizationErrorException",
                "SNS:GetTopicAttributes on resource: arn:aws:sns:eu-west-2:754256621582:t \
                 because no identity-based policy allows the SNS:GetTopicAttributes action",
            ),
            (
                Service::Ssm,
                "GetDocument",
                json!({ "Name": "AWSQuickSetup-x" }),
                "AccessDeniedException",
                "ssm:GetDocument on resource: arn:aws:ssm:eu-west-2:348456244381:document/AWSQuickSetup-x \
                 because no identity-based policy allows the ssm:GetDocument action",
            ),
            (
                Service::Ssm,
                "ListCommands",
                json!({}),
                "AccessDeniedException",
                "ssm:ListCommands on resource: arn:aws:ssm:eu-west-2:348456244381:* \
                 because no identity-based policy allows the ssm:ListCommands action",
            ),
            (
                Service::Sqs,
                "SendMessageBatch",
                json!({ "QueueUrl": "http://127.0.0.1:8008/111122223333/q" }),
                "AccessDeniedException",
                "sqs:sendmessage on resource: arn:aws:sqs:eu-west-2:111122223333:q \
                 because no identity-based policy allows the sqs:sendmessage action",
            ),
        ] {
            let fault = check(&account(), &nobody, &call(service, operation, parameters)).unwrap_err();
            assert_eq!((fault.code, fault.message), (code, format!("{user}{rest}")));
        }
    }

    #[test]
    fn each_resource_that_is_named_is_asked_about() {
        let events = |entries: Value| call(Service::Events, "PutEvents", json!({ "Entries": entries }));
        let one = only("events:PutEvents", "arn:aws:events:*:*:event-bus/default");
        let may = |call: &Call| check(&account(), &one, call).is_ok();
        assert!(may(&events(json!([{}, { "EventBusName": "default" }]))));
        assert!(!may(&events(json!([{}, { "EventBusName": "other" }]))));
        let bus = "arn:aws:events:eu-west-2:348456244381:event-bus/other";
        let rule = call(Service::Events, "PutTargets", json!({ "Rule": "r", "EventBusName": bus }));
        assert!(check(&account(), &only("events:*", "arn:aws:events:*:*:rule/other/r"), &rule).is_ok());
        assert!(check(&account(), &only("events:*", "arn:aws:events:*:*:rule/r"), &rule).is_err());
    }

    #[test]
    fn a_deny_says_so_and_commands_are_left_to_the_service() {
        let policy = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Deny", "Action": "*", "Resource": "*" } });
        let denied = principal(&policy);
        let fault = check(&account(), &denied, &call(Service::Ssm, "ListCommands", json!({}))).unwrap_err();
        assert!(
            fault.message.ends_with(":* with an explicit deny in an identity-based policy"),
            "{}",
            fault.message
        );
        assert_eq!(check(&account(), &denied, &call(Service::Ssm, "SendCommand", json!({}))), Ok(()));
    }
}
