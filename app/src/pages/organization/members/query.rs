//! Search, role filter and order of the members. They are in the address, so that a view can be
//! bookmarked and shared.

use std::cmp::Ordering;

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};

use crate::pages::routes;
use client::api::memberships::{MembersQuery, Order, Sort};
use client::cache::{LiveQuery, Members, compare_by_name, memo};
use contract::MembershipId;
use contract::text::case_folded;
use contract::view::MembershipView;

/// Returns the query of the address. Invalid parameters are ignored.
pub fn use_members_query() -> Memo<MembersQuery> {
    let query = use_query_map();
    Memo::new(move |_| {
        query.with(|query| MembersQuery::from_parameters(|name| query.get_str(name)))
    })
}

/// Returns a function that writes another query to the address, without an entry in the history.
pub fn use_set_members_query() -> impl Fn(&MembersQuery) + Send + Sync {
    let navigate = use_navigate();
    let location = use_location();
    move |query| {
        let page = location.pathname.get_untracked();
        let pairs = query.parameters();
        let path = if pairs.is_empty() { page } else { routes::with_query(&page, &pairs) };
        let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
        navigate(&path, options);
    }
}

/// Returns the ids of the members that match the query, in its order.
pub fn matching_members(
    members: LiveQuery<Members>,
    query: Memo<MembersQuery>,
) -> Signal<Vec<MembershipId>> {
    memo(move |_| {
        let ids = members.map(|members| query.with(|query| filter_and_sort(&members.items, query)));
        ids.unwrap_or_default()
    })
}

/// `members` are sorted by name.
fn filter_and_sort(members: &[MembershipView], query: &MembersQuery) -> Vec<MembershipId> {
    let text: String = case_folded(query.q.trim()).collect();
    let mut found: Vec<_> = members.iter().filter(|it| matches(it, &text, query)).collect();
    if (query.sort, query.order) != (Sort::Name, Order::Asc) {
        found.sort_by(|one, other| compare(one, other, query));
    }
    found.into_iter().map(|it| it.id).collect()
}

/// `text` is in folded case.
fn matches(member: &MembershipView, text: &str, query: &MembersQuery) -> bool {
    let contains =
        |whole: &str| text.is_empty() || case_folded(whole).collect::<String>().contains(text);
    query.role.is_none_or(|role| member.role == role)
        && (contains(member.user.name.as_str())
            || member.user.email.as_ref().is_some_and(|email| contains(email.as_str())))
}

/// Compares as the server does: members that are equal are sorted by id, which is when they joined.
fn compare(one: &MembershipView, other: &MembershipView, query: &MembersQuery) -> Ordering {
    let ascending = match query.sort {
        Sort::Name => compare_by_name(one, other),
        Sort::Role => one.role.label().cmp(other.role.label()),
        Sort::CreatedAt => one.created_at.cmp(&other.created_at),
    };
    let ascending = ascending.then(one.id.cmp(&other.id));
    if query.order == Order::Desc { ascending.reverse() } else { ascending }
}

#[cfg(test)]
mod tests {
    use super::*;
    use client::cache::fixtures::*;
    use contract::{Email, Role};

    fn found(query: &MembersQuery) -> Vec<MembershipId> {
        let mut ada = member(ORGANIZATION, 3, "Ada");
        ada.user.email = Some(Email::parse("lovelace@example.com").unwrap());
        let grace = MembershipView { role: Role::Admin, ..member(ORGANIZATION, 1, "Grace") };
        filter_and_sort(&[ada, member(ORGANIZATION, 2, "Barbara"), grace], query)
    }

    fn ids(numbers: [u128; 3]) -> Vec<MembershipId> {
        let id = |number| member(ORGANIZATION, number, "Someone").id;
        numbers.into_iter().map(id).collect()
    }

    #[test]
    fn search_matches_names_and_emails_in_any_case() {
        for (text, count) in [("ADA", 1), ("Love", 1), ("ra", 2), (" ", 3), ("nobody", 0)] {
            let query = MembersQuery { q: text.to_owned(), ..Default::default() };
            assert_eq!(found(&query).len(), count, "{text}");
        }
    }

    #[test]
    fn role_filter_keeps_only_that_role() {
        let query = MembersQuery { role: Some(Role::Admin), ..Default::default() };
        assert_eq!(found(&query), ids([1, 1, 1])[..1]);
    }

    #[test]
    fn members_are_sorted_in_both_directions() {
        for (sort, ascending) in [(Sort::Name, [3, 2, 1]), (Sort::Role, [1, 2, 3])] {
            let mut query = MembersQuery { sort, ..Default::default() };
            assert_eq!(found(&query), ids(ascending), "{sort:?}");
            query.order = Order::Desc;
            let descending = ids(ascending).into_iter().rev().collect::<Vec<_>>();
            assert_eq!(found(&query), descending, "{sort:?}");
        }
    }
}
