//! What a cell of the stream's table says, and what that means.

use std::time::Duration;

use super::super::*;
use super::CODE;
use crate::realtime::tab::command::{Command, Timer};
use crate::realtime::tab::machine::State;

/// What a cell says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Connect,
    CatchUp,
    Apply,
    GoLive,
    Heed,
    Greet,
    Renew,
    ReadAgain,
    Ask,
    Retry,
    RetryLater,
    Rest,
    LetGo,
    Finish,
    Forget,
    Note,
    Look,
    LookAndConnect,
    CountDown,
    /// For the reason of that letter.
    Nothing(char),
}

use Cell::*;

impl Cell {
    pub(super) fn words(self) -> String {
        let words = match self {
            Connect => "connect",
            CatchUp => "catch up",
            Apply => "apply",
            GoLive => "go live",
            Heed => "heed",
            Greet => "greet",
            Renew => "reset",
            ReadAgain => "read again",
            Ask => "ask",
            Retry => "retry",
            RetryLater => "retry later",
            Rest => "rest",
            LetGo => "let go",
            Finish => "end",
            Forget => "forget",
            Note => "note",
            Look => "look",
            LookAndConnect => "look, connect",
            CountDown => "count down",
            Nothing(letter) => return format!("– {letter}"),
        };
        words.to_owned()
    }

    /// The state after it, and what is to be done. `online` is whether there is a network then.
    pub(super) fn meaning(
        self,
        before: State,
        cursor: Cursor,
        online: bool,
    ) -> (State, Vec<Command>) {
        let rest = [&HANG_UP[..], &[Command::Cancel(Timer::Retry)]].concat();
        let connect = || match online {
            true => (
                State::Opening,
                vec![Command::Cancel(Timer::Retry), Command::Connect(cursor), WATCH],
            ),
            false => (State::Offline, rest.clone()),
        };
        let retry = |after| {
            (State::Waiting, [&HANG_UP[..], &[Command::Schedule(Timer::Retry, after)]].concat())
        };
        match self {
            Connect => connect(),
            CatchUp => {
                let settled = Command::Schedule(Timer::Settled, Duration::from_secs(10));
                (State::CatchingUp, vec![WATCH, settled])
            }
            Apply => (before, vec![Command::Apply(Box::new(change(30))), WATCH]),
            GoLive => (State::Live, vec![WATCH]),
            Heed => (before, vec![WATCH]),
            Greet => (before, vec![Command::Meet(PresenceSnapshot::default()), WATCH]),
            Renew => (State::CatchingUp, vec![Command::Refetch, WATCH]),
            ReadAgain => (before, vec![Command::Refetch, WATCH]),
            Ask => (State::Probing, [&HANG_UP[..], &[Command::Probe, WATCH]].concat()),
            Retry => retry(Duration::from_millis(500)),
            RetryLater => retry(Duration::from_millis(2_500)),
            Rest => (State::Offline, rest),
            LetGo => (State::Paused, rest),
            Finish => {
                let resign = [Command::Cancel(Timer::Unseen), Command::Resign];
                (State::Ended(CODE), [&rest[..], &resign].concat())
            }
            Look => (before, vec![Command::Cancel(Timer::Unseen)]),
            LookAndConnect => {
                let (state, connect) = connect();
                (state, [&[Command::Cancel(Timer::Unseen)], &connect[..]].concat())
            }
            CountDown => (before, vec![Command::Schedule(Timer::Unseen, Duration::from_secs(300))]),
            Forget | Note | Nothing(_) => (before, Vec::new()),
        }
    }
}

const WATCH: Command = Command::Schedule(Timer::Watchdog, Duration::from_secs(45));
const HANG_UP: [Command; 3] =
    [Command::Disconnect, Command::Cancel(Timer::Watchdog), Command::Cancel(Timer::Settled)];
