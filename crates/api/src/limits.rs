//! Budgets: how many requests of a kind a client may send, by address and by account.
//!
//! Each [`Budget`] counts one kind of request by one property of the client. Requests without a session
//! are counted by address, and by the email address that they name. Signed-in requests are counted by
//! account, because an office shares one address. A request above the budget is refused with 429 and
//! `Retry-After`.
//!
//! The counters are in memory: each node counts for itself, so a cluster of `n` nodes allows up to `n`
//! times as much. Budgets protect against guessing and floods, for which that is close enough, and
//! counting in Postgres would let a flood reach the database.

pub mod budget;
pub mod rate;

use std::convert::Infallible;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use contract::{Email, UserId};
use governor::RateLimiter;
use governor::clock::{Clock, MonotonicClock};
use governor::state::keyed::HashMapStateStore;
use tokio::time::{MissedTickBehavior, interval};

pub use self::budget::Budget;
pub use self::rate::{LimitSettings, Rate};
use crate::client_address::{ClientAddress, Network};
use crate::security_log::event::LimitedClient;
use crate::security_log::{self, Event};

/// How often counters that are back at zero are dropped.
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// How many clients a budget counts separately. Further ones share one counter, so that a flood from many
/// networks takes a bounded amount of memory: about 100 bytes for each client.
const MAX_CLIENTS: usize = 200_000;

/// The client whose requests are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Client {
    Address(Network),
    Account(UserId),
    /// The keyed hash of an email address, with or without an account.
    Email(u64),
    /// All clients above [`MAX_CLIENTS`].
    Others,
}

type Counter = RateLimiter<Client, HashMapStateStore<Client>, MonotonicClock>;

/// The counters of all budgets of this node. Clones share them.
#[derive(Clone)]
pub struct Limits(Arc<Counters>);

struct Counters {
    /// In the order of [`Budget::ALL`].
    by_budget: [(Rate, Counter); Budget::ALL.len()],
    email_hasher: RandomState,
}

/// A request that was refused because its client's budget is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitExceeded {
    /// The budget.
    pub budget: Budget,
    /// The time until the same request is accepted, if the client sends no other.
    pub retry_after: Duration,
}

impl Limits {
    /// Counters at zero.
    #[must_use]
    pub fn new(settings: &LimitSettings) -> Self {
        let by_budget = Budget::ALL.map(|budget| {
            let rate = settings.rate(budget);
            (rate, Counter::hashmap_with_clock(rate.quota(), MonotonicClock))
        });
        Self(Arc::new(Counters { by_budget, email_hasher: RandomState::new() }))
    }

    /// Counts an attempt to sign in with a password, right or wrong.
    ///
    /// # Errors
    /// When the budget of the address or of the account is used up.
    pub fn count_sign_in(
        &self,
        address: ClientAddress,
        email: &Email,
    ) -> Result<(), LimitExceeded> {
        self.count_address(Budget::SignInByAddress, address)?;
        self.count_email(Budget::SignInByAccount, email)
    }

    /// Counts a sign-in that begins, with the OpenID provider or a passkey.
    ///
    /// # Errors
    /// When the budget of the address is used up.
    pub fn count_sign_in_start(&self, address: ClientAddress) -> Result<(), LimitExceeded> {
        self.count_address(Budget::SignInByAddress, address)
    }

    /// Counts an attempt to create an account.
    ///
    /// # Errors
    /// When the budget of the address is used up.
    pub fn count_sign_up(&self, address: ClientAddress) -> Result<(), LimitExceeded> {
        self.count_address(Budget::SignUpByAddress, address)
    }

    /// Counts a request for a link to choose a new password. Whether the email address has an account
    /// makes no difference.
    ///
    /// # Errors
    /// When the budget of the address or of the email address is used up.
    pub fn count_recovery(
        &self,
        address: ClientAddress,
        email: &Email,
    ) -> Result<(), LimitExceeded> {
        self.count_address(Budget::RecoveryByAddress, address)?;
        self.count_email(Budget::RecoveryByAccount, email)
    }

    /// Counts a message that asks to confirm an email address.
    ///
    /// # Errors
    /// When the budget of the address or of the email address is used up.
    pub fn count_confirmation(
        &self,
        address: ClientAddress,
        email: &Email,
    ) -> Result<(), LimitExceeded> {
        self.count_address(Budget::ConfirmByAddress, address)?;
        self.count_email(Budget::ConfirmByAccount, email)
    }

