//! Every page drawn with believable content and with none: checked for what no page may lack, and written under the
//! target directory (`AROEIRA_GALLERY=1`) to be looked at in a browser.

use std::collections::BTreeSet;
use std::path::PathBuf;

use aroeira_clinic::{Patient, Role, Verification};
use askama::Template;
use http::StatusCode;

use crate::error::{Texts, texts};
use crate::language::Language;

use super::banner;
use super::charts::{self, ChartPage, May, Timeline};
use super::conflict;
use super::console::{self, ConsolePage, KindPage, KindsPage};
use super::form::{Form, Sheet};
use super::history::{self, HistoryPage, ReasonPage};
use super::patients::{self, PatientsPage};
use super::records::RecordsPage;
use super::registration::{self, PatientPage};
use super::sessions::{self, Enrolment, SessionsPage};
use super::shell::{self, Shell};
use super::sign_in::{LockedPage, LoginPage, PasswordPage, TermsPage};
use super::users::{self, UserPage, UsersPage};
use super::writing::{self, WritePage};
use super::{Pager, Turning, audit, emergency, faults};

struct Gallery {
    language: Language,
    pages: Vec<(String, String)>,
}

impl Gallery {
    fn shell(&self, role: Role, here: &str, title: &str) -> Shell {
        shell::sample(self.language, role, here, &self.language.text(title))
    }

    fn gate(&self, title: &str) -> Shell {
        let locale = super::locale::sample(self.language);
        let mut shell = Shell::bare(&locale, "", "/login", &self.language.text(title));
        shell.csrf = "token".into();
        shell
    }

    fn sheet(&self, form: Form) -> Sheet {
        Sheet::new(&super::locale::sample(self.language), form)
    }

    fn refused(&self, form: Form, fields: &[(&'static str, &'static str)]) -> Sheet {
        let fields = fields.iter().map(|(path, code)| aroeira_clinic::Field::new(*path, code)).collect();
        let told = texts(&aroeira_clinic::Error::Invalid(fields), self.language);
        Sheet::refused(&super::locale::sample(self.language), form, told)
    }

    fn turning(&self, shown: usize, total: u64) -> Turning {
        let next = "c2".to_owned();
        let pager = Pager { cursor: Some("c1".into()), before: vec!["-".into()] };
        let locale = super::locale::sample(self.language);
        if total > 25 {
            Turning::new(&locale, &pager, 25, shown, Some(&next), total)
        } else {
            Turning::new(&locale, &Pager::default(), 25, shown, None, total)
        }
    }

    fn add(&mut self, name: &str, page: &impl Template) {
        self.pages.push((name.to_owned(), page.render().expect("a template renders")));
    }

    fn gates(&mut self) {
        let mut form = Form::default();
        form.push("clinic", "demo").push("email", "medica@demo");
        let login = |sheet, otp, one_clinic, wait| LoginPage {
            s: self.gate("login"),
            sheet,
            next: "/".into(),
            otp,
            one_clinic,
            wait,
            half_out: false,
        };
        let clean = login(self.sheet(Form::default()), false, true, None);
        let told = texts(&aroeira_clinic::Error::Unauthenticated(aroeira_clinic::Refusal::Credentials), self.language);
        let wrong =
            login(Sheet::refused(&super::locale::sample(self.language), form.clone(), told), false, false, None);
        let otp = login(self.sheet(form.clone()), true, true, None);
        let wait = login(self.sheet(form), false, true, Some(42));
        let locked = LockedPage {
            s: self.gate("locked"),
            sheet: self.sheet(Form::default()),
            name: "Dra. Helena Prado".into(),
            next: "/".into(),
            wait: None,
        };
        let password = PasswordPage {
            s: self.gate("password-change"),
            sheet: self.refused(Form::default(), &[("new", "password.rules")]),
            forced: true,
        };
        let terms = TermsPage { s: self.gate("terms"), asks: true };
        self.add("login", &clean);
        self.add("login-wrong", &wrong);
        self.add("login-otp", &otp);
        self.add("login-wait", &wait);
        self.add("locked", &locked);
        self.add("password", &password);
        self.add("terms", &terms);
    }

