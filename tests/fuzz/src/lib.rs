//! What the fuzz targets do with their inputs. `tests/fuzz/run` runs them; `cargo test --test fuzz` in the root does the same
//! with inputs from seeds.

mod choices;
pub mod decode;
pub mod files;
pub mod hub;
pub mod lane;
