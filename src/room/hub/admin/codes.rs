//! Access codes that the organizer issued to moderators, and their revocation; at most `limits::OPERATOR_CODES`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::room::{OperatorId, OperatorRole, UserName};

/// Issued access codes. Revoked ones stay, so that no number is used twice.
#[derive(Debug, Default)]
pub(in crate::room::hub) struct Codes(pub(in crate::room::hub) BTreeMap<OperatorId, Issued>);

/// An issued access code, the value of [`Key::Code`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::room::hub) struct Issued {
    pub(in crate::room::hub) role: OperatorRole,
    pub(in crate::room::hub) name: UserName,
    pub(in crate::room::hub) revoked: bool,
}

impl Codes {
    pub(in crate::room::hub) fn load(&mut self, id: OperatorId, value: &str) -> Option<()> {
        self.0.insert(id, serde_json::from_str(value).ok()?);
        Some(())
    }
}
