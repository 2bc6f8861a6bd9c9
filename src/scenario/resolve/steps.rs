//! The steps that a document comes to with a request's parameters: their origins, and what is seldom meant.

use super::part::Part;
use crate::{
    scenario::{origin::Basis, review::Review},
    ssm::{
        DocumentContent, SendCommandRequest,
        document::{Document, EXECUTION_TIMEOUT, Step, Values, agent_timeout, names_in},
    },
};

/// Notes where the steps of a command and their timeouts come from: the document is the scenario's own or AWS's.
pub(super) fn note_origins(
    document: &Document,
    request: &SendCommandRequest,
    is_own: bool,
    path: &str,
    review: &mut Review<'_>,
) {
    let from = |what: &str| match is_own {
        true => Basis::Scenario,
        false => Basis::Default(format!("{what} of {}", document.name)),
    };
    review.origins.note(format!("{path}/platforms"), from("the platforms"));
    review.origins.note(format!("{path}/steps"), from("the steps"));
    let timeout = match is_own || gives_timeout(document, request) {
        true => Basis::Scenario,
        false => Basis::Default("the document's default".into()),
    };
    review.origins.note(format!("{path}/execution_timeout_seconds"), timeout.clone());
    for at in 0..document.steps.len() {
        review.origins.note(format!("{path}/steps/{at}/timeout_seconds"), timeout.clone());
    }
}

/// The texts that a step's timeout is made from, each with a JSON pointer to where it stands.
fn timeouts(step: &Step) -> impl Iterator<Item = (&String, &String)> {
    step.timeouts.iter().flatten().map(|text| (text, &step.timeout_pointer))
}

/// Whether a request decides on one of the document's timeouts.
fn gives_timeout(document: &Document, request: &SendCommandRequest) -> bool {
    let gives = |name: &str| request.parameters.as_ref().is_some_and(|all| all.contains_key(name));
    gives(EXECUTION_TIMEOUT)
        || document.steps.iter().flat_map(timeouts).flat_map(|(text, _)| names_in(text)).any(gives)
}

/// Warns of timeouts that the agent does not take as they are written.
pub(super) fn warn_of_timeouts(
    document: &Document,
    values: &Values,
    request: &Part<SendCommandRequest>,
    own: Option<&Part<DocumentContent>>,
    review: &mut Review<'_>,
) {
    let given = request.content.parameters.as_ref();
    for (text, pointer) in document.steps.iter().flat_map(timeouts) {
        let written = values.put_into(text);
        let taken = agent_timeout(&written);
        if written.parse() == Ok(taken) {
            continue;
        }
        let message = format!("the agent makes {taken} s of the execution timeout `{written}`");
        let help = "the agent takes 5 to 172,800 seconds and turns anything else into 3600 (S5.12, O-21)";
        let parameter = names_in(text).find(|name| given.is_some_and(|all| all.contains_key(*name)));
        match (parameter, own) {
            (Some(name), _) => request.warning(&format!("/Parameters/{name}"), message, help, review),
            (None, Some(own)) => own.warning(pointer, message, help, review),
            (None, None) => {}
        }
    }
}