    /// Counts an attempt to use a one-time link or code, such as to confirm an email address or to choose
    /// a new password.
    ///
    /// # Errors
    /// When the budget of the address is used up.
    pub fn count_link(&self, address: ClientAddress) -> Result<(), LimitExceeded> {
        self.count_address(Budget::LinkByAddress, address)
    }

    /// Counts an attempt of a signed-in user to prove who they are, such as by their password.
    ///
    /// # Errors
    /// When the budget of the account is used up.
    pub fn count_step_up(&self, user: UserId) -> Result<(), LimitExceeded> {
        self.count_account(Budget::StepUpByAccount, user, NonZeroU32::MIN)
    }

    /// Counts invitations that a user sends.
    ///
    /// # Errors
    /// When the budget of the account has less left.
    pub fn count_invitations(&self, user: UserId, count: usize) -> Result<(), LimitExceeded> {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        match NonZeroU32::new(count) {
            Some(count) => self.count_account(Budget::InviteByAccount, user, count),
            None => Ok(()),
        }
    }

    /// Counts a stream that a user opens.
    ///
    /// # Errors
    /// When the budget of the account is used up.
    pub fn count_stream(&self, user: UserId) -> Result<(), LimitExceeded> {
        self.count_account(Budget::StreamsByAccount, user, NonZeroU32::MIN)
    }

    /// Counts a request of a user that changes something.
    ///
    /// # Errors
    /// When the budget of the account is used up.
    pub fn count_write(&self, user: UserId) -> Result<(), LimitExceeded> {
        self.count_account(Budget::WritesByAccount, user, NonZeroU32::MIN)
    }

    fn count_address(
        &self,
        budget: Budget,
        ClientAddress(address): ClientAddress,
    ) -> Result<(), LimitExceeded> {
        let client = Client::Address(Network::of(address));
        self.count(budget, client, NonZeroU32::MIN, LimitedClient::Address)
    }

    fn count_email(&self, budget: Budget, email: &Email) -> Result<(), LimitExceeded> {
        let client = Client::Email(self.0.email_hasher.hash_one(email.as_str()));
        self.count(budget, client, NonZeroU32::MIN, LimitedClient::Email(email))
    }

    fn count_account(
        &self,
        budget: Budget,
        user: UserId,
        count: NonZeroU32,
    ) -> Result<(), LimitExceeded> {
        self.count(budget, Client::Account(user), count, LimitedClient::Account(user))
    }

    fn count(
        &self,
        budget: Budget,
        client: Client,
        count: NonZeroU32,
        named: LimitedClient<'_>,
    ) -> Result<(), LimitExceeded> {
        let (rate, counter) = &self.0.by_budget[budget as usize];
        let client = if counter.len() < MAX_CLIENTS { client } else { Client::Others };
        // More than the whole budget at once uses up all of it.
        let result = counter.check_key_n(&client, count.min(rate.count()));
        let Ok(Err(not_until)) = result else { return Ok(()) };
        security_log::record(Event::LimitExceeded(budget, named));
        Err(LimitExceeded { budget, retry_after: not_until.wait_time_from(MonotonicClock.now()) })
    }

    /// Drops counters that are back at zero, once a minute.
    pub async fn sweep_periodically(&self) -> Infallible {
        let mut ticks = interval(SWEEP_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.sweep();
        }
    }

    fn sweep(&self) {
        for (_, counter) in &self.0.by_budget {
            counter.retain_recent();
            counter.shrink_to_fit();
        }
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rates = self.0.by_budget.iter().map(|(rate, _)| rate);
        f.debug_map().entries(Budget::ALL.iter().map(|budget| budget.name()).zip(rates)).finish()
    }
}

impl fmt::Display for LimitExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.retry_after.as_millis().div_ceil(1000).max(1);
        let (number, unit) =
            if seconds < 60 { (seconds, "second") } else { (seconds.div_ceil(60), "minute") };
        let plural = if number == 1 { "" } else { "s" };
        let what = self.budget.refusal();
        write!(f, "{what} Try again in {number} {unit}{plural}.")
    }
}

#[cfg(test)]
mod tests;
