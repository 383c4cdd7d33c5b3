//! Writes one patient's records in order, so that each visit knows what came before it.

use super::people::{NSAID, Profile, cross_reactive};
use super::rng::Rng;
use super::schedule::{Event, Plan};
use super::text::{Values, capital, listed, spin};
use super::vitals::{self, Activity, Body};
use super::{Allergies, Code, Record, acute, chronic};
use jiff::civil::{Date, DateTime};

/// Where one chronic line stands.
#[derive(Default)]
struct Line {
    chronic: usize,
    seen: bool,
    /// 0 held, 1 wild.
    activity: f64,
    step: usize,
    using: Vec<String>,
}

/// A note before it takes its author's style.
#[derive(Default)]
pub(super) struct Note {
    pub(super) kind: &'static str,
    pub(super) title: String,
    pub(super) diagnosis: String,
    pub(super) story: String,
    pub(super) exam: String,
    pub(super) orders: Vec<String>,
    pub(super) plan: Vec<String>,
    pub(super) priority: &'static str,
    pub(super) author: usize,
    pub(super) codes: Vec<Code>,
}

/// The state of a course between two visits.
pub(super) struct Course<'a> {
    pub(super) rng: Rng,
    pub(super) profile: &'a Profile,
    pub(super) values: Values,
    pub(super) months: i64,
    pub(super) date: Date,
    lines: Vec<Line>,
    body: Body,
    doctor: usize,
    allergic: Vec<&'static str>,
    avoid: Vec<&'static str>,
    pub(super) feminine: bool,
}

/// A code of CID-10.
pub(super) const fn code(code: &'static str, display: &'static str) -> Code {
    Code { system: "http://hl7.org/fhir/sid/icd-10", code, display }
}

/// Plurals that a drawn one makes singular.
const ONES: [(&str, &str); 6] = [
    ("há 1 dias", "há 1 dia"),
    ("há 1 anos", "há 1 ano"),
    (" e 1 vômitos", " e 1 vômito"),
    ("há 1 meses", "há 1 mês"),
    ("há 1 horas", "há 1 hora"),
    (" a 1 episódios", " a 1 episódio"),
];

/// Above this a disease is not held.
const LOOSE: f64 = 0.38;

/// Writes all records of one patient.
pub(super) fn write(rng: Rng, patient: usize, profile: &Profile, plan: Plan, records: &mut Vec<Record>) {
    let mut c = Course::new(rng, profile, &plan);
    for (date, event) in plan.events {
        c.arrive(date);
        let note = c.note(event);
        let (treatment, notes) = c.style(&note);
        records.push(Record {
            patient,
            author: note.author,
            kind: note.kind,
            date,
            title: note.title,
            diagnosis: note.diagnosis,
            treatment,
            notes,
            priority: note.priority,
            status: "final",
            codes: note.codes,
        });
    }
}

impl<'a> Course<'a> {
    fn new(rng: Rng, profile: &'a Profile, plan: &Plan) -> Self {
        let lines: Vec<Line> = plan.lines.iter().map(|&chronic| Line { chronic, ..Line::default() }).collect();
        let mut avoid: Vec<&'static str> =
            lines.iter().flat_map(|l| chronic::ALL[l.chronic].forbids).copied().collect();
        let has = |key: &str| lines.iter().any(|l| chronic::ALL[l.chronic].key == key);
        if has("icc") || has("fa") || has("has") || profile.age_days > 65 * 365 {
            // Low-dose aspirin after an infarction is not what this keeps away.
            avoid.extend(&NSAID[1..]);
        }
        if profile.age_days > 65 * 365 {
            avoid.extend(["ciclobenzaprina", "amitriptilina", "meclizina"]);
        }
        if has("ans") || has("dep") {
            avoid.push("duloxetina");
        }
        let allergic = match &profile.patient.allergies {
            Allergies::Known(list) => list.iter().flat_map(|a| cross_reactive(&a.substance)).copied().collect(),
            _ => Vec::new(),
        };
        let feminine = profile.patient.sex == "female";
        let mut rng = rng;
        let mut values = Values::default();
        let smoker = lines.iter().any(|l| chronic::ALL[l.chronic].key == "dpoc");
        let smoking = if smoker {
            "tabagismo de longa data"
        } else {
            rng.pick(&["nunca fumou", "nega tabagismo", "ex-tabagista"])
        };
        values.set("fumo", smoking.to_owned());
        Course {
            rng,
            profile,
            values,
            months: 0,
            date: profile.patient.birth_date,
            lines,
            body: Body { drift: 0.0 },
            doctor: plan.doctor,
            allergic,
            avoid,
            feminine,
        }
    }

