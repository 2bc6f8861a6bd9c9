//! `[assumed]`: quotas of the API for which AWS publishes no numbers.

use schemars::JsonSchema;
use serde::Deserialize;

/// Quotas of the API. AWS publishes no numbers for them (O-46), so they are yours; without them every call passes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assumed {
    /// Calls of `SendCommand`. Default: all pass.
    pub send_command: Option<Calls>,
    /// Calls of `ListCommandInvocations` by `[polling]`. Default: all pass.
    pub list_command_invocations: Option<Calls>,
    /// How many invocations of all commands there may be that have not ended, with those that a command adds. A command beyond is
    /// accepted, and ends at once as Failed/LimitExceeded (S1.29). Default: any number.
    #[schemars(range(min = 1))]
    pub pending_invocations: Option<u64>,
    /// How often a caller calls `SendCommand` before it gives up. Before the second time it waits up to 1 s, then up to 2 s, 4 s
    /// and so on, but never more than 20 s, as the standard mode of AWS's SDKs does.
    #[schemars(range(min = 1, max = 1000), extend("default" = 3))]
    pub attempts: Option<u32>,
}

/// How many calls of an operation pass: a bucket of tokens.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Calls {
    /// Calls a second, 0.000001 to 1000000.
    #[schemars(range(min = 0.000001, max = 1000000.0))]
    pub rate: f64,
    /// Calls at once after a long silence. Default: the rate, rounded up.
    #[schemars(range(min = 1, max = 1000000))]
    pub burst: Option<u32>,
}