    fn patients(&mut self) {
        let locale = super::locale::sample(self.language);
        let names = [
            "Ana Beatriz Cordeiro",
            "Bento Saldanha Filho",
            "Célia Regina Fontes",
            "Davi Lucca Moura",
            "Edileuza Nunes Braga",
        ];
        let mut all: Vec<Patient> =
            names.iter().map(|name| Patient { name: (*name).into(), social_name: None, ..banner::sample() }).collect();
        all.insert(2, banner::sample());
        let rows = |patients: &[Patient]| {
            patients.iter().map(|patient| patients::Row::new(&locale, patient)).collect::<Vec<_>>()
        };
        let many: Vec<Patient> = all.iter().cycle().take(25).cloned().collect();
        let list = |q: &str, rows, turning| PatientsPage {
            s: self.shell(Role::Doctor, "/patients", "tab-patients"),
            q: q.into(),
            sort: "name".into(),
            sorts: patients::sorts(&locale),
            rows,
            turning,
            problem: None,
            may_create: true,
        };
        let full = list("", rows(&many), self.turning(25, 300));
        let none = list("xyz", Vec::new(), self.turning(0, 0));
        let mut blank = Form::default();
        blank.push("sex", "unknown").push("allergyStatus", "unknown");
        let s = || self.shell(Role::Reception, "/patients", "patient-new");
        let new = PatientPage::new(s(), self.sheet(blank), None, None, "once");
        let patient = banner::sample();
        let mut form = registration::filled(&patient);
        form.set("cpf", "529.982.247-24");
        let sheet = self.refused(form, &[("cpf", "cpf"), ("contacts[0].value", "phone")]);
        let head = banner::Banner::new(&locale, &patient, false);
        let mut edit = PatientPage::new(
            self.shell(Role::Doctor, "/patients", "patient-edit"),
            sheet,
            Some(patient.id.clone()),
            Some(head),
            "once",
        );
        edit.may_delete = true;
        let past = patients::deleted_sample();
        let restore = |sheet| {
            patients::restorer(self.shell(Role::Admin, "/patients", "patient-restore"), &patient.id, &past, sheet)
        };
        let asked = restore(self.sheet(Form::default()));
        let refused = restore(self.refused(Form::default(), &[("reason", "reason.required")]));
        self.add("patient-restore", &asked);
        self.add("patient-restore-refused", &refused);
        self.add("patients", &full);
        self.add("patients-none", &none);
        self.add("patient-new", &new);
        self.add("patient-edit", &edit);
    }

    fn charts(&mut self) {
        let timeline = |records: Vec<_>, total| Timeline { records, total, older: None, newest: true };
        let patient = banner::sample();
        let records = charts::samples();
        let may = May::of(Role::Doctor, "doctor", records.first());
        let mut s = self.shell(Role::Doctor, "/patients", "chart");
        s.after(Some("amended"), "rec-1");
        let full = ChartPage::new(s, &patient, &timeline(records.clone(), 7), records.first(), may);
        let bare = Patient {
            allergies: Some(vec![]),
            allergy_status: "unknown".into(),
            social_name: None,
            contacts: vec![],
            cns: String::new(),
            ..patient.clone()
        };
        let empty = ChartPage::new(
            self.shell(Role::Doctor, "/patients", "chart"),
            &bare,
            &timeline(vec![], 0),
            None,
            May::of(Role::Doctor, "doctor", None),
        );
        let covered = charts::covered_samples();
        let hidden = Patient {
            allergies: None,
            allergy_status: "***".into(),
            cpf: "***.982.247-**".into(),
            deceased: Some("2026-11-02".into()),
            ..patient.clone()
        };
        let masked = ChartPage::new(
            self.shell(Role::Reception, "/patients", "chart"),
            &hidden,
            &timeline(covered.clone(), 7),
            covered.first(),
            May::of(Role::Reception, "r", covered.first()),
        );
        let locale = super::locale::sample(self.language);
        let rows = |records: &[_]| records.iter().map(|record| charts::Entry::new(&locale, record)).collect::<Vec<_>>();
        let list = RecordsPage::new(
            self.shell(Role::Doctor, "/records", "tab-records"),
            self.sheet(Form::default()),
            rows(&records),
            self.turning(7, 3000),
            true,
        );
        let covered_list = RecordsPage::new(
            self.shell(Role::Reception, "/records", "tab-records"),
            self.sheet(Form::default()),
            rows(&covered),
            self.turning(7, 7),
            false,
        );
        let mut asked = Form::default();
        asked.push("q", "hipertensao");
        let no_list = RecordsPage::new(
            self.shell(Role::Doctor, "/records", "tab-records"),
            self.sheet(asked),
            vec![],
            self.turning(0, 0),
            true,
        );
        self.add("chart", &full);
        self.add("chart-empty", &empty);
        self.add("chart-covered", &masked);
        self.add("records", &list);
        self.add("records-covered", &covered_list);
        self.add("records-none", &no_list);
    }

