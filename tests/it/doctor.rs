//! What the doctor hears from a server.

use chatterbox::doctor;

use crate::server::{Server, next};

#[test]
fn the_doctor_hears_who_is_there_and_who_does_not_answer() {
    let mut server = Server::start(|_| {});
    let health = doctor::ask(server.address);
    assert_eq!((health.silent, health.members), (None, 0));
    let mut ann = server.socket("room=hall");
    next(&mut ann, "welcome");
    assert_eq!(doctor::ask(server.address).members, 1);
    server.stop();
    assert!(doctor::ask(server.address).silent.is_some());
}
