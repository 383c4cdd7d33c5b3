//! A fuzz target for specs: presets and answered questions with each byte changed, and with numbers that nobody means. Whatever
//! comes in, the answer is what is wrong with its place and remedy, or every answer there is: no panic, no runaway. A sample that
//! a seed chooses; `LONG` takes every byte and every number (and of one in ten bytes all that follows), `FUZZ_SEED` begins elsewhere.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../../fhir/tests/fuzz/mod.rs"]
mod fuzz;

use std::cell::Cell;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aroeira_fleet::availability::{Rates, availability};
use aroeira_fleet::check::check;
use aroeira_fleet::growth::growth;
use aroeira_fleet::plan::{Terms, plan_with};
use aroeira_fleet::presets::{self, Answers, Where};
use aroeira_fleet::render::{Problem, Target, render};
use aroeira_fleet::{Books, Catalogue, Language, Spec, cost};
use fuzz::{Dice, rounds};

/// What a byte becomes; nothing where it is taken away.
const BYTES: [Option<&[u8]>; 8] =
    [None, Some(b"\0"), Some(b"\xff"), Some(b"\""), Some(b"9"), Some(b"-"), Some(b"{"), Some(b"\n")];
/// Numbers that nobody means.
const NUMBERS: [&str; 11] = [
    "1e308",
    "-1",
    "0",
    "4294967295",
    "18446744073709551616",
    "1e12",
    "1000000",
    "0.000001",
    "65535",
    "nan",
    "0x7fffffff",
];
/// What one answer may take, unoptimised and on a machine that others use: a runaway takes for ever.
const PATIENCE: Duration = Duration::from_secs(180);

/// How far it is gone into.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Depth {
    /// It is read and checked.
    Read,
    /// Planned, priced, rendered, a few years of it simulated.
    Follow,
    /// Grown as well.
    Grow,
}

struct Room {
    catalogue: Catalogue,
    books: Books,
    rates: Rates,
    terms: Terms,
    slowest: Cell<(Duration, &'static str)>,
    /// What is asked now, and since when.
    now: Arc<Mutex<(Instant, String)>>,
}

impl Room {
    fn new() -> Self {
        let now = Arc::new(Mutex::new((Instant::now(), String::new())));
        let watched = Arc::downgrade(&now);
        std::thread::spawn(move || {
            while let Some(now) = watched.upgrade() {
                let (since, what) = now.lock().unwrap().clone();
                if since.elapsed() > PATIENCE {
                    eprintln!("a runaway: {what}");
                    std::process::abort();
                }
                drop(now);
                std::thread::sleep(Duration::from_millis(500));
            }
        });
        Self {
            catalogue: Catalogue::built_in().unwrap(),
            books: Books::built_in().unwrap(),
            rates: Rates::built_in().unwrap(),
            terms: Terms { futures: 50, ..Terms::default() },
            slowest: Cell::new((Duration::ZERO, "")),
            now,
        }
    }

    /// Everything that can be asked of a spec; what follows from it only where it is not the original. Answers whether it was read.
    fn ask(&self, text: &str, original: Option<&Spec>, depth: Depth) -> bool {
        let (spec, places) = match Spec::read(text) {
            Ok(read) => read,
            Err(errors) => {
                assert!(!errors.is_empty(), "refused without a word");
                let lines = text.matches('\n').count() + 1;
                for error in errors {
                    assert!((1..=lines).contains(&error.place.line) && error.place.column > 0, "{error}");
                    for text in [&error.problem, &error.remedy] {
                        assert!(!text.portuguese.is_empty() && !text.english.is_empty(), "{error:?}");
                    }
                }
                return false;
            }
        };
        self.timed("check", || check(&spec, &places, &self.catalogue));
        if depth >= Depth::Follow && original != Some(&spec) {
            self.follow(&spec, depth);
        }
        true
    }

    fn follow(&self, spec: &Spec, depth: Depth) {
        let Self { catalogue, books, rates, terms, .. } = self;
        let plan = self.timed("plan", || plan_with(spec, catalogue, terms));
        self.timed("cost", || cost(spec, catalogue, books));
        for target in Target::ALL {
            self.timed(target.id(), || match render(spec, catalogue, &plan, target, Language::Portuguese) {
                Ok(files) => assert!(files.iter().all(|(path, _)| !path.contains("..") && !path.starts_with('/'))),
                Err(Problem::Unsuited(why)) => assert!(!why.portuguese.is_empty()),
                Err(Problem::Template(why)) => panic!("{why}"),
            });
        }
        self.timed("availability", || availability(spec, catalogue, rates, 1, 2));
        // The longest by far: unoptimised, of a small fleet alone.
        if depth == Depth::Grow && (spec.workloads.len() <= 4 || std::env::var_os("LONG").is_some()) {
            self.timed("growth", || growth(spec, catalogue, terms, &|_| None));
        }
    }

