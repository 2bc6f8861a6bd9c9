//! Permissions: policies read, and what they decide about each command (section 12, O-17).

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use regex::Regex;

use super::{Fleet, part::Part};
use crate::{
    base::nearest,
    iam::{self, Account, Decision, Kind, Policy, Remark, Remarks, Verdict, advice, advice::Advice},
    scenario::{
        access::{Access, Denial, Role},
        document::{PolicyDocument, Scenario},
        fault::{Fault, Place},
        plan::{Channel, InstanceRange},
        review::Review,
    },
    ssm::{SendCommandRequest, limits},
};

static REGION: LazyLock<Regex> = LazyLock::new(|| limits::regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$"));

/// Reads the account, its principals and its roles; what is faulty is left out.
pub(super) fn resolve(scenario: &Scenario, review: &mut Review<'_>) -> Access {
    let account = account(scenario, review);
    let mut principals = BTreeMap::new();
    for (at, written) in scenario.principal.iter().flatten().enumerate() {
        let pointer = format!("/principal/{at}");
        let name = &written.name;
        let arn = written.arn.clone().unwrap_or_else(|| format!("arn:aws:iam::{}:user/{name}", account.id));
        check_arn(&arn, &format!("{pointer}/arn"), review);
        let policies = policies(&written.policies, &format!("{pointer}/policies"), review);
        let tags = written.tags.clone().unwrap_or_default();
        if principals.insert(name.clone(), iam::Principal { arn, tags, policies }).is_some() {
            let message = format!("there is another principal `{name}`");
            review.error(&format!("{pointer}/name"), message, "give each principal a name of its own");
        }
    }
    let mut roles = BTreeMap::new();
    for (at, written) in scenario.role.iter().flatten().enumerate() {
        let pointer = format!("/role/{at}");
        check_arn(&written.arn, &format!("{pointer}/arn"), review);
        let trust = policy(&written.trust, Kind::Trust, &format!("{pointer}/trust"), review);
        let policies = policies(&written.policies, &format!("{pointer}/policies"), review);
        let role = iam::Principal { arn: written.arn.clone(), tags: BTreeMap::new(), policies };
        let role = trust.map(|trust| Role { trust, role });
        if role.and_then(|role| roles.insert(written.arn.clone(), role)).is_some() {
            let message = format!("there is another role `{}`", written.arn);
            review.error(&format!("{pointer}/arn"), message, "declare it once");
        }
    }
    let profiles = profiles(scenario, &account, review);
    let own_documents = scenario.document.iter().flatten().map(|own| own.name.clone()).collect();
    Access { account, principals, roles, profiles, own_documents }
}

fn account(scenario: &Scenario, review: &mut Review<'_>) -> Account {
    let id = scenario.account.clone().unwrap_or_else(|| "123456789012".into());
    if id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        review.error(
            "/account",
            format!("`{id}` is no account"),
            "it has twelve digits, such as \"123456789012\"",
        );
    }
    let region = scenario.region.clone().unwrap_or_else(|| "us-east-1".into());
    if !REGION.is_match(&region) {
        review.error("/region", format!("`{region}` is no Region"), "it is like \"eu-central-1\"");
    }
    Account { region, id }
}

/// Reports what is no ARN of a user or role.
pub(in crate::scenario) fn check_arn(arn: &str, pointer: &str, review: &mut Review<'_>) {
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    if !matches!(parts[..], ["arn", _, "iam" | "sts", "", account, resource] if account.len() == 12 && resource.contains('/'))
    {
        let help = "it is `arn:aws:iam::ACCOUNT:user/NAME` or `arn:aws:iam::ACCOUNT:role/NAME`";
        review.error(pointer, format!("`{arn}` is no ARN of a user or role"), help);
    }
}

/// Reads policies; what is faulty is left out.
pub(in crate::scenario) fn policies(
    written: &[PolicyDocument],
    pointer: &str,
    review: &mut Review<'_>,
) -> Vec<Policy> {
    let each = written.iter().enumerate();
    each.filter_map(|(at, one)| policy(one, Kind::Identity, &format!("{pointer}/{at}"), review)).collect()
}

/// Reads one policy. Its faults are placed in its file, or where it stands in the scenario.
fn policy(written: &PolicyDocument, kind: Kind, pointer: &str, review: &mut Review<'_>) -> Option<Policy> {
    let mut remarks = Remarks::default();
    let (policy, file) = match written {
        PolicyDocument::File(name) => {
            let source = review.source_beside(name, pointer)?;
            (Policy::read(name, kind, &source.text, &mut remarks), Some(source))
        }
        PolicyDocument::Inline(content) => {
            let text = serde_json::to_string(content).expect("a table is plain data");
            (Policy::read(pointer.trim_start_matches('/'), kind, &text, &mut remarks), None)
        }
    };
    let place = |remark: &Remark, review: &Review<'_>| match &file {
        Some(source) => Place { source: Arc::clone(source), pointer: remark.pointer.clone(), span: None },
        None => review.input.place(&format!("{pointer}{}", remark.pointer)),
    };
    for remark in &remarks.errors {
        let at = place(remark, review);
        review.faults.push(Fault::error(at, &remark.message, &remark.help));
    }
    let advice =
        policy.as_ref().map(|policy| advice::of_policies(std::slice::from_ref(policy))).unwrap_or_default();
    let advised = advice.into_iter().map(|said| Remark {
        pointer: format!("/Statement/{}", said.statement.1),
        message: said.message,
        help: said.help,
    });
    for remark in remarks.warnings.iter().cloned().chain(advised) {
        let at = place(&remark, review);
        review.faults.push(Fault::warning(at, remark.message, remark.help));
    }
    policy
}

