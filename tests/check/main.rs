//! The checker on histories written by hand, each rule by itself, and on good histories spoiled, written and simulated.

mod any_history;
mod deliveries;
mod documents;
mod evidence;
mod far_tales;
mod life;
mod queues;
mod rate_control;
mod roll_up;
mod simulated;
mod spoiled_far;
mod spoiled_histories;
mod spoils;
mod story;
mod tales;
