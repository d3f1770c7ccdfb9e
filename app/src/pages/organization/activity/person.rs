//! Choosing one person of the trail by typing: who fits is asked for, as there may be thousands.

use std::time::Duration;

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::AuditLog;
use crate::pages::organization::visit::Visit;
use client::api;
use client::api::memberships::MembersQuery;
use client::cache::{Activities, ssr_memo};
use client::effect::effect;
use contract::activity::{Mentioned, Subject};
use contract::view::{MembershipView, UserView};
use contract::{OrganizationId, UserId};

/// So many are offered; typing finds the others.
const MOST_OFFERED: usize = 8;

/// How long nothing may be typed before it is asked who fits.
const TYPING: Duration = Duration::from_millis(150);

/// Someone in the trail, by name.
type Named = (UserId, String);

/// A field that offers who fits to what is typed.
#[component]
pub fn PersonChoice(
    trail: AuditLog,
    visit: Visit,
    /// Who is chosen.
    #[prop(into)]
    person: Signal<Option<UserId>>,
    /// Called with another choice.
    #[prop(into)]
    choose: Callback<Option<UserId>>,
) -> impl IntoView {
    let picked = RwSignal::new(None::<Named>);
    let chosen = ssr_memo(move |last: Option<&Option<Named>>| {
        let id = person.get()?;
        let look = |trail: &Activities| name_in(trail, id);
        // In the browser the trail is there before the page, and the field waits for nothing.
        let in_trail =
            if cfg!(feature = "ssr") { trail.map(look) } else { trail.map_without_suspense(look) };
        let known = |named: &Option<Named>| named.clone().filter(|(its, _)| *its == id);
        let before = || picked.with(known).or_else(|| last.and_then(known));
        let unknown = || in_trail.is_some().then(|| (id, "Someone".to_owned()));
        in_trail.clone().flatten().or_else(before).or_else(unknown)
    });
    let pick = move |user: Option<UserView>| {
        let named = user.map(|user| (user.id, user.name.to_string()));
        let id = named.as_ref().map(|(id, _)| *id);
        picked.set(named);
        choose.run(id);
    };
    let offer = Offer::new(visit, Callback::new(pick));
    let name = move || chosen.with(|chosen| chosen.as_ref().map(|(_, name)| name.clone()));
    let text = move || offer.typed.get().or_else(name).unwrap_or_default();
    let input = NodeRef::<html::Input>::new();
    effect(move || {
        let text = text();
        if let Some(input) = input.get().filter(|input| input.value() != text) {
            input.set_value(&text);
        }
    });
    let active_id = move || offer.open.get().then(|| offer.active.get().map(option_id)).flatten();
    view! {
        <div class="filters__choice picker">
            <label class="field__label" for="trail-person">
                "Person"
            </label>
            <input
                id="trail-person"
                class="input"
                role="combobox"
                type="text"
                autocomplete="off"
                spellcheck="false"
                placeholder="All people"
                value=move || untrack(text)
                aria-autocomplete="list"
                aria-controls="trail-people"
                aria-expanded=move || offer.open.get().to_string()
                aria-activedescendant=active_id
                node_ref=input
                on:click=move |_| offer.begin()
                on:input:target=move |event| offer.type_in(event.target().value())
                on:keydown=move |event| offer.press(&event)
                on:blur=move |_| offer.close()
            />
            <Options offer person />
        </div>
    }
    .into_any()
}

#[component]
fn Options(offer: Offer, person: Signal<Option<UserId>>) -> impl IntoView {
    let option = move |index: usize, user: Option<UserView>| {
        let id = user.as_ref().map(|user| user.id);
        let name = user.as_ref().map_or("All people".to_owned(), |user| user.name.to_string());
        let email = user.and_then(|user| user.email).map(|email| email.to_string());
        view! {
            <li
                id=option_id(index)
                role="option"
                class="picker__option"
                class:picker__option--active=move || offer.active.get() == Some(index)
                aria-selected=move || (person.get() == id).to_string()
                // The field keeps the focus.
                on:mousedown=move |event| event.prevent_default()
                on:click=move |_| offer.take(index)
            >
                {name}
                {email.map(|email| view! { <span class="faint">{email}</span> })}
            </li>
        }
    };
    view! {
        <ul
            id="trail-people"
            class="picker__list"
            role="listbox"
            aria-label="People"
            hidden=move || !offer.open.get()
        >
            {move || option(0, None)}
            {move || {
                let found = offer.found.get().people.into_iter().enumerate();
                found.map(|(index, user)| option(index + 1, Some(user))).collect_view()
            }}
        </ul>
        <p class="unseen" role="status" aria-label="People found">
            {move || offer.open.get().then(|| offer.found.with(Found::sentence))}
        </p>
    }
    .into_any()
}

fn option_id(index: usize) -> String {
    format!("trail-person-{index}")
}

/// Who fits.
#[derive(Clone, Debug, Default, PartialEq)]
struct Found {
    people: Vec<UserView>,
    total: i64,
}

