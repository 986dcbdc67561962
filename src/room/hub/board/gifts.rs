//! Gifts from the audience: checks how many a person may still give, counts them, and scores givers and receivers on the leaderboards.
//! At most `limits::GIVERS` people are counted for each.

use crate::room::Code;
use crate::room::Key;
use crate::room::Refusal;
use crate::room::RoomId;
use crate::room::hub::board::leaderboard::Leaderboard;
use crate::room::hub::state::Asker;
use crate::room::persist;

use crate::room::hub::{membership::shares::Source, state::Hub};
use crate::room::{Score, UserId};

impl Hub {
    pub(in crate::room::hub) fn scores(&self, board: &Leaderboard) -> Vec<Score> {
        let score = |(user, gifts)| Score {
            who: self.shown(user),
            gifts,
        };
        board.leaders().map(score).collect()
    }

    /// Counts gifts for a receiver once the gifts are visible.
    pub(in crate::room::hub) fn received(&mut self, room: RoomId, user: UserId, count: u32) {
        let source = self.people.address(user).map(|device| self.source(device));
        let state = self.rooms.get_mut(room);
        let total = state.board.received.of(user).saturating_add(u64::from(count));
        if state.board.received.set(user, total, source) {
            let key = Key::Received(state.name.clone(), user);
            self.persist(key, |_| Some(persist::json(&total)));
        }
    }

    /// Checks the number of gifts in one message against its bound.
    pub(in crate::room::hub) fn check_gift_count(&self, count: u32) -> Result<(), Refusal> {
        if count == 0 || count > self.limits.gift_count {
            let message = format!("the count must be from 1 to {}", self.limits.gift_count);
            return Err(Refusal::new(Code::BadRequest, message));
        }
        Ok(())
    }

    /// Checks that the receiver, unless it is the whole room (`None`), is in the room, and that the sender has gifts left.
    pub(in crate::room::hub) fn check_gift(
        &self,
        asker: Asker<'_>,
        room: Option<RoomId>,
        count: u32,
        to: Option<UserId>,
    ) -> Result<(), Refusal> {
        if to.is_some_and(|to| !room.is_some_and(|room| self.rooms.get(room).has(to))) {
            return Err(Refusal::new(Code::UnknownUser, "no member of the room has that id"));
        }
        let budget = self.gift_budget(room);
        let given = room.map_or(0, |room| self.rooms.get(room).board.given.of(asker.user));
        if budget > 0 && given.saturating_add(u64::from(count)) > budget {
            return Err(Refusal::new(
                Code::OverBudget,
                format!("{} gifts are left", budget.saturating_sub(given)),
            ));
        }
        let source = self.source(asker.device);
        let has_row = |room| self.rooms.get(room).board.given.has_row_for(asker.user, source);
        if budget > 0 && !room.is_none_or(has_row) {
            return Err(Refusal::new(Code::Full, "too many people have given in this room"));
        }
        Ok(())
    }

    /// Counts gifts against the sender's budget, and for a receiver once the gifts are visible.
    pub(in crate::room::hub) fn gave(
        &mut self,
        asker: Asker<'_>,
        count: u32,
        shown_to: Option<UserId>,
    ) -> Result<(), Refusal> {
        let Some(room) = self.room_to_read(asker.room)? else {
            return Ok(());
        };
        let given = self.rooms.get(room).board.given.of(asker.user);
        let source = self.source(asker.device);
        self.set_given(room, asker.user, given.saturating_add(u64::from(count)), Some(source));
        if let Some(to) = shown_to {
            self.received(room, to, count);
        }
        Ok(())
    }

    /// Sets and stores the number of gifts that a person has given.
    pub(in crate::room::hub) fn set_given(&mut self, room: RoomId, user: UserId, total: u64, source: Option<Source>) {
        let state = self.rooms.get_mut(room);
        if state.board.given.set(user, total, source) {
            let key = Key::Given(state.name.clone(), user);
            self.persist(key, |_| Some(persist::json(&total)));
        }
    }

    /// The number of gifts that each person may give in a room, by its settings or else the configuration; 0 is unlimited.
    pub(in crate::room::hub) fn gift_budget(&self, room: Option<RoomId>) -> u64 {
        let set = room.and_then(|room| self.rooms.get(room).policy.settings.gift_budget);
        set.unwrap_or(self.limits.gift_budget)
    }
}
