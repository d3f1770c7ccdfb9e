//! The filter by person: a combobox that searches the members on the server, as there may be
//! thousands.

use std::time::Duration;

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::query::AuditLog;
use crate::pages::organization::context::OrganizationContext;
use client::api;
use client::api::memberships::MembersQuery;
use client::cache::{Activities, memo};
use client::effect::effect;
use contract::activity::{PersonSummary, Subject};
use contract::view::{MembershipView, UserView};
use contract::{OrganizationId, UserId};

/// How many people are offered; typing narrows the list.
const MAX_OPTIONS: usize = 8;

/// How long to wait after a key before searching.
const TYPING_DELAY: Duration = Duration::from_millis(150);

/// A person's id and name.
type NamedPerson = (UserId, String);

/// The combobox.
#[component]
pub fn PersonFilter(
    audit_log: AuditLog,
    context: OrganizationContext,
    /// The chosen person; none for all.
    #[prop(into)]
    person: Signal<Option<UserId>>,
    /// Called with another choice.
    #[prop(into)]
    choose: Callback<Option<UserId>>,
) -> impl IntoView {
    let picked = RwSignal::new(None::<NamedPerson>);
    let chosen = memo(move |last: Option<&Option<NamedPerson>>| {
        let id = person.get()?;
        let find = |audit_log: &Activities| name_in(audit_log, id);
        // The browser has the audit log before it renders the page, so it needn't suspend.
        let in_audit_log = if cfg!(feature = "ssr") {
            audit_log.map(find)
        } else {
            audit_log.map_without_suspense(find)
        };
        let known = |named: &Option<NamedPerson>| named.clone().filter(|(its, _)| *its == id);
        let before = || picked.with(known).or_else(|| last.and_then(known));
        let unknown = || in_audit_log.is_some().then(|| (id, "Someone".to_owned()));
        in_audit_log.clone().flatten().or_else(before).or_else(unknown)
    });
    let pick = move |user: Option<UserView>| {
        let named = user.map(|user| (user.id, user.name.to_string()));
        let id = named.as_ref().map(|(id, _)| *id);
        picked.set(named);
        choose.run(id);
    };
    let search = PersonSearch::new(context, Callback::new(pick));
    let name = move || chosen.with(|chosen| chosen.as_ref().map(|(_, name)| name.clone()));
    let text = move || search.typed.get().or_else(name).unwrap_or_default();
    let input = NodeRef::<html::Input>::new();
    effect(move || {
        let text = text();
        if let Some(input) = input.get().filter(|input| input.value() != text) {
            input.set_value(&text);
        }
    });
    let active_id = move || search.open.get().then(|| search.active.get().map(option_id)).flatten();
    view! {
        <div class="filters__field picker">
            <label class="field__label" for="audit-log-person">
                "Person"
            </label>
            <input
                id="audit-log-person"
                class="input"
                role="combobox"
                type="text"
                autocomplete="off"
                spellcheck="false"
                placeholder="All people"
                value=move || untrack(text)
                aria-autocomplete="list"
                aria-controls="audit-log-people"
                aria-expanded=move || search.open.get().to_string()
                aria-activedescendant=active_id
                node_ref=input
                on:click=move |_| search.open_list()
                on:input:target=move |event| search.search(event.target().value())
                on:keydown=move |event| search.on_key(&event)
                on:blur=move |_| search.close()
            />
            <Options search person />
        </div>
    }
    .into_any()
}

#[component]
fn Options(search: PersonSearch, person: Signal<Option<UserId>>) -> impl IntoView {
    let option = move |index: usize, user: Option<UserView>| {
        let id = user.as_ref().map(|user| user.id);
        let name = user.as_ref().map_or("All people".to_owned(), |user| user.name.to_string());
        let email = user.and_then(|user| user.email).map(|email| email.to_string());
        view! {
            <li
                id=option_id(index)
                role="option"
                class="picker__option"
                class:picker__option--active=move || search.active.get() == Some(index)
                aria-selected=move || (person.get() == id).to_string()
                // The field keeps the focus.
                on:mousedown=move |event| event.prevent_default()
                on:click=move |_| search.choose(index)
            >
                {name}
                {email.map(|email| view! { <span class="text-subtle">{email}</span> })}
            </li>
        }
    };
    view! {
        <ul
            id="audit-log-people"
            class="picker__list"
            role="listbox"
            aria-label="People"
            hidden=move || !search.open.get()
        >
            {move || option(0, None)}
            {move || {
                let found = search.found.get().people.into_iter().enumerate();
                found.map(|(index, user)| option(index + 1, Some(user))).collect_view()
            }}
        </ul>
        <p class="visually-hidden" role="status" aria-label="People found">
            {move || search.open.get().then(|| search.found.with(FoundPeople::sentence))}
        </p>
    }
    .into_any()
}

fn option_id(index: usize) -> String {
    format!("audit-log-person-{index}")
}

/// The people that the server found.
#[derive(Clone, Debug, Default, PartialEq)]
struct FoundPeople {
    people: Vec<UserView>,
    total: i64,
}

