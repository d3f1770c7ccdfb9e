//! Reads an organization's members: filtered, sorted and by page.

use contract::view::MembershipView;
use contract::{MembershipId, Name, OrganizationId, Role, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::PgExecutor;

use super::row::{JoinedMembershipRow, select_memberships};
use crate::wire;

/// Selects the members to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembersFilter {
    /// The organization.
    pub organization_id: OrganizationId,
    /// A part of the name, or of the email address if [`Self::email_search`] allows. Empty: all members.
    pub text: String,
    /// Whether the text may match email addresses.
    pub email_search: EmailSearch,
    /// Only members with this role.
    pub role: Option<Role>,
}

/// Whether the reader may search email addresses. A search by hidden addresses would reveal them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailSearch {
    /// The reader sees email addresses.
    Allowed,
    /// The reader doesn't see email addresses.
    Denied,
}

/// The sort key. Ties are sorted by the membership's id, which is the order of joining.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Sort {
    /// The name, ignoring case.
    #[default]
    Name,
    /// The role: admins before members.
    Role,
    /// The time of joining.
    CreatedAt,
}

/// The sort direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SortDirection {
    /// Ascending.
    #[default]
    Asc,
    /// Descending.
    Desc,
}

/// The end of a page: the sort key and the id of its last member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembersCursor {
    key: Key,
    id: MembershipId,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Key {
    Name(Name),
    Role(Role),
    CreatedAt(Timestamp),
}

impl MembersCursor {
    fn after(member: &MembershipView, sort: Sort) -> Self {
        let key = match sort {
            Sort::Name => Key::Name(member.user.name.clone()),
            Sort::Role => Key::Role(member.role),
            Sort::CreatedAt => Key::CreatedAt(member.created_at),
        };
        Self { key, id: member.id }
    }

    /// The sort order of the page that ended here. The next page must have the same.
    #[must_use]
    pub const fn sort(&self) -> Sort {
        match self.key {
            Key::Name(_) => Sort::Name,
            Key::Role(_) => Sort::Role,
            Key::CreatedAt(_) => Sort::CreatedAt,
        }
    }

    /// Whether its key can be compared with a column. Only an invented cursor has a time that Postgres
    /// can't read.
    #[must_use]
    pub fn is_storable(&self) -> bool {
        match &self.key {
            Key::CreatedAt(at) => (1..=8999).contains(&at.inner().year()),
            Key::Name(_) | Key::Role(_) => true,
        }
    }

    fn key_as_text(&self) -> String {
        match &self.key {
            Key::Name(name) => name.to_string(),
            Key::Role(role) => wire::to_text(role),
            Key::CreatedAt(at) => wire::to_text(at),
        }
    }
}

/// A page of members with all fields. The caller applies the reader's visibility.
#[derive(Clone, Debug)]
pub struct Page {
    /// The members on this page.
    pub members: Vec<MembershipView>,
    /// The cursor for the next page, if there is one.
    pub next: Option<MembersCursor>,
}

/// The condition of the filter on a membership `m` and its user `u`, with `$1` to `$4`.
macro_rules! matching {
    () => {
        "m.organization_id = $1
         and ($2::text is null or m.role = $2)
         and ($3 = '' or position(lower($3) in lower(u.name)) > 0
              or $4 and position(lower($3) in u.email) > 0)"
    };
}

/// The statement for one page that is sorted by `$key` and follows the cursor `$5`, `$6`.
macro_rules! select_page {
    ($key:literal after $cursor:literal, $comparison:literal $direction:literal) => {
        select_memberships!(concat!(
            "where ",
            matching!(),
            " and ($5::text is null or (",
            $key,
            ", m.id) ",
            $comparison,
            " (",
            $cursor,
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

const fn statement(sort: Sort, direction: SortDirection) -> &'static str {
    use SortDirection::{Asc, Desc};
    match (sort, direction) {
        (Sort::Name, Asc) => select_page!("lower(u.name)" after "lower($5)", ">" "asc"),
        (Sort::Name, Desc) => select_page!("lower(u.name)" after "lower($5)", "<" "desc"),
        (Sort::Role, Asc) => select_page!("m.role" after "$5", ">" "asc"),
        (Sort::Role, Desc) => select_page!("m.role" after "$5", "<" "desc"),
        (Sort::CreatedAt, Asc) => select_page!("m.created_at" after "$5::timestamptz", ">" "asc"),
        (Sort::CreatedAt, Desc) => select_page!("m.created_at" after "$5::timestamptz", "<" "desc"),
    }
}

/// Counts the members that match the filter.
///
/// # Errors
/// When the database can't be read.
pub async fn count(
    executor: impl PgExecutor<'_>,
    filter: &MembersFilter,
) -> Result<i64, sqlx::Error> {
    const STATEMENT: &str = concat!(
        "select count(*) from memberships m join users u on u.id = m.user_id where ",
        matching!()
    );
    sqlx::query_scalar(STATEMENT)
        .bind(filter.organization_id)
        .bind(filter.role)
        .bind(&filter.text)
        .bind(filter.email_search == EmailSearch::Allowed)
        .fetch_one(executor)
        .await
}

/// Reads at most `limit` members, after the cursor if there is one.
///
/// # Errors
/// When the database can't be read.
pub async fn load(
    executor: impl PgExecutor<'_>,
    filter: &MembersFilter,
    (sort, direction): (Sort, SortDirection),
    after: Option<&MembersCursor>,
    limit: i64,
) -> Result<Page, sqlx::Error> {
    // One more row than `limit` shows whether there is a next page.
    let one_more = limit.saturating_add(1);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let rows: Vec<JoinedMembershipRow> = sqlx::query_as(statement(sort, direction))
        .bind(filter.organization_id)
        .bind(filter.role)
        .bind(&filter.text)
        .bind(filter.email_search == EmailSearch::Allowed)
        .bind(after.map(MembersCursor::key_as_text))
        .bind(after.map(|cursor| cursor.id))
        .bind(one_more)
        .fetch_all(executor)
        .await?;
    let mut members: Vec<MembershipView> = rows.into_iter().map(MembershipView::from).collect();
    let has_next = members.len() > limit;
    members.truncate(limit);
    let next = members.last().filter(|_| has_next).map(|last| MembersCursor::after(last, sort));
    Ok(Page { members, next })
}
