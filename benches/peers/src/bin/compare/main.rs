//! Measures fleetsim and its peers side by side on the reference rollout; `benches/peers.sh` builds and starts it.

mod agree;
mod engines;
mod figures;
mod measure;
mod record;

use std::{env, fs, process};

use agree::Sample;
use engines::{CONCURRENCIES, ENGINES, Kind, PROJECT};
use figures::Figures;
use measure::Timed;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let records = match arguments.as_slice() {
        [] => false,
        [option] if option == "--record" => true,
        _ => {
            eprintln!("usage: benches/peers.sh [--record]");
            process::exit(2);
        }
    };
    // Before the record changes it.
    let origin = record::origin();
    let timed = measure::time_all();
    let faults = disagreements(&timed);
    if !faults.is_empty() {
        eprintln!("not the same rollout:\n{}", faults.join("\n"));
        process::exit(1);
    }
    let instructions = ENGINES.each_ref().map(measure::count_instructions);
    let figures = Figures::new(&timed, &instructions);
    println!("{}", figures.markdown());
    if records {
        let path = format!("{PROJECT}/results/peers.json");
        fs::write(&path, record::json(&origin, &figures)).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
}

/// In what the engines differ that ought to have run the same rollout. Those in Rust draw the same numbers and so have
/// to agree exactly; the others by chance.
fn disagreements(timed: &[[Timed; 2]]) -> Vec<String> {
    let mut faults = Vec::new();
    for (at, concurrency) in CONCURRENCIES.into_iter().enumerate() {
        let samples = ENGINES.iter().zip(timed).map(|(engine, timed)| {
            let outcome = &timed[at].lines[0].outcome;
            Sample { name: engine.name, instances: engine.instances(), concurrency, outcome }
        });
        let samples: Vec<_> = samples.collect();
        let first = ENGINES.iter().position(|engine| engine.kind == Kind::Rust).expect("a peer");
        for (place, sample) in samples.iter().enumerate() {
            faults.extend(sample.faults());
            faults.extend(sample.differences(&samples[first]));
            if ENGINES[place].kind == Kind::Rust && sample.outcome != samples[first].outcome {
                faults.push(format!("{}: {:?}", sample.name, sample.outcome));
                faults.push(format!("{}: {:?}", samples[first].name, samples[first].outcome));
            }
            if timed[place][at].lines.iter().any(|line| line.outcome != *sample.outcome) {
                faults.push(format!("{}: another outcome in another round", sample.name));
            }
        }
    }
    faults
}
