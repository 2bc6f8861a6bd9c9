//! The command line: arguments as typed, resolved once, one call, an exit code. One file a subcommand.

mod check;
mod compare;
mod conform;
mod console;
mod demands;
mod details;
mod endpoint;
mod exit;
mod explain;
mod fit;
mod html_file;
mod iam;
mod import;
mod interrupt;
mod load;
mod merge;
mod output;
mod pages;
mod pattern;
mod plan;
mod provenance;
mod result;
mod run;
mod scenario;
mod serve;
mod shard;
mod what_if;
mod whole;

use clap::{CommandFactory, Parser, Subcommand};

pub use exit::{CODES, Exit};

/// Simulates AWS Systems Manager Run Command over a fleet, before you press Run.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_help = exit::HELP, after_long_help = exit::HELP)]
struct Arguments {
    #[command(subcommand)]
    subcommand: Subcommands,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    Run(run::RunArguments),
    Merge(merge::MergeArguments),
    Plan(plan::PlanArguments),
    WhatIf(what_if::WhatIfArguments),
    Serve(Box<serve::ServeArguments>),
    Load(Box<load::LoadArguments>),
    Conform(conform::ConformArguments),
    Check(check::CheckArguments),
    Import(import::ImportArguments),
    Fit(fit::FitArguments),
    Compare(compare::CompareArguments),
    Explain(explain::ExplainArguments),
    Pattern(pattern::PatternArguments),
    Iam(iam::IamArguments),
    /// Print the JSON Schema of scenarios, for editors that complete from it
    ///
    /// Example: fleetsim schema > scenario.schema.json
    Schema,
    Completions(pages::CompletionsArguments),
    Man(pages::ManArguments),
}

/// Runs the program on its arguments and says how it should exit.
pub fn main() -> Exit {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::BadInput } else { Exit::Good };
            return error.print().map_or(Exit::BadInput, |()| exit);
        }
    };
    let result = match arguments.subcommand {
        Subcommands::Run(arguments) => run::run(&arguments),
        Subcommands::Merge(arguments) => merge::merge(&arguments),
        Subcommands::Plan(arguments) => plan::plan(&arguments),
        Subcommands::WhatIf(arguments) => what_if::what_if(&arguments),
        Subcommands::Serve(arguments) => serve::serve(&arguments),
        Subcommands::Load(arguments) => load::load(&arguments),
        Subcommands::Conform(arguments) => conform::conform(&arguments),
        Subcommands::Check(arguments) => check::check(&arguments),
        Subcommands::Import(arguments) => import::import(&arguments),
        Subcommands::Fit(arguments) => fit::fit(&arguments),
        Subcommands::Compare(arguments) => compare::compare(&arguments),
        Subcommands::Explain(arguments) => explain::explain(&arguments),
        Subcommands::Pattern(arguments) => pattern::pattern(&arguments),
        Subcommands::Iam(arguments) => iam::iam(&arguments),
        Subcommands::Schema => pages::schema(),
        Subcommands::Completions(arguments) => pages::completions(&arguments, Arguments::command()),
        Subcommands::Man(arguments) => pages::man(&arguments, Arguments::command()),
    };
    result.unwrap_or_else(|failure| {
        console::complain(&failure.to_string());
        Exit::BadInput
    })
}
