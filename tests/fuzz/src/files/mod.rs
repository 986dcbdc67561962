//! Files that the program reads and has not written itself, or that a card has damaged.

pub mod journal;
pub mod settings;
pub mod update;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

/// A directory for one input, gone afterwards.
struct Dir(PathBuf);

impl Dir {
    fn new(what: &str) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        // In memory, where there is a place: each input flushes a dozen files.
        let memory = Path::new("/dev/shm");
        let place = if memory.is_dir() {
            memory.to_owned()
        } else {
            env::temp_dir()
        };
        let path = place.join(format!("chatterbox-fuzz-{what}-{}-{number}", process::id()));
        fs::create_dir_all(&path).expect("a temporary directory");
        Self(path)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
