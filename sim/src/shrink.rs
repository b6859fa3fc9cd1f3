//! Makes the story of a failure short: leaves out whatever it fails without.

use nova_http::Limits;
use nova_io::sim::Habits;

use crate::oracle::Oracle;
use crate::play::{Wrong, play};
use crate::story::{Comes, Content, Deed, Keep, Pace, Reads, Request, Story};

/// Orders of steps that are tried for a shorter story: the one that has failed may not fit it.
const ORDERS: u64 = 4;

/// Rounds through all that can be left out.
const ROUNDS: usize = 8;

/// Plays that one failure is worth: some seconds, or minutes if each of them hangs.
const PLAYS: usize = 3_000;

/// How a story is judged.
pub type Judge<'j> = &'j dyn Fn(&Story) -> Vec<Wrong>;

/// The shortest story found in which the same oracle finds something wrong, and what that is; `None`
/// if there is nothing wrong with it.
pub fn shrink(story: &Story) -> Option<(Story, Wrong)> {
    shrink_by(story, &|story| play(story, false).wrongs)
}

/// As [`shrink`], judged by `judge`.
pub fn shrink_by(story: &Story, judge: Judge<'_>) -> Option<(Story, Wrong)> {
    let first = judge(story).into_iter().next()?;
    let mut shrinking = Shrinking { story: story.clone(), wrong: first, judge, plays: PLAYS };
    for _ in 0..ROUNDS {
        if !shrinking.round() {
            break;
        }
    }
    Some((shrinking.story, shrinking.wrong))
}

struct Shrinking<'j> {
    story: Story,
    wrong: Wrong,
    judge: Judge<'j>,
    /// Plays that are left.
    plays: usize,
}

impl Shrinking<'_> {
    /// Keeps the changed story, if the same oracle still finds something wrong.
    fn keep(&mut self, change: impl Fn(&mut Story)) -> bool {
        let mut changed = self.story.clone();
        change(&mut changed);
        if changed == self.story {
            return false;
        }
        let oracle: Oracle = self.wrong.oracle;
        for order in 0..ORDERS.min(self.plays as u64) {
            self.plays -= 1;
            changed.dice = self.story.dice.wrapping_add(order);
            if let Some(wrong) = (self.judge)(&changed).into_iter().next()
                && wrong.oracle == oracle
            {
                (self.story, self.wrong) = (changed, wrong);
                return true;
            }
        }
        false
    }

    /// Tries everything once; whether anything could be left out.
    fn round(&mut self) -> bool {
        let mut shorter = false;
        for client in (0..self.story.clients.len()).rev() {
            shorter |= self.keep(|story| drop(story.clients.remove(client)));
        }
        for event in (0..self.story.events.len()).rev() {
            shorter |= self.keep(|story| {
                story.events.remove(event);
            });
        }
        for client in 0..self.story.clients.len() {
            for deed in (0..self.story.clients[client].script.len()).rev() {
                shorter |= self.keep(|story| drop(story.clients[client].script.remove(deed)));
            }
            shorter |= self.keep(|story| story.clients[client].reads = Reads::Promptly);
            shorter |= self.keep(|story| story.clients[client].comes = Comes::Direct);
            for deed in 0..self.story.clients[client].script.len() {
                shorter |= self.deed(client, deed);
            }
        }
        shorter | self.world()
    }

    fn deed(&mut self, client: usize, deed: usize) -> bool {
        let Deed::Send(requests, ..) = &self.story.clients[client].script[deed] else {
            return false;
        };
        let count = requests.len();
        let mut shorter = false;
        let mut with = |change: &dyn Fn(&mut Vec<Request>, &mut Pace)| {
            let kept = self.keep(|story| {
                if let Deed::Send(requests, pace, _) = &mut story.clients[client].script[deed] {
                    change(requests, pace);
                }
            });
            shorter |= kept;
        };
        for at in (0..count).rev() {
            with(&|requests, _| {
                if requests.len() > 1 && at < requests.len() {
                    requests.remove(at);
                }
            });
        }
        with(&|_, pace| *pace = Pace::AtOnce);
        with(&|requests, _| requests.iter_mut().for_each(|it| it.filler = 0));
        with(&|requests, _| requests.iter_mut().for_each(|it| it.expects = false));
        with(&|requests, _| requests.iter_mut().for_each(|it| it.head = false));
        with(&|requests, _| requests.iter_mut().for_each(|it| it.old = false));
        with(&|requests, _| requests.iter_mut().for_each(|it| it.keep = Keep::Unsaid));
        with(&|requests, _| {
            requests
                .iter_mut()
                .filter(|it| it.flaw.is_none())
                .for_each(|it| it.content = Content::None);
        });
        shorter
    }

    fn world(&mut self) -> bool {
        let mut shorter = self.keep(|story| story.world.workers = 1);
        shorter |= self.keep(|story| story.world.idle_turns = 0);
        shorter |= self.keep(|story| story.world.watched = false);
        shorter |= self.keep(|story| story.world.habits = Habits::calm());
        let calm = Habits::calm();
        macro_rules! usual {
            ($place:ident, $usual:expr, $($name:ident)*) => {
                $(shorter |= self.keep(|story| story.world.$place.$name = $usual.$name);)*
            };
        }
        usual!(habits, calm, window receive_buffer delay fragment end_apart reset_overtakes short_send
            no_send late_room spurious_room empty_turn passed_over extra_receive short_read accept_fails adopt_fails shuffled);
        let limits = Limits::default();
        usual!(limits, limits, message idle head content_silence content_rate handler write_stall
            tunnel_silence linger drain_bytes open_exchanges requests age unsent_bytes
            requests_per_turn connections connections_per_address buffer_bytes);
        shorter
    }
}
