//! Rates, and the setting that changes them.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use governor::Quota;

use super::Budget;

const MAX_COUNT: u32 = 1_000_000;
const MAX_PERIOD: Duration = Duration::from_secs(24 * 60 * 60);

/// How many requests a client may send: `count` at once, and as many again in each `period`, spread evenly
/// (GCRA, the leaky bucket of the generic cell rate algorithm). Written as `30/10m`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    count: NonZeroU32,
    period: Duration,
}

impl Rate {
    pub(super) const fn per_minutes(count: u32, minutes: u64) -> Self {
        let count = NonZeroU32::new(count).expect("the defaults are positive");
        Self { count, period: Duration::from_secs(minutes * 60) }
    }

    /// Returns how many requests are accepted at once.
    #[must_use]
    pub const fn count(self) -> NonZeroU32 {
        self.count
    }

    pub(super) fn quota(self) -> Quota {
        Quota::with_period(self.period / self.count.get())
            .expect("a period of at least a second is longer than a million nanoseconds")
            .allow_burst(self.count)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.period.as_secs();
        match (seconds % 3600, seconds % 60) {
            (0, _) => write!(f, "{}/{}h", self.count, seconds / 3600),
            (_, 0) => write!(f, "{}/{}m", self.count, seconds / 60),
            _ => write!(f, "{}/{seconds}s", self.count),
        }
    }
}

impl fmt::Debug for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Rate {
    type Err = InvalidLimits;

    fn from_str(text: &str) -> Result<Self, InvalidLimits> {
        let parse = || {
            let (count, period) = text.split_once('/')?;
            let (number, unit) = period.split_at_checked(period.len().checked_sub(1)?)?;
            let number: u64 = number.parse().ok()?;
            let seconds = number.checked_mul(match unit {
                "s" => 1,
                "m" => 60,
                "h" => 60 * 60,
                _ => return None,
            })?;
            let (count, period) = (count.parse().ok()?, Duration::from_secs(seconds));
            let is_allowed =
                count <= NonZeroU32::new(MAX_COUNT)? && !period.is_zero() && period <= MAX_PERIOD;
            is_allowed.then_some(Self { count, period })
        };
        parse().ok_or_else(|| InvalidLimits::Rate(text.to_owned()))
    }
}

/// The rates of all budgets: the defaults, with changes such as `sign-in-by-address=500/10m,all=1000/1s`.
/// `all` stands for every budget. Later entries win.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitSettings([Rate; Budget::ALL.len()]);

impl LimitSettings {
    /// Returns the rate of the budget.
    #[must_use]
    pub const fn rate(&self, budget: Budget) -> Rate {
        self.0[budget as usize]
    }
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self(Budget::ALL.map(Budget::default_rate))
    }
}

/// Why the setting can't be parsed. `Display` says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLimits {
    /// An entry has no `=`.
    #[error("`{0}` isn't a limit; write its name and its rate, such as sign-in-by-address=100/10m")]
    Entry(String),
    /// There is no such budget.
    #[error("there is no limit `{0}`; write {names} or all", names = budget_names())]
    Name(String),
    /// The rate isn't `count/period`.
    #[error(
        "`{0}` isn't a rate; write how many requests (1 to {MAX_COUNT}) in which time (1s to 24h), such \
         as 100/10m"
    )]
    Rate(String),
}

fn budget_names() -> String {
    Budget::ALL.map(Budget::name).join(", ")
}

impl FromStr for LimitSettings {
    type Err = InvalidLimits;

    fn from_str(text: &str) -> Result<Self, InvalidLimits> {
        let mut settings = Self::default();
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (name, rate) =
                entry.split_once('=').ok_or_else(|| InvalidLimits::Entry(entry.to_owned()))?;
            let (name, rate) = (name.trim(), rate.trim().parse()?);
            if name == "all" {
                settings.0 = [rate; Budget::ALL.len()];
                continue;
            }
            let budget = Budget::ALL.into_iter().find(|budget| budget.name() == name);
            let budget = budget.ok_or_else(|| InvalidLimits::Name(name.to_owned()))?;
            settings.0[budget as usize] = rate;
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_entries_win_and_others_keep_their_defaults() {
        let settings: LimitSettings =
            "writes-by-account=5/1s, sign-in-by-address=7/2m,".parse().unwrap();
        assert_eq!(settings.rate(Budget::WritesByAccount).to_string(), "5/1s");
        assert_eq!(settings.rate(Budget::SignInByAddress).to_string(), "7/2m");
        let unchanged = Budget::SignUpByAddress;
        assert_eq!(settings.rate(unchanged), unchanged.default_rate());
        let settings: LimitSettings = "writes-by-account=5/1s,all=9/1h".parse().unwrap();
        assert!(Budget::ALL.iter().all(|budget| settings.rate(*budget).to_string() == "9/1h"));
        assert_eq!("".parse(), Ok(LimitSettings::default()));
    }

    #[test]
    fn invalid_settings_are_refused_with_what_to_write() {
        for (text, expected) in [
            ("sign-in", "such as sign-in-by-address=100/10m"),
            ("sign-in=1/1s", "sign-in-by-account, "),
            ("all=1", "such as 100/10m"),
            ("all=0/1s", "such as 100/10m"),
            ("all=1/0s", "such as 100/10m"),
            ("all=1/25h", "such as 100/10m"),
            ("all=1/5d", "such as 100/10m"),
            ("all=1000001/1s", "such as 100/10m"),
            ("all=1/s", "such as 100/10m"),
            ("all=1/5µ", "such as 100/10m"),
        ] {
            let error = text.parse::<LimitSettings>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn budgets_are_indexed_in_the_order_of_the_list() {
        for (index, budget) in Budget::ALL.into_iter().enumerate() {
            assert_eq!(budget as usize, index);
        }
    }
}
