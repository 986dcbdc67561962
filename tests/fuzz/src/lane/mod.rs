//! A lane between a library, a fan-out, a client, a socket and a clock, all of which do what the input says. The bytes that come
//! out, and whoever was told to go on or not, are compared with a model that knows nothing of how the lane works.

mod acts;
mod checks;
mod client;
mod library;
#[path = "../../../../src/net/lane/tests/script.rs"]
mod script;
mod stream;
#[path = "../../../../src/net/lane/tests/strict.rs"]
mod strict;
mod world;

use chatterbox::net::lane::Socket;
use tokio::{runtime::Builder, task::unconstrained};

use self::world::World;
use crate::choices::Choices;

/// Decisions of one run at most, so that no input takes long.
const STEPS: usize = 2000;

/// Does what `data` says.
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
