//! When each patient came and what for: exact in number, never in the future, close together only where a course asks for it.

use super::people::Profile;
use super::rng::Rng;
use super::{MOST_RECORDS, RECORDS, acute, chronic, preventive};
use jiff::Span;
use jiff::civil::{Date, DateTime, Weekday};

/// What one record is about. Numbers are indices into the tables of the other modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// Follow-up of a chronic line; `ask` when exams are ordered, `remote` when by video.
    Chronic {
        line: usize,
        ask: bool,
        remote: bool,
    },
    Exam {
        line: usize,
    },
    Read {
        line: usize,
    },
    Renewal {
        line: usize,
    },
    Acute(usize),
    Better(usize),
    Admission(usize),
    After(usize, usize),
    Procedure(usize),
    Checkup,
    Vaccine,
    Prenatal(usize),
    Birth,
    Puerperium,
    WellChild(usize),
}

/// One patient's course: chronic lines, the doctor who usually sees them, and the dated events.
pub(super) struct Plan {
    pub(super) lines: Vec<usize>,
    pub(super) doctor: usize,
    pub(super) events: Vec<(DateTime, Event)>,
}

/// Ten years, less a margin for the weekend shift.
const WINDOW: i64 = 3_640;

/// The plans of all patients; their events sum to the clinic's number of records.
pub(super) fn plans(rng: &mut Rng, profiles: &[Profile], today: Date) -> Vec<Plan> {
    let mut drafts: Vec<Draft> = profiles.iter().enumerate().map(|(i, p)| Draft::new(rng, i, p, today)).collect();
    let mut total: usize = drafts.iter().map(|d| d.wanted).sum();
    while total != RECORDS {
        let d = &mut drafts[1 + rng.below(profiles.len() - 1)];
        if total < RECORDS && d.wanted < d.most {
            d.wanted += 1;
            total += 1;
        } else if total > RECORDS && d.wanted > d.events.len().max(1) {
            d.wanted -= 1;
            total -= 1;
        }
    }
    drafts.into_iter().map(|d| d.fill(rng)).collect()
}

struct Draft<'a> {
    profile: &'a Profile,
    today: Date,
    index: usize,
    lines: Vec<usize>,
    /// Days before today.
    events: Vec<(i64, Event)>,
    /// Stretch (days before today, from the older to the newer) kept for a pregnancy.
    kept: Option<(i64, i64)>,
    starts: Vec<i64>,
    wanted: usize,
    most: usize,
}

impl<'a> Draft<'a> {
    fn new(rng: &mut Rng, index: usize, profile: &'a Profile, today: Date) -> Self {
        let reach = profile.age_days.min(WINDOW);
        let mut d = Draft {
            profile,
            today,
            index,
            lines: Vec::new(),
            events: Vec::new(),
            kept: None,
            starts: Vec::new(),
            wanted: 0,
            most: ((reach / 45) as usize).clamp(1, MOST_RECORDS),
        };
        let years = profile.age_days / 365;
        if profile.patient.sex == "female" && index != 0 && (19..=46).contains(&years) && rng.chance(38) {
            d.pregnancy(rng, years);
        }
        if d.kept.is_none() {
            d.lines = lines(rng, index, profile);
        }
        d.childhood(rng);
        let base = match (index, d.lines.len()) {
            (0, _) => 31,
            (_, 0) => rng.range(1, 8),
            (_, n) => rng.range(2, 10 + 8 * n as i64),
        } as usize;
        d.wanted = base.max(d.events.len()).clamp(1, d.most.max(d.events.len()));
        d
    }

    fn pregnancy(&mut self, rng: &mut Rng, years: i64) {
        let oldest = ((years - 18) * 365).min(3_300);
        let start = rng.range(70, oldest.max(90));
        self.kept = Some((start + 40, start - 280 - 200));
        for (i, (week, ..)) in preventive::PRENATAL.iter().enumerate() {
            let at = start - week * 7 - rng.range(0, 4);
            if at >= 1 {
                self.events.push((at, Event::Prenatal(i)));
            }
        }
        let birth = start - rng.range(272, 281);
        for (at, event) in [(birth, Event::Birth), (birth - rng.range(8, 14), Event::Puerperium)] {
            if at >= 1 {
                self.events.push((at, event));
            }
        }
    }

    fn childhood(&mut self, rng: &mut Rng) {
        for (i, (months, ..)) in preventive::WELL_CHILD.iter().enumerate() {
            let at = self.profile.age_days - (months * 61 / 2).max(8) - rng.range(0, 6);
            if (1..WINDOW).contains(&at) && (self.profile.age_days < 900 || rng.chance(70)) {
                self.events.push((at, Event::WellChild(i)));
            }
        }
    }

    fn age_years(&self, ago: i64) -> i64 {
        (self.profile.age_days - ago) * 100 / 36_525
    }

