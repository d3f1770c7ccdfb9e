//! What log lines say, and what they never say.

use std::fs::File;

use serde_json::Value;
use testing::{Sandbox, eventually};

use crate::program::{Program, command};
use crate::scenario::Scenario;

/// Everything that this program's crates log.
const FILTER: &str = "info,activity=debug,api=debug,cdc=debug,db=debug,server=debug,stream=debug,sqlx=warn,\
                      pgwire_replication=off";

/// The lines with that message.
fn lines(log: &str, message: &str) -> Vec<Value> {
    let lines = log.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.filter(|line: &Value| line["message"] == message).collect()
}

#[tokio::test]
async fn lines_carry_ids_of_request_user_and_organization_and_nothing_personal() {
    let (sandbox, folder) = (Sandbox::new(), tempfile::tempdir().unwrap());
    let path = folder.path().join("log");
    let mut command = command(&sandbox);
    command.env("LOG_FORMAT", "json").env("RUST_LOG", FILTER);
    let mut program = Program::spawn(command.stderr(File::create(&path).unwrap()));
    let scenario = Scenario::run(&program.address(), &sandbox.data_dir()).await;
    let read = || std::fs::read_to_string(&path).unwrap();
    eventually("the stream has ended", async || read().contains("A stream ended")).await;
    program.stop().await;
    let log = read();
    scenario.assert_no_secret_in(&log);

    let has_ids = |span: &Value| {
        span["user_id"] == scenario.user_id && span["organization_id"] == scenario.organization_id
    };
    let answered = lines(&log, "Answered");
    let of_note = answered.iter().find(|line| line["span"]["request_id"] == scenario.note_request);
    let request = &of_note.unwrap()["span"];
    assert!(has_ids(request), "{request}");
    assert_eq!(request["method"], "POST");
    assert_eq!(request["route"], "/organizations/{id}/notes");
    assert_eq!(request["status"], 201);

    let batches = lines(&log, "Wrote a batch");
    let batch = batches.iter().map(|line| &line["span"]).find(|batch| has_ids(batch)).unwrap();
    for field in ["epoch", "first_lsn", "end_lsn", "rows", "position"] {
        assert!(!batch[field].is_null(), "{field} isn't in {batch}");
    }

    let ended = lines(&log, "A stream ended");
    let stream = &ended[0]["span"];
    assert!(has_ids(stream), "{stream}");
    assert_eq!(stream["ended"], "reader_left");
    let opening =
        answered.iter().find(|line| line["span"]["request_id"] == stream["request_id"]).unwrap();
    assert_eq!(opening["span"]["route"], "/organizations/{id}/sync/stream");
}
