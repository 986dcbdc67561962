//! Runs all checks of the doctor, in the order in which an organizer reads their findings.

use super::{card, certificate, clock, machine::Machine, power, radio, server, settings, stick, updates};

impl Machine {
    /// Runs all checks of the machine; returns the findings, one sentence each, none if all is well.
    pub fn examine(&self) -> Vec<String> {
        let mut found = Vec::new();
        server::check(self, &mut found);
        card::check(self, &mut found);
        power::check(self, &mut found);
        updates::check(self, &mut found);
        settings::check(self, &mut found);
        certificate::check(self, &mut found);
        stick::check(self, &mut found);
        radio::check(self, &mut found);
        clock::check(self, &mut found);
        found
    }
}
