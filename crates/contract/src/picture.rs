//! Pictures of people and organizations.

use super::id::PictureId;

/// The maximum size of an uploaded file, in bytes.
pub const MAX_UPLOAD_BYTES: usize = 2 << 20;

/// The media types that a file picker offers, separated by commas as in HTML's `accept` attribute.
pub const ACCEPTED_MEDIA_TYPES: &str = "image/png,image/jpeg,image/webp";

impl PictureId {
    /// Returns the path of the picture's URL.
    #[must_use]
    pub fn path(self) -> String {
        format!("/pictures/{self}")
    }
}
