//! Validated texts. The browser and the server use the same rules.

/// Why a text is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvalidText {
    /// A stable code for programs: `required`, `too_long`, `too_short`, `invalid`, `reserved`.
    pub code: &'static str,
    /// A sentence for the person who typed the text.
    pub message: &'static str,
}

/// An [`InvalidText`] as an error of serde. Serde's errors carry only a message, so the code is
/// appended to it in parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} ({})", .0.message, .0.code)]
pub struct SerdeTextError(pub InvalidText);

impl SerdeTextError {
    /// Splits the message of a serde error into sentence and code. `None` for other messages.
    #[must_use]
    pub fn parse(message: &str) -> Option<(&str, &str)> {
        message.strip_suffix(')')?.rsplit_once(" (")
    }
}

pub(super) const fn invalid(code: &'static str, message: &'static str) -> InvalidText {
    InvalidText { code, message }
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
        )]
        #[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Returns the text as a string slice.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::text::SerdeTextError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text).map_err($crate::text::SerdeTextError)
            }
        }
    };
}
pub(super) use text;

mod description;
mod email;
pub(crate) mod line;
mod name;
mod password;
mod search;
mod slug;

pub use self::description::Description;
pub use self::email::Email;
pub use self::name::Name;
pub use self::password::Password;
pub use self::search::SearchText;
pub use self::slug::Slug;

/// Returns the characters of a text in lower case, for comparison and search that ignore case. The
/// Greek final sigma ς becomes σ.
pub fn case_folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase).map(|letter| if letter == 'ς' { 'σ' } else { letter })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_folding_ignores_case_and_the_final_sigma() {
        for (one, other) in [("Åsa", "åSA"), ("ΟΔΟΣ", "οδος"), ("İ", "i\u{307}"), ("", "")]
        {
            assert!(case_folded(one).eq(case_folded(other)), "{one} and {other}");
        }
        assert!(!case_folded("Ada").eq(case_folded("Ade")));
    }
}
