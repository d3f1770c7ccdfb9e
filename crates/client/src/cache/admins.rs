//! Who could let somebody do more in an organization.

use serde::{Deserialize, Serialize};

use super::patch::{Patch, Patched};
use crate::api;
use contract::{Action, ApiError, Entity, Name, OrganizationId, StreamMessage, UserId};

/// How many are named at most.
const MOST: usize = 3;

/// Some admins of one organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Admins {
    organization_id: OrganizationId,
    names: Vec<Name>,
    /// How many there are beside them.
    others: usize,
}

impl Admins {
    /// Nobody, for whom nobody needs to be asked.
    #[must_use]
    pub const fn none(organization_id: OrganizationId) -> Self {
        Self { organization_id, names: Vec::new(), others: 0 }
    }

    /// Reads them.
    ///
    /// # Errors
    /// Those of `GET /organizations/{id}/members`.
    pub async fn fetch(organization_id: OrganizationId) -> Result<Self, ApiError> {
        let page = api::memberships::admins(organization_id, MOST).await?;
        let names: Vec<Name> = page.items.into_iter().map(|admin| admin.user.name).collect();
        let all = usize::try_from(page.total).unwrap_or_default();
        Ok(Self { organization_id, others: all.saturating_sub(names.len()), names })
    }

    /// Their names, as an enumeration; empty when there are none.
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

impl Patch for Admins {
    /// Who they are is read again when somebody comes, goes or changes.
    fn patch(&mut self, message: &StreamMessage, _: UserId) -> Patched {
        let concerns = match &message.entity {
            Entity::Membership(_) if message.action == Action::Updated => {
                message.changed.iter().any(|field| field == "role")
            }
            Entity::Membership(_) => true,
            Entity::User(_) => return Patched::Stale,
            _ => false,
        };
        if concerns && message.organization_id == Some(self.organization_id) {
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

    fn admins(names: &[&str], others: usize) -> Admins {
        let names = names.iter().map(|name| Name::parse(name).unwrap()).collect();
        Admins { names, others, ..Admins::none(ORGANIZATION) }
    }

    #[test]
    fn they_are_named_so_that_one_can_be_asked() {
        for (names, others, told) in [
            (&[][..], 0, ""),
            (&["Ada"], 0, "Ada"),
            (&["Ada", "Grace"], 0, "Ada or Grace"),
            (&["Ada", "Grace", "Linus"], 4, "Ada, Grace, Linus or another admin"),
        ] {
            assert_eq!(admins(names, others).names(), told);
        }
    }

    #[test]
    fn they_are_read_again_when_a_role_changes_there_and_only_there() {
        let mut admins = admins(&["Ada"], 0);
        let here = member(ORGANIZATION, 1, "Grace");
        let elsewhere = member(ELSEWHERE, 2, "Linus");
        assert_eq!(admins.patch(&role_changed(here.clone()), READER), Patched::Stale);
        assert_eq!(admins.patch(&membership_deleted(&here, OTHER), READER), Patched::Stale);
        assert_eq!(admins.patch(&role_changed(elsewhere), READER), Patched::Unchanged);
        assert_eq!(admins.patch(&updated(here), READER), Patched::Unchanged);
    }
}