    fn arrive(&mut self, date: DateTime) {
        let birth = self.profile.patient.birth_date;
        self.date = date.date();
        self.months = ((date.year() - birth.year()) as i64) * 12 + i64::from(date.month())
            - i64::from(birth.month())
            - i64::from(date.day() < birth.day());
        self.months = self.months.max(0);
        self.body.drift = (self.body.drift + self.rng.between(-0.9, 0.9)).clamp(-6.0, 6.0);
        for l in &mut self.lines {
            l.activity += (0.22 - l.activity) * 0.12;
        }
        self.numbers();
    }

    /// Recomputes the visit's numbers from the state of the lines.
    fn numbers(&mut self) {
        let mut act = Activity::default();
        for l in &self.lines {
            let level = if l.seen { l.activity } else { 0.3 };
            match chronic::ALL[l.chronic].key {
                "has" => act.has = Some(level),
                "dm" => act.dm = Some(level),
                "dlp" => act.dlp = Some(level),
                "tir" => act.tir = Some(level),
                "icc" => act.icc = true,
                _ => {}
            }
        }
        let days = self.profile.patient.birth_date.until(self.date).map_or(0, |s| s.get_days());
        let months = f64::from(days) / 30.44;
        vitals::set(&mut self.values, &mut self.rng, self.profile, &self.body, months, act);
    }

    pub(super) fn say(&mut self, fragment: &str) -> String {
        let text = spin(&mut self.rng, fragment, &self.values, self.feminine);
        // A drawn number may be one.
        ONES.iter().fold(text, |t, (many, one)| if t.contains(many) { t.replace(many, one) } else { t })
    }

    pub(super) fn one(&mut self, fragments: &[&str]) -> String {
        let fragment = fragments[self.rng.below(fragments.len())];
        self.say(fragment)
    }

    /// The first alternative that neither an allergy nor a disease forbids.
    pub(super) fn order(&mut self, alternatives: &str) -> Option<String> {
        for fragment in alternatives.split(";;") {
            let order = self.say(fragment);
            let low = order.to_lowercase();
            if !self.allergic.iter().chain(&self.avoid).any(|t| low.contains(t)) {
                return Some(order);
            }
        }
        None
    }

