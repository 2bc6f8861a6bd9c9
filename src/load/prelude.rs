//! Before the load: connections are opened, and a command is sent if others are to ask about one.

use std::{
    sync::mpsc::Sender,
    time::{Duration, Instant},
};

use jiff::Timestamp;

use super::{
    follow::{Follow, Manner},
    log::{Happening, Testimony},
    material::{Material, Sent},
    mix::{Mix, Operation},
    subscribe::Ears,
    told::{DescribeInstanceInformationResult, SendCommandResult},
};
use crate::{
    client::{Answer, Client, Prepared},
    ssm::SendCommandRequest,
    wire::dialect::Service,
};

/// So long a new command may stay unseen.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the requests of a mix are made of. Without commands to send, the shell command `true` goes to the first instance that
/// the endpoint tells of. The command that is sent is told to `log`. With `ears` the notifications of all commands are asked for and
/// listened to.
///
/// # Errors
///
/// In words, why there is nothing to ask about.
pub async fn prepare(
    client: &Client,
    mix: &Mix,
    sends: &[SendCommandRequest],
    warm: usize,
    log: &Sender<Happening>,
    ears: Option<&mut Ears>,
) -> Result<Material, String> {
    let operations: Vec<_> = mix.operations().collect();
    client.warm_up(warm).await.map_err(|failure| format!("{}: {failure}", client.endpoint()))?;
    let needs = |operation: Operation| operation.needs_command();
    if !operations.iter().any(|&one| needs(one) || one == Operation::SendCommand) {
        return Ok(Material::new(&[]));
    }
    let mut sends = match sends {
        [] => vec![first_instance(client).await?],
        sends => sends.to_vec(),
    };
    if let Some(ears) = ears {
        ears.subscribe(client, &mut sends).await?;
    }
    let mut material = Material::new(&sends);
    if operations.into_iter().any(needs) {
        material.remember(send(client, &material, log).await?);
    }
    Ok(material)
}

async fn first_instance(client: &Client) -> Result<SendCommandRequest, String> {
    let operation = Operation::DescribeInstanceInformation;
    let answer = good(client, operation, &Prepared::new(Service::Ssm, operation.name(), "{}")).await?;
    let answer: DescribeInstanceInformationResult = serde_json::from_slice(&answer.body).unwrap_or_default();
    let first = answer.instance_information_list.into_iter().next();
    let first =
        first.ok_or("the endpoint tells of no instance; name a scenario, or a request with --request")?;
    Ok(SendCommandRequest {
        document_name: "AWS-RunShellScript".into(),
        instance_ids: Some(vec![first.instance_id]),
        parameters: Some([("commands".to_string(), vec!["true".to_string()])].into()),
        ..SendCommandRequest::default()
    })
}

/// Sends a command and waits until its invocations are seen.
async fn send(client: &Client, material: &Material, log: &Sender<Happening>) -> Result<Sent, String> {
    let operation = Operation::SendCommand;
    let call = material.call(operation, 0).ok_or("there is no command to send")?;
    let asked = Timestamp::now();
    let answer = good(client, operation, &call).await?;
    let times = (asked, Timestamp::now());
    let (request, body) = (call.body().clone(), answer.body.clone());
    // Who does not listen any more wants to hear no more.
    let _ = log.send(Happening::Testimony(Testimony { operation, times, request, body }));
    let answer: SendCommandResult =
        serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
    let mut sent = Sent { command_id: answer.command.command_id, instance_ids: Vec::new() };
    let until = Instant::now() + PATIENCE;
    while sent.instance_ids.is_empty() && Instant::now() < until {
        let mut follow = Follow::new(sent.command_id.clone(), 0, Manner::List);
        follow.begin_round();
        if let Some(call) = follow.call()
            && let Ok(answer) = client.send(&call).await
        {
            follow.hear(&answer.body, &mut sent.instance_ids);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(sent)
}

async fn good(client: &Client, operation: Operation, call: &Prepared) -> Result<Answer, String> {
    let answer = client.send(call).await;
    let answer = answer.map_err(|failure| format!("{} to {}: {failure}", operation, client.endpoint()))?;
    match &answer.error {
        None => Ok(answer),
        Some(error) => {
            let body = String::from_utf8_lossy(&answer.body).chars().take(300).collect::<String>();
            Err(format!("{operation} to {}: {error}: {body}", client.endpoint()))
        }
    }
}
