//! Actions: the plugins that the steps of a Command document may name, and the platforms that each runs on.

use crate::ssm::status::Platform::{self, Linux, MacOS, Windows};

/// A plugin of the agent.
#[derive(Debug, PartialEq, Eq)]
pub struct Action {
    /// The name, such as `aws:runShellScript`.
    pub name: &'static str,
    /// The platforms it runs on, in the order of the enumeration.
    pub platforms: &'static [Platform],
}

/// Every action that agent 3.3.987.0 knows and has code for (section 8.7 of `docs/semantics.md`).
pub const ACTIONS: [Action; 15] = [
    Action { name: "aws:applications", platforms: &[Windows] },
    Action { name: "aws:cloudWatch", platforms: &[Windows] },
    Action { name: "aws:configureDocker", platforms: &[Linux, Windows] },
    Action { name: "aws:configurePackage", platforms: &[Linux, Windows, MacOS] },
    Action { name: "aws:domainJoin", platforms: &[Linux, Windows] },
    Action { name: "aws:downloadContent", platforms: &[Linux, Windows] },
    Action { name: "aws:psModule", platforms: &[Windows] },
    Action { name: "aws:refreshAssociation", platforms: &[Linux, Windows, MacOS] },
    Action { name: "aws:runDockerAction", platforms: &[Linux, Windows] },
    Action { name: "aws:runDocument", platforms: &[Linux, Windows] },
    Action { name: "aws:runPowerShellScript", platforms: &[Linux, Windows, MacOS] },
    Action { name: "aws:runShellScript", platforms: &[Linux, MacOS] },
    Action { name: "aws:softwareInventory", platforms: &[Linux, Windows, MacOS] },
    Action { name: "aws:updateAgent", platforms: &[Windows] },
    Action { name: "aws:updateSsmAgent", platforms: &[Linux, Windows, MacOS] },
];

/// The action of this name.
pub fn find(name: &str) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.name == name)
}
