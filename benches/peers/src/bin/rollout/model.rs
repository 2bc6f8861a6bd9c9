//! The reference rollout without an engine: who is sent to when, what every invocation draws, what is counted. Every
//! engine but fleetsim runs this code; what is left to the engine is to bring events back at their time.

use fleetsim_peers::outcome::Outcome;
use hdrhistogram::Histogram;
use rand::{SeedableRng, rngs::SmallRng};
use rand_distr::{Distribution, Exp, LogNormal, Uniform};
use serde::{Deserialize, Serialize};

/// Microseconds since the command.
pub type Time = u64;

const SECOND: f64 = 1e6;
const TIMEOUT: Time = 300_000_000;
const FAILURE_CHANCE: f64 = 0.01;

/// How an invocation ends.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Ending {
    Success,
    Failed,
    TimedOut,
}

/// One invocation, with everything that it will draw. Delays are at least a microsecond.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Invocation {
    sent: Time,
    instance: u32,
    /// From the send to the receipt, when it becomes InProgress.
    pub delivery: u32,
    /// From the receipt to the end.
    pub execution: u32,
    in_progress_latency: u32,
    terminal_latency: u32,
    ending: Ending,
}

/// A notification under way to the consumer.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Notification {
    instance: u32,
    terminal: bool,
    /// From its publication to its arrival.
    pub latency: u32,
}

/// The state of a rollout.
pub struct Rollout {
    instances: u32,
    concurrency: u32,
    sent: u32,
    in_flight: u32,
    peak_in_flight: u32,
    acknowledged: u32,
    endings: [u32; 3],
    makespan: Time,
    durations: Histogram<u64>,
    duration_sum: u64,
    laws: Laws,
    consumer: Consumer,
}

/// Receives the notifications.
struct Consumer {
    terminal_seen: Vec<bool>,
    received: u32,
    out_of_order: u32,
    latencies: Histogram<u64>,
    latency_sum: u64,
}

/// What the draws follow, in seconds.
struct Laws {
    delivery: Uniform<f64>,
    execution: LogNormal<f64>,
    latency: Exp<f64>,
    chance: Uniform<f64>,
}

impl Rollout {
    pub fn new(instances: u32, concurrency: u32) -> Self {
        let laws = Laws {
            delivery: Uniform::new(0.0, 5.0).expect("a range"),
            execution: LogNormal::new(20f64.ln(), 0.8).expect("a spread"),
            latency: Exp::new(0.5).expect("a rate"),
            chance: Uniform::new(0.0, 1.0).expect("a range"),
        };
        let consumer = Consumer {
            terminal_seen: vec![false; instances as usize],
            received: 0,
            out_of_order: 0,
            latencies: histogram(),
            latency_sum: 0,
        };
        Self {
            instances,
            concurrency,
            sent: 0,
            in_flight: 0,
            peak_in_flight: 0,
            acknowledged: 0,
            endings: [0; 3],
            makespan: 0,
            durations: histogram(),
            duration_sum: 0,
            laws,
            consumer,
        }
    }

    /// The next invocation to send now, if the window lets it through: 1 + 2a of slow start, at most the concurrency.
    pub fn send(&mut self, now: Time) -> Option<Invocation> {
        let window = self.concurrency.min(1 + 2 * self.acknowledged);
        if self.sent == self.instances || self.in_flight >= window {
            return None;
        }
        let invocation = self.laws.draw(self.sent, now);
        self.sent += 1;
        self.in_flight += 1;
        self.peak_in_flight = self.peak_in_flight.max(self.in_flight);
        Some(invocation)
    }

    /// The instance has received the invocation. Publishes InProgress.
    pub fn receive(&mut self, invocation: &Invocation) -> Notification {
        self.acknowledged += 1;
        let latency = invocation.in_progress_latency;
        Notification { instance: invocation.instance, terminal: false, latency }
    }

    /// The invocation ends. Publishes the terminal status.
    pub fn end(&mut self, now: Time, invocation: &Invocation) -> Notification {
        self.in_flight -= 1;
        self.endings[invocation.ending as usize] += 1;
        self.makespan = now;
        let duration = now - invocation.sent;
        self.durations.record(duration).expect("histograms grow as they need to");
        self.duration_sum += duration;
        let latency = invocation.terminal_latency;
        Notification { instance: invocation.instance, terminal: true, latency }
    }

    /// The notification arrives at the consumer.
    pub fn arrive(&mut self, notification: Notification) {
        let consumer = &mut self.consumer;
        consumer.received += 1;
        let terminal_seen = &mut consumer.terminal_seen[notification.instance as usize];
        if notification.terminal {
            *terminal_seen = true;
        } else {
            consumer.out_of_order += u32::from(*terminal_seen);
        }
        let latency = u64::from(notification.latency);
        consumer.latencies.record(latency).expect("histograms grow as they need to");
        consumer.latency_sum += latency;
    }

    pub fn outcome(&self) -> Outcome {
        let consumer = &self.consumer;
        assert_eq!(self.durations.len(), u64::from(self.instances), "every duration is in the histogram");
        assert_eq!(consumer.latencies.len(), u64::from(consumer.received), "every latency too");
        Outcome {
            success: self.endings[Ending::Success as usize],
            failed: self.endings[Ending::Failed as usize],
            timed_out: self.endings[Ending::TimedOut as usize],
            notifications: Some(consumer.received),
            out_of_order: Some(consumer.out_of_order),
            mean_latency: Some(consumer.latency_sum as f64 / f64::from(consumer.received) / SECOND),
            peak_in_flight: self.peak_in_flight,
            mean_duration: self.duration_sum as f64 / f64::from(self.instances) / SECOND,
            makespan: self.makespan as f64 / SECOND,
        }
    }
}

impl Laws {
    /// All draws of an instance come from a stream of its own, so that they do not depend on an engine's order.
    fn draw(&self, instance: u32, now: Time) -> Invocation {
        let mut stream = SmallRng::seed_from_u64(instance.into());
        let delay = |seconds: f64| ((seconds * SECOND) as Time).max(1);
        let delivery = delay(self.delivery.sample(&mut stream));
        let execution = delay(self.execution.sample(&mut stream));
        let in_progress_latency = delay(self.latency.sample(&mut stream));
        let terminal_latency = delay(self.latency.sample(&mut stream));
        let fails = self.chance.sample(&mut stream) < FAILURE_CHANCE;
        let ending = match execution >= TIMEOUT {
            true => Ending::TimedOut,
            false if fails => Ending::Failed,
            false => Ending::Success,
        };
        Invocation {
            sent: now,
            instance,
            delivery: delivery as u32,
            execution: execution.min(TIMEOUT) as u32,
            in_progress_latency: in_progress_latency as u32,
            terminal_latency: terminal_latency as u32,
            ending,
        }
    }
}

fn histogram() -> Histogram<u64> {
    Histogram::new(3).expect("three digits are supported")
}
