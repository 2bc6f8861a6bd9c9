//! From a call to its answer.

use serde::Serialize;

use super::{
    Moment, Service,
    sns::Caller,
    ssm,
    tags::{Resources, TagMap},
};
use crate::{
    base::SimDuration,
    iam::Principal,
    ssm::{ApiError, SendCommandRequest},
    wire::{
        self,
        call::Call,
        dialect,
        ec2::{self, Reservation},
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

/// The operations of a service.
pub fn operations(service: dialect::Service) -> &'static [&'static str] {
    match service {
        dialect::Service::Ssm => wire::ssm::Request::OPERATIONS,
        dialect::Service::Sns => wire::sns::Request::OPERATIONS,
        dialect::Service::Sqs => wire::sqs::Request::OPERATIONS,
        dialect::Service::Events => wire::events::Request::OPERATIONS,
        dialect::Service::Ec2 => wire::ec2::Request::OPERATIONS,
    }
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
        let response = match call.dialect.service {
            dialect::Service::Ssm => self.call_ssm(&reply, caller),
            dialect::Service::Sns => self.call_sns(&reply, caller),
            dialect::Service::Sqs => self.call_sqs(&reply),
            dialect::Service::Events => self.call_events(&reply),
            dialect::Service::Ec2 => self.call_ec2(&reply),
        };
        let mut moment = Moment { now: self.now, start: self.start, ids: &mut self.ids };
        self.neighbours.settle(&mut moment);
        self.settle();
        response
    }

    fn call_sns(&mut self, reply: &Reply<'_>, caller: Option<&Principal>) -> Response {
        let by = match self.options.asks_for_signatures && caller.is_none() {
            true => Caller::Anybody,
            false => Caller::Signed,
        };
        let mut moment = Moment { now: self.now, start: self.start, ids: &mut self.ids };
        let sns = &mut self.neighbours.sns;
        reply.with(
            wire::sns::Request::read(reply.call).and_then(|request| sns.call_by(by, &request, &mut moment)),
        )
    }

    fn call_sqs(&mut self, reply: &Reply<'_>) -> Response {
        let mut moment = Moment { now: self.now, start: self.start, ids: &mut self.ids };
        let (sqs, protocol) = (&mut self.neighbours.sqs, reply.call.dialect.protocol);
        let request = wire::sqs::Request::read(reply.call);
        reply.with(request.and_then(|request| sqs.call(&request, protocol, &mut moment)))
    }

    fn call_events(&mut self, reply: &Reply<'_>) -> Response {
        let mut moment = Moment { now: self.now, start: self.start, ids: &mut self.ids };
        let events = &mut self.neighbours.events;
        let request = wire::events::Request::read(reply.call);
        reply.with(request.and_then(|request| events.call(&request, &mut moment)))
    }

    /// EC2 is no part of Run Command; suites that bring their own instances ask for them here.
    fn call_ec2(&mut self, reply: &Reply<'_>) -> Response {
        if !self.options.is_lenient {
            let message = "the fleet is the scenario's; EC2 answers with `--compat moto` alone";
            return reply.with(Err::<(), _>(Fault::new("UnknownOperationException", message)));
        }
        reply.with(wire::ec2::Request::read(reply.call).map(|wire::ec2::Request::RunInstances(request)| {
            let owner_id = self.access.account.id.clone();
            let instances = (0..request.max_count).map(|_| self.run_instance(request.tags()));
            Reservation { owner_id, instances_set: instances.collect() }
        }))
    }

    fn run_instance(&mut self, tags: TagMap) -> ec2::Instance {
        let instance_id = format!("i-{}", &self.ids.uuid().replace('-', "")[..17]);
        let tag_set = tags.clone().into_iter().map(|(key, value)| ec2::Tag { key, value }).collect();
        let index = self.run_command.find_or_invent(&instance_id);
        self.tags.put(index, tags);
        ec2::Instance { instance_id, tag_set }
    }

    fn call_ssm(&mut self, reply: &Reply<'_>, caller: Option<&Principal>) -> Response {
        let read = if self.options.is_lenient { Request::read_loosely } else { Request::read };
        let request = match read(reply.call) {
            Ok(request) => request,
            Err(fault) => return reply.with(Err::<(), _>(fault)),
        };
        match request {
            Request::SendCommand(request) => reply.with(self.send_command(&request, caller)),
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
                let tags = |index| self.tags.of_instance(&self.run_command, index).into_owned();
                reply.with(self.view().describe_instances(&request, tags))
            }
            of_resources => self.call_resources(reply, &of_resources),
        }
    }

    /// Calls about documents and tags.
    fn call_resources(&mut self, reply: &Reply<'_>, request: &Request) -> Response {
        let moment = Moment { now: self.now, start: self.start, ids: &mut self.ids };
        let documents = &mut self.documents;
        match request {
            Request::ListDocuments(request) => return reply.with(documents.list(request, &moment)),
            Request::DescribeDocument(request) => return reply.with(documents.describe(request, &moment)),
            Request::GetDocument(request) => return reply.with(documents.content(request, &moment)),
            Request::CreateDocument(request) => {
                let created = documents.create(request, &moment);
                if created.is_ok() {
                    self.access.add_document(&request.name);
                }
                return reply.with(created);
            }
            Request::DeleteDocument(request) => return reply.with(documents.delete(request)),
            _ => {}
        }
        let resources = &mut Resources { fleet: &self.run_command, documents };
        match request {
            Request::AddTagsToResource(request) => reply.with(self.tags.add(request, resources)),
            Request::RemoveTagsFromResource(request) => reply.with(self.tags.remove(request, resources)),
            Request::ListTagsForResource(request) => reply.with(self.tags.list(request, resources)),
            _ => reply.with(Err::<(), _>(reply.call.unknown(Request::OPERATIONS))),
        }
    }

    fn send_command(
        &mut self,
        request: &SendCommandRequest,
        caller: Option<&Principal>,
    ) -> Result<SendCommandResult, Fault> {
        if self.options.is_lenient {
            let index = {
                let documents = self.documents.known();
                ssm::send::pretend(&mut self.run_command, request, documents, &self.tags)?
            };
            let stored = self.run_command.store.get(index).expect("it was sent now");
            return Ok(SendCommandResult { command: self.view().command(stored) });
        }
        let fault = |error: ApiError| Fault::new(error.code, error.message);
        let denied = match caller {
            None => Vec::new(),
            Some(caller) => {
                let judged = self.access.judge(caller, request, &self.run_command.plan().groups);
                judged.map_err(|denials| {
                    let first = denials.first().map(|denial| denial.error(caller));
                    fault(first.unwrap_or_else(|| ApiError::new("AccessDeniedException", "", "denied")))
                })?
            }
        };
        self.access.may_publish(request).map_err(fault)?;
        let index = ssm::send::send(&mut self.run_command, request, self.documents.known(), &denied)?;
        let stored = self.run_command.store.get(index).expect("it was sent now");
        Ok(SendCommandResult { command: self.view().command(stored) })
    }
}
