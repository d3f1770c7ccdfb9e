//! Structures that are JSON objects, and nothing else.

use serde::de::Visitor;
use serde::{Deserializer, forward_to_deserialize_any};

/// Reads and writes the structures, which have `#[serde(remote = "Self")]`, as objects only.
///
/// Without this a structure may also be written as an array of its fields in their order. Nobody means
/// that, and the code to read it was a third of all that the browser has for reading.
macro_rules! object {
    ($($Type:ident),+ $(,)?) => {$(
        $crate::contract::object::read_object!($Type);

        impl ::serde::Serialize for $Type {
            fn serialize<S: ::serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                // The derived one, which isn't the trait's.
                Self::serialize(self, to)
            }
        }
    )+};
}

/// The same for what is only read.
macro_rules! read_object {
    ($Type:ident) => {
        impl<'de> ::serde::Deserialize<'de> for $Type {
            fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                // The derived one, which isn't the trait's.
                $Type::deserialize($crate::contract::object::Object(from))
            }
        }
    };
}

pub(crate) use {object, read_object};

/// Lets a structure be read from nothing but an object.
pub(crate) struct Object<D>(pub(crate) D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Object<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use crate::contract::view::UserView;

    #[test]
    fn an_object_is_read_and_written_again() {
        let text = r#"{"id":"018f4c1e-7b1a-7000-8000-000000000000","name":"Ada","version":2}"#;
        let user: UserView = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&user).unwrap(), text);
    }

    #[test]
    fn an_array_of_the_fields_is_refused() {
        let text = r#"["018f4c1e-7b1a-7000-8000-000000000000","Ada",null,null,2]"#;
        let problem = serde_json::from_str::<UserView>(text).unwrap_err().to_string();
        assert!(
            problem.starts_with("invalid type: sequence, expected struct UserView"),
            "{problem}"
        );
    }
}
