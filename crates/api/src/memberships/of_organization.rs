//! The members of one organization: filtered, sorted, a page at a time.

use contract::view::MembershipView;
use contract::{MembershipId, Name, OrganizationId, Role, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::PgExecutor;

use super::row::{MembershipRow, select_memberships};
use crate::wire;

/// Which members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Of which organization.
    pub organization_id: OrganizationId,
    /// Part of the name, or of the address where those may be seen; empty for all.
    pub text: String,
    /// Whether the addresses may be searched.
    pub addresses: Addresses,
    /// In this role only.
    pub role: Option<Role>,
}

/// Whether a reader may search addresses. Finding by what one can't see would show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addresses {
    /// They see them.
    Visible,
    /// They don't.
    Hidden,
}

/// By what to sort; ties in the order of joining.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Sort {
    /// What they are called.
    #[default]
    Name,
    /// Admins first, members then.
    Role,
    /// Since when they belong.
    CreatedAt,
}

/// In which direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the first to the last.
    #[default]
    Asc,
    /// From the last to the first.
    Desc,
}

/// Where a page ended: what its last member was sorted by, and who that was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    key: Key,
    id: MembershipId,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Key {
    Name(Name),
    Role(Role),
    CreatedAt(Timestamp),
}

impl Place {
    fn of(member: &MembershipView, sort: Sort) -> Self {
        let key = match sort {
            Sort::Name => Key::Name(member.user.name.clone()),
            Sort::Role => Key::Role(member.role),
            Sort::CreatedAt => Key::CreatedAt(member.created_at),
        };
        Self { key, id: member.id }
    }

    /// By what the page was sorted that ended here. Only such a page goes on from here.
    #[must_use]
    pub const fn sort(&self) -> Sort {
        match self.key {
            Key::Name(_) => Sort::Name,
            Key::Role(_) => Sort::Role,
            Key::CreatedAt(_) => Sort::CreatedAt,
        }
    }

    fn key_as_text(&self) -> String {
        match &self.key {
            Key::Name(name) => name.to_string(),
            Key::Role(role) => wire::text(role),
            Key::CreatedAt(at) => wire::text(at),
        }
    }
}

/// A page of members, complete: the reader's visibility is still to be applied.
#[derive(Clone, Debug)]
pub struct Page {
    /// The members.
    pub members: Vec<MembershipView>,
    /// Where the next page begins, if there is one.
    pub next: Option<Place>,
}

/// What the filter asks of a membership `m` and its user `u`: `$1` to `$4`.
macro_rules! matching {
    () => {
        "m.organization_id = $1
         and ($2::text is null or m.role = $2)
         and ($3 = '' or position(lower($3) in lower(u.name)) > 0
              or $4 and position(lower($3) in u.email) > 0)"
    };
}

/// The statement for one page, sorted by that expression, from the place `$5`, `$6` on.
macro_rules! select_page {
    ($key:literal after $place:literal, $comparison:literal $direction:literal) => {
        select_memberships!(concat!(
            "where ",
            matching!(),
            " and ($5::text is null or (",
            $key,
            ", m.id) ",
            $comparison,
            " (",
            $place,
            ", $6))
              order by ",
            $key,
            " ",
            $direction,
            ", m.id ",
            $direction,
            " limit $7"
        ))
    };
}

const fn statement(sort: Sort, direction: Direction) -> &'static str {
    use Direction::{Asc, Desc};
    match (sort, direction) {
        (Sort::Name, Asc) => select_page!("lower(u.name)" after "lower($5)", ">" "asc"),
        (Sort::Name, Desc) => select_page!("lower(u.name)" after "lower($5)", "<" "desc"),
        (Sort::Role, Asc) => select_page!("m.role" after "$5", ">" "asc"),
        (Sort::Role, Desc) => select_page!("m.role" after "$5", "<" "desc"),
        (Sort::CreatedAt, Asc) => select_page!("m.created_at" after "$5::timestamptz", ">" "asc"),
        (Sort::CreatedAt, Desc) => select_page!("m.created_at" after "$5::timestamptz", "<" "desc"),
    }
}

/// How many members the filter lets through.
///
/// # Errors
/// When the database can't answer.
pub async fn count(executor: impl PgExecutor<'_>, filter: &Filter) -> Result<i64, sqlx::Error> {
    const STATEMENT: &str = concat!(
        "select count(*) from memberships m join users u on u.id = m.user_id where ",
        matching!()
    );
    sqlx::query_scalar(STATEMENT)
        .bind(filter.organization_id)
        .bind(filter.role)
        .bind(&filter.text)
        .bind(filter.addresses == Addresses::Visible)
        .fetch_one(executor)
        .await
}

/// At most `limit` members, from where the page before ended.
///
/// # Errors
/// When the database can't answer.
pub async fn page(
    executor: impl PgExecutor<'_>,
    filter: &Filter,
    (sort, direction): (Sort, Direction),
    after: Option<&Place>,
    limit: i64,
) -> Result<Page, sqlx::Error> {
    // One more than asked for tells whether there is a next page.
    let one_more = limit.saturating_add(1);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let rows: Vec<MembershipRow> = sqlx::query_as(statement(sort, direction))
        .bind(filter.organization_id)
        .bind(filter.role)
        .bind(&filter.text)
        .bind(filter.addresses == Addresses::Visible)
        .bind(after.map(Place::key_as_text))
        .bind(after.map(|place| place.id))
        .bind(one_more)
        .fetch_all(executor)
        .await?;
    let mut members: Vec<MembershipView> = rows.into_iter().map(MembershipView::from).collect();
    let has_next = members.len() > limit;
    members.truncate(limit);
    let next = members.last().filter(|_| has_next).map(|last| Place::of(last, sort));
    Ok(Page { members, next })
}
