//! The admins of an organization, to name whom to ask for more permissions.

use serde::{Deserialize, Serialize};

use super::patch::{Patch, Patched};
use crate::api;
use contract::{Action, ApiError, Entity, Name, OrganizationId, StreamMessage, UserId};

/// How many admins are fetched.
const MAX_NAMES: usize = 3;

/// The first admins of one organization, and how many more there are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrganizationAdmins {
    organization_id: OrganizationId,
    names: Vec<Name>,
    /// How many admins there are besides the named ones.
    others: usize,
}

impl OrganizationAdmins {
    /// Creates an empty list, for a reader who needs none.
    #[must_use]
    pub const fn empty(organization_id: OrganizationId) -> Self {
        Self { organization_id, names: Vec::new(), others: 0 }
    }

    /// Fetches them.
    ///
    /// # Errors
    /// Those of `GET /organizations/{id}/members`.
    pub async fn fetch(organization_id: OrganizationId) -> Result<Self, ApiError> {
        let page = api::memberships::list_admins(organization_id, MAX_NAMES).await?;
        let names: Vec<Name> = page.items.into_iter().map(|admin| admin.user.name).collect();
        let all = usize::try_from(page.total).unwrap_or_default();
        Ok(Self { organization_id, others: all.saturating_sub(names.len()), names })
    }

    /// Returns the names as an enumeration, such as "Ada, Grace or another admin". Empty without
    /// admins.
    #[must_use]
    pub fn names(&self) -> String {
        let mut names: Vec<String> = self.names.iter().map(ToString::to_string).collect();
        if self.others > 0 {
            names.push("another admin".to_owned());
        }
        match names.split_last() {
            None => String::new(),
            Some((only, [])) => only.clone(),
            Some((last, others)) => format!("{} or {last}", others.join(", ")),
        }
    }
}

impl Patch for OrganizationAdmins {
    /// Makes the list stale at a relevant membership message, because messages don't say who the first
    /// admins are.
    fn patch(&mut self, message: &StreamMessage, _: UserId) -> Patched {
        let is_relevant = match &message.entity {
            Entity::Membership(_) if message.action == Action::Updated => {
                message.changed.iter().any(|field| field == "role")
            }
            Entity::Membership(_) => true,
            Entity::User(_) => return Patched::Stale,
            _ => false,
        };
        if is_relevant && message.organization_id == Some(self.organization_id) {
            Patched::Stale
        } else {
            Patched::Unchanged
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::fixtures::*;

    fn admins(names: &[&str], others: usize) -> OrganizationAdmins {
        let names = names.iter().map(|name| Name::parse(name).unwrap()).collect();
        OrganizationAdmins { names, others, ..OrganizationAdmins::empty(ORGANIZATION) }
    }

    #[test]
    fn names_are_enumerated() {
        for (names, others, text) in [
            (&[][..], 0, ""),
            (&["Ada"], 0, "Ada"),
            (&["Ada", "Grace"], 0, "Ada or Grace"),
            (&["Ada", "Grace", "Linus"], 4, "Ada, Grace, Linus or another admin"),
        ] {
            assert_eq!(admins(names, others).names(), text);
        }
    }

    #[test]
    fn role_change_in_this_organization_makes_them_stale() {
        let mut admins = admins(&["Ada"], 0);
        let here = member(ORGANIZATION, 1, "Grace");
        let elsewhere = member(ELSEWHERE, 2, "Linus");
        assert_eq!(admins.patch(&role_changed(here.clone()), READER), Patched::Stale);
        assert_eq!(admins.patch(&membership_deleted(&here, OTHER), READER), Patched::Stale);
        assert_eq!(admins.patch(&role_changed(elsewhere), READER), Patched::Unchanged);
        assert_eq!(admins.patch(&updated(here), READER), Patched::Unchanged);
    }
}
