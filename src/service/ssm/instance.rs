//! `DescribeInstanceInformation` (S15.6).

use std::collections::BTreeMap;

use super::View;
use crate::{
    service::moment::epoch,
    ssm::status::Platform,
    wire::{
        fault::Fault,
        page::Paged,
        ssm::instance::{
            DescribeInstanceInformationRequest, DescribeInstanceInformationResult, InstanceInformation,
        },
    },
};

/// The agent's version that every instance is said to have. Assumed.
const AGENT_VERSION: &str = "3.3.987.0";

impl View<'_> {
    /// `DescribeInstanceInformation`: in the order of the fleet. All instances are told as Online.
    ///
    /// # Errors
    ///
    /// Those of the request's filters and token; `InvalidInstanceId` for an unknown one in a filter.
    pub fn describe_instances(
        &self,
        request: &DescribeInstanceInformationRequest,
        tags: impl Fn(u32) -> BTreeMap<String, String>,
    ) -> Result<DescribeInstanceInformationResult, Fault> {
        let conditions = request.conditions()?;
        let after = request.after()?.and_then(|key| key.parse::<u32>().ok());
        let most = request.page_size();
        let size = self.run_command.plan().fleet_size();
        let mut page = Vec::new();
        let mut last = 0;
        let named = conditions.iter().find(|(key, _)| *key == "InstanceIds").map(|(_, ids)| *ids);
        let candidates: Vec<u32> = match named {
            Some(ids) => {
                let mut found: Vec<u32> =
                    ids.iter().map(|id| self.instance_index(id)).collect::<Result<_, _>>()?;
                found.sort_unstable();
                found
            }
            None => Vec::new(),
        };
        let from = after.map_or(0, |after| after + 1);
        let all: Box<dyn Iterator<Item = u32>> = match named {
            Some(_) => Box::new(candidates.into_iter().filter(move |&index| index >= from)),
            None => Box::new(from..size),
        };
        for index in all {
            let information = self.information(index);
            let passes = conditions.iter().all(|(key, values)| {
                has(&information, key, values).unwrap_or_else(|| tag_matches(&tags(index), key, values))
            });
            if !passes {
                continue;
            }
            if page.len() == most {
                let next_token = Some(request.token(&last.to_string()));
                return Ok(DescribeInstanceInformationResult { instance_information_list: page, next_token });
            }
            last = index;
            page.push(information);
        }
        Ok(DescribeInstanceInformationResult { instance_information_list: page, next_token: None })
    }

    fn information(&self, index: u32) -> InstanceInformation {
        let plan = self.run_command.plan();
        let instance_id = self.run_command.instance_id(index);
        let platform =
            self.run_command.locate(index).map(|(group, place)| plan.groups[group].platform(place));
        let (platform_type, platform_name, platform_version) = match platform.unwrap_or(Platform::Linux) {
            Platform::Linux => ("Linux", "Amazon Linux", "2023"),
            Platform::Windows => ("Windows", "Microsoft Windows Server 2022 Datacenter", "10.0.20348"),
            Platform::MacOS => ("MacOS", "macOS", "14.0"),
        };
        let is_hybrid = instance_id.starts_with("mi-");
        InstanceInformation {
            instance_id,
            ping_status: "Online".into(),
            last_ping_date_time: epoch(self.start, self.run_command.now()),
            agent_version: AGENT_VERSION.into(),
            is_latest_version: true,
            platform_type: platform_type.into(),
            platform_name: platform_name.into(),
            platform_version: platform_version.into(),
            resource_type: if is_hybrid { "ManagedInstance" } else { "EC2Instance" }.into(),
            ..InstanceInformation::default()
        }
    }
}

/// Whether a condition on a field holds; `None` for one on tags.
fn has(information: &InstanceInformation, key: &str, values: &[String]) -> Option<bool> {
    let is = |field: &str| values.iter().any(|value| value == field);
    Some(match key {
        "InstanceIds" => is(&information.instance_id),
        "AgentVersion" => is(&information.agent_version),
        "PingStatus" => is(&information.ping_status),
        "PlatformTypes" => is(&information.platform_type),
        "ResourceType" => is(&information.resource_type),
        key if key.starts_with("tag") => return None,
        // Nothing has an activation, a role, an association or a source here.
        _ => false,
    })
}

fn tag_matches(tags: &BTreeMap<String, String>, key: &str, values: &[String]) -> bool {
    match key.strip_prefix("tag:") {
        Some(name) => tags.get(name).is_some_and(|value| values.contains(value)),
        None => values.iter().any(|value| tags.contains_key(value)),
    }
}
