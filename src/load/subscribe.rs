//! A listener of this machine, subscribed to the topics of the commands that a load sends.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    sync::mpsc::Sender,
    time::{Duration, Instant},
};

use form_urlencoded::Serializer;
use jiff::Timestamp;

use super::{
    listener::{Arrival, Listener},
    log::{Happening, Message},
    told::element,
};
use crate::{
    client::{Client, Prepared},
    ssm::SendCommandRequest,
    wire::{
        dialect::Service,
        sns::envelope::{NOTIFICATION, SUBSCRIPTION_CONFIRMATION},
    },
};

/// So long the request to confirm a subscription may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Subscriptions to topics, and who listens.
pub struct Ears {
    /// By topic, the token of the request to confirm.
    tokens: Rc<RefCell<BTreeMap<String, String>>>,
    listener: Listener,
    /// What was made: topics, and subscriptions, to be removed in the opposite order.
    made: Vec<Made>,
}

enum Made {
    Topic(String),
    Subscription(String),
}

impl Ears {
    /// Listens; the messages that arrive are handed on through `log`.
    ///
    /// # Errors
    ///
    /// In words, when no port can be had.
    pub async fn new(log: Sender<Happening>) -> Result<Self, String> {
        let tokens = Rc::new(RefCell::new(BTreeMap::new()));
        let asked = Rc::clone(&tokens);
        let take = move |arrival: Arrival| {
            let Arrival { at, envelope: Some(envelope), .. } = arrival else { return false };
            if envelope.kind == SUBSCRIPTION_CONFIRMATION {
                asked.borrow_mut().insert(envelope.topic_arn, envelope.token.unwrap_or_default());
            } else if envelope.kind == NOTIFICATION {
                // Who does not listen any more wants to hear no more.
                let _ = log.send(Happening::Message(Message { at, envelope }));
            }
            true
        };
        let listener =
            Listener::open(take).await.map_err(|error| format!("no port to listen on: {error}"))?;
        Ok(Self { tokens, listener, made: Vec::new() })
    }

    /// Subscribes to the topics of commands. Those that name none are given one, and tell of each of their invocations.
    ///
    /// # Errors
    ///
    /// In words, when a call fails, or nobody asks to confirm. What was made by then is there until [`Ears::close`].
    pub async fn subscribe(
        &mut self,
        client: &Client,
        sends: &mut [SendCommandRequest],
    ) -> Result<(), String> {
        let mut topics = BTreeSet::new();
        let mut own = None;
        for request in sends {
            let named =
                request.notification_config.as_ref().and_then(|config| config.notification_arn.clone());
            let topic = match (named, &own) {
                (Some(arn), _) if !arn.is_empty() => arn,
                (_, Some(arn)) => String::clone(arn),
                (_, None) => own.insert(self.create(client).await?).clone(),
            };
            ask(request, &topic);
            topics.insert(topic);
        }
        for topic in topics {
            self.listen_to(client, &topic).await?;
        }
        Ok(())
    }

    async fn create(&mut self, client: &Client) -> Result<String, String> {
        let name = format!("fleetsim-load-{}", Timestamp::now().as_microsecond());
        let answer = call(client, "CreateTopic", &[("Name", &name)]).await?;
        let topic = element(&answer, "TopicArn").ok_or("the answer to CreateTopic has no TopicArn")?;
        self.made.push(Made::Topic(topic.clone()));
        Ok(topic)
    }

    /// Subscribes, and confirms: the token goes to the endpoint itself, and no link is followed.
    async fn listen_to(&mut self, client: &Client, topic: &str) -> Result<(), String> {
        let url = self.listener.url("/messages");
        call(client, "Subscribe", &[("TopicArn", topic), ("Protocol", "http"), ("Endpoint", &url)]).await?;
        let until = Instant::now() + PATIENCE;
        let token = loop {
            if let Some(token) = self.tokens.borrow_mut().remove(topic) {
                break token;
            }
            if Instant::now() > until {
                return Err(format!(
                    "{topic}: no request to confirm the subscription arrived at {url} within {} s",
                    PATIENCE.as_secs()
                ));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let answer = call(client, "ConfirmSubscription", &[("TopicArn", topic), ("Token", &token)]).await?;
        self.made.extend(element(&answer, "SubscriptionArn").map(Made::Subscription));
        Ok(())
    }

    /// Listens for so long to what comes late, and removes what was made; what cannot be removed, in words.
    pub async fn close(self, client: &Client, wait: Duration) -> Vec<String> {
        tokio::time::sleep(wait).await;
        let mut left = Vec::new();
        for made in self.made.into_iter().rev() {
            let done = match &made {
                Made::Topic(arn) => call(client, "DeleteTopic", &[("TopicArn", arn)]).await,
                Made::Subscription(arn) => call(client, "Unsubscribe", &[("SubscriptionArn", arn)]).await,
            };
            left.extend(done.err());
        }
        left
    }
}

/// Makes a request ask for notifications, of all events where it does not say of which.
fn ask(request: &mut SendCommandRequest, topic: &str) {
    let config = request.notification_config.get_or_insert_default();
    config.notification_arn = Some(topic.into());
    config.notification_events.get_or_insert_with(|| vec!["All".into()]);
    config.notification_type.get_or_insert_with(|| "Invocation".into());
    // A role has to be named (S9.1); whose account it is of stands in the topic's name.
    let account = topic.split(':').nth(4).unwrap_or_default();
    let role = || format!("arn:aws:iam::{account}:role/fleetsim-load");
    request.service_role_arn.get_or_insert_with(role);
}

/// Calls an operation of SNS that has to succeed.
async fn call(client: &Client, operation: &str, fields: &[(&str, &str)]) -> Result<String, String> {
    let form = Serializer::new(String::new()).extend_pairs(fields).finish();
    let answer = client.send(&Prepared::new(Service::Sns, operation, form)).await;
    let answer = answer.map_err(|failure| format!("{operation} to {}: {failure}", client.endpoint()))?;
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    match &answer.error {
        None => Ok(body),
        Some(error) => {
            let start: String = body.chars().take(300).collect();
            Err(format!("{operation} to {}: {error}: {start}", client.endpoint()))
        }
    }
}