    pub(super) fn orders(&mut self, list: &[&str]) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for o in list {
            if let Some(order) = self.order(o).filter(|o| !found.contains(o)) {
                found.push(order);
            }
        }
        found
    }

    fn general(&self, author: usize) -> usize {
        if self.months < 168 && matches!(author, 0 | 1) { 4 } else { author }
    }

    /// Who follows a line: its specialist, the paediatrician, or the patient's own doctor.
    fn follower(&mut self, chronic: usize) -> usize {
        match chronic::ALL[chronic].author {
            0 => self.general(self.doctor),
            other if self.rng.chance(72) => other,
            _ => self.general(self.doctor),
        }
    }

    fn note(&mut self, event: Event) -> Note {
        match event {
            Event::Chronic { line, ask, remote } => self.follow_up(line, ask, remote),
            Event::Exam { line } => self.exam(line),
            Event::Read { line } => self.read(line),
            Event::Renewal { line } if self.lines[line].seen => self.renewal(line),
            Event::Renewal { line } => self.follow_up(line, false, false),
            Event::Acute(i) => self.acute(i),
            Event::Better(i) => self.better(i),
            Event::Admission(i) => self.admission(i),
            Event::After(i, turn) => self.after(i, turn),
            other => self.preventive(other),
        }
    }

    /// Moves a line's activity; true when the patient lapsed.
    fn evolve(&mut self, line: usize) -> bool {
        let lapse = self.rng.chance(17);
        let noise = self.rng.between(-0.07, 0.11);
        let l = &mut self.lines[line];
        if !l.seen {
            l.activity = self.rng.between(0.62, 0.95);
            return false;
        }
        l.activity = (l.activity * 0.62 + noise + if lapse { 0.34 } else { 0.0 }).clamp(0.0, 1.0);
        lapse
    }

    /// Takes the next step of treatment when the disease is loose; says what changed.
    fn treat(&mut self, line: usize, lapse: bool) -> String {
        let c = &chronic::ALL[self.lines[line].chronic];
        let (seen, loose) = (self.lines[line].seen, self.lines[line].activity > LOOSE);
        let child = self.months < 144;
        let top = c.ladder.len() - 1;
        let up = seen && loose && self.lines[line].step < top && !(lapse && self.rng.chance(60));
        self.lines[line].step += usize::from(up);
        let step = self.lines[line].step;
        self.lines[line].seen = true;
        let using = if child && c.key == "asma" {
            let dose = [("50", "1 jato"), ("50", "2 jatos"), ("200", "1 jato")][step.min(2)];
            vec![
                format!("Beclometasona spray {} mcg, {} com espaçador de 12/12 h", dose.0, dose.1),
                "Salbutamol spray 100 mcg, 2 a 4 jatos com espaçador se crise".to_owned(),
            ]
        } else if self.months < 216 && c.key == "enx" {
            self.orders(&[
                "Dipirona 500 mg, 1 comprimido no início da crise;;Paracetamol 500 mg, 1 comprimido no início da crise",
            ])
        } else {
            self.orders(c.ladder[step])
        };
        self.lines[line].using = using;
        let fragment = if !seen {
            "[início do tratamento de {x}, com metas combinadas|inicio tratamento de {x} e explico o curso esperado|inicio tratamento de {x}; orientações por escrito]"
        } else if up {
            "[ajusto o esquema|otimizo o tratamento|intensifico o tratamento] de {x}"
        } else if loose && lapse {
            "[mantenho o esquema e reforço a adesão|sem mudança de dose: reforçada a adesão] em {x}"
        } else if loose {
            "[mantenho a dose máxima tolerada|mantenho o esquema atual], com reavaliação precoce de {x}"
        } else {
            "[mantenho o tratamento|mantida a medicação|sem mudanças no tratamento] de {x}"
        };
        self.values.set("x", c.short.to_owned());
        self.say(fragment)
    }

    fn story_of(&mut self, line: usize) -> (String, String) {
        let l = &self.lines[line];
        let c = &chronic::ALL[l.chronic];
        let (seen, loose) = (l.seen, l.activity > LOOSE);
        let story = match (seen, loose) {
            (false, _) => c.first,
            (_, true) => c.unwell,
            _ => c.well,
        };
        let story = self.one(story);
        (story, self.say(if loose { c.exam.1 } else { c.exam.0 }))
    }

    fn follow_up(&mut self, line: usize, ask: bool, remote: bool) -> Note {
        let new = !self.lines[line].seen;
        let remote = remote && !new;
        let lapse = self.evolve(line);
        if new {
            // Numbers of a first visit are those of the untreated disease.
            self.lines[line].seen = true;
            self.numbers();
            self.lines[line].seen = false;
        } else {
            self.numbers();
        }
        let c = &chronic::ALL[self.lines[line].chronic];
        let level = self.lines[line].activity;
        let (story, found) = self.story_of(line);
        let state = match (new, level > LOOSE) {
            (true, _) => " (diagnóstico inicial)",
            (_, true) => " (em ajuste terapêutico)",
            _ => "",
        };
        let mut note = Note {
            diagnosis: format!("{}{state}", c.name),
            story,
            exam: found,
            plan: vec![self.treat(line, lapse)],
            codes: vec![code(c.code, c.display)],
            author: self.follower(self.lines[line].chronic),
            ..Note::default()
        };
        note.orders = self.lines[line].using.clone();
        let mut shorts = vec![c.short];
        if let Some(other) = self.companion(line) {
            shorts.push(self.beside(other, &mut note));
        }
        if ask && !c.orders.is_empty() {
            note.plan.push(format!("solicito {}", c.orders));
        }
        note.plan.push(self.one(c.advice));
        note.plan.push(self.say(if level > LOOSE { "retorno em {4-6} semanas" } else { "retorno em {3-6} meses" }));
        (note.kind, note.title) = if remote {
            ("telemedicine", format!("Teleconsulta – {}", listed(&shorts)))
        } else if new {
            ("consultation", format!("Avaliação inicial – {}", c.short))
        } else {
            let kind = if ask || self.rng.chance(45) { "consultation" } else { "return" };
            (kind, format!("Acompanhamento – {}", listed(&shorts)))
        };
        note.priority = if level > 0.72 && (!new || matches!(c.key, "has" | "dm" | "icc" | "fa" | "dpoc")) {
            "HIGH"
        } else if level > LOOSE || new || self.rng.chance(62) {
            "NORMAL"
        } else {
            "LOW"
        };
        note.exam = if remote {
            self.say("[Avaliação por vídeo: bom estado geral, fala frases completas, sem esforço respiratório aparente|Por vídeo: eupneic@, orientad@, sem edema visível]. Exame físico limitado pelo meio")
        } else {
            format!("{}. {}", self.vital_signs(), capital(&note.exam))
        };
        note
    }

    /// Adds another line to the visit and gives its short name.
    fn beside(&mut self, other: usize, note: &mut Note) -> &'static str {
        let lapsed = self.evolve(other);
        self.numbers();
        let o = &chronic::ALL[self.lines[other].chronic];
        let (story, found) = self.story_of(other);
        note.story = format!("{} {}: {story}", note.story, capital(o.short));
        note.exam = format!("{}. {}", note.exam, capital(&found));
        note.diagnosis = format!("{}; {}", note.diagnosis, o.name);
        note.codes.push(code(o.code, o.display));
        note.plan.push(self.treat(other, lapsed));
        for order in &self.lines[other].using {
            if !note.orders.contains(order) {
                note.orders.push(order.clone());
            }
        }
        o.short
    }

    /// Another line already in care, discussed in the same visit about half of the times.
    fn companion(&mut self, line: usize) -> Option<usize> {
        let specialist = chronic::ALL[self.lines[line].chronic].author != 0;
        let list: Vec<usize> = (0..self.lines.len()).filter(|&o| o != line && self.lines[o].seen).collect();
        (!list.is_empty() && !specialist && self.rng.chance(55)).then(|| list[self.rng.below(list.len())])
    }

    fn results(&mut self, line: usize) -> String {
        let l = &self.lines[line];
        let c = &chronic::ALL[l.chronic];
        let fragment = if l.activity > LOOSE { c.results.1 } else { c.results.0 };
        let text = capital(&self.say(fragment));
        if c.key == "dm" {
            // The next reading compares itself with this one.
            let read = self.values.get("a1c").to_owned();
            self.values.set("lido", read);
        }
        text
    }

    fn exam(&mut self, line: usize) -> Note {
        let c = &chronic::ALL[self.lines[line].chronic];
        let story = self.say("Exames solicitados em [consulta recente|última consulta]. Amostras e traçados de boa qualidade, [coletados após jejum de 8 h, quando indicado|colhidos pela manhã]; identificação conferida.");
        let results = self.results(line);
        let loose = self.lines[line].activity > LOOSE;
        Note {
            kind: "exam",
            title: format!("Resultado de exames – {}", c.short),
            diagnosis: format!("Exames de controle: {}", c.name.to_lowercase()),
            story, exam: results,
            orders: vec![if loose { "Antecipar o retorno para discutir os resultados" } else { "Manter a conduta até o retorno já agendado" }.to_owned()],
            plan: vec![self.say("[resultado anexado e paciente avisad@ por telefone|laudo anexado ao prontuário|paciente ciente do resultado pelo portal]")],
            priority: if self.lines[line].activity > 0.7 { "HIGH" } else { "NORMAL" },
            author: self.follower(self.lines[line].chronic),
            codes: vec![code(c.code, c.display)],
        }
    }

    fn read(&mut self, line: usize) -> Note {
        let c = &chronic::ALL[self.lines[line].chronic];
        let results = self.results(line);
        let opening = self.say("[Retorna com exames|Traz os exames solicitados|Retorno para exames]. [Sem queixas novas|Nega intercorrências desde a última consulta|Refere estar bem].");
        let change = self.treat(line, false);
        let loose = self.lines[line].activity > LOOSE;
        let vital = self.vital_signs();
        let advice = self.one(c.advice);
        let next = self.say(if loose { "retorno em {6-8} semanas" } else { "retorno em {3-6} meses" });
        Note {
            kind: "return",
            title: format!("Retorno com exames – {}", c.short),
            diagnosis: if loose {
                format!("{} (em ajuste terapêutico)", c.name)
            } else {
                format!("{} (em controle)", c.name)
            },
            story: format!("{opening} Exames: {results}."),
            exam: vital,
            orders: self.lines[line].using.clone(),
            plan: vec![change, advice, next],
            priority: if self.lines[line].activity > 0.72 { "HIGH" } else { "NORMAL" },
            author: self.follower(self.lines[line].chronic),
            codes: vec![code(c.code, c.display)],
        }
    }

    fn renewal(&mut self, line: usize) -> Note {
        let c = &chronic::ALL[self.lines[line].chronic];
        let story = self.say("[Solicita renovação de receita|Pede renovação da receita de uso contínuo|Contato pelo portal para renovar a receita], [sem queixas novas|sem intercorrências|refere adesão regular e boa tolerância]. Última consulta há menos de 6 meses.");
        let exam = self.say("Sem exame físico neste contato; [prontuário e última prescrição revisados|doses conferidas com a última consulta]");
        Note {
            kind: "other",
            title: format!("Renovação de receita – {}", c.short),
            diagnosis: format!("{}, uso contínuo de medicação", c.name),
            story,
            exam,
            orders: self.lines[line].using.clone(),
            plan: vec![
                self.say("receita com validade de [90|120|180] dias"),
                self.say("manter a consulta [agendada|de rotina]"),
            ],
            priority: "LOW",
            author: self.follower(self.lines[line].chronic),
            codes: vec![code(c.code, c.display)],
        }
    }

    fn acute(&mut self, i: usize) -> Note {
        let a = &acute::ALL[i];
        if a.fever {
            let fever = self.say("{37-38},{8-9}");
            self.values.set("temp", fever);
        }
        let child = self.months < 144;
        let (story, found) = (self.one(a.story), self.one(a.exam));
        let orders = self.orders(if child { a.child } else { a.adult });
        let remote = a.priority == "LOW" && !child && self.date.year() >= 2020 && self.rng.chance(14);
        let vital = self.vital_signs();
        let plan = vec![self.say(a.advice)];
        let elder = self.months > 780 && matches!(a.code, "J18.9" | "A90");
        let doctor = self.any_doctor();
        let doctor = self.general(doctor);
        let author = if a.sex == 'F' && a.code == "B37.3" { 3 } else { doctor };
        Note {
            kind: if remote { "telemedicine" } else { "consultation" },
            title: if remote { format!("Teleconsulta – {}", a.title.to_lowercase()) } else { a.title.to_owned() },
            diagnosis: a.title.to_owned(),
            story,
            exam: if remote {
                self.say(
                    "Por vídeo: [bom estado geral|ativ@ e corad@], sem sinais de esforço; exame limitado pelo meio",
                )
            } else {
                format!("{vital}. {found}")
            },
            orders,
            plan,
            priority: if elder {
                "CRITICAL"
            } else if a.priority == "LOW" && self.rng.chance(35) {
                "NORMAL"
            } else {
                a.priority
            },
            author,
            codes: vec![code(a.code, a.display)],
        }
    }

    fn any_doctor(&mut self) -> usize {
        if self.rng.chance(70) { self.doctor } else { 1 - self.doctor }
    }

    fn better(&mut self, i: usize) -> Note {
        let a = &acute::ALL[i];
        let story = self.one(a.back);
        let opening = self.say("[Retorna para reavaliação|Reavaliação agendada|Retorno combinado]. [Completou o tratamento|Seguiu as orientações|Usou as medicações como prescrito].");
        let vital = self.vital_signs();
        Note {
            kind: "return",
            title: format!("Reavaliação – {}", a.title.to_lowercase()),
            diagnosis: format!("{}, em resolução", a.title),
            story: format!("{opening} {story}."),
            exam: self.say(&format!("{vital}. [Sem sinais de complicação|Exame dirigido sem novas alterações|Sem sinais de gravidade]")),
            orders: vec![self.say("[Alta deste episódio|Sem necessidade de novas medicações|Concluir os cuidados já orientados]; [retornar se recidiva|retorno se necessário|seguir o acompanhamento habitual]")],
            plan: vec![self.say("[orientações de prevenção reforçadas|sinais de recidiva explicados|dúvidas esclarecidas]")],
            priority: "LOW",
            author: self.general(self.doctor),
            codes: vec![code(a.code, a.display)],
        }
    }

    fn admission(&mut self, i: usize) -> Note {
        let a = &acute::ADMISSIONS[i];
        if let Some(line) = self.lines.iter().position(|l| chronic::ALL[l.chronic].key == a.of) {
            if self.lines[line].using.is_empty() {
                self.treat(line, false);
            }
            self.lines[line].activity = 0.8;
        }
        let story = self.say(a.story);
        let exam = self.say(a.exam);
        Note {
            kind: "hospitalization",
            title: a.title.to_owned(),
            diagnosis: a.display.to_owned(),
            story,
            exam,
            orders: self.orders(a.orders),
            plan: vec![
                self.say("[resumo de alta anexado|sumário de alta recebido e anexado]"),
                self.say("retorno na clínica em 10 a 15 dias"),
            ],
            priority: if a.surgical && a.code != "K35.8" { "HIGH" } else { "CRITICAL" },
            author: self.general(if matches!(a.code, "I50.0" | "I21.9") { 2 } else { self.doctor }),
            codes: vec![code(a.code, a.display)],
        }
    }

    fn after(&mut self, i: usize, turn: usize) -> Note {
        let a = &acute::ADMISSIONS[i];
        for l in &mut self.lines {
            if chronic::ALL[l.chronic].key == a.of {
                l.activity *= 0.5;
            }
        }
        self.numbers();
        let found = self.one(a.back);
        let vital = self.vital_signs();
        let mut orders: Vec<String> = self.lines.iter().flat_map(|l| l.using.clone()).collect();
        orders.dedup();
        if a.surgical {
            orders = vec![self.say(if turn == 0 {
                "[Retirada de pontos e curativo simples|Curativo simples; pontos retirados sem deiscência]"
            } else {
                "[Liberad@ para atividades habituais|Alta do acompanhamento cirúrgico]"
            })];
        } else if orders.is_empty() {
            orders = vec![
                self.say("Manter a prescrição da alta hospitalar, [conferida item a item|revisada com a família]"),
            ];
        }
        let mut codes = vec![code(a.code, a.display)];
        if a.surgical {
            codes.insert(0, code("Z09.0", "Seguimento após cirurgia"));
        }
        Note {
            kind: if a.surgical && turn == 0 { "procedure" } else { "return" },
            title: if a.surgical {
                format!("Pós-operatório – {}", a.title.to_lowercase())
            } else {
                "Retorno após internação".to_owned()
            },
            diagnosis: if a.surgical {
                format!("Pós-operatório de {}", a.title.to_lowercase())
            } else {
                format!("{}, após alta hospitalar", a.display)
            },
            story: self
                .say(&format!("[Evolui bem|Sem intercorrências|Boa evolução] [após a alta|desde a alta]. {found}.")),
            exam: vital,
            orders,
            plan: vec![self.say(if turn == 0 {
                "nova avaliação em {20-30} dias; sinais de alerta revisados"
            } else {
                "retoma o acompanhamento habitual em {2-3} meses"
            })],
            priority: if turn == 0 && !a.surgical { "HIGH" } else { "NORMAL" },
            author: self.general(self.doctor),
            codes,
        }
    }

    /// Vital signs as written for the age.
    pub(super) fn vital_signs(&mut self) -> String {
        let fragment = match self.months {
            m if m < 36 => {
                "[BEG, ativ@ e reativ@, hidratad@, corad@|Bom estado geral, corad@, hidratad@, eupneic@]; peso {peso} kg, estatura {altura} cm, FC {fc} bpm, FR {fr} irpm, T {temp} °C"
            }
            m if m < 144 => {
                "[BEG, corad@, hidratad@, anictéric@|Bom estado geral, colaborativ@, eupneic@]; peso {peso} kg, estatura {altura} cm, FC {fc} bpm, FR {fr} irpm, T {temp} °C"
            }
            _ => {
                "[BEG, corad@, hidratad@, eupneic@|Bom estado geral, lúcid@ e orientad@|BEG, LOTE, corad@, anictéric@]; PA {pa} mmHg, FC {fc} bpm, [FR {fr} irpm, |]SpO2 {sat}%, T {temp} °C, peso {peso} kg[ (IMC {imc} kg/m²)|]"
            }
        };
        self.say(fragment)
    }

    /// History line: chronic lines in care, drugs, allergies.
    fn history(&self) -> String {
        let lines: Vec<&str> = self.lines.iter().filter(|l| l.seen).map(|l| chronic::ALL[l.chronic].short).collect();
        let mut text = if lines.is_empty() { String::new() } else { format!("AP: {}. ", listed(&lines)) };
        match &self.profile.patient.allergies {
            Allergies::Known(list) => {
                let names: Vec<&str> = list.iter().map(|a| a.substance.as_str()).collect();
                text.push_str(&format!("Alergia a {}.", listed(&names)));
            }
            Allergies::NoneKnown => text.push_str("Nega alergias."),
            Allergies::NotAsked => {}
        }
        text.trim_end().to_owned()
    }

    /// The note in its author's way of writing, and the treatment as a list.
    fn style(&mut self, n: &Note) -> (String, String) {
        let treatment = n.orders.iter().map(|o| capital(o)).collect::<Vec<_>>().join("\n");
        let exam = n.exam.trim_end_matches('.');
        let plan = n.plan.iter().map(String::as_str).collect::<Vec<_>>().join("; ");
        let history = if self.rng.chance(60) && !n.title.starts_with("Avaliação inicial") {
            self.history()
        } else {
            String::new()
        };
        let story = n.story.trim();
        let notes = match n.author {
            _ if n.kind == "exam" => format!("Indicação: {story}\nResultados: {exam}.\nConduta: {}.", capital(&plan)),
            _ if n.kind == "other" => format!("{story} {history}\n{exam}.\n{}.", capital(&plan)),
            0 | 4 => format!("Anamnese: {story}\n{history}\nExame físico: {exam}.\nConduta: {}.", capital(&plan)),
            1 | 6 | 8 => format!("S: {story} {history}\nO: {exam}.\nA: {}.\nP: {}.", n.diagnosis, capital(&plan)),
            2 | 3 => format!("HDA: {story}\n{history}\nEF: {exam}.\nHD: {}.\nCD: {}.", n.diagnosis, plan),
            _ => format!("{story} {history}\n\n{exam}.\n\n{}.", capital(&plan)),
        };
        let notes = notes.lines().map(str::trim_end).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n");
        (treatment, notes)
    }
}
