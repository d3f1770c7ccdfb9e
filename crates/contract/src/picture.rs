//! Pictures of people and organizations.

use super::id::PictureId;

/// How long a file may be that is uploaded as a picture.
pub const MOST_BYTES: usize = 2 << 20;

/// The files that a picture can be made of.
pub const MEDIA_TYPES: &str = "image/png,image/jpeg,image/webp";

impl PictureId {
    /// Where it is.
    #[must_use]
    pub fn path(self) -> String {
        format!("/pictures/{self}")
    }
}