    fn writing(&mut self) {
        let locale = super::locale::sample(self.language);
        let patient = banner::sample();
        let records = charts::samples();
        let timeline = Timeline { records: records.clone(), total: 7, older: None, newest: true };
        let s = |title| self.shell(Role::Doctor, "/patients", title);
        let new = WritePage::new(
            s("record-new"),
            &patient,
            &timeline,
            None,
            self.sheet(writing::blank(&locale, &patient.id)),
        );
        let sheet = self.refused(
            writing::filled(&locale, &records[0]),
            &[("title", "required"), ("reason", "reason.required"), ("codes[1].code", "required")],
        );
        let mut amend = WritePage::new(s("amend"), &patient, &timeline, records.first(), sheet);
        amend.draft = Some(locale.when("2026-11-21T17:20:00Z".parse().expect("an instant")));
        let mut mine = writing::filled(&locale, &records[0]);
        mine.set(
            "treatment",
            "Manter losartana 50 mg de 12/12 h.\nAssociar anlodipino 5 mg à noite.\nOrientada dieta hipossódica.",
        );
        mine.set("notes", "Refere melhora da cefaleia.");
        let revision = history::sample().remove(0);
        let conflict = conflict::conflict(s("conflict"), &patient, &records[0], &[revision], &mine, 1, true);
        let steps = history::steps(&locale, &history::sample());
        let past = HistoryPage {
            s: s("history"),
            banner: Some(banner::Banner::new(&locale, &patient, false)),
            id: "rec-1".into(),
            steps,
            deleted: false,
            may_restore: false,
        };
        let paper = history::paper(s("print"), &records[0], &patient, Some("CRM-SP 123456".into()));
        let delete = ReasonPage {
            s: s("record-delete"),
            banner: Some(banner::Banner::new(&locale, &patient, false)),
            sheet: self.sheet(Form::default()),
            place: "/records/rec-1".into(),
            version: 2,
            verb: "delete",
            text: "delete-text",
            what: records[0].title.clone(),
            gone: None,
            back: "/records/rec-1".into(),
        };
        let restore = ReasonPage {
            s: self.shell(Role::Admin, "/records", "record-restore"),
            banner: None,
            sheet: self.sheet(Form::default()),
            place: "/records/rec-1".into(),
            version: 0,
            verb: "restore",
            text: "restore-text",
            what: String::new(),
            gone: None,
            back: "/".into(),
        };
        self.add("record-new", &new);
        self.add("record-amend", &amend);
        self.add("conflict", &conflict);
        self.add("history", &past);
        self.add("print", &paper);
        self.add("delete", &delete);
        self.add("restore", &restore);
    }

