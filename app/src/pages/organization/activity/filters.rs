//! The filters of the audit log. They are in the address, so that a view can be bookmarked and shared.

use std::iter;

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

use super::person_filter::PersonFilter;
use super::query::{AuditLog, use_audit_log_filter};
use crate::components::{For, Transition};
use crate::pages::organization::context::OrganizationContext;
use crate::pages::routes;
use client::api::activities::AuditLogFilter;
use contract::{Capability, Kind, ResourceKind, UserId};

/// Returns the address of `page` with that filter.
fn with_filter(page: &str, filter: AuditLogFilter) -> String {
    let person = filter.person.map(|person| person.to_string());
    let kind = filter.kind.map(Kind::as_str);
    let pairs: Vec<_> = [("person", person.as_deref()), ("kind", kind)]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
    if pairs.is_empty() { page.to_owned() } else { routes::with_query(page, &pairs) }
}

/// Returns the types to choose from, in the order of the list.
fn kinds() -> impl Iterator<Item = (Kind, String)> {
    let named = |kind, name: &str| (kind, name.to_owned());
    let resources = ResourceKind::ALL
        .iter()
        .map(|kind| (Kind::Resource(*kind), capitalised(kind.collection())));
    let settings =
        [named(Kind::Organization, "Organization"), named(Kind::Invitation, "Invitations")];
    iter::once(named(Kind::Membership, "Members")).chain(resources).chain(settings)
}

fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_ascii_uppercase() + rest
}

/// The controls above the list.
#[component]
pub fn Filters(audit_log: AuditLog, context: OrganizationContext) -> impl IntoView {
    view! {
        <div class="filters">
            <Transition>
                <ByPerson audit_log context />
            </Transition>
            <Transition>
                <ByType context />
            </Transition>
        </div>
    }
    .into_any()
}

#[component]
fn ByPerson(audit_log: AuditLog, context: OrganizationContext) -> impl IntoView {
    let filter = use_audit_log_filter();
    let set_filter = StoredValue::new(use_set_filter());
    let choose = move |person: Option<UserId>| {
        set_filter.with_value(|set| set(AuditLogFilter { person, ..filter.get_untracked() }));
    };
    let person = Signal::derive(move || filter.get().person);
    view! { <PersonFilter audit_log context person choose /> }.into_any()
}

#[component]
fn ByType(context: OrganizationContext) -> impl IntoView {
    let filter = use_audit_log_filter();
    let set_filter = StoredValue::new(use_set_filter());
    let sees_invitations = context.may(Capability::ManageInvitations);
    let choose = move |text: String| {
        set_filter.with_value(|set| {
            set(AuditLogFilter { kind: Kind::parse(&text), ..filter.get_untracked() });
        });
    };
    let offered = move || {
        kinds().filter(move |(kind, _)| *kind != Kind::Invitation || sees_invitations.get())
    };
    view! {
        <label class="filters__field">
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

/// Returns a function that writes another filter to the address, without an entry in the history.
fn use_set_filter() -> impl Fn(AuditLogFilter) + Send + Sync {
    let navigate = use_navigate();
    let location = use_location();
    move |filter| {
        let page = location.pathname.get_untracked();
        let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
        navigate(&with_filter(&page, filter), options);
    }
}

#[cfg(test)]
mod tests {
    use leptos_router::params::ParamsMap;

    use super::super::query::filter_from_query;
    use super::*;

    #[test]
    fn filter_survives_the_way_through_the_address() {
        let person = "00000000-0000-7000-8000-000000000001".parse().ok();
        for filter in [
            AuditLogFilter::default(),
            AuditLogFilter { person, kind: None },
            AuditLogFilter { person, kind: Some(Kind::Resource(ResourceKind::Note)) },
        ] {
            let address = with_filter("/o/north-wind/activity", filter);
            let query = address.split_once('?').map_or("", |(_, query)| query);
            let pairs = form_urlencoded::parse(query.as_bytes());
            let query: ParamsMap =
                pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
            assert_eq!(filter_from_query(&query), filter, "{address}");
        }
    }
}
