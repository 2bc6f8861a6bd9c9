//! The program as a user meets it: its exit codes, what it prints, what it writes and what it refuses.

mod comparisons;
mod directories;
mod documented;
mod events;
mod exit_codes;
mod files;
mod fits;
mod histograms;
mod histories;
mod hostile;
mod html_pages;
mod imports;
mod loads;
mod notifications;
mod pages;
mod patterns;
mod permissions;
mod plans;
mod program;
mod replications;
mod runs;
mod several;
mod shards;
