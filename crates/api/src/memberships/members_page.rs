//! Reads an organization's members: filtered, sorted and by page.

use contract::view::MembershipView;
use contract::{MembershipId, Name, OrganizationId, Role, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};

use super::row::{JOINED_MEMBERSHIPS, JoinedMembershipRow};
use crate::row_count::{self, Counted};
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

impl MembersFilter {
    /// The rows whose number is known without counting them, if the filter matches just these.
    fn counted(&self) -> Option<Counted> {
        self.text.is_empty().then_some(Counted::Members(self.role))
    }
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

    /// Returns the sort order of the page that ended here. The next page must have the same.
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
    /// The number of members that match the filter, on all pages.
    pub total: i64,
    /// The cursor for the next page, if there is one.
    pub next: Option<MembersCursor>,
}

impl Sort {
    /// Returns the table whose index has the order, with the alias `k` that the functions below use,
    /// and the columns of its membership and of the sort key.
    const fn source(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Name => ("member_names k", "k.membership_id", "k.name"),
            Self::Role => ("memberships k", "k.id", "k.role"),
            Self::CreatedAt => ("memberships k", "k.id", "k.created_at"),
        }
    }

    /// Returns the expression for a cursor's key, with `$` as the parameter.
    const fn cursor_key(self) -> (&'static str, &'static str) {
        match self {
            Self::Name => ("lower(", ")"),
            Self::Role => ("", ""),
            Self::CreatedAt => ("", "::timestamptz"),
        }
    }
}

/// Adds the condition of the filter. Each filter is a statement of its own, so that Postgres plans it for
/// the conditions that it has.
fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &MembersFilter) {
    if !filter.text.is_empty() {
        query.push(" join users u on u.id = k.user_id");
    }
    query.push(" where k.organization_id = ").push_bind(filter.organization_id);
    if let Some(role) = filter.role {
        query.push(" and k.role = ").push_bind(role);
    }
    if !filter.text.is_empty() {
        query.push(" and (position(lower(").push_bind(filter.text.clone());
        query.push(") in lower(u.name)) > 0");
        if filter.email_search == EmailSearch::Allowed {
            query.push(" or position(lower(").push_bind(filter.text.clone());
            query.push(") in u.email) > 0");
        }
        query.push(")");
    }
}

/// Counts the members that match the filter.
async fn count(connection: &mut PgConnection, filter: &MembersFilter) -> Result<i64, sqlx::Error> {
    if let Some(counted) = filter.counted() {
        return row_count::read(connection, filter.organization_id, counted).await;
    }
    let mut query = QueryBuilder::new("select count(*) from memberships k");
    push_filter(&mut query, filter);
    query.build_query_scalar().fetch_one(connection).await
}

/// A member, and how many match the filter, if that is known without counting them.
#[derive(Clone, Debug, FromRow)]
struct PageRow {
    total: Option<i64>,
    #[sqlx(flatten)]
    membership: JoinedMembershipRow,
}

/// Reads at most `limit` members, after the cursor if there is one.
///
/// # Errors
/// When the database can't be read.
pub async fn load(
    connection: &mut PgConnection,
    filter: &MembersFilter,
    (sort, direction): (Sort, SortDirection),
    after: Option<&MembersCursor>,
    limit: i64,
) -> Result<Page, sqlx::Error> {
    // One more row than `limit` shows whether there is a next page.
    let one_more = limit.saturating_add(1);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let rows: Vec<PageRow> = page_query(filter, (sort, direction), after, one_more)
        .build_query_as()
        .fetch_all(&mut *connection)
        .await?;
    let total = match rows.first().and_then(|row| row.total) {
        Some(total) => total,
        None => count(connection, filter).await?,
    };
    let mut members: Vec<_> =
        rows.into_iter().map(|row| MembershipView::from(row.membership)).collect();
    let has_next = members.len() > limit;
    members.truncate(limit);
    let next = members.last().filter(|_| has_next).map(|last| MembersCursor::after(last, sort));
    Ok(Page { members, total, next })
}

/// Builds the query of a page. It finds the memberships of the page in an index before it reads what
/// belongs to them.
fn page_query(
    filter: &MembersFilter,
    (sort, direction): (Sort, SortDirection),
    after: Option<&MembersCursor>,
    limit: i64,
) -> QueryBuilder<Postgres> {
    let (table, id, key) = sort.source();
    let (comparison, order) = match direction {
        SortDirection::Asc => (">", "asc"),
        SortDirection::Desc => ("<", "desc"),
    };
    let mut query = QueryBuilder::new("select ");
    match filter.counted() {
        Some(counted) => row_count::push_number(&mut query, filter.organization_id, counted),
        None => drop(query.push("null::bigint")),
    }
    query.push(" as total, ").push(JOINED_MEMBERSHIPS).push(" join (select ");
    query.push(format_args!("{id} as id, {key} as key from {table}"));
    push_filter(&mut query, filter);
    if let Some(cursor) = after {
        let (before, behind) = sort.cursor_key();
        query.push(format_args!(" and ({key}, {id}) {comparison} ({before}"));
        query.push_bind(cursor.key_as_text()).push(behind).push(", ");
        query.push_bind(cursor.id).push(")");
    }
    // The limit is part of the text: of an unknown one, Postgres assumes a tenth of all rows, and plans each
    // statement anew.
    query.push(format_args!(" order by {key} {order}, {id} {order} limit {limit}"));
    query.push(format_args!(") page on page.id = m.id order by page.key {order}, page.id {order}"));
    query
}