    /// A day for a group of records that needs `length` days, away from the others where there is room.
    fn start(&mut self, rng: &mut Rng, length: i64) -> Option<i64> {
        let reach = self.profile.age_days.min(WINDOW) - 20;
        if reach <= length {
            return None;
        }
        for gap in [60, 40, 25, 12, 6, 3] {
            for _ in 0..24 {
                let u = rng.unit();
                let at = length + 1 + ((reach - length - 1) as f64 * u * (0.35 + 0.65 * u)) as i64;
                let free = self.starts.iter().chain(self.events.iter().map(|e| &e.0)).all(|s| (s - at).abs() >= gap);
                let kept = self.kept.is_some_and(|(old, new)| (new..=old).contains(&at));
                if free && !kept {
                    self.starts.push(at);
                    return Some(at);
                }
            }
        }
        None
    }

    fn fill(mut self, rng: &mut Rng) -> Plan {
        let adult = self.profile.age_days > 18 * 365;
        let mut recent = adult && self.kept.is_none() && (self.index == 0 || rng.chance(45));
        // Chronic lines open the course; a first visit is never by video.
        while self.events.len() < self.wanted {
            let left = self.wanted - self.events.len();
            let size = if recent { 1 } else { [1, 2, 3][rng.weighted(&[54, 30, 16])].min(left) };
            let length = [0, 38, 62][size - 1];
            let at = if recent { Some(rng.range(1, 55)) } else { self.start(rng, length) };
            let at = at.unwrap_or_else(|| rng.range(1 + length.min(2), (self.profile.age_days - 12).clamp(3, 400)));
            recent = false;
            match size {
                1 => self.single(rng, at),
                2 if at > 38 => self.pair(rng, at),
                3 if at > 62 => self.triple(rng, at),
                _ => self.single(rng, at),
            }
        }
        self.plan(rng)
    }

    fn single(&mut self, rng: &mut Rng, at: i64) {
        let event = match rng.below(20) {
            0..=9 if !self.lines.is_empty() => {
                let remote = self.days(at).year() >= 2020 && rng.chance(17);
                Event::Chronic { line: rng.below(self.lines.len()), ask: false, remote }
            }
            10 | 11 if !self.lines.is_empty() => Event::Renewal { line: rng.below(self.lines.len()) },
            12 | 13 => self.procedure(rng, at).unwrap_or(Event::Checkup),
            14 if self.age_years(at) >= 3 => Event::Vaccine,
            15 | 16 if self.age_years(at) >= 6 => Event::Checkup,
            _ => self.acute(rng, at).map_or(Event::Checkup, Event::Acute),
        };
        self.events.push((at, event));
    }

    fn pair(&mut self, rng: &mut Rng, at: i64) {
        let line = self.asked(rng);
        if let Some(line) = line.filter(|_| rng.chance(62)) {
            self.events.push((at, Event::Chronic { line, ask: true, remote: false }));
            self.events.push((at - rng.range(14, 35), Event::Read { line }));
        } else if let Some(a) = self.acute(rng, at) {
            self.events.push((at, Event::Acute(a)));
            self.events.push((at - rng.range(5, 11), Event::Better(a)));
        } else {
            self.events.push((at, Event::Checkup));
        }
    }

    fn triple(&mut self, rng: &mut Rng, at: i64) {
        if rng.chance(42)
            && let Some(i) = self.admission(rng, at)
        {
            self.events.push((at, Event::Admission(i)));
            self.events.push((at - rng.range(10, 15), Event::After(i, 0)));
            self.events.push((at - rng.range(32, 45), Event::After(i, 1)));
        } else if let Some(line) = self.asked(rng) {
            self.events.push((at, Event::Chronic { line, ask: true, remote: false }));
            self.events.push((at - rng.range(4, 10), Event::Exam { line }));
            self.events.push((at - rng.range(16, 35), Event::Read { line }));
        } else {
            self.pair(rng, at);
        }
    }

    /// A line whose follow-up orders exams.
    fn asked(&self, rng: &mut Rng) -> Option<usize> {
        let with: Vec<usize> =
            (0..self.lines.len()).filter(|&l| !chronic::ALL[self.lines[l]].orders.is_empty()).collect();
        (!with.is_empty()).then(|| with[rng.below(with.len())])
    }

    fn days(&self, ago: i64) -> Date {
        self.today.checked_sub(Span::new().days(ago)).unwrap_or(self.today)
    }

    fn acute(&self, rng: &mut Rng, at: i64) -> Option<usize> {
        let months = (self.profile.age_days - at) * 12 / 365;
        let date = self.days(at);
        let weights: Vec<u32> = acute::ALL
            .iter()
            .map(|a| {
                let sex = a.sex == 'A' || self.profile.patient.sex == "female";
                // Orders exist for adults from twelve years on, for children below.
                let orders = if months >= 144 { a.adult } else { a.child };
                let season = a.code != "A90" || (1..=6).contains(&date.month());
                let known = date.year() > a.since || (date.year() == a.since && date.month() > 3);
                let fits = (a.ages.0..=a.ages.1).contains(&months) && sex && season && known && !orders.is_empty();
                if fits { a.weight } else { 0 }
            })
            .collect();
        weights.iter().any(|w| *w > 0).then(|| rng.weighted(&weights))
    }

