//! The doctor's check of a running server.

use chatterbox::appliance::doctor;

use crate::server::{Server, next};

#[test]
fn the_doctor_gets_the_status_and_reports_a_silent_server() {
    let mut server = Server::start(|_| {});
    let health = doctor::ask(server.address);
    assert_eq!((health.silent, health.members), (None, 0));
    let mut ann = server.socket("room=hall");
    next(&mut ann, "welcome");
    assert_eq!(doctor::ask(server.address).members, 1);
    server.stop();
    assert!(doctor::ask(server.address).silent.is_some());
}
