//! Which members are shown, and in which order: the address says it, so it can be kept and passed
//! on.

use std::cmp::Ordering;

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};

use crate::pages::path;
use client::api::memberships::{MembersQuery, Order, Sort};
use client::cache::{LiveQuery, Members, compare_by_name, ssr_memo};
use contract::MembershipId;
use contract::text::case_folded;
use contract::view::MembershipView;

/// What the page's address asks for.
pub fn wanted_of_page() -> Memo<MembersQuery> {
    let query = use_query_map();
    Memo::new(move |_| {
        query.with(|query| MembersQuery::from_parameters(|name| query.get_str(name)))
    })
}

/// Goes to the same page, asking for something else.
pub fn goer() -> impl Fn(&MembersQuery) + Send + Sync {
    let navigate = use_navigate();
    let location = use_location();
    move |wanted| {
        let page = location.pathname.get_untracked();
        let pairs = wanted.parameters();
        let address = if pairs.is_empty() { page } else { path::with_query(&page, &pairs) };
        let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
        navigate(&address, options);
    }
}

/// The members that are shown, in their order.
pub fn shown(members: LiveQuery<Members>, wanted: Memo<MembersQuery>) -> Signal<Vec<MembershipId>> {
    ssr_memo(move |_| {
        let ids = members.map(|members| wanted.with(|wanted| pick(&members.items, wanted)));
        ids.unwrap_or_default()
    })
}

fn pick(by_names: &[MembershipView], wanted: &MembersQuery) -> Vec<MembershipId> {
    let text: String = case_folded(wanted.q.trim()).collect();
    let mut picked: Vec<_> = by_names.iter().filter(|it| fits(it, &text, wanted)).collect();
    if (wanted.sort, wanted.order) != (Sort::Name, Order::Asc) {
        picked.sort_by(|one, other| compare(one, other, wanted));
    }
    picked.into_iter().map(|it| it.id).collect()
}

fn fits(member: &MembershipView, text: &str, wanted: &MembersQuery) -> bool {
    let contains =
        |whole: &str| text.is_empty() || case_folded(whole).collect::<String>().contains(text);
    wanted.role.is_none_or(|role| member.role == role)
        && (contains(member.user.name.as_str())
            || member.user.email.as_ref().is_some_and(|email| contains(email.as_str())))
}

/// As the server sorts: what is equal comes as they joined.
fn compare(one: &MembershipView, other: &MembershipView, wanted: &MembersQuery) -> Ordering {
    let ascending = match wanted.sort {
        Sort::Name => compare_by_name(one, other),
        Sort::Role => one.role.label().cmp(other.role.label()),
        Sort::CreatedAt => one.created_at.cmp(&other.created_at),
    };
    let ascending = ascending.then(one.id.cmp(&other.id));
    if wanted.order == Order::Desc { ascending.reverse() } else { ascending }
}

#[cfg(test)]
mod tests {
    use super::*;
    use client::cache::fixtures::*;
    use contract::{Email, Role};

    fn picked(wanted: &MembersQuery) -> Vec<MembershipId> {
        let mut ada = member(ORGANIZATION, 3, "Ada");
        ada.user.email = Some(Email::parse("lovelace@example.com").unwrap());
        let grace = MembershipView { role: Role::Admin, ..member(ORGANIZATION, 1, "Grace") };
        pick(&[ada, member(ORGANIZATION, 2, "Barbara"), grace], wanted)
    }

    fn ids(numbers: [u128; 3]) -> Vec<MembershipId> {
        let id = |number| member(ORGANIZATION, number, "Anybody").id;
        numbers.into_iter().map(id).collect()
    }

    #[test]
    fn a_search_looks_at_names_and_addresses_whatever_the_case() {
        for (text, count) in [("ADA", 1), ("Love", 1), ("ra", 2), (" ", 3), ("nobody", 0)] {
            let wanted = MembersQuery { q: text.to_owned(), ..Default::default() };
            assert_eq!(picked(&wanted).len(), count, "{text}");
        }
    }

    #[test]
    fn a_role_leaves_out_the_others() {
        let wanted = MembersQuery { role: Some(Role::Admin), ..Default::default() };
        assert_eq!(picked(&wanted), ids([1, 1, 1])[..1]);
    }

    #[test]
    fn they_are_sorted_as_asked_both_ways() {
        for (sort, ascending) in [(Sort::Name, [3, 2, 1]), (Sort::Role, [1, 2, 3])] {
            let mut wanted = MembersQuery { sort, ..Default::default() };
            assert_eq!(picked(&wanted), ids(ascending), "{sort:?}");
            wanted.order = Order::Desc;
            let descending = ids(ascending).into_iter().rev().collect::<Vec<_>>();
            assert_eq!(picked(&wanted), descending, "{sort:?}");
        }
    }
}
