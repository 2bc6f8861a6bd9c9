//! Answers as sightings, for the rules that judge from outside. Times that the endpoint tells are left out: its clock may be
//! another one than ours, and go at another speed.

use serde_json::Value;

use super::bench::Reply;
use crate::{
    load::told::{Command, Invocation},
    seen::{
        CancelSighting, CommandSighting, InvocationSighting, Sighting, When,
        answer::{command_state, invocation_state},
    },
};

/// When an answer was so.
pub(super) fn when(reply: &Reply) -> When {
    When::Polled { asked: reply.asked, answered: reply.answered }
}

/// What an answer tells of a command; `request` where it is the answer to that request.
pub(super) fn command(told: &Value, request: Option<&Value>, when: When) -> Option<Sighting> {
    let told: Command = serde_json::from_value(told.clone()).ok()?;
    let (state, details_told) = command_state(&told.status, told.status_details.as_deref())?;
    Some(Sighting::Command(CommandSighting {
        command_id: told.command_id,
        when,
        state,
        details_told,
        requested: None,
        expires_after: None,
        request: request.and_then(|request| serde_json::from_value(request.clone()).ok()),
        target_count: told.target_count,
        completed_count: told.completed_count,
        error_count: told.error_count,
        delivery_timed_out_count: told.delivery_timed_out_count,
    }))
}

/// What an answer tells of an invocation.
pub(super) fn invocation(told: &Value, when: When) -> Option<Sighting> {
    // An element of a list has its code in its steps; times of GetCommandInvocation are texts.
    let text = |name: &str| told.get(name).and_then(Value::as_str).map(String::from);
    let told = Invocation {
        command_id: text("CommandId")?,
        instance_id: text("InstanceId")?,
        document_name: text("DocumentName"),
        status: text("Status")?,
        status_details: text("StatusDetails"),
        ..Invocation::default()
    };
    let (state, details_told) = invocation_state(&told.status, told.status_details.as_deref())?;
    Some(Sighting::Invocation(InvocationSighting {
        command_id: told.command_id,
        instance_id: told.instance_id,
        when,
        state,
        details_told,
        document_name: told.document_name,
        requested: None,
        response_code: None,
        started: None,
        finished: None,
        steps: Vec::new(),
    }))
}

/// A cancel that was accepted.
pub(super) fn cancel(command_id: &str, instance_ids: &[String], when: When) -> Sighting {
    let (command_id, instance_ids) = (command_id.into(), instance_ids.to_vec());
    Sighting::Cancel(CancelSighting { command_id, instance_ids, when })
}
