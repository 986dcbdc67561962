use std::{sync::mpsc, thread};

use super::*;
use crate::store::tests::{chat, entry};

const PATIENCE: Duration = Duration::from_secs(60);

fn job(number: u64, bytes: usize) -> Job {
    let ops = vec![Op::Append(entry(number, chat(&"x".repeat(bytes))))];
    Job::Write { number, ops }
}

/// A message beside a flood is not delayed by the write budget that the flood has used up.
#[test]
fn a_heavy_group_does_not_wait_for_the_budget() {
    let (jobs, work) = mpsc::channel();
    let (events, _told) = tokio::sync::mpsc::channel(1);
    let mut writer = Writer::new(PathBuf::new(), Limits::default(), (None, None, false), work, events);
    writer.budget = WriteBudget::endless(Instant::now());
    let (gathered, done) = mpsc::channel();
    let gathering = thread::spawn(move || {
        writer.gather();
        let _ = gathered.send(writer.waiting.len());
    });
    let texts = limits::STORE_GROUP_BYTES / 8000 + 1;
    for number in 1..=texts as u64 {
        jobs.send(job(number, 8000)).unwrap();
    }
    let count = done.recv_timeout(PATIENCE).expect("it commits at once");
    assert!(count <= texts && count > texts / 2, "{count} of {texts}");
    gathering.join().unwrap();
}

/// In a lively room, messages within the longest wait share one commit.
#[test]
fn usual_talk_waits_for_the_budget() {
    let jobs: Vec<_> = (1..=50).map(|number| job(number, 100)).collect();
    assert!(!journal::is_urgent(&jobs));
}

/// The answer to an admin command does not wait for the budget that talk has used up.
#[test]
fn an_admin_command_does_not_wait_for_the_budget() {
    let audited = Op::Persist(crate::room::Key::Audit(1), Some("{}".into()));
    let ops = vec![Op::Append(entry(51, chat("hello"))), audited];
    let jobs = [job(50, 100), Job::Write { number: 51, ops }];
    assert!(journal::is_urgent(&jobs));
}