/// An instance without these is no managed node (S12.18).
const OF_A_NODE: &str = "ssm:UpdateInstanceInformation";
/// What an agent needs for each of its channels, MGS first (S12.18).
const CHANNELS: [&[&str]; 2] =
    [&["ssmmessages:CreateControlChannel", "ssmmessages:OpenControlChannel"], &["ec2messages:GetMessages"]];

/// The policies of instance profiles let their agents register and hear of commands.
fn profiles(
    scenario: &Scenario,
    account: &Account,
    review: &mut Review<'_>,
) -> BTreeMap<String, iam::Principal> {
    let mut profiles = BTreeMap::new();
    for (at, group) in scenario.group.iter().enumerate() {
        let Some(written) = &group.instance_profile else { continue };
        let pointer = format!("/group/{at}/instance_profile");
        let before = review.faults.len();
        let policies = policies(written, &pointer, review);
        if review.has_errors_since(before) {
            continue;
        }
        let arn = format!("arn:aws:iam::{}:role/{}", account.id, group.name);
        let profile = iam::Principal { arn, tags: BTreeMap::new(), policies };
        if !may(&profile, OF_A_NODE) {
            let message =
                format!("the instance profile does not allow {OF_A_NODE}, so these are no managed nodes");
            review.error(
                &pointer,
                message,
                "allow what AmazonSSMManagedInstanceCore allows, or leave the group out (S12.18)",
            );
        } else if !allows(&profile, Channel::Mgs) && !allows(&profile, Channel::Mds) {
            let message =
                "the instance profile allows neither channel to the agent, so no command ever reaches it";
            review.error(&pointer, message, "allow ssmmessages, or ec2messages at least (S12.18, S12.19)");
        }
        profiles.insert(group.name.clone(), profile);
    }
    profiles
}

fn may(profile: &iam::Principal, action: &str) -> bool {
    profile.decide(&profile.ask(action, "*".into())).is_allowed()
}

/// Whether an instance profile lets its agent hear of commands on a channel.
pub(super) fn allows(profile: &iam::Principal, channel: Channel) -> bool {
    CHANNELS[channel as usize].iter().all(|action| may(profile, action))
}

/// The principal of this name; a fault when there is none.
pub(super) fn find<'a>(
    access: &'a Access,
    name: &str,
    pointer: &str,
    review: &mut Review<'_>,
) -> Option<&'a iam::Principal> {
    let found = access.principals.get(name);
    if found.is_none() {
        let help = match nearest(name, access.principals.keys().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "declare it as a `[[principal]]`".into(),
        };
        review.error(pointer, format!("there is no principal `{name}`"), help);
    }
    found
}

/// Reports what the call would refuse its principal, and says which instances are denied to the command (O-17).
pub(super) fn judge(
    access: &Access,
    principal: &iam::Principal,
    written: &Part<SendCommandRequest>,
    fleet: &Fleet,
    review: &mut Review<'_>,
) -> Vec<InstanceRange> {
    access.judge(principal, &written.content, &fleet.groups).unwrap_or_else(|denials| {
        for denial in denials {
            let error = denial.error(principal);
            written.error(&error.pointer, error.to_string(), reason(principal, &denial), review);
        }
        Vec::new()
    })
}

/// Whether Systems Manager may not publish in the role that a request names; reports a role that it may not assume.
pub(super) fn judge_role(
    access: &Access,
    written: &Part<SendCommandRequest>,
    review: &mut Review<'_>,
) -> bool {
    match access.may_publish(&written.content) {
        Ok(true) => false,
        Ok(false) => {
            let role = written.content.service_role_arn.as_deref().unwrap_or_default();
            let message = format!("`{role}` may not publish to the topic, so every message is dropped");
            let help = "allow it sns:Publish on the topic (S9.32, O-26b)";
            written.warning("/ServiceRoleArn", message, help, review);
            true
        }
        Err(error) => {
            let help = "its trust policy allows sts:AssumeRole to the Service ssm.amazonaws.com (S12.15)";
            written.error(&error.pointer, error.to_string(), help, review);
            false
        }
    }
}

/// Why it is refused, and what may have been meant.
pub(super) fn reason(principal: &iam::Principal, Denial { asked, decision, .. }: &Denial) -> String {
    let why = match decision {
        Decision { verdict: Verdict::ExplicitlyDenied, by: Some((policy, statement)) } => {
            let policy = &principal.policies[*policy];
            format!("{} of {} denies it", policy.statements[*statement].title(*statement), policy.name)
        }
        _ => "no statement allows it".into(),
    };
    let advice =
        advice::of_denial(&principal.policies, asked).into_iter().map(|Advice { message, .. }| message);
    [why].into_iter().chain(advice).collect::<Vec<_>>().join("; ") + " (O-17)"
}
