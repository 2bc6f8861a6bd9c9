//! What requests say: the commands that are sent, and the ones sent before that others ask about.

use std::collections::VecDeque;

use serde::Serialize;

use super::mix::Operation;
use crate::{
    client::Prepared,
    ssm::SendCommandRequest,
    wire::{
        dialect::Service,
        ssm::{
            command::{CancelCommandRequest, ListCommandsRequest},
            invocation::{GetCommandInvocationRequest, ListCommandInvocationsRequest},
        },
    },
};

/// So many commands are remembered to be asked about.
const REMEMBERED: usize = 1000;

/// A command that was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Its id.
    pub command_id: String,
    /// Instances that it goes to, as far as they are known.
    pub instance_ids: Vec<String>,
}

/// What requests are made of.
#[derive(Debug, Default)]
pub struct Material {
    sends: Vec<Prepared>,
    describe: Option<Prepared>,
    sent: VecDeque<Sent>,
}

impl Material {
    /// These commands are sent, in turn.
    pub fn new(sends: &[SendCommandRequest]) -> Self {
        let sends = sends.iter().map(|request| prepared(Operation::SendCommand, request)).collect();
        let describe = Prepared::new(Service::Ssm, Operation::DescribeInstanceInformation.name(), "{}");
        Self { sends, describe: Some(describe), sent: VecDeque::new() }
    }

    /// Remembers a command.
    pub fn remember(&mut self, sent: Sent) {
        if self.sent.len() == REMEMBERED {
            self.sent.pop_front();
        }
        self.sent.push_back(sent);
    }

    /// The command remembered last.
    pub fn last(&self) -> Option<&Sent> {
        self.sent.back()
    }

    /// The instances of a command became known.
    pub fn learn(&mut self, command_id: &str, instance_ids: Vec<String>) {
        let found = self.sent.iter_mut().rev().find(|sent| sent.command_id == command_id);
        if let Some(sent) = found.filter(|sent| sent.instance_ids.is_empty()) {
            sent.instance_ids = instance_ids;
        }
    }

    /// The call of a request by its number; `None` while there is no command that it could be about.
    pub fn call(&self, operation: Operation, number: u64) -> Option<Prepared> {
        let turn = |length: usize| (number % length.max(1) as u64) as usize;
        match operation {
            Operation::SendCommand => self.sends.get(turn(self.sends.len())).cloned(),
            Operation::DescribeInstanceInformation => self.describe.clone(),
            _ => {
                let sent = self.sent.get(turn(self.sent.len()))?;
                let instance = || sent.instance_ids.get(turn(sent.instance_ids.len())).cloned();
                about(operation, &sent.command_id, instance(), None)
            }
        }
    }
}

/// A call about one command, or its invocation on an instance.
pub fn about(
    operation: Operation,
    command_id: &str,
    instance: Option<String>,
    next_token: Option<String>,
) -> Option<Prepared> {
    let command_id = command_id.to_string();
    Some(match operation {
        Operation::GetCommandInvocation => {
            let instance_id = instance?;
            prepared(operation, &GetCommandInvocationRequest { command_id, instance_id, plugin_name: None })
        }
        Operation::ListCommandInvocations => {
            let command_id = Some(command_id);
            let request = ListCommandInvocationsRequest {
                command_id,
                next_token,
                max_results: Some(50),
                details: true,
                ..Default::default()
            };
            prepared(operation, &request)
        }
        Operation::ListCommands => {
            let request = ListCommandsRequest { command_id: Some(command_id), ..Default::default() };
            prepared(operation, &request)
        }
        Operation::CancelCommand => {
            prepared(operation, &CancelCommandRequest { command_id, instance_ids: Vec::new() })
        }
        Operation::SendCommand | Operation::DescribeInstanceInformation => return None,
    })
}

fn prepared(operation: Operation, request: &impl Serialize) -> Prepared {
    let body = serde_json::to_vec(request).expect("requests are plain data");
    Prepared::new(Service::Ssm, operation.name(), body)
}
