//! Who else has the organization open now.

use leptos::prelude::*;

use super::visit::Visit;
use crate::components::{Avatar, AvatarOf, AvatarSize, For, Show};
use client::cache::ssr_memo;
use client::realtime::StreamStatus;
use contract::UserId;
use contract::event::PresenceSnapshot;
use contract::view::UserView;

/// How many are shown; the others are counted.
const MOST_SHOWN: usize = 5;

/// Those who are here beside me. They come and go without being announced: it would be too much.
#[component]
pub fn HereNow(visit: Visit) -> impl IntoView {
    let others = ssr_memo(move |_| {
        let me = visit.map(|detail| detail.membership.user.id);
        let is_known = is_known(visit.status.get());
        me.filter(|_| is_known).map(|me| visit.here.with(|here| Others::of(here, me)))
    });
    let people = ssr_memo(move |_| {
        others.with(|others| others.as_ref().map(|it| it.shown.clone()).unwrap_or_default())
    });
    let more = ssr_memo(move |_| others.with(|others| others.as_ref().map_or(0, |it| it.more)));
    let is_alone = ssr_memo(move |_| people.with(Vec::is_empty) && more.get() == 0);
    view! {
        <Show when=move || !is_alone.get()>
            <div class="here">
                <span class="here__label faint" id="here-now">"Here now"</span>
                <ul class="here__people" aria-labelledby="here-now">
                    // Somebody with another name, or picture, is drawn again.
                    <For
                        each=move || people.get()
                        key=|person| (person.id, person.version)
                        let(person)
                    >
                        <Person person />
                    </For>
                    <Show when=move || { more.get() > 0 }>
                        <li class="here__more faint">
                            <span aria-hidden="true">{move || format!("+{}", more.get())}</span>
                            <span class="unseen">{move || format!("and {} more", more.get())}</span>
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
        <li class="here__person" title=title>
            <Avatar of name size=AvatarSize::Small />
            <span class="unseen">{called}</span>
        </li>
    }
    .into_any()
}

/// Without the stream nobody knows who is here.
const fn is_known(status: StreamStatus) -> bool {
    matches!(status, StreamStatus::Live | StreamStatus::Degraded | StreamStatus::CatchingUp)
}

/// Who is here beside the reader.
#[derive(Clone, Debug, PartialEq)]
struct Others {
    shown: Vec<UserView>,
    /// How many there are beside them.
    more: i64,
}

impl Others {
    fn of(here: &PresenceSnapshot, me: UserId) -> Self {
        let told = here.people.len();
        let mut shown: Vec<_> = here.people.iter().filter(|it| it.id != me).cloned().collect();
        // Where not all are told by name, I am among the others.
        let counts_me = shown.len() < told || count(told) < here.total;
        shown.truncate(MOST_SHOWN);
        let others = here.total - i64::from(counts_me);
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

    fn here(numbers: impl IntoIterator<Item = u128>, total: i64) -> PresenceSnapshot {
        let person = |number| UserView {
            id: id(number),
            name: Name::parse(&format!("Person {number}")).unwrap(),
            email: None,
            picture: None,
            version: 1,
        };
        PresenceSnapshot { people: numbers.into_iter().map(person).collect(), total }
    }

    fn shown(here: &PresenceSnapshot, me: u128) -> (Vec<UserId>, i64) {
        let Others { shown, more } = Others::of(here, id(me));
        (shown.iter().map(|person| person.id).collect(), more)
    }

    #[test]
    fn i_am_not_among_the_others() {
        assert_eq!(shown(&here([1], 1), 1), (vec![], 0));
        assert_eq!(shown(&here([1, 2], 2), 1), (vec![id(2)], 0));
        // My own stream isn't told of yet.
        assert_eq!(shown(&here([2], 1), 1), (vec![id(2)], 0));
    }

    #[test]
    fn five_are_shown_and_the_others_counted() {
        let five: Vec<_> = (2..=6).map(id).collect();
        assert_eq!(shown(&here(1..=6, 6), 1), (five.clone(), 0));
        assert_eq!(shown(&here(1..=9, 9), 1), (five.clone(), 3));
        assert_eq!(shown(&here(2..=21, 30), 1), (five, 24), "I am one of those without a name");
    }
}
