//! Subscriptions are confirmed by token, and end; an endpoint that is told of the end may take it back by token as well.

use std::collections::{BTreeMap, VecDeque};

use super::{Caller, MOST_SUBSCRIPTIONS, Sns, subscription::Subscription};
use crate::{
    base::{SimDuration, SimTime},
    service::Moment,
    sns::Protocol,
    wire::{
        fault::Fault,
        sns::{
            check_arn, invalid,
            subscription::{ConfirmSubscriptionInput, SubscribeResponse},
        },
    },
};

/// How long a token is good: two days, as the reference of `Subscribe` says.
pub(super) const TOKEN_LIFE: SimDuration = SimDuration::from_secs(2 * 86_400);
/// The length of a token: hexadecimal digits.
const TOKEN_DIGITS: usize = 288;

/// The tokens that are good.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    by_text: BTreeMap<String, Token>,
    /// In the order in which they end.
    ends: VecDeque<(SimTime, String)>,
}

#[derive(Debug)]
struct Token {
    subscription_arn: String,
    /// The subscription as it was, when it has ended and the token brings it back.
    ended: Option<Subscription>,
}

impl Tokens {
    fn give(&mut self, token: Token, moment: &mut Moment<'_>) -> String {
        let text = moment.ids.hex(TOKEN_DIGITS);
        self.ends.push_back((moment.now + TOKEN_LIFE, text.clone()));
        self.by_text.insert(text.clone(), token);
        text
    }

    /// Drops the next token that has ended.
    fn forget(&mut self, now: SimTime) -> Option<Token> {
        self.ends.front().filter(|(end, _)| *end <= now)?;
        let (_, text) = self.ends.pop_front()?;
        self.by_text.remove(&text)
    }

    fn has(&self, subscription_arn: &str) -> bool {
        self.by_text.values().any(|token| token.subscription_arn == subscription_arn)
    }
}

impl Sns {
    /// Asks an endpoint for its consent.
    pub(super) fn ask(&mut self, subscription: &Subscription, moment: &mut Moment<'_>) {
        let token = Token { subscription_arn: subscription.arn.clone(), ended: None };
        let token = self.tokens.give(token, moment);
        if let Some(topic) = self.topics.get(subscription.topic()) {
            self.desk.ask(topic, subscription, token, moment);
        }
    }

    /// Drops tokens that have ended, and the subscriptions that nothing can confirm any more.
    pub(super) fn forget(&mut self, now: SimTime) {
        while let Some(token) = self.tokens.forget(now) {
            let arn = &token.subscription_arn;
            let is_pending = self.subscription(arn).is_some_and(|subscription| !subscription.is_confirmed);
            if is_pending && !self.tokens.has(arn) {
                self.remove(arn);
            }
        }
    }

    pub(super) fn confirm(
        &mut self,
        caller: Caller,
        request: &ConfirmSubscriptionInput,
    ) -> Result<SubscribeResponse, Fault> {
        let is_guarded = request.authenticate_on_unsubscribe.as_deref() == Some("true");
        if is_guarded && caller == Caller::Anybody {
            let message = "AuthenticateOnUnsubscribe is for callers with credentials";
            return Err(Fault::new("AuthorizationErrorException", message));
        }
        let is_token =
            request.token.len() >= 64 && request.token.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_token {
            return Err(Fault::new("InvalidParameterException", "Invalid token"));
        }
        self.check_place("Topic", &request.topic_arn).map_err(|_| invalid("Topic"))?;
        let token = self.tokens.by_text.get_mut(&request.token).ok_or_else(|| invalid("Token"))?;
        let (arn, ended) = (token.subscription_arn.clone(), token.ended.take());
        if let Some(ended) = ended {
            self.bring_back(ended);
        }
        let subscription = self.subscription(&arn).ok_or_else(|| invalid("Token"))?;
        if !subscription.is_confirmed {
            subscription.is_confirmed = true;
            subscription.was_authenticated = caller == Caller::Signed;
        }
        subscription.is_guarded |= is_guarded;
        Ok(SubscribeResponse { subscription_arn: arn })
    }

    fn bring_back(&mut self, ended: Subscription) {
        let Some(topic) = self.topics.get_mut(ended.topic()) else { return };
        let same =
            |other: &Subscription| (other.protocol, &other.endpoint) == (ended.protocol, &ended.endpoint);
        if topic.subscriptions.len() < MOST_SUBSCRIPTIONS && !topic.subscriptions.iter().any(same) {
            topic.subscriptions.push(ended);
            topic.ended -= 1;
        }
    }

    /// Ends a subscription; one that is not there has ended. The endpoint is told of it, unless it is a queue.
    pub(super) fn unsubscribe(
        &mut self,
        caller: Caller,
        arn: &str,
        moment: &mut Moment<'_>,
    ) -> Result<(), Fault> {
        check_arn("SubscriptionArn", arn)?;
        let id = arn.rsplit(':').next().unwrap_or_default();
        let is_id = id.len() == 36 && id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
        if !is_id || arn.split(':').count() != 7 {
            return Err(invalid("SubscriptionId"));
        }
        let Some(subscription) = self.subscription(arn) else { return Ok(()) };
        if subscription.is_guarded && caller == Caller::Anybody {
            let message = "This subscription is ended by callers with credentials alone";
            return Err(Fault::new("AuthorizationErrorException", message));
        }
        let Some(ended) = self.remove(arn) else { return Ok(()) };
        if ended.is_confirmed && ended.protocol != Protocol::Sqs && !self.lenient {
            let token = Token { subscription_arn: arn.into(), ended: Some(ended.clone()) };
            let token = self.tokens.give(token, moment);
            if let Some(topic) = self.topics.get(ended.topic()) {
                self.desk.say_goodbye(topic, &ended, token, moment);
            }
        }
        Ok(())
    }

    fn remove(&mut self, arn: &str) -> Option<Subscription> {
        let (topic, _) = arn.rsplit_once(':')?;
        let topic = self.topics.get_mut(topic)?;
        let at = topic.subscriptions.iter().position(|subscription| subscription.arn == arn)?;
        topic.ended += 1;
        Some(topic.subscriptions.remove(at))
    }
}
