//! One activity of the hot tail.

use std::mem::size_of;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use contract::{Action, OrganizationId, Position, UserId};
use serde_json::Value;

use crate::log::missed::json_length;
use crate::{Activity, ActivityKind, NewActivity, UserOrganization};

/// About what the lists of the index take for an entry.
const INDEX_BYTES: usize = 64;

/// An activity that some reader may receive.
#[derive(Debug)]
pub struct Entry<C> {
    /// Without its row, which is kept as text.
    activity: Activity,
    row: Box<str>,
    /// The length of the row as [`CatchUpLimits`](crate::log::missed::CatchUpLimits) counts it.
    pub(super) row_length: usize,
    pub(super) is_shared: bool,
    pub(super) is_unread: bool,
    /// Data that the user of the tail keeps with the activity, such as encoded messages.
    pub stored: C,
    /// The memory that it takes without what `stored` refers to.
    pub(super) own_size: usize,
    /// The size of `stored` beyond the size of the type.
    stored_bytes: AtomicUsize,
    /// How many lists of the index have it.
    lists: AtomicUsize,
}

impl<C: Default> Entry<C> {
    /// None for an activity that nobody receives, such as one of a session.
    pub(super) fn new(activity: &Activity) -> Option<Self> {
        let change = &activity.change;
        let is_shared = change.is_shared();
        if !is_shared && owner(change).is_none() && activity.user_organizations.is_empty() {
            return None;
        }
        let row = change.data.to_string().into_boxed_str();
        let fields = change.changed.iter().map(|field| size_of::<String>() + field.len());
        let own_size = size_of::<Self>()
            + INDEX_BYTES
            + row.len()
            + fields.sum::<usize>()
            + size_of_val(&*activity.user_organizations)
            + activity.invited_users.len() * (size_of::<UserId>() + size_of::<Arc<Self>>());
        Some(Self {
            row,
            own_size,
            row_length: json_length(&change.data),
            is_shared,
            is_unread: change.is_unread(),
            activity: Activity {
                change: NewActivity { data: Value::Null, ..change.clone() },
                ..activity.clone()
            },
            stored: C::default(),
            stored_bytes: AtomicUsize::new(0),
            lists: AtomicUsize::new(0),
        })
    }
}

impl<C> Entry<C> {
    /// The activity's position in the log.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.activity.position
    }

    /// The change, without the row in `data`.
    #[must_use]
    pub const fn change(&self) -> &NewActivity {
        &self.activity.change
    }

    /// The activity with its row.
    #[must_use]
    pub fn activity(&self) -> Activity {
        let data = serde_json::from_str(&self.row).expect("it was encoded from a value");
        let change = NewActivity { data, ..self.activity.change.clone() };
        Activity { change, ..self.activity.clone() }
    }

    /// The user on whose own stream it is sent, whatever their access.
    pub(super) fn owner(&self) -> Option<UserId> {
        owner(self.change())
    }

    /// The users on whose own streams it may be sent, whatever their access: its owner, and those with an
    /// invitation that quotes it.
    pub(super) fn users(&self) -> impl Iterator<Item = UserId> + '_ {
        let owner = self.owner();
        let invited = self.activity.invited_users.iter().copied();
        owner.into_iter().chain(invited.filter(move |user| Some(*user) != owner))
    }

    /// The organizations whose members may learn of it, except for private changes.
    pub(super) fn organizations(&self) -> impl Iterator<Item = OrganizationId> + '_ {
        let own = self.change().organization_id.filter(|_| self.is_shared);
        own.into_iter().chain(self.activity.user_organizations.iter().map(|its| its.id))
    }

    /// For a change of a user: how the user belonged to the organization when it was written.
    pub(super) fn relation_to(&self, organization: OrganizationId) -> Option<&UserOrganization> {
        self.activity.user_organizations.iter().find(|its| its.id == organization)
    }

    /// The memory that it takes.
    pub(super) fn size(&self) -> usize {
        self.own_size + self.stored_bytes.load(Ordering::Relaxed)
    }

    /// The caller holds the tail's lock, as for the functions below.
    pub(super) fn count_stored(&self, bytes: usize) {
        self.stored_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Records that a list of the index has it.
    pub(super) fn add_list(&self) {
        self.lists.fetch_add(1, Ordering::Relaxed);
    }

    /// Records that a list of the index has it no more.
    pub(super) fn remove_list(&self) {
        self.lists.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether a list of the index has it. Otherwise no reader can find it.
    pub(super) fn is_listed(&self) -> bool {
        self.lists.load(Ordering::Relaxed) > 0
    }
}

/// The user to whom a change is sent because it is theirs.
fn owner(change: &NewActivity) -> Option<UserId> {
    let is_sent = match change.kind {
        ActivityKind::Session => false,
        ActivityKind::User => change.action == Action::Updated,
        _ => true,
    };
    change.user_id.filter(|_| is_sent)
}
