//! What happened in a run, to see that all runs together reach every corner.

use crate::world::World;
use chatterbox::room::{AdminCommand, CloseReason, Direct, Input, Output, Refusal, Reply};

impl World {
    pub fn note(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }

    pub fn note_command(&mut self, input: &Input, outputs: &[Output]) {
        let Input::AdminCommand { command, .. } = input else {
            return;
        };
        let done = |output: &Output| matches!(output, Output::Reply { reply: Ok(_), .. });
        if outputs.iter().any(done) {
            self.note(command_name(command));
        }
    }

    pub fn note_output(&mut self, output: &Output) {
        let what = match output {
            Output::Reply {
                reply: Err(Refusal { code, .. }),
                ..
            } => code.as_str(),
            Output::Reply { reply: Ok(reply), .. } => match reply {
                Reply::Joined { recovered: true, .. } => "recovered",
                Reply::Joined { missed, .. } if *missed > 0 => "joined with a gap",
                Reply::Sent { duplicate: true, .. } => "duplicate",
                Reply::History { more: true, .. } => "long history",
                Reply::Delivered { .. } => "dm",
                Reply::Held { .. } => "held back",
                Reply::Set { .. } => "set",
                Reply::Amended { .. } => "amended",
                _ => return,
            },
            Output::Close { reason, .. } => match reason {
                CloseReason::Full => "closed as full",
                reason => reason.as_str(),
            },
            Output::Direct { direct, .. } => match &**direct {
                Direct::Refused(refusal) => refusal.code.as_str(),
                Direct::Echo { .. } => "echo",
                Direct::Dropped { .. } | Direct::Seat { .. } | Direct::Dm { .. } => return,
            },
            Output::RoomClosed { .. } => "room closed",
            Output::Latest { .. } => "latest",
            Output::Watch { .. } => "watch",
            _ => return,
        };
        self.note(what);
    }
}

fn command_name(command: &AdminCommand) -> &'static str {
    match command {
        AdminCommand::Hide { .. } => "hide",
        AdminCommand::HidePerson { .. } => "hidePerson",
        AdminCommand::Hidden { .. } => "hidden",
        AdminCommand::Unhide { .. } => "unhide",
        AdminCommand::Mute { .. } => "mute",
        AdminCommand::Unmute { .. } => "unmute",
        AdminCommand::Ban { address: true, .. } => "ban of an address",
        AdminCommand::Ban { .. } => "ban",
        AdminCommand::Unban { .. } => "unban",
        AdminCommand::Admit { .. } => "admit",
        AdminCommand::Badge { .. } => "badge",
        AdminCommand::FreeSeat { .. } => "freeSeat",
        AdminCommand::Approve { .. } => "approve",
        AdminCommand::Reject { .. } => "reject",
        AdminCommand::Poll { .. } => "poll",
        AdminCommand::ClosePoll { .. } => "closePoll",
        AdminCommand::ShowPoll { .. } => "showPoll",
        AdminCommand::Answered { .. } => "answered",
        AdminCommand::Pin { .. } => "pin",
        AdminCommand::Unpin { .. } => "unpin",
        AdminCommand::Revoke { .. } => "revoke",
        _ => "another command",
    }
}