    fn administration(&mut self) {
        let locale = super::locale::sample(self.language);
        let all = users::samples();
        let rows = all.iter().map(|user| users::Row::new(&locale, user)).collect();
        let mut s = self.shell(Role::Admin, "/users", "tab-users");
        s.emergencies = 1;
        let list = UsersPage { s, q: String::new(), rows, turning: self.turning(5, 5), may_edit: true };
        let edit = UserPage::new(
            self.shell(Role::Admin, "/users", "user-edit"),
            self.sheet(users::filled(&all[1])),
            Some(&all[1]),
            false,
        );
        let new =
            UserPage::new(self.shell(Role::Admin, "/users", "user-new"), self.sheet(Form::default()), None, false);
        let once = users::PasswordPage {
            s: self.shell(Role::Admin, "/users", "user-password"),
            name: all[1].name.clone(),
            email: all[1].email.clone(),
            password: "vereda-7-cobre-lume".into(),
        };
        let lines = audit::samples().iter().map(|entry| audit::Line::new(&locale, entry)).collect();
        let trail = audit::AuditPage::new(
            self.shell(Role::Auditor, "/audit", "tab-audit"),
            self.sheet(Form::default()),
            lines,
            self.turning(7, 9120),
            vec![],
        );
        let found = |ok| Verification {
            ok,
            entries: 9120,
            head: "9f2c4be1a07d6c55".repeat(4),
            problem: (!ok).then(|| "hash:4711".to_owned()),
        };
        let whole = audit::VerifiedPage::new(self.shell(Role::Auditor, "/audit", "verify-title"), found(true));
        let broken = audit::VerifiedPage::new(self.shell(Role::Auditor, "/audit", "verify-title"), found(false));
        let own = |enrolment| SessionsPage {
            s: self.shell(Role::Doctor, "", "tab-sessions"),
            sheet: self.sheet(Form::default()),
            rows: sessions::samples().iter().map(|session| sessions::Row::new(&locale, session)).collect(),
            user: all[1].clone(),
            role: self.language.text("role-DOCTOR"),
            enrolment,
        };
        let enrolment = aroeira_clinic::TotpEnrolment {
            secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP".into(),
            uri: "otpauth://totp/Aroeira:medica%40demo?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Aroeira".into(),
        };
        let (calm, enrolling) = (own(None), own(Some(Enrolment::new(&enrolment))));
        let uses = emergency::samples().iter().map(|access| emergency::Row::new(&locale, access)).collect();
        let glass = emergency::EmergencyPage {
            s: self.shell(Role::Admin, "/emergency", "tab-emergency"),
            rows: uses,
            turning: self.turning(2, 2),
            opens: true,
        };
        let ask = emergency::AskPage {
            s: self.shell(Role::Doctor, "/patients", "emergency-ask"),
            sheet: self.refused(Form::default(), &[("reason", "too-short")]),
            patient: "p".into(),
        };
        self.add("users", &list);
        self.add("user-edit", &edit);
        self.add("user-new", &new);
        self.add("user-password", &once);
        self.add("audit", &trail);
        self.add("audit-whole", &whole);
        self.add("audit-broken", &broken);
        self.add("sessions", &calm);
        self.add("sessions-totp", &enrolling);
        self.add("emergency", &glass);
        self.add("emergency-ask", &ask);
    }

    fn console(&mut self) {
        let shell = |role| self.shell(role, console::HERE, "console");
        let [found, refused] = console::sample(self.language);
        let typed = |call: &str| {
            let mut form = Form::default();
            form.push("call", call).push("handling", "lenient");
            self.sheet(form)
        };
        let mut wrong = typed("");
        wrong.errors = vec![("call".into(), self.language.text("console-empty"))];
        let turning = |sheet, shown| {
            let turning = self.turning(25, 300);
            ConsolePage::new(shell(Role::Doctor), sheet, &["Patient", "Observation"], shown, turning)
        };
        let blank = turning(self.sheet(Form::default()), None);
        let empty = turning(wrong, None);
        let full = turning(typed("Patient?family=souza"), Some(found));
        let error = turning(typed("Patient?familia=souza"), Some(refused));
        let statement = console::statement_sample();
        let options = crate::Options::default();
        let sheet = || self.sheet(Form::default());
        let kinds = KindsPage::new(shell(Role::Reception), sheet(), &statement, &options, &["Patient"]);
        let by = |name: &str| name != "organization";
        let kind = KindPage::new(shell(Role::Reception), sheet(), &statement, "Patient", Role::Reception, by);
        let kind = kind.expect("a type of the statement");
        self.add("console", &blank);
        self.add("console-empty", &empty);
        self.add("console-answer", &full);
        self.add("console-refused", &error);
        self.add("capabilities", &kinds);
        self.add("capability", &kind);
    }

    fn faults(&mut self) {
        use aroeira_clinic::{Conflict, Error, Refusal};
        let errors = [
            Error::NotFound,
            Error::Gone,
            Error::Denied(Refusal::Role),
            Error::Conflict(Conflict::NotDeleted),
            Error::Limited { retry_after: 7 },
            Error::Unavailable("closed".into()),
            Error::Internal("disk".into()),
        ];
        for error in errors {
            let status: StatusCode = crate::error::page_status(&error);
            let told: Texts = texts(&error, self.language);
            let mut page =
                faults::page(self.shell(Role::Doctor, "", "fault-code"), status, &told, "0190f3c2-7b9e-7c3a");
            if let Error::Limited { retry_after } = error {
                page.wait = Some(retry_after);
            }
            self.add(&format!("fault-{}", status.as_u16()), &page);
        }
    }
}

