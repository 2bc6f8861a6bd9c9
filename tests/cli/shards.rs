//! A run in shards is the run.

use std::fs;

use super::program::{MIXED, Place, failing};

/// One that hangs now and then, and so takes far longer than others: an outlier, which a sample of checks goes back to.
fn hanging() -> String {
    failing("0.05, hang = true }, { chance = 0.0", "\"broken.mean\" = \"<= 1000\"").replace("0.05", "0.001")
}

/// Whether all files but the one on the machine are the same.
#[track_caller]
fn assert_same(place: &Place, one: &str, other: &str) {
    assert_eq!(place.list(one), place.list(other));
    for name in place.list(one).iter().filter(|name| *name != "run.json") {
        let read = |directory: &str| fs::read(place.path(&format!("{directory}/{name}"))).unwrap();
        assert!(read(one) == read(other), "{name} differs between {one} and {other}");
    }
}

fn shard(place: &Place, which: &str, replications: &str) {
    let arguments = ["run", "s.toml", "--replications", replications, "--shard", which, "-o", "shards"];
    let ran = place.run(&arguments).exits(0);
    assert_eq!(ran.out, "");
}

#[test]
fn the_merge_of_shards_has_the_bytes_of_the_whole_run() {
    let scenarios =
        [(MIXED.to_string(), 0), (failing("0.2", "\"broken.max\" = \"<= 1\""), 1), (hanging(), 0)];
    for (scenario, code) in scenarios {
        for (shards, replications) in [(1, 30), (3, 130), (7, 5), (4, 600)] {
            let (place, count) = (Place::with(&scenario), replications.to_string());
            for number in (1..=shards).rev() {
                shard(&place, &format!("{number}/{shards}"), &count);
            }
            let plain = ["run", "s.toml", "--replications", &count, "--history", "-o", "whole"];
            let whole = place.run(&plain).exits(code);
            for out in ["merged", "again"] {
                let merged = place.run(&["merge", "shards", "--history", "-o", out]).exits(code);
                assert_eq!(merged.out, whole.out);
                let last = |text: &str| text.lines().last().map(|line| line.replace(out, "whole"));
                assert_eq!(last(&merged.err), last(&whole.err));
                assert_same(&place, "whole", out);
            }
        }
    }
}

#[test]
fn the_outliers_of_all_shards_are_checked_as_those_of_the_whole_run() {
    let place = Place::with(&hanging());
    (1..=2).for_each(|number| shard(&place, &format!("{number}/2"), "600"));
    let merged = place.run(&["merge", "shards", "--format", "json"]).exits(0).json();
    let checked = merged["checked_replications"].as_u64().unwrap();
    assert!(checked > 6 && checked < 106, "{checked}");
}

#[test]
fn rules_and_threads_are_chosen_for_each_shard_alike() {
    let place = Place::with(MIXED);
    for number in ["1", "2"] {
        let which = format!("{number}/2");
        let all = ["--check", "all", "--threads", number, "--shard", &which, "-o", "shards"];
        place.run(&[&["run", "s.toml", "--replications", "20"][..], &all].concat()).exits(0);
    }
    place.run(&["merge", "shards/1-of-2.shard", "shards/2-of-2.shard", "-o", "merged"]).exits(0);
    place.run(&["run", "s.toml", "--replications", "20", "--check", "all", "-o", "whole"]).exits(0);
    assert_same(&place, "whole", "merged");
    assert_eq!(place.json("merged/summary.json")["checked_replications"], 20);
}

