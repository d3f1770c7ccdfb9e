//! The cells of the stream's table: their text in the docs, and the expected behaviour.

use std::time::Duration;

use super::super::*;
use super::CODE;
use crate::realtime::tab::command::{Command, Timer};
use crate::realtime::tab::stream_machine::State;

/// What the stream does in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Connect,
    CatchUp,
    Apply,
    GoLive,
    UpdateHealth,
    ShowPresence,
    ResetCursor,
    Refetch,
    CheckSession,
    Retry,
    RetryLater,
    Reconnect,
    DisconnectIdle,
    Finish,
    ResetBackoff,
    RememberNetwork,
    StopIdleTimer,
    Resume,
    StartIdleTimer,
    /// Nothing, for the reason with that letter.
    Nothing(char),
}

use Cell::*;

impl Cell {
    pub(super) fn text(self) -> String {
        let text = match self {
            Connect => "connect",
            CatchUp => "catch up",
            Apply => "apply",
            GoLive => "go live",
            UpdateHealth => "update health",
            ShowPresence => "show presence",
            ResetCursor => "reset",
            Refetch => "refetch",
            CheckSession => "check session",
            Retry => "retry",
            RetryLater => "retry later",
            Reconnect => "reconnect",
            DisconnectIdle => "disconnect idle",
            Finish => "end",
            ResetBackoff => "reset back-off",
            RememberNetwork => "remember network",
            StopIdleTimer => "stop idle timer",
            Resume => "resume",
            StartIdleTimer => "start idle timer",
            Nothing(letter) => return format!("– {letter}"),
        };
        text.to_owned()
    }

    /// The expected state and commands.
    pub(super) fn expected(self, before: State, cursor: Cursor) -> (State, Vec<Command>) {
        let disconnect = [&DISCONNECT[..], &[Command::StopTimer(Timer::Retry)]].concat();
        let connect = [Command::StopTimer(Timer::Retry), Command::Connect(cursor), WATCHDOG];
        let retry = |after| {
            (
                State::BackingOff,
                [&DISCONNECT[..], &[Command::StartTimer(Timer::Retry, after)]].concat(),
            )
        };
        match self {
            Connect => (State::Connecting, connect.to_vec()),
            CatchUp => {
                let stable = Command::StartTimer(Timer::Stable, Duration::from_secs(10));
                (State::CatchingUp, vec![WATCHDOG, stable])
            }
            Apply => (before, vec![Command::Apply(Box::new(change(30))), WATCHDOG]),
            GoLive => (State::Live, vec![WATCHDOG]),
            UpdateHealth => (before, vec![WATCHDOG]),
            ShowPresence => {
                (before, vec![Command::ShowPresence(PresenceSnapshot::default()), WATCHDOG])
            }
            ResetCursor => (State::CatchingUp, vec![Command::Refetch, WATCHDOG]),
            Refetch => (before, vec![Command::Refetch, WATCHDOG]),
            CheckSession => (
                State::CheckingSession,
                [&DISCONNECT[..], &[Command::CheckSession, WATCHDOG]].concat(),
            ),
            Retry => retry(Duration::from_millis(500)),
            RetryLater => retry(Duration::from_millis(2_500)),
            Reconnect => (State::Connecting, [&DISCONNECT[..], &connect].concat()),
            DisconnectIdle => (State::Paused, disconnect),
            Finish => {
                let release = [Command::StopTimer(Timer::Idle), Command::ReleaseLock];
                (State::Ended(CODE), [&disconnect[..], &release].concat())
            }
            StopIdleTimer => (before, vec![Command::StopTimer(Timer::Idle)]),
            Resume => {
                let stop = [Command::StopTimer(Timer::Idle)];
                (State::Connecting, [&stop[..], &connect].concat())
            }
            StartIdleTimer => {
                (before, vec![Command::StartTimer(Timer::Idle, Duration::from_secs(300))])
            }
            ResetBackoff | RememberNetwork | Nothing(_) => (before, Vec::new()),
        }
    }
}

const WATCHDOG: Command = Command::StartTimer(Timer::Watchdog, Duration::from_secs(45));
const DISCONNECT: [Command; 3] =
    [Command::Disconnect, Command::StopTimer(Timer::Watchdog), Command::StopTimer(Timer::Stable)];
