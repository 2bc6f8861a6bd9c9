//! `SendCommand` and `CancelCommand`.

use std::collections::BTreeSet;

use crate::{
    scenario::{plan::InstanceRange, targeting::ids_alone},
    service::{
        run_command::{Refusal, RunCommand},
        tags::Tags,
    },
    ssm::{
        SendCommandRequest,
        document::{self, Document},
    },
    wire::{
        fault::Fault,
        ssm::{command::CancelCommandRequest, send_command},
    },
};

/// Sends a command. Its index in the plan.
///
/// # Errors
///
/// Everything that the service refuses at once: violations of the model, documents and instances that it does not know, and
/// `ThrottlingException` where no more commands can be stored.
pub fn send(
    run_command: &mut RunCommand,
    request: &SendCommandRequest,
    documents: &[Document],
    access_denied: &[InstanceRange],
) -> Result<u32, Fault> {
    send_command::check(request, &run_command.plan().readings, documents)?;
    let document = document::find(documents, &request.document_name);
    let document = document.ok_or_else(|| Fault::new("InvalidDocument", ""))?;
    run_command.send(request, document, access_denied).map_err(|refusal| match refusal {
        Refusal::Api(error) => Fault::new(error.code, error.message),
        Refusal::Full => {
            let message = "no more commands can be stored here; reset the endpoint";
            Fault::new("ThrottlingException", message)
        }
    })
}

/// Sends a command as moto takes it: with or without targets, whatever the ids; it has succeeded at once. Its index.
///
/// # Errors
///
/// `InvalidDocument`.
pub fn pretend(
    run_command: &mut RunCommand,
    request: &SendCommandRequest,
    documents: &[Document],
    tags: &Tags,
) -> Result<u32, Fault> {
    let document = document::find(documents, &request.document_name);
    let document = document.ok_or_else(|| Fault::new("InvalidDocument", ""))?;
    let steps = document.steps.iter().map(|step| step.name.clone()).collect();
    let instances: Vec<u32> = match ids_alone(request) {
        Some(ids) => ids.iter().map(|id| run_command.find_or_invent(id)).collect(),
        None => {
            let fleet = &*run_command;
            let is_named = |&instance: &u32| {
                let (id, tags) = (fleet.instance_id(instance), tags.of_instance(fleet, instance));
                let mut targets = request.targets.iter().flatten().peekable();
                targets.peek().is_some() && targets.all(|target| target.matches(&id, &tags))
            };
            (0..fleet.size()).filter(is_named).collect()
        }
    };
    Ok(run_command.pretend(request, steps, &instances))
}

/// Cancels a command, of this index, on all instances or on those that are named.
///
/// # Errors
///
/// `InvalidInstanceId` for an instance that the command does not go to, `DuplicateInstanceId` for one that is named twice.
pub fn cancel(run_command: &mut RunCommand, index: u32, request: &CancelCommandRequest) -> Result<(), Fault> {
    let ids = &request.instance_ids;
    if ids.iter().collect::<BTreeSet<_>>().len() < ids.len() {
        return Err(Fault::new("DuplicateInstanceId", "an instance is named more than once"));
    }
    let stored = run_command.store.get(index);
    let is_target = |id: &&String| {
        let instance = run_command.find(id);
        instance.zip(stored).is_some_and(|(instance, stored)| stored.invocations.contains_key(&instance))
    };
    if let Some(id) = ids.iter().find(|id| !is_target(id)) {
        return Err(Fault::new("InvalidInstanceId", format!("the command does not go to {id}")));
    }
    run_command.cancel(index, ids.clone());
    Ok(())
}