    fn admission(&self, rng: &mut Rng, at: i64) -> Option<usize> {
        let months = (self.profile.age_days - at) * 12 / 365;
        let fits: Vec<usize> = (0..acute::ADMISSIONS.len())
            .filter(|&i| {
                let a = &acute::ADMISSIONS[i];
                let own = a.of.is_empty() || self.lines.iter().any(|l| chronic::ALL[*l].key == a.of);
                let fresh = !self.events.iter().any(|e| e.1 == Event::Admission(i));
                // The demo's own patient keeps an ordinary course.
                own && fresh
                    && (!a.surgical || rng.chance(18))
                    && self.index != 0
                    && (a.ages.0..=a.ages.1).contains(&months)
            })
            .collect();
        (!fits.is_empty()).then(|| fits[rng.below(fits.len())])
    }

    fn procedure(&self, rng: &mut Rng, at: i64) -> Option<Event> {
        let years = self.age_years(at);
        let woman = self.profile.patient.sex == "female";
        let fits: Vec<usize> = (0..acute::PROCEDURES.len())
            .filter(|&i| {
                let p = &acute::PROCEDURES[i];
                let top = match p.1 {
                    "Z12.4" => 64,
                    "Z30.1" => 42,
                    _ => 120,
                };
                let sexed = matches!(p.1, "Z12.4" | "Z30.1");
                let repeats =
                    p.1 == "Z12.4" && self.events.iter().all(|e| e.1 != Event::Procedure(i) || (e.0 - at).abs() > 330);
                let fresh = repeats || !self.events.iter().any(|e| e.1 == Event::Procedure(i));
                fresh && (p.5..=top).contains(&years) && (woman || !sexed)
            })
            .collect();
        (!fits.is_empty()).then(|| Event::Procedure(fits[rng.below(fits.len())]))
    }

    fn plan(mut self, rng: &mut Rng) -> Plan {
        self.events.sort_by_key(|e| std::cmp::Reverse(e.0));
        let doctor = if self.index == 0 || rng.chance(48) { 0 } else { 1 };
        let mut events: Vec<(DateTime, Event)> =
            self.events.iter().map(|&(ago, event)| (self.hour(rng, ago, event), event)).collect();
        events.sort_by_key(|e| e.0);
        Plan { lines: self.lines, doctor, events }
    }

    /// Office hours; Sundays move to Monday, or to the Friday before when Monday is not past yet.
    fn hour(&self, rng: &mut Rng, ago: i64, event: Event) -> DateTime {
        let urgent = matches!(event, Event::Admission(_) | Event::Birth);
        let mut ago = ago;
        let day = self.days(ago);
        if !urgent && matches!((day.month(), day.day()), (1 | 5, 1) | (12, 25) | (9, 7) | (11, 15 | 2)) {
            ago += 2;
        }
        match self.days(ago).weekday() {
            Weekday::Sunday if !urgent => ago = if ago > 1 { ago - 1 } else { 3 },
            Weekday::Saturday if !urgent && rng.chance(80) => ago = if ago > 2 { ago - 2 } else { ago + 1 },
            _ => {}
        }
        // A visit moved back may not come before birth.
        let ago = ago.min(self.profile.age_days - 1);
        let day = self.days(ago);
        let hour = if urgent {
            rng.range(0, 23)
        } else if day.weekday() == Weekday::Saturday {
            rng.range(8, 11)
        } else {
            [8, 9, 10, 11, 13, 14, 15, 16, 17, 18][rng.weighted(&[10, 12, 12, 9, 8, 12, 12, 11, 8, 2])]
        };
        day.at(hour as i8, (rng.range(0, 11) * 5) as i8, 0, 0)
    }
}

/// One to three long-term conditions by age and sex, none for many of the young.
fn lines(rng: &mut Rng, index: usize, profile: &Profile) -> Vec<usize> {
    if index == 0 {
        return ["has", "dm", "dlp"].iter().filter_map(|k| chronic::find(k)).collect();
    }
    let years = profile.age_days / 365;
    let count = match years {
        0..=4 => 0,
        5..=17 => rng.weighted(&[60, 38, 2]),
        18..=39 => rng.weighted(&[35, 52, 13]),
        40..=59 => rng.weighted(&[12, 42, 32, 14]),
        _ => rng.weighted(&[3, 24, 40, 33]),
    };
    let mut found: Vec<usize> = Vec::new();
    for _ in 0..count {
        let weights: Vec<u32> = chronic::ALL
            .iter()
            .enumerate()
            .map(|(i, c)| {
                let sex = match c.sex {
                    'F' => profile.patient.sex == "female",
                    'M' => profile.patient.sex == "male",
                    _ => true,
                };
                let apart = found.iter().any(|&f| {
                    f == i || c.excludes.contains(&chronic::ALL[f].key) || chronic::ALL[f].excludes.contains(&c.key)
                });
                if sex && !apart && (c.ages.0..=c.ages.1).contains(&years) { c.weight } else { 0 }
            })
            .collect();
        if weights.iter().any(|w| *w > 0) {
            found.push(rng.weighted(&weights));
        }
    }
    found
}
