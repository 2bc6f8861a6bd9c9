//! The endpoint from outside: over sockets, as clients see it.

mod access;
mod client;
mod crash;
mod faults;
mod limits;
mod outputs;
mod program;
mod server;
mod sink;
mod time;
