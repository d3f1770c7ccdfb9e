//! Fetching a query again after messages that only hint at a change: soon after the first, but not
//! once per message.

use std::time::Duration;

use leptos::prelude::*;

use super::caches::Caches;
use super::live_query::LiveQuery;
use contract::StreamMessage;

/// Messages within this time lead to one fetch.
const DEBOUNCE: Duration = Duration::from_millis(250);

/// The shortest time between two fetches.
const COOLDOWN: Duration = Duration::from_secs(1);

/// Fetches `query` again after messages for which `is_relevant` returns `true`, until the current
/// component is disposed of.
pub fn refetch_on_message<T: Clone + Send + Sync + 'static>(
    caches: Caches,
    query: LiveQuery<T>,
    is_relevant: impl Fn(&StreamMessage) -> bool + Send + Sync + 'static,
) {
    let debounce = StoredValue::new(RefetchDebounce::default());
    caches.on_message(move |message| {
        if is_relevant(message) {
            advance(debounce, query, RefetchDebounce::on_message);
        }
    });
}

/// Makes a transition and does what it asks for. Does nothing once the component is disposed of.
fn advance<T: Clone + Send + Sync + 'static>(
    debounce: StoredValue<RefetchDebounce>,
    query: LiveQuery<T>,
    transition: impl FnOnce(&mut RefetchDebounce) -> Step,
) {
    match debounce.try_update_value(transition) {
        None | Some(Step::Wait) => {}
        Some(Step::StartDebounce) => {
            set_timeout(move || advance(debounce, query, RefetchDebounce::on_debounced), DEBOUNCE);
        }
        Some(Step::Refetch) => {
            query.refetch();
            set_timeout(
                move || advance(debounce, query, RefetchDebounce::on_cooled_down),
                COOLDOWN,
            );
        }
    }
}

/// The states between two fetches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum RefetchDebounce {
    /// No message since the last fetch.
    #[default]
    Idle,
    /// A message arrived; more are waited for.
    Collecting,
    /// Just fetched.
    Cooldown,
    /// Just fetched, and a message has arrived since.
    CooldownDirty,
}

/// The step after a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Wait,
    StartDebounce,
    Refetch,
}

impl RefetchDebounce {
    fn on_message(&mut self) -> Step {
        match self {
            Self::Idle => {
                *self = Self::Collecting;
                return Step::StartDebounce;
            }
            Self::Cooldown => *self = Self::CooldownDirty,
            Self::Collecting | Self::CooldownDirty => {}
        }
        Step::Wait
    }

    fn on_debounced(&mut self) -> Step {
        *self = Self::Cooldown;
        Step::Refetch
    }

    fn on_cooled_down(&mut self) -> Step {
        if *self == Self::CooldownDirty {
            return self.on_debounced();
        }
        *self = Self::Idle;
        Step::Wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_at_the_same_time_lead_to_one_fetch() {
        let mut debounce = RefetchDebounce::default();
        let steps = [debounce.on_message(), debounce.on_message(), debounce.on_message()];
        assert_eq!(steps, [Step::StartDebounce, Step::Wait, Step::Wait]);
        assert_eq!(
            [debounce.on_debounced(), debounce.on_cooled_down()],
            [Step::Refetch, Step::Wait]
        );
        assert_eq!(debounce.on_message(), Step::StartDebounce);
    }

    #[test]
    fn message_after_a_fetch_leads_to_another_after_the_cooldown() {
        let mut debounce = RefetchDebounce::default();
        let _ = debounce.on_message();
        assert_eq!(debounce.on_debounced(), Step::Refetch);
        assert_eq!([debounce.on_message(), debounce.on_message()], [Step::Wait, Step::Wait]);
        let steps = [debounce.on_cooled_down(), debounce.on_cooled_down()];
        assert_eq!(steps, [Step::Refetch, Step::Wait]);
    }
}
