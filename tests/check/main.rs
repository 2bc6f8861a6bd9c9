//! The checker on histories written by hand: each rule by itself, and good histories spoiled.

mod any_history;
mod evidence;
mod life;
mod rate_control;
mod roll_up;
mod spoiled_histories;
mod spoils;
mod story;