impl FoundPeople {
    fn sentence(&self) -> String {
        match (self.people.len(), self.total) {
            (0, _) => "No people found.".to_owned(),
            (shown, total) if usize::try_from(total) == Ok(shown) => format!("{shown} found."),
            (shown, total) => format!("{shown} of {total} shown. Keep typing to narrow the list."),
        }
    }
}

/// The state of the combobox.
#[derive(Clone, Copy)]
struct PersonSearch {
    context: OrganizationContext,
    on_choose: Callback<Option<UserView>>,
    /// The text that was typed; none while the list is closed.
    typed: RwSignal<Option<String>>,
    open: RwSignal<bool>,
    found: RwSignal<FoundPeople>,
    /// The option that the keyboard is at. Option 0 is "All people".
    active: RwSignal<Option<usize>>,
    /// Whether Enter was pressed before the results came: the first one is chosen when they do.
    choose_first: StoredValue<bool>,
    /// The number of the latest request; answers of earlier ones are ignored.
    latest: StoredValue<u64>,
}

impl PersonSearch {
    fn new(context: OrganizationContext, on_choose: Callback<Option<UserView>>) -> Self {
        Self {
            context,
            on_choose,
            typed: RwSignal::new(None),
            open: RwSignal::new(false),
            found: RwSignal::default(),
            active: RwSignal::new(None),
            choose_first: StoredValue::new(false),
            latest: StoredValue::new(0),
        }
    }

    /// Opens the list with the first members.
    fn open_list(self) {
        if !self.open.get_untracked() {
            self.request(String::new(), Duration::ZERO);
            self.active.set(None);
            self.open.set(true);
        }
    }

    fn search(self, text: String) {
        self.typed.set(Some(text.clone()));
        self.open.set(true);
        self.active.set(text.is_empty().then_some(0));
        self.choose_first.set_value(false);
        self.request(text, TYPING_DELAY);
    }

    fn on_key(self, event: &KeyboardEvent) {
        let last = self.found.with_untracked(|found| found.people.len());
        match event.key().as_str() {
            "ArrowDown" | "ArrowUp" if !self.open.get_untracked() => self.open_list(),
            "ArrowDown" => {
                self.active.update(|at| *at = Some(at.map_or(0, |at| (at + 1).min(last))));
            }
            "ArrowUp" => {
                self.active.update(|at| *at = Some(at.map_or(last, |at| at.saturating_sub(1))));
            }
            "Enter" if self.open.get_untracked() => match self.active.get_untracked() {
                Some(index) => self.choose(index),
                None => self.choose_first.set_value(true),
            },
            "Escape" if self.open.get_untracked() => self.close(),
            _ => return,
        }
        event.prevent_default();
    }

    /// Chooses that option.
    fn choose(self, index: usize) {
        let person = self.found.with_untracked(|found| {
            index.checked_sub(1).and_then(|index| found.people.get(index).cloned())
        });
        self.close();
        self.on_choose.run(person);
    }

    /// Closes the list without a choice.
    fn close(self) {
        self.latest.update_value(|latest| *latest += 1);
        self.choose_first.set_value(false);
        self.open.set(false);
        self.typed.set(None);
    }

    fn request(self, text: String, after: Duration) {
        let Some(organization) = self.context.organization() else { return };
        self.latest.update_value(|latest| *latest += 1);
        let number = self.latest.get_value();
        set_timeout(
            move || {
                if self.latest.try_get_value() == Some(number) {
                    spawn_local(self.find(organization.id, text, number));
                }
            },
            after,
        );
    }

    async fn find(self, organization: OrganizationId, text: String, number: u64) {
        let is_narrowed = !text.trim().is_empty();
        let query = MembersQuery { q: text, ..Default::default() };
        // After a failure the list is empty; typing on searches again.
        let answer = api::memberships::first_page(organization, &query).await;
        if self.latest.try_get_value() != Some(number) {
            return;
        }
        let found = answer.map(|list| {
            let people = list.items.into_iter().take(MAX_OPTIONS);
            FoundPeople {
                people: people.map(|item: MembershipView| item.user).collect(),
                total: list.total,
            }
        });
        let found = found.unwrap_or_default();
        // The first result is active, so that Enter chooses it.
        if is_narrowed {
            self.active.set((!found.people.is_empty()).then_some(1));
        }
        let has_results = !found.people.is_empty();
        self.found.set(found);
        if is_narrowed && has_results && self.choose_first.get_value() {
            self.choose(1);
        }
    }
}

/// Returns that person's name in the audit log.
fn name_in(audit_log: &Activities, id: UserId) -> Option<NamedPerson> {
    let called = |mentioned: &PersonSummary| {
        let name = mentioned.name.as_ref().filter(|_| mentioned.id == id)?;
        Some((id, name.to_string()))
    };
    audit_log.items.iter().find_map(|item| {
        let person = match &item.subject {
            Subject::Membership(its) => Some(&its.person),
            Subject::Invitation(its) => its.person.as_ref(),
            _ => None,
        };
        item.actor.as_ref().and_then(called).or_else(|| person.and_then(called))
    })
}
