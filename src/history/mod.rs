//! The output as plain data: what happened, as facts in order of time.
//!
//! The contract of a history, which the engine keeps and the checker judges:
//!
//! - Records come in order of time. All inputs of one instant are handled before anything is sent in it, so
//!   within an instant endings stand before sends. A reply that arrives at the very instant of a deadline counts.
//! - `Requested`, then `Targeted` in the same instant. Targets that are never sent to (InvalidPlatform,
//!   AccessDenied) end in that instant; they hold no slot and are no acknowledgement. Where both hold it is
//!   AccessDenied. With no targets at all `CommandEnded` follows at once: NoInstancesInTag, or where the request names a
//!   resource group that the caller may not list Failed/AccessDenied (C6), and beyond an assumed quota Failed/LimitExceeded (C5).
//! - `Sent` once for each invocation sent, `CommandChanged` InProgress with the first (O-2).
//! - A send that finds the agent unreachable: `InvocationChanged` Delayed when that is noticed; a terminated
//!   instance: `InvocationEnded` Undeliverable (O-23). `CommandChanged` InProgress/Delayed at the end of an instant in
//!   which every send so far has failed and none was ever acknowledged (C3), unless the command ends in it, and
//!   InProgress/InProgress again when that is no longer so: with the next send or the first acknowledgement.
//! - `Acknowledged`, then `InvocationChanged` InProgress in the same instant: the agent's first reply.
//! - `InvocationEnded` once for each target. After the error that exceeds `MaxErrors`: `ThresholdExceeded` in the
//!   same instant, whether or not the command was cancelled or anything is left to send, and every invocation not
//!   sent ends as Terminated in it; those in flight go on.
//! - At `ExpiresAfter` (request + `TimeoutSeconds` + execution timeout; S5.3) all that has not ended is
//!   DeliveryTimedOut, sent or not; a Cancelling one as the reading `cancel_unanswered` says. With the reading
//!   `delivery-then-execution`, what was not acknowledged ends at request + `TimeoutSeconds` already (O-18).
//! - A cancel: `CancelRequested`; what is not sent, or sent and not acknowledged, is Cancelled in that instant
//!   (O-24); what runs goes to Cancelling. Of the whole command: first `CommandChanged` Cancelling, even if all then
//!   ends in the same instant, and nothing is sent any more. A cancel of a command or an invocation that has ended,
//!   or of an instance that is no target, is `CancelRequested` alone (O-53).
//! - `Broken` once at most for each invocation, when the step stops running, is given up, or is lost with its instance. A failure
//!   that `successAndExit` forgives breaks nothing.
//! - Agents (section 8). A message that reaches an agent whose workers and buffer are full is `Refused`: Delayed as after
//!   any send that failed, and sent again 10 s later, then 20, 40, 80, 160, and every 300 s (O-25), plus a delivery. Otherwise
//!   it is `Accepted`, `queued` if no worker is free; the first reply does not wait for a worker (S8.20). When the worker
//!   of another one is `Released`, what has waited longest is `Started` in the same instant (S8.3). What was cancelled
//!   while it waited (S7.10, O-24) and whose agent has not restarted since (O-54), or has expired before that instant
//!   (Settled 9), is `Released` instead, without any reply. What is in the pool of an instance that stops for good need not be
//!   released.
//! - `StepEnded` for each step of a document with several, in the document's order and never after a later reply: a step
//!   that ran when its reply is received, those skipped before it in the same instant. Steps left when the document ends
//!   (S8.32, exit codes 168 and 169, a cancel) are told with the final reply, Skipped or Cancelled. The last stands right before
//!   `InvocationEnded`, whose details sum the steps up (S6.1), whose code is that of the first step with that status, for
//!   Success of the last that ran (0 if none did), and whose `started` and `elapsed` span all steps, from the first run of the first.
//!   Without a final reply `started` is the receipt by the agent, until a step's reply tells when the first one began. Of what ends
//!   after `InvocationEnded` no step is told. A failure that `successAndExit` forgives is told as Success with code 168 and counts as
//!   such in the sum; who tells it as it ended is not wrong.
//! - A step that asks for a reboot: `RebootBegan` when it ends on the instance, `StepEnded` SuccessAndReboot when its reply
//!   is received, `RebootEnded` 15 s, 60 s and the time of the boot later (S8.29). In between nothing reaches the agent, and a cancel
//!   message is lost; what else ran on it begins its step again afterwards, what waited waits again (S8.38, S8.39). Each
//!   document found in progress has its run counter raised; beyond the limit it is `Released`, `Broken`, and no reply comes
//!   (S8.36). The facts of a reboot bear the command whose step asked for it.
//! - Outputs (section 11), where the plan says what steps write and the request wants it elsewhere. When the process of a step has ended,
//!   each of its streams that is not empty is `Uploaded` to each store that is wanted: when its object is put, or given up after six
//!   attempts (S11.6); when the last of its log events is put, or the agent waits no longer (S11.15). Only then does the step's reply leave, and the
//!   next step or a reboot begin; the times told are those of processes. A cancel that comes in between leaves the step as it is and
//!   ends the next one. What an interruption of the instance finds unfinished is never told.
//! - Notifications (section 9). Each change of Status that the command's `notification` asks for is `Published` in the same instant,
//!   after the fact that tells it; a second publication (`again`) in the same instant too. For each subscription and publication:
//!   `Lost` in that instant, or `Arrived` later, and where the message is doubled a second time as `duplicate`, later still. Of the
//!   arrivals of an instant those of InProgress come first.
//! - Deliveries: of a subscription with a `delivery` in the plan, what becomes of each message is told step by step. In the instant of
//!   its publication it is `Dropped` as unconfirmed or filtered out, or `Lost`, or else SNS attempts to deliver it later, and a message
//!   that is doubled as a second `copy` later still. Each `Attempted` has its number and, if the endpoint answers at once, the answer;
//!   otherwise `Answered` follows: with the endpoint's status, or 15 s after the attempt as `timed-out` or `hung`, and what timed
//!   out is answered once more when the endpoint is done with it. After a failure comes the next attempt that the retry policy has,
//!   or `Dropped` in the same instant. `Arrived` stands behind the answer that takes the message; of SQS, where the consumer has
//!   dealt with it; a further one of the same message is a `duplicate`.
//! - Events (section 10), where the plan has them. Each change of Status that EventBridge hears of (O-26) is `EventEmitted` or `EventLost`
//!   in the same instant, after the fact that tells it; so are `ActionStarted`, `InstanceInService`, `InstanceTerminated` and the end of a
//!   launch that was abandoned. Each target of each rule in force that the event matches is `TargetInvoked` later, once, or again as
//!   `second_run` or `again` where the plan allows it. After an attempt that failed comes another within the bounds of the backoff, or
//!   `GivenUp` in the same instant. An attempt that reached Run Command is followed in its instant by `Triggered`, a fact of the next
//!   command that the target may send, and by that command's `Requested`, or by `TriggerDropped` when there is no next. A command's targets are
//!   those that are there when it is requested: `InstanceLaunched`, and not `InstanceTerminated`.
//! - Instances of Auto Scaling groups are launched and begin to terminate at the plan's times. `ActionStarted` for each hook of
//!   the transition in that instant; then `ActionEnded`: `Completed` a microsecond after a command of the hook's rule has ended as a
//!   Success on the instance, `TimedOut` at the deadline, which each `ActionHeartbeat` moves, or `Skipped` when another action was
//!   abandoned. With the last one the instance is in service or terminated. A termination that is due while the instance launches begins a
//!   microsecond after it is in service.
//! - Faults, where the plan has some that agents notice. `AgentChanged` is about no command. An instance that loses its connection and
//!   could always be reached without faults is `Disconnected` when the fault begins, and `Connected` when its agent is back, after all that
//!   faults of other spans do to it; `ConnectionLost` 15 minutes after its last ping, and `Online` with the next one. An instance that loses
//!   power is `Crashed`, and `Restarted` when the fault is over: in between it is as in a reboot, and so is what ran on it. A
//!   reply that cannot leave because of a fault is `AgentNoted` as `Kept`, and later each once as `Resent` when it leaves or `Dropped`
//!   when it is older than two hours; `Duplicate` each time that the agent gets a message that it has. Where it has forgotten it,
//!   `ExecutedAgain`, and then `Accepted` and so on for the second time; of that run nothing is told at the service.
//! - Agents on MDS refuse nothing. What finds no place is `AgentNoted` as `Deaf`, and until that is `Accepted`, a whole number of times ten
//!   seconds later, nothing else is on this instance; nor is it ever, where the agent drops it or its instance goes down. A message whose first
//!   reply takes longer than ten seconds is `AcknowledgedAgain` each time that it comes again.
//! - Alarms, where the plan has some that commands name. `AlarmTriggered` of a command that has not ended, in the first instant from its
//!   request on in which its alarm stops it (S4.29); what was not sent ends in the same instant as `readings.alarm_stop` has it
//!   (O-62), unless the command was stopped before. What was sent goes on (S4.28).
//! - Assumed quotas, where the plan has any. `Throttled` each time that a call of `SendCommand` exceeds the rate. The caller calls
//!   again within a second, then two, four and so on up to twenty, until its last attempt `gives_up`; then the command is never
//!   `Requested`. A target of a rule fails with `THROTTLING` in its place. A command that is `Requested` with more targets than may
//!   be pending beside those of other commands is `Targeted` with none and ends at once as Failed/LimitExceeded (S1.29).
//! - `CommandEnded` in the instant in which the last invocation ends. `LateReply` and `Broken` may come later.

pub mod codec;
pub mod digest;
pub mod fact;
mod observer;
pub mod parcel;
pub mod trouble;

pub use digest::Digest;
pub use fact::{CommandCounts, Ending, Fact, Notice, Record, StepReply};
pub use observer::Observer;
pub use parcel::{DropReason, Parcel};
pub use trouble::{AgentChange, AgentNote, Refusal};
