//! The good stories that the tests spoil, written by hand: rate control, timeouts, cancels.

use fleetsim::{
    history::Fact,
    ssm::{CommandStatus, StatusDetails as D, reading::SlowStart},
};

use crate::story::Story;

/// Five instances, three at once: slow start up to the limit, all succeed.
pub(crate) fn plain_success() -> Story {
    Story::new(5, "3", "0")
        .requested(5)
        .first_sent(0)
        .at(1)
        .ack(0)
        .sent(1)
        .sent(2)
        .at(2)
        .ack(1)
        .at(3)
        .ack(2)
        .at(10)
        .ends(0, D::Success)
        .sent(3)
        .at(11)
        .ends(1, D::Success)
        .sent(4)
        .at(12)
        .ack(3)
        .at(13)
        .ack(4)
        .at(20)
        .ends(2, D::Success)
        .at(21)
        .ends(3, D::Success)
        .at(22)
        .ends(4, D::Success)
        .done(CommandStatus::Success, D::Success)
}

/// Eight instances, one error tolerated: the second stops the sending, a third comes from what is in flight.
pub(crate) fn threshold_trip() -> Story {
    Story::new(8, "3", "1")
        .requested(8)
        .first_sent(0)
        .at(1)
        .ack(0)
        .sent(1)
        .sent(2)
        .at(2)
        .ack(1)
        .ack(2)
        .at(10)
        .ends(0, D::Failed)
        .sent(3)
        .at(11)
        .ack(3)
        .at(12)
        .ends(1, D::Failed)
        .fact(Fact::ThresholdExceeded { errors: 2 })
        .all_end(4..8, D::Terminated)
        .at(13)
        .ends(2, D::Failed)
        .at(14)
        .ends(3, D::Success)
        .done(CommandStatus::Failed, D::Failed)
}

/// Two instances, one never reached.
pub(crate) fn delivery_timeout() -> Story {
    Story::new(2, "2", "0")
        .requested(2)
        .first_sent(0)
        .at(2)
        .delayed(0)
        .command(CommandStatus::InProgress, D::Delayed)
        .at(30)
        .sent(1)
        .command(CommandStatus::InProgress, D::InProgress)
        .at(31)
        .ack(1)
        .at(40)
        .ends(1, D::Success)
        .at(160)
        .ends(0, D::DeliveryTimedOut)
        .done(CommandStatus::TimedOut, D::DeliveryTimedOut)
}

/// Five instances, three at once; the command is cancelled when one has ended, two run and one is unanswered.
pub(crate) fn cancelled() -> Story {
    Story::new(5, "3", "0")
        .requested(5)
        .first_sent(0)
        .at(1)
        .ack(0)
        .sent(1)
        .sent(2)
        .at(2)
        .ack(1)
        .ack(2)
        .at(10)
        .ends(0, D::Success)
        .sent(3)
        .at(11)
        .cancel()
        .command(CommandStatus::Cancelling, D::Cancelling)
        .all_end([3, 4], D::Cancelled)
        .cancelling(1)
        .cancelling(2)
        .at(12)
        .ends(1, D::Cancelled)
        .at(160)
        .ends(2, D::Cancelled)
        .done(CommandStatus::Cancelled, D::Cancelled)
}

/// Seven instances, half of them at once (3.5, so four), a quarter of errors tolerated (1.75, so one).
pub(crate) fn percentages() -> Story {
    let story = Story::new(7, "50%", "25%")
        .readings(|readings| readings.slow_start = SlowStart::Off)
        .requested(7)
        .first_sent(0)
        .sent(1)
        .sent(2)
        .sent(3)
        .at(1);
    let story = (0..4).fold(story, Story::ack).at(10).ends(0, D::Failed).sent(4);
    let story = story.at(11).ack(4).ends(1, D::Success).sent(5).at(12).ack(5).ends(2, D::Success).sent(6);
    story.at(13).ack(6).at(20).all_end([3, 4, 5, 6], D::Success).done(CommandStatus::Failed, D::Incomplete)
}
