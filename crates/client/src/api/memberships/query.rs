//! Which members of an organization, and in which order.

use contract::Role;

/// What is asked for. The names are those of the parameters of `GET /organizations/{id}/members`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MembersQuery {
    /// Part of the name, or of the address for those who see addresses.
    pub q: String,
    /// In this role only.
    pub role: Option<Role>,
    /// By what to sort.
    pub sort: Sort,
    /// In which direction.
    pub order: Order,
}

/// By what to sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// What they are called.
    #[default]
    Name,
    /// Admins first.
    Role,
    /// Since when they belong.
    CreatedAt,
}

/// In which direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// From the first to the last.
    #[default]
    Asc,
    /// From the last to the first.
    Desc,
}

impl MembersQuery {
    /// Reads it from parameters. What can't be read asks for nothing.
    pub fn read<'a>(parameter: impl Fn(&str) -> Option<&'a str>) -> Self {
        Self {
            q: parameter("q").unwrap_or_default().to_owned(),
            role: parameter("role").and_then(parse_role),
            sort: parameter("sort").map_or(Sort::Name, Sort::parse),
            order: if parameter("order") == Some(DESC) { Order::Desc } else { Order::Asc },
        }
    }

    /// The parameters; none for what goes without saying.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        let q = (!self.q.is_empty()).then_some(("q", self.q.as_str()));
        let role = self.role.map(|role| ("role", role_name(role)));
        let sort = (self.sort != Sort::Name).then_some(("sort", self.sort.as_str()));
        let order = (self.order == Order::Desc).then_some(("order", DESC));
        [q, role, sort, order].into_iter().flatten().collect()
    }

    /// Whether it leaves some out.
    #[must_use]
    pub fn is_selective(&self) -> bool {
        !self.q.trim().is_empty() || self.role.is_some()
    }
}

const DESC: &str = "desc";

/// The role's name on the wire.
#[must_use]
pub const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Admin => "admin",
        Role::Member => "member",
    }
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
    /// The other direction.
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

    fn read(pairs: &[(&str, &str)]) -> MembersQuery {
        let find = |name: &str| pairs.iter().find(|(its, _)| *its == name).map(|(_, value)| *value);
        MembersQuery::read(find)
    }

    #[test]
    fn parameters_read_back_as_they_were_written() {
        let everything = MembersQuery::default();
        let few = MembersQuery {
            q: "ada & co".to_owned(),
            role: Some(Role::Admin),
            sort: Sort::CreatedAt,
            order: Order::Desc,
        };
        assert!(everything.pairs().is_empty());
        for query in [everything, few] {
            assert_eq!(read(&query.pairs()), query);
        }
    }

    #[test]
    fn what_cannot_be_read_asks_for_nothing() {
        let nonsense = read(&[("role", "owner"), ("sort", "shoes"), ("order", "up")]);
        assert_eq!(nonsense, MembersQuery::default());
    }
}