impl Found {
    fn sentence(&self) -> String {
        match (self.people.len(), self.total) {
            (0, _) => "No people found.".to_owned(),
            (shown, total) if usize::try_from(total) == Ok(shown) => format!("{shown} found."),
            (shown, total) => format!("{shown} of {total} shown. Keep typing to narrow the list."),
        }
    }
}

/// What is typed and offered.
#[derive(Clone, Copy)]
struct Offer {
    visit: Visit,
    pick: Callback<Option<UserView>>,
    /// Nothing, unless somebody is choosing.
    typed: RwSignal<Option<String>>,
    open: RwSignal<bool>,
    found: RwSignal<Found>,
    /// Which option the keyboard is at; the first is everybody.
    active: RwSignal<Option<usize>>,
    /// Whether to choose the first who fits as soon as that is known.
    eager: StoredValue<bool>,
    /// Counts the questions: only the last one's answer counts.
    asked: StoredValue<u64>,
}

impl Offer {
    fn new(visit: Visit, pick: Callback<Option<UserView>>) -> Self {
        Self {
            visit,
            pick,
            typed: RwSignal::new(None),
            open: RwSignal::new(false),
            found: RwSignal::default(),
            active: RwSignal::new(None),
            eager: StoredValue::new(false),
            asked: StoredValue::new(0),
        }
    }

    /// Offers whoever comes first.
    fn begin(self) {
        if !self.open.get_untracked() {
            self.ask(String::new(), Duration::ZERO);
            self.active.set(None);
            self.open.set(true);
        }
    }

    fn type_in(self, text: String) {
        self.typed.set(Some(text.clone()));
        self.open.set(true);
        self.active.set(text.is_empty().then_some(0));
        self.eager.set_value(false);
        self.ask(text, TYPING);
    }

    fn press(self, event: &KeyboardEvent) {
        let last = self.found.with_untracked(|found| found.people.len());
        match event.key().as_str() {
            "ArrowDown" | "ArrowUp" if !self.open.get_untracked() => self.begin(),
            "ArrowDown" => {
                self.active.update(|at| *at = Some(at.map_or(0, |at| (at + 1).min(last))));
            }
            "ArrowUp" => {
                self.active.update(|at| *at = Some(at.map_or(last, |at| at.saturating_sub(1))));
            }
            "Enter" if self.open.get_untracked() => match self.active.get_untracked() {
                Some(index) => self.take(index),
                None => self.eager.set_value(true),
            },
            "Escape" if self.open.get_untracked() => self.close(),
            _ => return,
        }
        event.prevent_default();
    }

    /// Chooses that option.
    fn take(self, index: usize) {
        let person = self.found.with_untracked(|found| {
            index.checked_sub(1).and_then(|index| found.people.get(index).cloned())
        });
        self.close();
        self.pick.run(person);
    }

    /// Leaves everything as it was.
    fn close(self) {
        self.asked.update_value(|asked| *asked += 1);
        self.eager.set_value(false);
        self.open.set(false);
        self.typed.set(None);
    }

    fn ask(self, text: String, after: Duration) {
        let Some(organization) = self.visit.organization() else { return };
        self.asked.update_value(|asked| *asked += 1);
        let number = self.asked.get_value();
        set_timeout(
            move || {
                if self.asked.try_get_value() == Some(number) {
                    spawn_local(self.find(organization.id, text, number));
                }
            },
            after,
        );
    }

    async fn find(self, organization: OrganizationId, text: String, number: u64) {
        let is_narrowed = !text.trim().is_empty();
        let query = MembersQuery { q: text, ..Default::default() };
        // Whoever types on asks again; a failure offers nobody.
        let answer = api::memberships::first_page(organization, &query).await;
        if self.asked.try_get_value() != Some(number) {
            return;
        }
        let found = answer.map(|list| {
            let people = list.items.into_iter().take(MOST_OFFERED);
            Found {
                people: people.map(|item: MembershipView| item.user).collect(),
                total: list.total,
            }
        });
        let found = found.unwrap_or_default();
        // The first who fits is at hand.
        if is_narrowed {
            self.active.set((!found.people.is_empty()).then_some(1));
        }
        let fits = !found.people.is_empty();
        self.found.set(found);
        if is_narrowed && fits && self.eager.get_value() {
            self.take(1);
        }
    }
}

/// What the trail calls that person.
fn name_in(trail: &Activities, id: UserId) -> Option<Named> {
    let called = |mentioned: &Mentioned| {
        let name = mentioned.name.as_ref().filter(|_| mentioned.id == id)?;
        Some((id, name.to_string()))
    };
    trail.items.iter().find_map(|item| {
        let person = match &item.subject {
            Subject::Membership(its) => Some(&its.person),
            Subject::Invitation(its) => its.person.as_ref(),
            _ => None,
        };
        item.actor.as_ref().and_then(called).or_else(|| person.and_then(called))
    })
}
