//! Ids that look like UUIDs and are a function of what they name, so that a run writes the same bytes again.

use xxhash_rust::xxh3::xxh3_128;

use crate::ssm::NotifiedStatus;

/// The `CommandId` of a plan's command in one replication.
pub fn command_id(seed: u64, replication: u64, command: u32) -> String {
    uuid(format!("command {seed} {replication} {command}").as_bytes())
}

/// The `MessageId` of a message: the same for every subscription and every arrival, another for a second publication
/// (S9.17). `instance_id` is `None` for a message about the command as a whole.
pub fn message_id(
    command_id: &str,
    instance_id: Option<&str>,
    status: NotifiedStatus,
    again: bool,
) -> String {
    let instance_id = instance_id.unwrap_or_default();
    uuid(format!("message {command_id} {instance_id} {status:?} {again}").as_bytes())
}

/// A hash in the shape of a random UUID: version 4, variant 1.
pub fn uuid(name: &[u8]) -> String {
    let hash = xxh3_128(name);
    let hash = hash & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let hex = format!("{hash:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use regex::Regex;

    use super::*;

    #[test]
    fn ids_have_the_shape_of_random_uuids() {
        let shape =
            Regex::new("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$").unwrap();
        for command in 0..1000 {
            let id = command_id(1, 0, command);
            assert!(shape.is_match(&id), "{id}");
            assert!(shape.is_match(&message_id(&id, None, NotifiedStatus::Success, false)));
        }
    }

    /// S9.17: what tells messages apart is what they are about, and whether it was published before.
    #[test]
    fn other_things_have_other_ids() {
        let commands = [command_id(1, 0, 0), command_id(2, 0, 0), command_id(1, 1, 0), command_id(1, 0, 1)];
        let instances = [None, Some("i-a"), Some("i-b")];
        let mut ids = BTreeSet::from(commands.clone());
        let mut count = commands.len();
        for (command, instance) in commands.iter().flat_map(|id| instances.map(|instance| (id, instance))) {
            for (status, again) in NotifiedStatus::ALL.into_iter().flat_map(|s| [(s, false), (s, true)]) {
                ids.insert(message_id(command, instance, status, again));
                count += 1;
            }
        }
        assert_eq!(ids.len(), count);
        assert_eq!(command_id(1, 0, 0), commands[0]);
    }
}
