//! What codes mean and what they are called in other languages: the longer half of the definitions, inflated when
//! somebody looks a code up.

use std::sync::OnceLock;

use super::tables::inflated;

const DISTILLED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/definitions.txt.gz"));

/// What is written about a code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prose {
    system: &'static str,
    code: &'static str,
    definition: &'static str,
    /// Where its names in other languages begin and end.
    names: (u32, u32),
}

struct Tables {
    /// Sorted by code system and code.
    prose: Vec<Prose>,
    names: Vec<(&'static str, &'static str)>,
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let mut tables = Tables { prose: Vec::new(), names: Vec::new() };
        let mut system = "";
        for line in inflated(DISTILLED).lines() {
            let mut fields = line.splitn(3, '\t');
            let mut next = || fields.next().unwrap_or_default();
            let (letter, first, second) = (next(), next(), next());
            let at = u32::try_from(tables.names.len()).unwrap_or(u32::MAX);
            match letter {
                "S" => system = first,
                "D" => tables.prose.push(Prose { system, code: first, definition: second, names: (at, at) }),
                _ => {
                    tables.names.push((first, second));
                    if let Some(last) = tables.prose.last_mut() {
                        last.names.1 = at + 1;
                    }
                }
            }
        }
        tables.prose.sort_by_key(|it| (it.system, it.code));
        tables.prose.shrink_to_fit();
        tables.names.shrink_to_fit();
        tables
    })
}

/// Line breaks and backslashes as they were.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.as_str().starts_with('n') => {
                chars.next();
                out.push('\n');
            }
            '\\' => out.extend(chars.next()),
            c => out.push(c),
        }
    }
    out
}

fn find(system: &str, code: &str) -> Option<&'static Prose> {
    let all = &tables().prose;
    all.binary_search_by(|it| (it.system, it.code).cmp(&(system, code))).ok().map(|at| &all[at])
}

/// The definition of a code, where there is one.
pub(super) fn definition(system: &str, code: &str) -> Option<String> {
    find(system, code).map(|it| plain(it.definition)).filter(|text| !text.is_empty())
}

/// What a code is called in other languages: language tag and name.
pub(super) fn names(system: &str, code: &str) -> Vec<(&'static str, String)> {
    let Some(Prose { names: (from, to), .. }) = find(system, code) else { return Vec::new() };
    tables().names[*from as usize..*to as usize].iter().map(|(tag, name)| (*tag, plain(name))).collect()
}
