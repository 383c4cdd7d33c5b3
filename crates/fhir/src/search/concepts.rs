//! Tokens by what the official terminology knows of them: the codes of a value set (`:in`), what is under a code or above
//! it. They are listed when the search is read: the index compares codes, and knows nothing of their meaning.

use std::collections::BTreeSet;

use super::filter::Filter;
use super::request::Wrong;
use super::value::{plain, split};
use crate::terminology::{Closed, CodeSystem, Concept, Content, Page, code_system, expand, value_set};

/// Codes of one question.
const MOST: usize = 5_000;

/// `:in`: the token is one of a value set, by its canonical address.
pub(super) fn within(param: &'static str, name: &str, url: &str) -> Result<Filter, Wrong> {
    let unheld = || Wrong::new(name, "unheld", "the canonical address of a value set that this server holds whole");
    let set = value_set(url).ok_or_else(unheld)?;
    let page = Page { count: Some(MOST + 1), ..Page::default() };
    let found = expand(set, &page).map_err(|closed| match closed {
        Closed::Unheld(_) => unheld(),
        Closed::TooCostly => Wrong::new(name, "costly", "a smaller value set"),
    })?;
    if found.unclosed {
        return Err(unheld());
    }
    if found.total > MOST {
        return Err(Wrong::new(name, "limit", format!("a value set of at most {MOST} codes")));
    }
    let codes = found.codes.iter().map(|listed| (listed.system.to_owned(), listed.code.to_owned()));
    Ok(tokens(param, codes.collect()))
}

/// `:above` and `:below`: the token is this code of a code system, or one that it is under or that is under it.
pub(super) fn related(param: &'static str, name: &str, text: &str, below: bool) -> Result<Filter, Wrong> {
    let parts: Vec<String> = split(text, '|').iter().map(|part| plain(part)).collect();
    let unheld = || Wrong::new(name, "unheld", "[system]|[code] of a code system that this server holds whole");
    let [system, code] = parts.as_slice() else {
        return Err(Wrong::new(name, "value", "[system]|[code]"));
    };
    let held = code_system(system).filter(|held| held.content == Content::Complete).ok_or_else(unheld)?;
    let first = held.concept(code).ok_or_else(unheld)?;
    let mut found = BTreeSet::from([first.code]);
    let mut open = vec![first.code];
    while let Some(code) = open.pop() {
        for next in next_to(held, code, below) {
            if found.insert(next.code) {
                open.push(next.code);
            }
        }
        if found.len() > MOST {
            return Err(Wrong::new(name, "limit", format!("at most {MOST} codes")));
        }
    }
    Ok(tokens(param, found.into_iter().map(|code| (system.clone(), code.to_owned())).collect()))
}

fn next_to<'s>(held: &'s CodeSystem, code: &'s str, below: bool) -> Vec<&'s Concept> {
    if below { held.children(code).collect() } else { held.parents(code).collect() }
}

/// One of the codes, in its code system; or without one, as elements of type `code` have it.
fn tokens(param: &'static str, mut codes: Vec<(String, String)>) -> Filter {
    let bare: BTreeSet<String> = codes.iter().map(|(_, code)| code.clone()).collect();
    codes.extend(bare.into_iter().map(|code| (String::new(), code)));
    Filter::Tokens { param, codes }
}