#[test]
fn what_is_missing_doubled_foreign_or_damaged_is_named() {
    let place = Place::with(MIXED);
    ["1/4", "3/4"].iter().for_each(|which| shard(&place, which, "20"));
    let complains = |arguments: &[&str], parts: &[&str]| {
        let ran = place.run(&[&["merge"], arguments].concat()).exits(2).complains(parts);
        assert_eq!(ran.out, "");
    };
    complains(&["shards"], &["shards 2, 4 of 4 are missing"]);
    shard(&place, "2/4", "20");
    complains(&["shards"], &["shard 4 of 4 is missing"]);
    shard(&place, "4/4", "20");
    complains(&["shards", "shards/2-of-4.shard"], &["shard 2 of 4 is there twice"]);
    place
        .run(&["run", "s.toml", "--seed", "9", "--replications", "20", "--shard", "2/4", "-o", "other"])
        .exits(0);
    complains(&["shards", "other"], &["other/2-of-4.shard", "another run", "its seed is 9, not 1"]);
    // A foreign shard is not overwritten either, nor a damaged one.
    let again = ["run", "s.toml", "--replications", "20", "--shard", "2/4", "-o", "other"];
    place.run(&again).exits(2).complains(&["its seed is 9, not 1", "--force"]);
    place.run(&[&again[..], &["--force"]].concat()).exits(0);
    let mut bytes = fs::read(place.path("shards/3-of-4.shard")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    place.write("shards/3-of-4.shard", &bytes);
    complains(&["shards"], &["shards/3-of-4.shard: it is damaged"]);
    complains(&["s.toml"], &["s.toml: it is no shard file"]);
    complains(&["."], &["there is no shard in ."]);
    complains(&["nowhere.shard"], &["cannot read it"]);
}

#[test]
fn a_shard_that_is_whole_is_left_alone() {
    let place = Place::with(MIXED);
    shard(&place, "2/3", "10");
    let before = fs::metadata(place.path("shards/2-of-3.shard")).unwrap().modified().unwrap();
    let again = ["run", "s.toml", "--replications", "10", "--shard", "2/3", "-o", "shards"];
    place.run(&again).exits(0).complains(&["shard 2 of 3 is whole already"]);
    assert_eq!(fs::metadata(place.path("shards/2-of-3.shard")).unwrap().modified().unwrap(), before);
    assert_eq!(place.list("shards"), ["2-of-3.shard"]);
}

#[test]
fn a_scheduler_chooses_the_shard() {
    let place = Place::with(MIXED);
    let run = ["run", "s.toml", "--replications", "6", "-o", "shards", "--shard"];
    let with = |which: &str, variables: &[(&str, &str)]| {
        let output = place.command(&[&run[..], &[which]].concat()).envs(variables.iter().copied()).output();
        super::program::Ran::of(output.unwrap())
    };
    let slurm = [("MIN", "1"), ("MAX", "3"), ("COUNT", "3"), ("ID", "2")];
    let slurm = slurm.map(|(name, value)| (format!("SLURM_ARRAY_TASK_{name}"), value));
    let slurm: Vec<_> = slurm.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    with("auto", &slurm).exits(0);
    with("auto", &[("AWS_BATCH_JOB_ARRAY_INDEX", "0"), ("AWS_BATCH_JOB_ARRAY_SIZE", "3")]).exits(0);
    with("auto/3", &[("JOB_COMPLETION_INDEX", "2")]).exits(0);
    assert_eq!(place.list("shards"), ["1-of-3.shard", "2-of-3.shard", "3-of-3.shard"]);
    with("auto", &[]).exits(2).complains(&["--shard I/N"]);
    with("auto", &[("JOB_COMPLETION_INDEX", "2")]).exits(2).complains(&["auto/N"]);
}

#[test]
fn what_makes_no_sense_with_a_shard_is_refused() {
    let place = Place::with(MIXED);
    for arguments in [
        &["--until", "makespan.mean within 1%", "-o", "out"][..],
        &["--replication", "3", "-o", "out"],
        &["--history", "-o", "out"],
        &[],
    ] {
        place.run(&[&["run", "s.toml", "--shard", "1/2"], arguments].concat()).exits(2);
    }
    place.run(&["run", "s.toml", "--shard", "3/2", "-o", "out"]).exits(2).complains(&["no shard 3 of 2"]);
}

/// A shard that a signal ends keeps what it has, and goes on from there.
#[cfg(unix)]
#[test]
fn an_interrupted_shard_goes_on() {
    use std::{
        process::{Command, Stdio},
        thread,
        time::Duration,
    };

    const MANY: &str = "100000";
    let place = Place::with(&failing("0.2", ""));
    let first =
        ["run", "s.toml", "--check", "none", "--replications", MANY, "--shard", "1/2", "-o", "shards"];
    let child = place.command(&first).stderr(Stdio::piped()).spawn().unwrap();
    thread::sleep(Duration::from_millis(300));
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    super::program::Ran::of(child.wait_with_output().unwrap())
        .exits(130)
        .complains(&["run it again to go on"]);
    assert_eq!(place.list("shards"), ["1-of-2.shard.partial"]);
    place.run(&["merge", "shards/1-of-2.shard.partial"]).exits(2).complains(&["it was interrupted after"]);
    place.run(&first).exits(0).complains(&["going on after", "of 50000 replications"]);
    let second =
        ["run", "s.toml", "--check", "none", "--replications", MANY, "--shard", "2/2", "-o", "shards"];
    place.run(&second).exits(0);
    assert_eq!(place.list("shards"), ["1-of-2.shard", "2-of-2.shard"]);
    place.run(&["merge", "shards", "-o", "merged"]).exits(0);
    place.run(&["run", "s.toml", "--check", "none", "--replications", MANY, "-o", "whole"]).exits(0);
    assert_same(&place, "whole", "merged");
}

/// What the job files call is understood: only the scenario is not there.
#[test]
fn the_job_files_call_the_program_as_it_is() {
    let read =
        |name: &str| fs::read_to_string(format!("{}/docs/jobs/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let batch: serde_json::Value = serde_json::from_str(&read("aws-batch.json")).unwrap();
    assert_eq!(batch["submitJob"]["jobDefinition"], batch["jobDefinition"]["jobDefinitionName"]);
    let kubernetes = read("kubernetes.yaml").replace('\n', " ");
    let command = kubernetes.split_once("command: ").unwrap().1.split_once(']').unwrap().0;
    let kubernetes_command: Vec<String> = serde_json::from_str(&format!("{command}]")).unwrap();
    let completions = kubernetes.split_once("completions: ").unwrap().1.split_whitespace().next().unwrap();
    assert!(kubernetes_command.contains(&format!("auto/{completions}")), "{completions}");
    let batch_command = batch["jobDefinition"]["containerProperties"]["command"].clone();
    for command in [kubernetes_command, serde_json::from_value(batch_command).unwrap()] {
        assert_eq!(command[0], "fleetsim");
        let arguments: Vec<&str> = command[1..].iter().map(String::as_str).collect();
        Place::new().run(&arguments).exits(2).complains(&["cannot read /shared/scenario.toml"]);
    }
}
