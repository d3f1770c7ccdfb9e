//! Tests that no module of the pages imports another one that depends on it.
//!
//! Cargo only checks dependencies between crates, so this reads the sources: each `use` at the top
//! level of a file, and each path that starts with `crate::pages`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

type Module = Vec<String>;

#[test]
fn page_modules_do_not_depend_on_each_other_in_a_cycle() {
    let mut sources = BTreeMap::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    read_file(&root.join("pages.rs"), vec!["pages".to_owned()], &mut sources);
    read_folder(&root.join("pages"), &["pages".to_owned()], &mut sources);
    let imports: BTreeMap<_, _> =
        sources.iter().map(|(module, text)| (module, imports(module, text, &sources))).collect();
    let in_cycles: Vec<_> = imports
        .keys()
        .filter(|module| reachable(module, &imports).contains(**module))
        .map(|module| module.join("::"))
        .collect();
    assert!(sources.len() > 80, "the sources are found");
    assert!(in_cycles.is_empty(), "these modules are in an import cycle: {in_cycles:#?}");
}

#[test]
fn nested_imports_are_found() {
    let modules = ["pages", "pages::routes", "pages::home", "pages::home::list"];
    let sources = modules.map(|path| (split(path), String::new())).into_iter().collect();
    let text = "use crate::pages::{home::{list::Item, Home}, routes};\npub use self::list::Item;\n";
    let found = imports(&split("pages::home"), text, &sources);
    assert_eq!(found, BTreeSet::from([split("pages::routes"), split("pages::home::list")]));
    let found = imports(&split("pages::home::list"), "use super::Home;\n", &sources);
    assert_eq!(found, BTreeSet::from([split("pages::home")]));
}

fn split(path: &str) -> Module {
    path.split("::").map(str::to_owned).collect()
}

fn read_folder(folder: &Path, parent: &[String], sources: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let module = [parent, &[name]].concat();
        if path.is_dir() {
            read_folder(&path, &module, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            read_file(&path, module, sources);
        }
    }
}

fn read_file(path: &Path, module: Module, sources: &mut BTreeMap<Module, String>) {
    let is_this = module.last().is_some_and(|name| name == "module_cycles");
    if !is_this {
        sources.insert(module, fs::read_to_string(path).unwrap());
    }
}

/// Returns the modules that `module` imports from.
fn imports(module: &Module, text: &str, sources: &BTreeMap<Module, String>) -> BTreeSet<Module> {
    let mut paths = Vec::new();
    for statement in text.split(';') {
        // Comments and attributes may precede the `use`.
        let start =
            ["\nuse ", "\npub use ", "\npub(super) use ", "\npub(crate) use "].iter().find_map(
                |keyword| format!("\n{statement}").rfind(keyword).map(|at| at + keyword.len() - 1),
            );
        if let Some(start) = start {
            expand(String::new(), &statement[start..], &mut paths);
        }
    }
    for (start, _) in text.match_indices("crate::pages") {
        let is_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
        let end = text[start..].find(|c| !is_path(c)).map_or(text.len(), |length| start + length);
        // With braces it is a `use`, which is expanded above.
        if !text[start..end].ends_with(':') {
            paths.push(text[start..end].to_owned());
        }
    }
    paths
        .iter()
        .filter_map(|path| resolve(module, path, sources))
        .filter(|it| it != module)
        .collect()
}

/// Expands the braces of a `use` to single paths.
fn expand(prefix: String, tree: &str, paths: &mut Vec<String>) {
    let tree = tree.trim();
    let Some(brace) = tree.find('{') else {
        let name = tree.split_whitespace().next().unwrap_or_default();
        return paths.push(prefix + name);
    };
    let prefix = prefix + &tree[..brace];
    let inner = &tree[brace + 1..tree.rfind('}').unwrap_or(tree.len())];
    let (mut depth, mut start) = (0, 0);
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                expand(prefix.clone(), &inner[start..at], paths);
                start = at + 1;
            }
            _ => {}
        }
    }
    if !inner[start..].trim().is_empty() {
        expand(prefix, &inner[start..], paths);
    }
}

/// Returns the module of the pages that a path leads into; none for other paths.
fn resolve(module: &Module, path: &str, sources: &BTreeMap<Module, String>) -> Option<Module> {
    let mut base = module.clone();
    let mut names: Vec<_> = path.split("::").filter(|name| !name.is_empty()).collect();
    match *names.first()? {
        "crate" => base.clear(),
        "self" => {}
        "super" => drop(base.pop()),
        child => {
            let child = [module.as_slice(), &[child.to_owned()]].concat();
            return sources.contains_key(&child).then_some(child);
        }
    }
    names.remove(0);
    while names.first() == Some(&"super") {
        names.remove(0);
        base.pop();
    }
    base.extend(names.into_iter().map(str::to_owned));
    while !base.is_empty() && !sources.contains_key(&base) {
        base.pop();
    }
    (!base.is_empty()).then_some(base)
}

fn reachable(from: &Module, imports: &BTreeMap<&Module, BTreeSet<Module>>) -> BTreeSet<Module> {
    let mut found = BTreeSet::new();
    let mut open = vec![from];
    while let Some(module) = open.pop() {
        for import in imports.get(module).into_iter().flatten() {
            if found.insert(import.clone()) {
                open.push(import);
            }
        }
    }
    found
}
