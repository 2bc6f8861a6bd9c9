//! Channels: which of its two ways each group's agents take, by the scenario's word or their instance profile's (S12.19).

use super::{Fleet, access::allows};
use crate::{
    iam,
    scenario::{access::Access, document, document::Scenario, origin::Basis, plan::Channel, review::Review},
};

/// Gives every group its channel.
pub(super) fn resolve(scenario: &Scenario, access: &Access, fleet: &mut Fleet, review: &mut Review<'_>) {
    let channels: Vec<_> = (scenario.group.iter().enumerate())
        .map(|(at, group)| channel(at, group, access.profiles.get(&group.name), review))
        .collect();
    for (at, group) in fleet.groups.iter_mut().enumerate() {
        let (channel, basis) = channels[fleet.written[at]].clone();
        group.channel = channel;
        review.origins.note(format!("/groups/{at}/channel"), basis);
    }
}

/// The channel of a group, and who decided on it.
fn channel(
    at: usize,
    group: &document::Group,
    profile: Option<&iam::Principal>,
    review: &mut Review<'_>,
) -> (Channel, Basis) {
    let pointer = format!("/group/{at}/agent/channel");
    let is_denied = |channel| profile.is_some_and(|profile| !allows(profile, channel));
    match group.agent.as_ref().and_then(|agent| agent.channel) {
        Some(Channel::Mds) if is_denied(Channel::Mds) => {
            let message =
                "the instance profile does not allow ec2messages, so no command ever reaches these agents";
            review.error(
                &pointer,
                message,
                "allow ec2messages:GetMessages, or write channel = \"mgs\" (S12.19)",
            );
            (Channel::Mds, Basis::Scenario)
        }
        Some(given) => {
            if given == Channel::Mgs && is_denied(Channel::Mgs) {
                let message = "the instance profile does not allow ssmmessages, but these agents are on it all the same";
                let help =
                    "leave `channel` out, so that they fall back to \"mds\", or allow ssmmessages (S12.19)";
                review.warning(&pointer, message, help);
            }
            (given, Basis::Scenario)
        }
        None if is_denied(Channel::Mgs) => {
            let message =
                "the instance profile does not allow ssmmessages; the agent falls back to ec2messages";
            let help = "allow ssmmessages, or write channel = \"mds\" in [group.agent] (S12.19)";
            review.warning(&format!("/group/{at}/instance_profile"), message, help);
            (Channel::Mds, Basis::Default("the instance profile does not allow ssmmessages (S12.19)".into()))
        }
        None => (Channel::Mgs, Basis::Default("agents prefer it (S8.5)".into())),
    }
}
