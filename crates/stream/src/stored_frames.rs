//! The frames of the activities in the hot tail. Each is built once, for all readers who receive the same.

use std::collections::HashMap;
use std::mem::size_of;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contract::permission::MembershipVisibility;
use contract::{Epoch, OrganizationId, Role, UserId};
use sqlx::PgPool;

use crate::catch_up;
use crate::frame::Frame;
use crate::related_entities::RelatedEntitiesLoader;
use crate::scope::Scope;
use crate::visibility::visibility_for;
use activity::hot_tail::{Entry, HotTail, TailActivity};
use activity::log::missed::Merged;

/// How many frames of one activity are stored. Nearly all readers need one of a few.
const MAX_STORED: usize = 32;

/// The properties of a reader on which a frame depends, beside its activity.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Variant {
    /// Of resources, users' streams have marks only.
    on_user_stream: bool,
    visibility: MembershipVisibility,
    merged: Merged,
}

/// A frame of an activity; none where readers of the variant receive nothing.
type StoredFrame = (Variant, Option<Frame>);

/// The frames of one activity.
///
/// They show names as they were when the frame was built. Whoever receives an older name also receives its
/// change, which is later in the log.
#[derive(Debug, Default)]
pub struct StoredFrames(Mutex<Vec<StoredFrame>>);

impl StoredFrames {
    fn lock(&self) -> MutexGuard<'_, Vec<StoredFrame>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, wanted: &Variant) -> Option<Option<Frame>> {
        let frames = self.lock();
        frames.iter().find(|(variant, _)| variant == wanted).map(|(_, frame)| frame.clone())
    }

    /// Returns the memory that the frame takes, in bytes.
    fn store(&self, variant: Variant, frame: Option<Frame>) -> usize {
        let mut frames = self.lock();
        if frames.len() >= MAX_STORED {
            return 0;
        }
        let bytes = frame.as_ref().map_or(0, |frame| frame.bytes.len());
        frames.push((variant, frame));
        size_of::<StoredFrame>() + bytes
    }
}

/// Builds frames that aren't stored yet. Clones share the turn.
#[derive(Clone, Debug)]
pub struct FrameBuilder {
    related_entities: RelatedEntitiesLoader,
    /// One reader at a time builds frames that others need too, so that thousands don't all build them.
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// An activity that a reader receives, with the variant of its frame.
struct Wanted {
    entry: Arc<Entry<StoredFrames>>,
    variant: Variant,
}

impl FrameBuilder {
    /// Reads the names that frames show from this pool.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self { related_entities: RelatedEntitiesLoader::new(pool), turn: Arc::default() }
    }

    /// The frames of what a user has missed, in order.
    ///
    /// # Errors
    /// When the database doesn't answer.
    pub async fn frames(
        &self,
        tail: &HotTail<StoredFrames>,
        missed: Vec<TailActivity<StoredFrames>>,
        user: UserId,
        roles: &HashMap<OrganizationId, Role>,
        scope: Scope,
        epoch: Epoch,
    ) -> Result<Vec<Frame>, Arc<sqlx::Error>> {
        let wanted: Vec<Wanted> = missed
            .into_iter()
            .map(|TailActivity { entry, merged }| {
                let visibility = visibility_for(user, entry.change(), roles, &merged);
                // The visibility says it.
                let merged = Merged { shared_as_admin: false, as_quote: false, ..merged };
                let on_user_stream = scope == Scope::User;
                Wanted { entry, variant: Variant { on_user_stream, visibility, merged } }
            })
            .collect();
        if let Some(frames) = stored(&wanted) {
            return Ok(frames);
        }
        let is_shared = |it: &&Wanted| it.variant.visibility != MembershipVisibility::Subject;
        let mut turn = None;
        if missing(&wanted).any(|it| is_shared(&it)) {
            turn = Some(self.turn.lock().await);
        }
        let missing: Vec<&Wanted> = missing(&wanted).collect();
        // Another reader has built the others meanwhile. Nobody waits for frames that are for one reader.
        let _turn = turn.filter(|_| missing.iter().any(is_shared));
        let activities: Vec<_> = missing.iter().map(|it| it.entry.activity()).collect();
        let related_entities = self.related_entities.load(&activities).await?;
        let mut built = HashMap::new();
        for (Wanted { entry, variant }, activity) in missing.into_iter().zip(activities) {
            let Variant { visibility, merged, .. } = variant.clone();
            let frame =
                catch_up::frame(activity, merged, scope, visibility, epoch, &related_entities);
            built.insert(entry.position(), frame.clone());
            let bytes = entry.stored.store(variant.clone(), frame);
            tail.count_stored(entry, bytes);
        }
        let frame = |Wanted { entry, variant }: &Wanted| {
            built.remove(&entry.position()).unwrap_or_else(|| entry.stored.find(variant).flatten())
        };
        Ok(wanted.iter().filter_map(frame).collect())
    }
}

/// Those whose frames aren't stored.
fn missing(wanted: &[Wanted]) -> impl Iterator<Item = &Wanted> {
    wanted.iter().filter(|it| it.entry.stored.find(&it.variant).is_none())
}

/// The frames, if all of them are stored.
fn stored(wanted: &[Wanted]) -> Option<Vec<Frame>> {
    let frames = wanted.iter().map(|it| it.entry.stored.find(&it.variant));
    let frames: Option<Vec<Option<Frame>>> = frames.collect();
    Some(frames?.into_iter().flatten().collect())
}
