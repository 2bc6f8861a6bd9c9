//! Who may do what: the account, its principals and its roles, with their policies read.

use std::collections::BTreeMap;

use super::{
    acceptance::{locate, selector_pointer},
    plan::{Group, InstanceRange, Members},
    targeting::ids_alone,
};
use crate::{
    iam::{self, Account, Decision, Policy, SYSTEMS_MANAGER},
    ssm::{ApiError, SendCommandRequest},
};

/// What a scenario says of permissions. Where it names no principal, everything is allowed.
#[derive(Clone, Debug)]
pub struct Access {
    /// The account, which is in the ARNs of what it holds.
    pub account: Account,
    /// Who sends commands, by name.
    pub principals: BTreeMap<String, iam::Principal>,
    /// The roles that requests and the targets of rules may name, by ARN.
    pub roles: BTreeMap<String, Role>,
    /// The roles in the instance profiles, by the name of the group; none of a group that says nothing of it.
    pub profiles: BTreeMap<String, iam::Principal>,
    /// The scenario's own documents, by name.
    pub(super) own_documents: Vec<String>,
}

/// A role that Systems Manager publishes in, or EventBridge sends commands in.
#[derive(Clone, Debug)]
pub struct Role {
    /// Who may assume it.
    pub trust: Policy,
    /// What it may do.
    pub role: iam::Principal,
}

impl Role {
    /// Whether a service may assume it.
    pub fn trusts(&self, service: &str) -> bool {
        iam::decide(std::slice::from_ref(&self.trust), &iam::assume_role(service)).is_allowed()
    }
}

impl Access {
    /// The ARN of a document, own or AWS's.
    pub fn document_arn(&self, name_or_arn: &str) -> String {
        let name = name_or_arn.rsplit('/').next().unwrap_or_default();
        self.account.document(name, self.own_documents.iter().any(|own| own == name))
    }

    /// From now on the account has a document of this name.
    pub fn add_document(&mut self, name: &str) {
        self.own_documents.push(name.into());
    }

    /// What IAM says to a call of a principal: the instances that are denied to its command, in order; or every question that
    /// was denied, so that the call itself is refused. Of ids the call is refused when one of them is denied; of tags each
    /// invocation is denied for itself (O-17).
    pub fn judge(
        &self,
        principal: &iam::Principal,
        request: &SendCommandRequest,
        groups: &[Group],
    ) -> Result<Vec<InstanceRange>, Vec<Denial>> {
        let document = self.document_arn(&request.document_name);
        let role = request.service_role_arn.as_ref();
        let mut asked = vec![("/DocumentName", principal.ask_document(document))];
        asked.extend(role.map(|role| ("/ServiceRoleArn", principal.ask_role(role))));
        let mut denials: Vec<_> =
            asked.into_iter().filter_map(|(at, asked)| Denial::of(principal, at, asked)).collect();
        let ids = ids_alone(request);
        let named = ids.into_iter().flatten().filter_map(|id| locate(groups, id));
        let mut named = named.map(|(group, place)| self.ask(principal, group, place));
        // The service names the first; the others would say the same.
        denials.extend(named.find_map(|asked| Denial::of(principal, selector_pointer(request), asked)));
        match (denials.is_empty(), ids) {
            (false, _) => Err(denials),
            (true, Some(_)) => Ok(Vec::new()),
            (true, None) => Ok(self.denied(principal, groups)),
        }
    }

    /// Whether Systems Manager may publish in the role that a request names, as it may in one that is not declared. Fails where
    /// it may not assume the role, for which the call is refused (S9.31, S9.32).
    pub fn may_publish(&self, request: &SendCommandRequest) -> Result<bool, ApiError> {
        let (Some(arn), Some(config)) = (&request.service_role_arn, &request.notification_config) else {
            return Ok(true);
        };
        let Some(declared) = self.roles.get(arn) else { return Ok(true) };
        if !declared.trusts(SYSTEMS_MANAGER) {
            let message = format!("`{arn}` cannot be assumed by {SYSTEMS_MANAGER}");
            return Err(ApiError::new("InvalidRole", "/ServiceRoleArn", message));
        }
        let topic = config.notification_arn.clone().unwrap_or_default();
        let role = &declared.role;
        Ok(role.decide(&role.ask("sns:Publish", topic)).is_allowed())
    }

    fn ask(&self, principal: &iam::Principal, group: &Group, place: u32) -> iam::Request {
        principal.ask_instance(self.account.instance(&group.instance_id(place)), group.tags(place))
    }

    /// The instances that a principal may not send to. Alike ones are asked about once, unless a policy tells their ids apart.
    fn denied(&self, principal: &iam::Principal, groups: &[Group]) -> Vec<InstanceRange> {
        let by_id = principal.tells_ids_apart();
        let mut denied: Vec<InstanceRange> = Vec::new();
        let mut known = BTreeMap::new();
        let mut first = 0;
        for group in groups {
            let is_denied = |place| !principal.decide(&self.ask(principal, group, place)).is_allowed();
            match &group.members {
                Members::Numbered(_) if !by_id => {
                    if is_denied(0) {
                        InstanceRange::push(&mut denied, first, group.count());
                    }
                }
                _ => {
                    for place in 0..group.count() {
                        let kind = (group.instance_id(place).starts_with("mi-"), group.tags(place));
                        let answer = match by_id {
                            true => is_denied(place),
                            false => *known.entry(kind).or_insert_with(|| is_denied(place)),
                        };
                        if answer {
                            InstanceRange::push(&mut denied, first + place, 1);
                        }
                    }
                }
            }
            first += group.count();
        }
        denied
    }
}

/// What a call was refused for.
#[derive(Clone, Debug)]
pub struct Denial {
    /// JSON pointer to the field of the request that it is about.
    pub pointer: &'static str,
    /// What was asked of IAM.
    pub asked: iam::Request,
    /// What it answered.
    pub decision: Decision,
}

impl Denial {
    fn of(principal: &iam::Principal, pointer: &'static str, asked: iam::Request) -> Option<Self> {
        let decision = principal.decide(&asked);
        (!decision.is_allowed()).then_some(Self { pointer, asked, decision })
    }

    /// What the caller reads (O-17).
    pub fn error(&self, principal: &iam::Principal) -> ApiError {
        let Self { pointer, asked, .. } = self;
        let (action, resource) = (&asked.action, &asked.resource);
        let message = format!("{} is not authorized to perform {action} on {resource}", principal.arn);
        ApiError::new("AccessDeniedException", *pointer, message)
    }
}
