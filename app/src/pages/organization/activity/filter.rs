//! Which part of the trail is shown: the address says it, so it can be kept and passed on.

use std::iter;

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use leptos_router::params::ParamsMap;

use super::AuditLog;
use super::person::PersonChoice;
use crate::components::{For, Transition};
use crate::pages::organization::visit::Visit;
use crate::pages::path;
use client::api::activities::AuditLogFilter;
use contract::{Capability, Kind, ResourceKind, UserId};

/// The filter of the page's address. What can't be read filters nothing.
pub fn filter_of_page() -> Memo<AuditLogFilter> {
    let query = use_query_map();
    Memo::new(move |_| query.with(read))
}

fn read(query: &ParamsMap) -> AuditLogFilter {
    AuditLogFilter {
        person: query.get_str("person").and_then(|text| text.parse().ok()),
        kind: query.get_str("kind").and_then(Kind::parse),
    }
}

fn write(page: &str, filter: AuditLogFilter) -> String {
    let person = filter.person.map(|person| person.to_string());
    let kind = filter.kind.map(Kind::as_str);
    let pairs: Vec<_> = [("person", person.as_deref()), ("kind", kind)]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
    if pairs.is_empty() { page.to_owned() } else { path::with_query(page, &pairs) }
}

/// What there is to choose from, in the order of the list.
fn kinds() -> impl Iterator<Item = (Kind, String)> {
    let named = |kind, name: &str| (kind, name.to_owned());
    let held = ResourceKind::ALL
        .iter()
        .map(|kind| (Kind::Resource(*kind), capitalised(kind.collection())));
    let settings =
        [named(Kind::Organization, "Organization"), named(Kind::Invitation, "Invitations")];
    iter::once(named(Kind::Membership, "Members")).chain(held).chain(settings)
}

fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_ascii_uppercase() + rest
}

/// The lists to choose from.
#[component]
pub fn Choices(trail: AuditLog, visit: Visit) -> impl IntoView {
    view! {
        <div class="filters">
            <Transition>
                <People trail visit />
            </Transition>
            <Transition>
                <Kinds visit />
            </Transition>
        </div>
    }
    .into_any()
}

#[component]
fn People(trail: AuditLog, visit: Visit) -> impl IntoView {
    let filter = filter_of_page();
    let go = StoredValue::new(goer());
    let choose = move |person: Option<UserId>| {
        go.with_value(|go| go(AuditLogFilter { person, ..filter.get_untracked() }));
    };
    let person = Signal::derive(move || filter.get().person);
    view! { <PersonChoice trail visit person choose /> }.into_any()
}

#[component]
fn Kinds(visit: Visit) -> impl IntoView {
    let filter = filter_of_page();
    let go = StoredValue::new(goer());
    let sees_invitations = visit.may(Capability::ManageInvitations);
    let choose = move |text: String| {
        go.with_value(|go| {
            go(AuditLogFilter { kind: Kind::parse(&text), ..filter.get_untracked() })
        });
    };
    let offered = move || {
        kinds().filter(move |(kind, _)| *kind != Kind::Invitation || sees_invitations.get())
    };
    view! {
        <label class="filters__choice">
            <span class="field__label">"Type"</span>
            <select
                class="select"
                autocomplete="off"
                on:change:target=move |event| choose(event.target().value())
            >
                <option value="" selected=move || filter.get().kind.is_none()>
                    "All types"
                </option>
                <For each=offered key=|(kind, _)| *kind let((kind, name))>
                    <option
                        value=kind.as_str()
                        selected=move || filter.get().kind == Some(kind)
                    >
                        {name}
                    </option>
                </For>
            </select>
        </label>
    }
    .into_any()
}

/// Goes to the same page with another filter.
fn goer() -> impl Fn(AuditLogFilter) + Send + Sync {
    let navigate = use_navigate();
    let location = use_location();
    move |filter| {
        let page = location.pathname.get_untracked();
        let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
        navigate(&write(&page, filter), options);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_back_as_it_was_written() {
        let person = "00000000-0000-7000-8000-000000000001".parse().ok();
        for filter in [
            AuditLogFilter::default(),
            AuditLogFilter { person, kind: None },
            AuditLogFilter { person, kind: Some(Kind::Resource(ResourceKind::Note)) },
        ] {
            let address = write("/o/north-wind/activity", filter);
            let query = address.split_once('?').map_or("", |(_, query)| query);
            let pairs = form_urlencoded::parse(query.as_bytes());
            let query: ParamsMap =
                pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
            assert_eq!(read(&query), filter, "{address}");
        }
    }
}
