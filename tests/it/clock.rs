//! The time of messages on a machine without a clock.

use std::{
    fs::{self, File},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::Value;

use crate::server::{Server, next, say};

#[test]
fn a_clock_that_falls_back_over_a_restart_is_not_followed() {
    let dir = std::env::temp_dir().join(format!("chatterbox-it-{}-clock", std::process::id()));
    fs::create_dir_all(&dir).expect("a temporary directory");
    let start = || Server::start(|config| config.data = Some(dir.clone()));
    start().stop();
    // The last known time is a day ahead, as if the system's clock had been set back by a day.
    let known = SystemTime::now() + Duration::from_secs(86_400);
    let file = File::options().write(true).open(dir.join("clock"));
    file.expect("it is kept at the end").set_modified(known).unwrap();
    let known = known.duration_since(UNIX_EPOCH).unwrap().as_millis();
    let mut server = start();
    let mut ann = server.socket("room=hall");
    let shown = |time: &Value| u128::from(time.as_u64().expect("a number"));
    assert!(shown(&next(&mut ann, "welcome")[1]["time"]) >= known);
    say(&mut ann, r#"[1,"chat","one"]"#);
    assert!(shown(&next(&mut ann, "chat")[2]["at"]) >= known);
    server.stop();
    fs::remove_dir_all(&dir).unwrap();
}