fn gallery(language: Language) -> Vec<(String, String)> {
    let mut gallery = Gallery { language, pages: Vec::new() };
    gallery.gates();
    gallery.patients();
    gallery.charts();
    gallery.writing();
    gallery.administration();
    gallery.console();
    gallery.faults();
    gallery.pages
}

#[test]
fn every_page_is_drawn_whole() {
    for language in [Language::PtBr, Language::En] {
        for (name, html) in gallery(language) {
            let has = |text: &str| html.contains(text);
            assert!(has("<main id=\"main\"") && has("class=\"skip\"") && has("</html>"), "{name}: landmarks");
            assert_eq!(html.matches("<h1").count(), 1, "{name}: one first heading");
            assert!(
                !has(" style=\"") && !has("<style") && !has(" onclick") && !has("javascript:"),
                "{name}: nothing inline"
            );
            assert_eq!(html.matches("<script").count(), 1, "{name}: one script, a file");
            assert!(!has(">***<"), "{name}: covered fields are said to be protected");
            let posts = html.matches("method=\"post\"").count();
            assert!(html.matches("name=\"_csrf\"").count() >= posts, "{name}: every form carries its token");
            assert!(html.len() < 120_000, "{name}: {} bytes", html.len());
        }
    }
}

#[test]
fn no_id_stands_twice_on_a_page() {
    for (name, html) in gallery(Language::PtBr) {
        let outside = html.split("<template>").enumerate().map(|(n, part)| match n {
            0 => part,
            _ => part.split_once("</template>").map_or("", |(_, rest)| rest),
        });
        let text: String = outside.collect();
        let ids: Vec<&str> = text.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let once: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), once.len(), "{name}: {ids:?}");
    }
}

/// Keys of a Fluent file.
fn keys(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()));
    lines.filter_map(|line| line.split_once(" =")).map(|(key, _)| key.to_owned()).collect()
}

#[test]
fn both_languages_have_the_same_keys_and_every_key_used() {
    let (pt, en) = (keys(include_str!("../../i18n/pt-BR/pages.ftl")), keys(include_str!("../../i18n/en/pages.ftl")));
    assert_eq!(pt.symmetric_difference(&en).collect::<Vec<_>>(), Vec::<&String>::new());
    let mut used = BTreeSet::new();
    for folder in ["templates", "templates/parts", "src/pages", "src/pages/console"] {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
        for file in std::fs::read_dir(root).unwrap().map(|file| file.unwrap().path()).filter(|path| path.is_file()) {
            let text = std::fs::read_to_string(file).unwrap();
            for call in [".t(\"", ".tw(\"", "done(\"/"] {
                let found = text.split(call).skip(1).filter_map(|rest| rest.split('"').next());
                used.extend(found.filter(|_| call != "done(\"/").map(str::to_owned));
            }
        }
    }
    let js = shell::SCRIPT_WORDS.iter().map(|key| format!("js-{key}"));
    used.extend(js.chain(shell::DONE.iter().map(|key| format!("done-{key}"))));
    let missing: Vec<&String> = used.iter().filter(|key| !key.contains('{') && !pt.contains(*key)).collect();
    assert_eq!(missing, Vec::<&String>::new());
}

#[test]
fn no_key_shows_through_in_a_page() {
    let known = keys(include_str!("../../i18n/pt-BR/pages.ftl"));
    let prefixes: BTreeSet<&str> = known.iter().filter_map(|key| key.split_once('-').map(|(head, _)| head)).collect();
    for (name, html) in gallery(Language::PtBr) {
        let texts = html.split('>').filter_map(|part| part.split('<').next()).map(str::trim);
        let bare = |text: &&str| {
            text.split_once('-').is_some_and(|(head, rest)| {
                prefixes.contains(head)
                    && !rest.contains(' ')
                    && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            })
        };
        let found: Vec<&str> = texts.filter(bare).filter(|text| !text.is_empty()).collect();
        assert_eq!(found, Vec::<&str>::new(), "{name}");
    }
}

#[test]
fn the_gallery_is_written_where_it_is_asked_for() {
    if std::env::var_os("AROEIRA_GALLERY").is_none() {
        return;
    }
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/gallery");
    for language in [Language::PtBr, Language::En] {
        let folder = root.join(language.tag());
        std::fs::create_dir_all(&folder).unwrap();
        for (name, html) in gallery(language) {
            std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
        }
    }
}
