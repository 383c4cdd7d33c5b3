//! Visits that are not for illness: check-ups, vaccines, procedures, pregnancy and childhood.

use super::acute;
use super::course::{Course, Note, code};
use super::preventive::{PRENATAL, WELL_CHILD};
use super::schedule::Event;

impl Course<'_> {
    pub(super) fn preventive(&mut self, event: Event) -> Note {
        match event {
            Event::Procedure(i) => self.procedure(i),
            Event::Vaccine => self.vaccine(),
            Event::Prenatal(i) => self.prenatal(i),
            Event::Birth => self.birth(),
            Event::Puerperium => self.puerperium(),
            Event::WellChild(i) => self.well_child(i),
            _ => self.checkup(),
        }
    }

    fn checkup(&mut self) -> Note {
        let child = self.months < 168;
        let story = self.say(if child {
            "[Consulta de rotina|Revisão anual], sem queixas. [Come bem|Seletiv@ com verduras], sono regular, [boa adaptação|bom rendimento] escolar, vacinas em dia. [Telas {1-3} h ao dia|Faz atividade física na escola]."
        } else {
            "[Check-up anual|Consulta de rotina|Avaliação preventiva], [sem queixas|queixa-se apenas de cansaço ao fim do dia|deseja revisar exames]. [Sedentári@|Caminha {2-4} vezes por semana|Academia {2-3}x por semana], {fumo}, [álcool social|nega etilismo]. Sono de {6-8} h."
        });
        let vital = self.vital_signs();
        let found = self.say("[ACV: RCR 2T BNF; AR: MV+ sem RA; abdome indolor|Exame segmentar sem alterações|AR e ACV sem alterações, abdome flácido, MMII sem edema]");
        let orders = if child {
            self.say(
                "[Manter alimentação variada e atividade ao ar livre|Orientação alimentar e de sono]; retorno anual",
            )
        } else if self.months > 540 {
            self.say("Exames: hemograma, glicemia, HbA1c, perfil lipídico, creatinina, [TSH|EAS] e pesquisa de sangue oculto nas fezes")
        } else {
            self.say("Exames: hemograma, glicemia de jejum, perfil lipídico, creatinina e [TSH|EAS|sorologias (HIV, sífilis e hepatites)]")
        };
        Note {
            kind: "consultation",
            title: if child { "Consulta de rotina pediátrica" } else { "Avaliação de saúde de rotina" }.to_owned(),
            diagnosis: if child { "Supervisão de saúde da criança e do adolescente" } else { "Exame médico geral" }
                .to_owned(),
            story,
            exam: format!("{vital}. {found}"),
            orders: vec![orders],
            plan: vec![
                self.say("[vacinas conferidas|caderneta de vacinação revisada]"),
                self.say("retorno [com os resultados|em 12 meses ou antes, se preciso]"),
            ],
            priority: "LOW",
            author: if child { 4 } else { self.rng.below(2) },
            codes: vec![if child {
                code("Z00.1", "Consulta de rotina da criança")
            } else {
                code("Z00.0", "Exame médico geral")
            }],
        }
    }

    fn vaccine(&mut self) -> Note {
        let year = self.date.year();
        let covid = year >= 2021 && self.months >= 216 && self.rng.chance(45);
        let (title, dose) = if covid {
            (
                "Vacinação contra covid-19",
                "Vacina covid-19, dose conforme o calendário, IM em deltoide [esquerdo|direito]",
            )
        } else if self.months >= 216 && self.rng.chance(25) {
            ("Vacinação dT", "Vacina dupla adulto (dT), 0,5 mL IM em deltoide [esquerdo|direito]")
        } else {
            ("Vacinação contra influenza", "Vacina influenza, 0,5 mL IM em deltoide [esquerdo|direito]")
        };
        let temp = self
            .say("T {temp} °C, [sem febre ou doença aguda|bom estado geral], [pele íntegra no local|local sem lesões]");
        Note {
            kind: "procedure",
            title: title.to_owned(),
            diagnosis: "Necessidade de imunização".to_owned(),
            story: self.say("[Comparece para vacinação|Vem para atualizar a caderneta|Procura a sala de vacinas]. [Nega reação a doses anteriores|Sem eventos adversos prévios], [nega febre nas últimas 48 h|sem sintomas respiratórios]."),
            exam: temp,
            orders: vec![self.say(dose)],
            plan: vec![self.say("lote {100-999}[A|B|C]{10-99} registrado na caderneta; observad@ por {15-20} min, sem reações; [compressa fria se dor local|orientad@ sobre dor local e febre baixa]")],
            priority: "LOW",
            author: 6 + self.rng.below(2),
            codes: vec![code("Z26.9", "Vacina contra doença infecciosa")],
        }
    }

    fn procedure(&mut self, i: usize) -> Note {
        let &(title, id, display, story, done, _) = &acute::PROCEDURES[i];
        let (story, done) = (self.say(story), self.say(done));
        let vital = self.vital_signs();
        let author = match id {
            "Z48.0" | "H61.2" => 7,
            "Z12.4" => {
                if self.rng.chance(60) {
                    8
                } else {
                    3
                }
            }
            "Z30.1" => 3,
            _ => 1,
        };
        Note {
            kind: "procedure",
            title: title.to_owned(),
            diagnosis: display.to_owned(),
            story,
            exam: vital,
            orders: vec![done],
            plan: vec![self.say("[procedimento bem tolerado|sem intercorrências|boa tolerância, sem sangramento]"), self.say("[orientações por escrito|sinais de alerta explicados]; [retorno conforme agendado|retorno se dor, febre ou secreção]")],
            priority: if id == "Z48.0" { "NORMAL" } else { "LOW" },
            author,
            codes: vec![code(id, display)],
        }
    }

    fn prenatal(&mut self, i: usize) -> Note {
        let (week, story, orders) = PRENATAL[i];
        self.values.set("ig", format!("{week} semanas e {} dias", self.rng.range(2, 5)));
        let story = format!("IG {}. {}", self.values.get("ig").to_owned(), self.say(story));
        let height = week + self.rng.range(-1, 1);
        let mut exam = self.gravid_signs(week);
        if week >= 20 {
            exam.push_str(&format!(", altura uterina {height} cm, BCF {} bpm", self.rng.range(134, 154)));
        } else if week >= 12 {
            exam.push_str(&format!(", BCF {} bpm ao sonar", self.rng.range(146, 164)));
        }
        if week >= 33 {
            exam.push_str(", feto cefálico, sem edema significativo");
        }
        Note {
            kind: if week == 8 { "consultation" } else { "return" },
            title: format!("Pré-natal – {week} semanas"),
            diagnosis: format!("Gestação de risco habitual, {}º trimestre", if week < 14 { 1 } else if week < 28 { 2 } else { 3 }),
            story,
            exam,
            orders: self.say(orders).lines().map(str::to_owned).collect(),
            plan: vec![self.say("[sinais de alerta revisados: sangramento, perda de líquido, cefaleia intensa, redução de movimentos|cartão da gestante atualizado]"), self.say(if week >= 36 { "retorno em 1 semana" } else { "retorno em {3-4} semanas" })],
            priority: "NORMAL",
            author: if matches!(week, 16 | 25 | 33) { 8 } else { 3 },
            codes: vec![code("Z34.9", "Supervisão de gravidez normal")],
        }
    }

    /// Weight follows gestation: about 1 kg by week 12 and 0.42 kg a week after it.
    fn gravid_signs(&mut self, week: i64) -> String {
        let base = self.profile.bmi.min(29.0) * self.profile.height * self.profile.height;
        let gain = if week <= 12 { 0.08 * week as f64 } else { 1.0 + 0.42 * (week - 12) as f64 };
        let weight = super::text::comma(base + gain, 1);
        self.say(&format!("[BEG, corada|Bom estado geral, corada, hidratada]; PA {{98-122}}/{{60-76}} mmHg, FC {{fc}} bpm, peso {weight} kg"))
    }

    fn birth(&mut self) -> Note {
        let natural = self.rng.chance(52);
        let story = self.say(if natural {
            "Trabalho de parto espontâneo com {39-40} semanas, bolsa rota {2-8} h antes. Parto vaginal na maternidade de referência, [períneo íntegro|laceração de 1º grau suturada]."
        } else {
            "Internada com {39-40} semanas; cesárea por [parada de progressão|apresentação pélvica|desejo materno, com termo assinado]. Alta no 3º dia."
        });
        Note {
            kind: "hospitalization",
            title: if natural { "Parto vaginal" } else { "Parto cesáreo" }.to_owned(),
            diagnosis: if natural { "Parto único espontâneo" } else { "Parto único por cesariana" }.to_owned(),
            story,
            exam: self.say("Recém-nascid[o|a] com [2.{780-990}|3.{110-840}] g, Apgar {8-9}/{9-10}; útero contraído, lóquios fisiológicos, mamas com colostro"),
            orders: vec!["Aleitamento materno exclusivo".to_owned(), "Sulfato ferroso 40 mg de ferro elementar, 1 comprimido ao dia por 3 meses".to_owned()],
            plan: vec![self.say("alta conjunta [sem intercorrências|em boas condições]; consulta puerperal em 7 a 10 dias")],
            priority: "HIGH",
            author: 3,
            codes: vec![if natural { code("O80.9", "Parto único espontâneo") } else { code("O82.9", "Parto por cesariana") }],
        }
    }

    fn puerperium(&mut self) -> Note {
        let story = self.say("[Puerpério fisiológico|Boa evolução], aleitamento exclusivo [sem dificuldades|com fissura mamilar em melhora], lóquios [serosos|em redução], humor [bom|lábil nos primeiros dias, já melhor]. [Apoio da mãe|Família participa dos cuidados].");
        let exam = self.say("BEG, corada; PA {100-122}/{62-76} mmHg, mamas sem sinais flogísticos, útero abaixo da cicatriz umbilical, MMII sem edema");
        Note {
            kind: "return",
            title: "Consulta puerperal".to_owned(),
            diagnosis: "Puerpério sem complicações".to_owned(),
            story,
            exam,
            orders: vec!["Sulfato ferroso 40 mg de ferro elementar, 1 comprimido ao dia por 3 meses".to_owned(), self.say("[Desogestrel 75 mcg, 1 comprimido ao dia, a partir de 6 semanas|DIU de cobre a ser inserido após 6 semanas|Método de barreira até a próxima consulta]")],
            plan: vec!["rastreio de depressão pós-parto negativo".to_owned(), self.say("retorno em {30-35} dias")],
            priority: "NORMAL",
            author: if self.rng.chance(50) { 8 } else { 3 },
            codes: vec![code("Z39.2", "Seguimento pós-parto de rotina")],
        }
    }

    fn well_child(&mut self, i: usize) -> Note {
        let (months, story, exam, orders) = WELL_CHILD[i];
        let age = match months {
            0 => "primeira semana".to_owned(),
            1 => "1 mês".to_owned(),
            m if m < 24 => format!("{m} meses"),
            m => format!("{} anos", m / 12),
        };
        let (story, exam) = (self.say(story), self.say(exam));
        let vital = self.vital_signs();
        let pc = match months {
            0..=24 => format!(
                ", PC {} cm",
                [35, 37, 39, 41, 43, 45, 46, 47, 48][WELL_CHILD.iter().position(|w| w.0 == months).unwrap_or(0).min(8)]
            ),
            _ => String::new(),
        };
        Note {
            kind: if months == 0 { "consultation" } else { "return" },
            title: format!("Puericultura – {age}"),
            diagnosis: "Lactente ou criança em acompanhamento de rotina, crescimento adequado".to_owned(),
            story,
            exam: format!("{vital}{pc}. {exam}"),
            orders: orders.lines().map(|o| self.say(o)).collect(),
            plan: vec![
                self.say(
                    "curvas de crescimento [na caderneta, dentro do esperado|adequadas, registradas na caderneta]",
                ),
                self.say("orientações sobre [prevenção de acidentes|sono seguro|saúde bucal|brincar e ler junto]"),
            ],
            priority: if self.rng.chance(30) { "NORMAL" } else { "LOW" },
            author: if matches!(months, 1 | 4 | 9 | 18) { 8 } else { 4 },
            codes: vec![code("Z00.1", "Consulta de rotina da criança")],
        }
    }
}
