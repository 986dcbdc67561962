//! Every order of a few steps on two and three connections, against a model that only knows what is on disk.

mod model;
mod subject;

use self::{
    model::Model,
    subject::{Bug, Subject},
};

/// An answer or update that left: the connection (none for an HTTP request), its serial number, and whether it says "in memory".
type Sent = (Option<u64>, u32, bool);

/// One thing that happens. Connections count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// An input stores an operation and answers a connection.
    Store(u64),
    /// The same, but the journal has no place for the operation.
    LeaveOut(u64),
    /// An input repeats an earlier one.
    Repeat(u64),
    /// An update that waits for nothing.
    Update(u64),
    /// An answer that lacks a page.
    LookUp(u64),
    /// The connection ends.
    End(u64),
    /// An HTTP request stores an operation.
    Request,
    /// The next operation is on disk.
    CommitOne,
    /// Everything that the writer has is on disk.
    CommitAll,
    /// The oldest page is read.
    Read,
    /// The disk begins to fail, or works again.
    Turn,
    /// The driver looks at the disk.
    Look,
}

fn steps(conns: u64) -> Vec<Step> {
    let mut steps = vec![
        Step::Request,
        Step::CommitOne,
        Step::CommitAll,
        Step::Read,
        Step::Turn,
        Step::Look,
    ];
    let kinds = [Step::Store, Step::Repeat, Step::Update, Step::LookUp];
    steps.extend((1..=conns).flat_map(|conn| kinds.map(|kind| kind(conn))));
    // Without loss of generality: connections are alike.
    steps.extend([Step::LeaveOut(1), Step::End(1)]);
    steps
}

/// Compares the machine with the model over all orders of `depth` steps. Returns the number of steps taken.
///
/// # Errors
/// The first order in which they differ.
fn explore(conns: u64, depth: usize, bug: Option<Bug>) -> Result<usize, String> {
    let (mut trail, mut count) = (Vec::new(), 0);
    let start = (Subject::new(bug), Model::default());
    descend(&start, &steps(conns), depth, &mut trail, &mut count)?;
    Ok(count)
}

fn descend(
    (subject, model): &(Subject, Model),
    steps: &[Step],
    depth: usize,
    trail: &mut Vec<Step>,
    count: &mut usize,
) -> Result<(), String> {
    if depth == 0 {
        return Ok(());
    }
    for &step in steps.iter().filter(|&&step| model.allows(step)) {
        let (mut subject, mut model) = (subject.clone(), model.clone());
        trail.push(step);
        *count += 1;
        let (sent, expected) = (subject.take(step, &model), model.take(step));
        if sent != expected {
            return Err(format!("after {trail:?}: {sent:?} instead of {expected:?}"));
        }
        if subject.overflowed() != model.overflowed() {
            return Err(format!("after {trail:?}: overflowed are {:?}", subject.overflowed()));
        }
        descend(&(subject, model), steps, depth - 1, trail, count)?;
        trail.pop();
    }
    Ok(())
}

#[test]
fn every_order_of_steps_is_as_the_model_says() {
    for (conns, depth) in [(2, 6), (3, 4)] {
        let count = explore(conns, depth, None).unwrap_or_else(|difference| panic!("{difference}"));
        assert!(count > 10_000, "{conns} connections: {count} steps");
    }
}

#[test]
fn each_planted_bug_is_found() {
    for bug in Bug::ALL {
        let found = (1..=5).any(|depth| explore(2, depth, Some(bug)).is_err());
        assert!(found, "{bug:?}");
    }
}
