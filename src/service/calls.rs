//! From a call to its answer.

use serde::Serialize;

use super::{Service, ssm};
use crate::{
    base::SimDuration,
    iam::Principal,
    wire::{
        call::Call,
        dialect,
        fault::Fault,
        http::Response,
        ssm::{Empty, Request, send_command::SendCommandResult},
    },
};

/// The operations that change nothing.
const READING: [&str; 5] = ["Describe", "Get", "List", "Test", "Simulate"];

/// Whether a call may change what later calls are answered.
pub fn changes_state(call: &Call) -> bool {
    !READING.iter().any(|verb| call.operation.starts_with(verb))
}

/// What an answer is made with.
struct Reply<'a> {
    call: &'a Call,
    request_id: String,
}

impl Reply<'_> {
    fn with(&self, result: Result<impl Serialize, Fault>) -> Response {
        let Call { dialect, operation, .. } = self.call;
        match result {
            Ok(output) => dialect.answer(operation, &output, &self.request_id),
            Err(fault) => dialect.refuse(operation, &fault, &self.request_id),
        }
    }
}

impl Service {
    /// Answers a call that is made now. `caller` is who makes it; `None`: anybody, who may do anything.
    pub fn call(&mut self, call: &Call, caller: Option<&Principal>) -> Response {
        if self.run_command.is_behind() {
            // What was accepted at this very time is submitted in the instant after it.
            self.advance(self.now + SimDuration::UNIT);
        }
        let reply = Reply { call, request_id: self.request_ids.uuid() };
        match call.dialect.service {
            dialect::Service::Ssm => self.call_ssm(&reply, caller),
            _ => reply.with(Err::<(), _>(call.unknown(&[]))),
        }
    }

    fn call_ssm(&mut self, reply: &Reply<'_>, _caller: Option<&Principal>) -> Response {
        let request = match Request::read(reply.call) {
            Ok(request) => request,
            Err(fault) => return reply.with(Err::<(), _>(fault)),
        };
        match request {
            Request::SendCommand(request) => {
                let sent = ssm::send::send(&mut self.run_command, &request, &self.documents, &[]);
                reply.with(sent.map(|index| {
                    let stored = self.run_command.store.get(index).expect("it was sent now");
                    SendCommandResult { command: self.view().command(stored) }
                }))
            }
            Request::CancelCommand(request) => {
                let found = self.view().command_index(&request.command_id);
                let cancelled =
                    found.and_then(|index| ssm::send::cancel(&mut self.run_command, index, &request));
                reply.with(cancelled.map(|()| Empty {}))
            }
            Request::ListCommands(request) => reply.with(self.view().list_commands(&request)),
            Request::ListCommandInvocations(request) => reply.with(self.view().list_invocations(&request)),
            Request::GetCommandInvocation(request) => reply.with(self.view().get_invocation(&request)),
            Request::DescribeInstanceInformation(request) => {
                let tags = |index| self.run_command.tags(index);
                reply.with(self.view().describe_instances(&request, tags))
            }
            _ => reply.with(Err::<(), _>(reply.call.unknown(Request::OPERATIONS))),
        }
    }
}
