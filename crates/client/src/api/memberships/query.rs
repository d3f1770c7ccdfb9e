//! The query of a members list: filter and order.

use contract::Role;
use contract::text::SearchText;

/// The parameters of `GET /organizations/{id}/members`, with the same names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MembersQuery {
    /// Part of the name, or of the email address if the reader may see addresses.
    pub q: String,
    /// Only members with this role.
    pub role: Option<Role>,
    /// The sort key.
    pub sort: Sort,
    /// The sort direction.
    pub order: Order,
}

/// The sort key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// By name.
    #[default]
    Name,
    /// Admins before members.
    Role,
    /// By the date of joining.
    CreatedAt,
}

/// The sort direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Ascending.
    #[default]
    Asc,
    /// Descending.
    Desc,
}

impl MembersQuery {
    /// Reads the query from URL parameters. Values that can't be parsed are ignored.
    pub fn from_parameters<'a>(parameter: impl Fn(&str) -> Option<&'a str>) -> Self {
        Self {
            q: parameter("q").and_then(parse_text).unwrap_or_default(),
            role: parameter("role").and_then(parse_role),
            sort: parameter("sort").map_or(Sort::Name, Sort::parse),
            order: if parameter("order") == Some(DESC) { Order::Desc } else { Order::Asc },
        }
    }

    /// Returns the URL parameters, without those that have their default value.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, &str)> {
        let q = (!self.q.is_empty()).then_some(("q", self.q.as_str()));
        let role = self.role.map(|role| ("role", role_name(role)));
        let sort = (self.sort != Sort::Name).then_some(("sort", self.sort.as_str()));
        let order = (self.order == Order::Desc).then_some(("order", DESC));
        [q, role, sort, order].into_iter().flatten().collect()
    }

    /// Whether it filters, so that some members are left out.
    #[must_use]
    pub fn has_filter(&self) -> bool {
        !self.q.trim().is_empty() || self.role.is_some()
    }
}

const DESC: &str = "desc";

/// Returns the role's name in the API.
#[must_use]
pub const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Admin => "admin",
        Role::Member => "member",
    }
}

/// Returns the text as it was typed, if the server accepts it.
fn parse_text(text: &str) -> Option<String> {
    SearchText::parse(text).is_ok().then(|| text.to_owned())
}

fn parse_role(text: &str) -> Option<Role> {
    [Role::Admin, Role::Member].into_iter().find(|role| role_name(*role) == text)
}

impl Sort {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Role => "role",
            Self::CreatedAt => "createdAt",
        }
    }

    fn parse(text: &str) -> Self {
        let all = [Self::Name, Self::Role, Self::CreatedAt];
        all.into_iter().find(|sort| sort.as_str() == text).unwrap_or_default()
    }
}

impl Order {
    /// Returns the opposite direction.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Asc => Self::Desc,
            Self::Desc => Self::Asc,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(parameters: &[(&str, &str)]) -> MembersQuery {
        let find =
            |name: &str| parameters.iter().find(|(its, _)| *its == name).map(|(_, value)| *value);
        MembersQuery::from_parameters(find)
    }

    #[test]
    fn query_survives_a_round_trip_through_parameters() {
        let everything = MembersQuery::default();
        let few = MembersQuery {
            q: "ada & co".to_owned(),
            role: Some(Role::Admin),
            sort: Sort::CreatedAt,
            order: Order::Desc,
        };
        assert!(everything.parameters().is_empty());
        for query in [everything, few] {
            assert_eq!(read(&query.parameters()), query);
        }
    }

    #[test]
    fn unknown_values_are_ignored() {
        let long = "a".repeat(101);
        let nonsense = read(&[("q", &long), ("role", "owner"), ("sort", "shoes"), ("order", "up")]);
        assert_eq!(nonsense, MembersQuery::default());
        assert_eq!(read(&[("q", "a\u{0}")]), MembersQuery::default());
        assert_eq!(read(&[("q", "ada ")]).q, "ada ", "a space that is being typed stays");
    }
}
