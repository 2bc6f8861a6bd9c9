use jiff::Timestamp;

use super::*;
use crate::{
    seen::{CancelSighting, CommandSighting, InvocationSighting, StepSighting, When, Window},
    ssm::{
        CommandState, CommandStatus, InvocationState, InvocationStatus, SendCommandRequest, StatusDetails,
        StepStatus,
    },
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn sightings() -> Vec<Sighting> {
    let polled = When::Polled { asked: at("2026-01-01T00:00:01.5Z"), answered: at("2026-01-01T00:00:02Z") };
    let invocation = InvocationSighting {
        command_id: "c".into(),
        instance_id: "i".into(),
        when: polled,
        state: InvocationState {
            status: InvocationStatus::TimedOut,
            details: StatusDetails::ExecutionTimedOut,
        },
        details_told: true,
        document_name: Some("D".into()),
        requested: Some(at("2026-01-01T00:00:00Z")),
        response_code: Some(137),
        started: Some(at("2026-01-01T00:00:00.123456Z")),
        finished: Some(at("2026-01-01T00:00:01Z")),
        steps: vec![StepSighting {
            name: "run \"it\"".into(),
            status: StepStatus::TimedOut,
            response_code: Some(137),
            started: None,
            finished: None,
        }],
    };
    let command = CommandSighting {
        command_id: "c".into(),
        when: polled,
        state: CommandState { status: CommandStatus::InProgress, details: StatusDetails::Delayed },
        details_told: true,
        requested: None,
        expires_after: Some(at("2026-01-01T02:00:00Z")),
        request: Some(SendCommandRequest { document_name: "D".into(), ..Default::default() }),
        target_count: Some(1),
        completed_count: Some(0),
        error_count: None,
        delivery_timed_out_count: None,
    };
    let began = When::Began(Window { after: None, until: at("2026-01-01T00:00:02Z") });
    let event = InvocationSighting {
        when: began,
        state: InvocationState { status: InvocationStatus::Success, details: StatusDetails::Success },
        details_told: false,
        steps: vec![],
        ..invocation.clone()
    };
    let cancel = CancelSighting { command_id: "c".into(), instance_ids: vec!["i".into()], when: polled };
    vec![
        Sighting::Command(command),
        Sighting::Invocation(invocation),
        Sighting::Invocation(event),
        Sighting::Cancel(cancel),
    ]
}

fn read(text: &str) -> Result<Vec<Sighting>, String> {
    let mut reader = SightingReader::new(text.as_bytes()).map_err(|error| error.to_string())?;
    let mut found = Vec::new();
    while let Some(sighting) = reader.next_sighting().map_err(|error| error.to_string())? {
        found.push(sighting);
    }
    Ok(found)
}

#[test]
fn what_is_written_is_read() {
    let header = Header { notifications: true, requests: false, clock_error_ms: 5 };
    let mut writer = SightingWriter::new(&header, Vec::new()).unwrap();
    sightings().iter().for_each(|sighting| writer.write(sighting).unwrap());
    let text = String::from_utf8(writer.finish().unwrap()).unwrap();
    assert!(is_header(&text));
    assert_eq!(SightingReader::new(text.as_bytes()).unwrap().header, header);
    assert_eq!(read(&text).unwrap(), sightings());
}

/// The lines that `docs/records.md` shows.
#[test]
fn lines_have_a_fixed_order() {
    let lines: Vec<String> = sightings().iter().map(to_line).collect();
    assert_eq!(
        lines[1],
        "{\"invocation\":{\"CommandId\":\"c\",\"InstanceId\":\"i\",\"asked\":\"2026-01-01T00:00:01.5Z\",\
         \"answered\":\"2026-01-01T00:00:02Z\",\"Status\":\"TimedOut\",\"StatusDetails\":\"ExecutionTimedOut\",\
         \"DocumentName\":\"D\",\"RequestedDateTime\":\"2026-01-01T00:00:00Z\",\"ResponseCode\":137,\
         \"ExecutionStartDateTime\":\"2026-01-01T00:00:00.123456Z\",\"ExecutionEndDateTime\":\"2026-01-01T00:00:01Z\",\
         \"steps\":[{\"Name\":\"run \\\"it\\\"\",\"Status\":\"TimedOut\",\"ResponseCode\":137}]}}"
    );
    assert_eq!(
        lines[3],
        "{\"cancel\":{\"CommandId\":\"c\",\"InstanceIds\":[\"i\"],\"asked\":\"2026-01-01T00:00:01.5Z\",\
         \"answered\":\"2026-01-01T00:00:02Z\"}}"
    );
}

#[test]
fn what_is_no_sighting_is_refused_with_its_line() {
    let header = "{\"fleetsim_sightings\":1}\n";
    let of = |fields: &str| {
        let line = format!("{{\"invocation\":{{\"CommandId\":\"c\",\"InstanceId\":\"i\",{fields}}}}}\n");
        read(&format!("{header}{line}")).unwrap_err()
    };
    let times = "\"asked\":\"2026-01-01T00:00:01Z\",\"answered\":\"2026-01-01T00:00:02Z\"";
    for (fields, needle) in [
        (format!("{times},\"Status\":\"Done\""), "line 2: \"Done\" is no Status"),
        (format!("{times},\"Status\":\"Success\",\"StatusDetails\":\"Fine\""), "are no StatusDetails"),
        (format!("{times},\"Status\":\"Success\",\"Colour\":1"), "unknown field"),
        (format!("{times},\"until\":\"2026-01-01T00:00:02Z\",\"Status\":\"Success\""), "has the times"),
        ("\"Status\":\"Success\"".into(), "has the times"),
        (
            "\"after\":\"2026-01-01T00:00:03Z\",\"until\":\"2026-01-01T00:00:02Z\",\"Status\":\"Success\""
                .into(),
            "comes first",
        ),
    ] {
        assert!(of(&fields).contains(needle), "{fields}: {}", of(&fields));
    }
    assert!(read("{\"fleetsim_sightings\":2}\n").unwrap_err().contains("format 2"));
    assert!(read("{\"fleetsim_history\":2}\n").unwrap_err().contains("no record of sightings"));
}
