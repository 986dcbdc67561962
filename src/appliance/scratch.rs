//! A temporary directory for one test.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// An empty temporary directory, removed on drop.
pub struct Scratch(PathBuf);

impl Scratch {
    /// Creates the directory; `name` must differ between the tests of one process.
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("chatterbox-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Path of the directory.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file and creates its parent directories.
    pub fn put(&self, path: &str, content: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Text of a file; empty if the file is missing.
    pub fn text(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).unwrap_or_default()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}