    /// Works, in time, and on numbers that are some.
    fn timed<T: Debug>(&self, what: &'static str, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let done = work();
        let took = begun.elapsed();
        assert!(took < PATIENCE, "{what} took {took:?}");
        if took > self.slowest.get().0 {
            self.slowest.set((took, what));
        }
        let told = format!("{done:?}");
        assert!([": NaN", ": inf", ": -inf"].iter().all(|none| !told.contains(none)), "{what} tells of no number");
        done
    }

    /// As `ask`, with the text named where it fails.
    fn try_on(&self, text: &str, original: Option<&Spec>, depth: Depth, which: &str) -> bool {
        *self.now.lock().unwrap() = (Instant::now(), which.to_owned());
        let asked = catch_unwind(AssertUnwindSafe(|| self.ask(text, original, depth)));
        asked.unwrap_or_else(|_| panic!("{which}"))
    }
}

/// What is changed: presets, and specs made of answers.
fn texts() -> Vec<(String, String)> {
    let preset = |name: &&str| ((*name).to_owned(), presets::get(name).unwrap().to_owned());
    let answered = Where::ALL.map(|place| {
        let answers = Answers {
            name: "norte".to_owned(),
            place,
            clinics: [7, 2, 1],
            models: true,
            availability_percent: 99.9,
            rto_hours: 12.0,
            rpo_hours: 0.5,
            in_brazil: true,
        };
        (format!("{place:?}"), answers.write())
    });
    presets::NAMES.iter().map(preset).chain(answered).collect()
}

/// Where each number of a text stands.
fn numbers(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if let Some((key, value)) = line.split_once(" = ").filter(|_| !line.trim_start().starts_with('#')) {
            let value_at = at + key.len() + 3;
            let length = value.trim_end().len();
            if value.starts_with(|first: char| first.is_ascii_digit()) {
                found.push(value_at..value_at + length);
            }
        }
        at += line.len();
    }
    found
}

#[test]
fn one_byte_changed_gives_a_clear_answer() {
    let room = Room::new();
    let mut dice = Dice::seeded();
    let one_in = rounds(250, 1);
    let (mut tried, mut taken, mut followed) = (0, 0, 0);
    for (name, text) in texts() {
        let original = Spec::read(&text).unwrap().0;
        for at in 0..text.len() {
            let random = [dice.roll(256) as u8];
            let doubled = [text.as_bytes()[at]; 2];
            for how in BYTES.iter().copied().chain([Some(&random[..]), Some(&doubled[..])]) {
                if dice.roll(one_in) > 0 {
                    continue;
                }
                let mut bytes = text.as_bytes().to_vec();
                bytes.splice(at..=at, how.unwrap_or_default().iter().copied());
                tried += 1;
                // What is no UTF-8 is refused by who reads the file.
                let Ok(changed) = String::from_utf8(bytes) else { continue };
                let depth = match dice.roll(40) {
                    0 => Depth::Grow,
                    // All of them would take a day.
                    1..4 => Depth::Follow,
                    _ if one_in > 1 => Depth::Follow,
                    _ => Depth::Read,
                };
                let which = format!("{name}, byte {at} became {how:?}");
                if room.try_on(&changed, Some(&original), depth, &which) {
                    taken += 1;
                    followed += usize::from(depth > Depth::Read && Spec::read(&changed).unwrap().0 != original);
                }
            }
        }
    }
    println!("{tried} tried, {taken} taken, {followed} followed; slowest {:?}", room.slowest.get());
    assert!(taken > tried / 20 && followed > 4, "it must also reach what lies behind the reader: {taken} of {tried}");
}

#[test]
fn numbers_that_nobody_means_give_a_clear_answer() {
    let room = Room::new();
    let mut dice = Dice::seeded();
    let one_in = rounds(25, 1);
    let (mut tried, mut taken) = (0, 0);
    for (name, text) in texts() {
        for place in numbers(&text) {
            for number in NUMBERS {
                if dice.roll(one_in) > 0 {
                    continue;
                }
                let mut changed = text.clone();
                changed.replace_range(place.clone(), number);
                let line = text[..place.start].matches('\n').count() + 1;
                let of = text.lines().nth(line - 1).unwrap_or_default();
                let which = format!("{name}, line {line}: `{of}` became {number}");
                tried += 1;
                let depth = if dice.roll(10) == 0 { Depth::Grow } else { Depth::Follow };
                taken += usize::from(room.try_on(&changed, None, depth, &which));
            }
        }
    }
    println!("{tried} tried, {taken} taken; slowest {:?}", room.slowest.get());
    assert!(taken > tried / 10, "it must also reach what lies behind the reader: {taken} of {tried}");
}
