//! A lane between a library, a fan-out, a client, a socket and a clock, all of which follow the fuzzer's input. The output and the
//! signals are compared with a model that knows nothing of the lane's code.

mod acts;
mod checks;
mod client;
mod library;
#[path = "../../../../src/transport/lane/tests/script.rs"]
mod script;
mod stream;
#[path = "../../../../src/transport/lane/tests/strict.rs"]
mod strict;
mod world;

use chatterbox::transport::lane::Socket;
use tokio::{runtime::Builder, task::unconstrained};

use self::world::World;
use crate::choices::Choices;

/// Decisions of one run at most, so that no input takes long.
const STEPS: usize = 2000;

/// Runs the decisions in `data`.
///
/// # Panics
/// The lane broke a promise.
pub fn drive(data: &[u8]) {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let run = async {
        let mut choices = Choices::new(data);
        let mut world = World::new(&mut choices);
        for _ in 0..STEPS {
            if choices.is_empty() {
                break;
            }
            world.step(&mut choices).await;
        }
        world.settle().await;
    };
    // One task does everything: its timers must not rest for the sake of others.
    runtime.block_on(unconstrained(run));
}
