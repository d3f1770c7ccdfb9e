//! A chunk: components whose code is loaded together.

/// Defines chunks, and for each component a function of its name with its properties. The module
/// that calls it has the components themselves in its module `components`. The types of properties
/// are full paths, as they are used in several modules.
///
/// The wasm is split at one function per chunk: after it was loaded for one component of the chunk,
/// it is loaded for all.
macro_rules! chunks {
    ($($chunk:ident: $($name:ident($($property:ident: $type:ty),*)),+;)+) => {
        $($(
            /// The component of that name; a skeleton until its code is loaded.
            #[must_use]
            #[expect(non_snake_case, reason = "named like the component")]
            pub fn $name($($property: $type),*) -> AnyView {
                #[cfg(not(feature = "split"))]
                {
                    use self::components::$name;
                    view! { <$name $($property=$property)* /> }.into_any()
                }
                #[cfg(feature = "split")]
                {
                    let component = $chunk::Component::$name(Box::new(($($property,)*)));
                    let render = move || $chunk::render(component.clone());
                    crate::pages::lazy::loading::show($chunk::load, Box::new(render))
                }
            }
        )+)+

        $(
            #[cfg(feature = "split")]
            pub(super) mod $chunk {
                use futures::FutureExt as _;
                use leptos::prelude::*;
                use leptos::wasm_split::wasm_split;

                use super::components::{$($name),+};
                use crate::pages::lazy::loading::{ChunkFuture, ChunkResult};

                /// A component of the chunk with its properties.
                #[derive(Clone)]
                pub enum Component {
                    $($name(Box<($($type,)*)>)),+
                }

                /// Loads the chunk.
                pub fn load() -> ChunkFuture {
                    Box::pin(preload())
                }

                /// Renders a component; none if the chunk isn't loaded.
                pub fn render(component: Component) -> Option<AnyView> {
                    render_split(component).now_or_never()?.ok()
                }

                #[wasm_split($chunk, wasm_split_path = ::leptos::wasm_split, fallible, preload(preload))]
                fn render_split(component: Component) -> ChunkResult<AnyView> {
                    Ok(match component {
                        $(Component::$name(properties) => {
                            let ($($property,)*) = *properties;
                            view! { <$name $($property=$property)* /> }.into_any()
                        }),+
                    })
                }
            }
        )+
    };
}
pub(super) use chunks;
