//! Shows the other people who have the organization open now.

use leptos::prelude::*;

use super::context::OrganizationContext;
use crate::components::{Avatar, AvatarOf, AvatarSize, For, Show};
use client::cache::memo;
use client::realtime::StreamStatus;
use contract::UserId;
use contract::event::PresenceSnapshot;
use contract::view::UserView;

/// How many people are shown; the others are counted.
const MAX_SHOWN: usize = 5;

/// The other people who have the organization open. Changes aren't announced to screen readers, as
/// they are frequent.
#[component]
pub fn PresenceList(context: OrganizationContext) -> impl IntoView {
    let others = memo(move |_| {
        let me = context.map(|detail| detail.membership.user.id);
        let is_known = is_known(context.status.get());
        me.filter(|_| is_known)
            .map(|me| context.presence.with(|presence| OtherPeople::new(presence, me)))
    });
    let people = memo(move |_| {
        others.with(|others| others.as_ref().map(|it| it.shown.clone()).unwrap_or_default())
    });
    let more = memo(move |_| others.with(|others| others.as_ref().map_or(0, |it| it.more)));
    let is_alone = memo(move |_| people.with(Vec::is_empty) && more.get() == 0);
    view! {
        <Show when=move || !is_alone.get()>
            <div class="presence">
                <span class="presence__label text-subtle" id="presence-now">"Here now"</span>
                <ul class="presence__people" aria-labelledby="presence-now">
                    // A new version, with another name or picture, is rendered anew.
                    <For
                        each=move || people.get()
                        key=|person| (person.id, person.version)
                        let(person)
                    >
                        <Person person />
                    </For>
                    <Show when=move || { more.get() > 0 }>
                        <li class="presence__more text-subtle">
                            <span aria-hidden="true">{move || format!("+{}", more.get())}</span>
                            <span class="visually-hidden">{move || format!("and {} more", more.get())}</span>
                        </li>
                    </Show>
                </ul>
            </div>
        </Show>
    }
    .into_any()
}

#[component]
fn Person(person: UserView) -> impl IntoView {
    let (of, name) = (AvatarOf::person(&person), person.name);
    let (title, called) = (name.to_string(), name.to_string());
    view! {
        <li class="presence__person" title=title>
            <Avatar of name size=AvatarSize::Small />
            <span class="visually-hidden">{called}</span>
        </li>
    }
    .into_any()
}

/// Whether presence is known, which it is only while the stream is connected.
const fn is_known(status: StreamStatus) -> bool {
    matches!(status, StreamStatus::Live | StreamStatus::Degraded | StreamStatus::CatchingUp)
}

/// The people who have the organization open, without the person themselves.
#[derive(Clone, Debug, PartialEq)]
struct OtherPeople {
    shown: Vec<UserView>,
    /// How many people aren't in `shown`.
    more: i64,
}

impl OtherPeople {
    fn new(presence: &PresenceSnapshot, me: UserId) -> Self {
        let named = presence.people.len();
        let mut shown: Vec<_> = presence.people.iter().filter(|it| it.id != me).cloned().collect();
        // The snapshot names only the first people. If it doesn't name all, the person themselves may
        // be one of the unnamed.
        let includes_me = shown.len() < named || count(named) < presence.total;
        shown.truncate(MAX_SHOWN);
        let others = presence.total - i64::from(includes_me);
        let more = (others - count(shown.len())).max(0);
        Self { shown, more }
    }
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use contract::Name;

    fn id(number: u128) -> UserId {
        UserId::from_uuid(Uuid::from_u128(number))
    }

    fn presence(numbers: impl IntoIterator<Item = u128>, total: i64) -> PresenceSnapshot {
        let person = |number| UserView {
            id: id(number),
            name: Name::parse(&format!("Person {number}")).unwrap(),
            email: None,
            email_version: None,
            picture: None,
            version: 1,
        };
        PresenceSnapshot { people: numbers.into_iter().map(person).collect(), total }
    }

    fn shown(presence: &PresenceSnapshot, me: u128) -> (Vec<UserId>, i64) {
        let OtherPeople { shown, more } = OtherPeople::new(presence, id(me));
        (shown.iter().map(|person| person.id).collect(), more)
    }

    #[test]
    fn the_person_themselves_is_not_shown() {
        assert_eq!(shown(&presence([1], 1), 1), (vec![], 0));
        assert_eq!(shown(&presence([1, 2], 2), 1), (vec![id(2)], 0));
        // The snapshot is from before the own stream was opened.
        assert_eq!(shown(&presence([2], 1), 1), (vec![id(2)], 0));
    }

    #[test]
    fn at_most_five_people_are_shown_and_the_others_counted() {
        let five: Vec<_> = (2..=6).map(id).collect();
        assert_eq!(shown(&presence(1..=6, 6), 1), (five.clone(), 0));
        assert_eq!(shown(&presence(1..=9, 9), 1), (five.clone(), 3));
        assert_eq!(
            shown(&presence(2..=21, 30), 1),
            (five, 24),
            "the person themselves is one of the unnamed"
        );
    }
}
