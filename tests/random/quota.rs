//! Random quotas of the API.

use fleetsim::{
    base::{CallRate, SimDuration},
    scenario::plan::AssumedQuotas,
};
use proptest::{option, prelude::*};

/// Small ones, which the few commands of a random plan exceed.
pub fn quotas() -> impl Strategy<Value = AssumedQuotas> {
    let rate = (1..=40_u64, 1..=2_u32)
        .prop_map(|(halves, burst)| CallRate { every: SimDuration(halves * 500_000), burst });
    (option::of(rate), option::of(1..=30_u64), 1..=6_u32).prop_map(
        |(send_command, pending_invocations, attempts)| AssumedQuotas {
            send_command,
            list_command_invocations: None,
            pending_invocations,
            attempts,
        },
    )
}
