//! Reports a backup or restoration that was refused to the hub, whose audit log records it.

use tokio::sync::mpsc;

use crate::{
    room::{BackupFault, Code, Input, Operator, Refusal, RefusedBackup},
    transport::message::Message,
};

/// Refusals that the audit log records.
const FAULTS: [(Code, BackupFault); 4] = [
    (Code::Busy, BackupFault::Busy),
    (Code::Full, BackupFault::Full),
    (Code::TooLong, BackupFault::TooLong),
    (Code::Disk, BackupFault::Disk),
];

/// The driver's inbox, with the operator and the command that a report is about.
pub struct Report {
    inbox: mpsc::WeakSender<Message>,
    by: Operator,
    command: &'static str,
}

impl Report {
    pub fn new(inbox: mpsc::WeakSender<Message>, by: Operator, command: &'static str) -> Self {
        Self { inbox, by, command }
    }

    /// Sends the report. Blocks while the inbox is full; must not be called by an async task.
    pub fn refused(&self, refused: BackupFault) {
        let what = RefusedBackup {
            command: self.command,
            refused,
        };
        let input = Input::BackupRefused { by: self.by, what };
        if let Some(inbox) = self.inbox.upgrade() {
            // The driver may have ended.
            let _ = inbox.blocking_send(Message::Hub(input));
        }
    }

    /// Reports a refusal that concerns the disk or the file.
    pub fn refusal<T>(&self, result: Result<T, Refusal>) -> Result<T, Refusal> {
        let code = result.as_ref().err().map(|refusal| refusal.code);
        if let Some((_, fault)) = FAULTS.iter().find(|(of, _)| Some(*of) == code) {
            self.refused(*fault);
        }
        result
    }
}
