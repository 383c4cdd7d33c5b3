//! Long courses: how each begins, how it is treated step by step, and what is said, found and measured when it goes well or not.

/// One long-term condition. Fragments are in the notation of the `text` module.
pub(super) struct Chronic {
    pub(super) key: &'static str,
    /// Name in a diagnosis.
    pub(super) name: &'static str,
    /// Name in a title or in the history.
    pub(super) short: &'static str,
    pub(super) code: &'static str,
    pub(super) display: &'static str,
    /// Ages on the content's day.
    pub(super) ages: (i64, i64),
    /// `F`, `M` or `A` for any.
    pub(super) sex: char,
    /// Relative frequency.
    pub(super) weight: u32,
    /// The practitioner who follows it; 0 stands for the patient's own doctor.
    pub(super) author: usize,
    /// Conditions never drawn together with this one: they share drugs or exclude each other.
    pub(super) excludes: &'static [&'static str],
    /// Terms never prescribed to who has it.
    pub(super) forbids: &'static [&'static str],
    /// Steps of treatment; in a step each order is a list of alternatives, the first that is safe wins.
    pub(super) ladder: &'static [&'static [&'static str]],
    pub(super) first: &'static [&'static str],
    pub(super) well: &'static [&'static str],
    pub(super) unwell: &'static [&'static str],
    /// Findings when controlled, then when not.
    pub(super) exam: (&'static str, &'static str),
    /// What is ordered; empty where nothing is.
    pub(super) orders: &'static str,
    /// Results when controlled, then when not.
    pub(super) results: (&'static str, &'static str),
    pub(super) advice: &'static [&'static str],
}

const BETA: &[&str] = &["propranolol", "metoprolol", "carvedilol"];

/// The conditions. Alternatives of one order are parted by `;;`.
pub(super) const ALL: &[Chronic] = &[
    Chronic {
        key: "has",
        name: "Hipertensão arterial sistêmica",
        short: "HAS",
        code: "I10",
        display: "Hipertensão essencial",
        ages: (38, 99),
        sex: 'A',
        weight: 60,
        author: 0,
        excludes: &["icc"],
        forbids: &["sumatriptana"],
        ladder: &[
            &["Losartana 50 mg, 1 comprimido pela manhã"],
            &["Losartana 50 mg, 1 comprimido de 12/12 h"],
            &["Losartana 50 mg, 1 comprimido de 12/12 h", "Anlodipino 5 mg, 1 comprimido à noite"],
            &[
                "Losartana 50 mg, 1 comprimido de 12/12 h",
                "Anlodipino 10 mg, 1 comprimido à noite",
                "Hidroclorotiazida 25 mg, 1 comprimido pela manhã",
            ],
        ],
        first: &[
            "Traz [aferições|medidas] de PA [da farmácia|do trabalho|feitas em casa] entre 150/95 e 168/102 mmHg nas últimas {2-5} semanas. [Nega cefaleia, dor torácica e dispneia|Refere cefaleia occipital ocasional; nega dor torácica|Assintomátic@].",
            "PA elevada em [duas consultas anteriores|consulta prévia e na triagem de hoje]. [Pai hipertenso|Mãe hipertensa, com AVC aos {60-74} anos|História familiar de hipertensão], dieta rica em sódio, sedentári@.",
        ],
        well: &[
            "[Vem usando|Em uso regular de|Toma] as medicações [corretamente|sem falhas|todos os dias] e [traz|mostra] controle domiciliar de PA [em torno de|média de] {pacasa} mmHg. [Nega cefaleia, tontura ou edema|Sem queixas cardiovasculares|Nega dor torácica, palpitações ou dispneia].",
            "[Sem sintomas de hipotensão|Nega tontura ao levantar]. Reduziu [o sal|os embutidos|o refrigerante e os ultraprocessados] e caminha [{2-5} vezes por semana|quase todos os dias].",
            "PA domiciliar [dentro da meta|bem controlada], última medida {pacasa} mmHg; [boa adesão|não esqueceu doses].",
        ],
        unwell: &[
            "Relata [esquecer a medicação {2-4} vezes por semana|que ficou {5-15} dias sem remédio por falta na farmácia|ter abusado do sal no fim de semana], com PA em casa [até|de até] {pacasa} mmHg. [Cefaleia ocasional|Nega sintomas de alarme|Refere nucalgia à tarde].",
            "Toma a medicação, mas a PA [em casa|na farmácia] segue em {pacasa} mmHg. Dorme mal, [estresse no trabalho|preocupações familiares|usou anti-inflamatório por conta própria].",
        ],
        exam: (
            "ACV: RCR 2T, BNF, sem sopros",
            "ACV: RCR 2T, [B2 hiperfonética em foco aórtico|sem sopros]; pulsos simétricos, sem edema",
        ),
        orders: "creatinina, potássio, sódio, perfil lipídico, EAS e ECG",
        results: (
            "creatinina {creat} mg/dL (TFG {tfg}), K {k} mEq/L, ECG em ritmo sinusal, sem sobrecarga",
            "creatinina {creat} mg/dL (TFG {tfg}), K {k} mEq/L; ECG com [critérios de sobrecarga de VE|ritmo sinusal, sem alterações agudas]",
        ),
        advice: &[
            "dieta com menos de 5 g de sal por dia",
            "medir a PA em casa por 7 dias antes do retorno e anotar",
            "atividade aeróbica 150 min por semana",
            "procurar o pronto-socorro se dor no peito, falta de ar ou déficit neurológico",
        ],
    },
    Chronic {
        key: "dm",
        name: "Diabetes mellitus tipo 2",
        short: "DM2",
        code: "E11.9",
        display: "Diabetes tipo 2 sem complicações",
        ages: (44, 99),
        sex: 'A',
        weight: 32,
        author: 0,
        excludes: &[],
        forbids: &[],
        ladder: &[
            &["Metformina XR 500 mg, 2 comprimidos no jantar"],
            &["Metformina 850 mg, 1 comprimido após café, almoço e jantar"],
            &[
                "Metformina 850 mg, 1 comprimido após café, almoço e jantar",
                "Gliclazida MR 30 mg, 1 comprimido no café da manhã",
            ],
            &[
                "Metformina 850 mg, 1 comprimido após café, almoço e jantar",
                "Gliclazida MR 60 mg, 1 comprimido no café da manhã",
                "Dapagliflozina 10 mg, 1 comprimido pela manhã",
            ],
            &[
                "Metformina 850 mg, 1 comprimido após café, almoço e jantar",
                "Dapagliflozina 10 mg, 1 comprimido pela manhã",
                "Insulina NPH, 12 UI ao deitar, ajustando 2 UI a cada 3 dias até glicemia de jejum abaixo de 130 mg/dL",
            ],
        ],
        first: &[
            "Traz glicemia de jejum de {gj} mg/dL em [exame do trabalho|exame de rotina], confirmada por HbA1c {a1c}%. [Poliúria e polidipsia há {2-4} meses|Nega poliúria ou perda de peso|Perdeu {2-5} kg em {2-4} meses].",
        ],
        well: &[
            "[Glicemias capilares de jejum entre 95 e 128 mg/dL|Mapa glicêmico dentro da meta|Mede glicemia {2-3} vezes por semana, em jejum até 126 mg/dL]. [Nega hipoglicemias|Sem episódios de hipoglicemia|Um mal-estar antes do almoço, sem medida, melhorou com lanche].",
            "[Segue a dieta orientada|Fracionou as refeições|Cortou refrigerante e pão à noite], nega poliúria, polidipsia e parestesias.",
        ],
        unwell: &[
            "[Glicemias de jejum entre 160 e 230 mg/dL|Glicemia pós-prandial acima de 220 mg/dL em várias medidas]. [Refere nictúria|Refere sede e visão turva ocasional|Nega hipoglicemia]. [Exagerou nos doces|Parou a caminhada|Dificuldade com a dieta nas festas da família].",
            "Vem [falhando a metformina por desconforto gástrico|esquecendo a dose do jantar|comendo fora de casa todos os dias]; [formigamento em pés à noite|nega lesões nos pés|poliúria leve].",
        ],
        exam: (
            "glicemia capilar {dx} mg/dL; pés sem lesões, monofilamento preservado, pulsos pediosos palpáveis",
            "glicemia capilar {dx} mg/dL; pés [com pele seca e fissuras em calcâneos|sem úlceras, sensibilidade preservada|com calosidade plantar, monofilamento 10/10]",
        ),
        orders: "HbA1c, glicemia de jejum, perfil lipídico, creatinina e albuminúria",
        results: (
            "HbA1c {a1c}%{a1c0}, glicemia de jejum {gj} mg/dL, albuminúria {6-24} mg/g",
            "HbA1c {a1c}%{a1c0}, glicemia de jejum {gj} mg/dL, albuminúria {18-58} mg/g",
        ),
        advice: &[
            "fundo de olho anual",
            "examinar os pés todos os dias e não andar descalç@",
            "plano alimentar com a nutrição",
            "como reconhecer e corrigir a hipoglicemia",
        ],
    },
    Chronic {
        key: "dlp",
        name: "Dislipidemia",
        short: "dislipidemia",
        code: "E78.5",
        display: "Lípides do sangue alterados",
        ages: (38, 99),
        sex: 'A',
        weight: 24,
        author: 0,
        excludes: &[],
        forbids: &[],
        ladder: &[
            &["Atorvastatina 20 mg, 1 comprimido à noite"],
            &["Atorvastatina 40 mg, 1 comprimido à noite"],
            &["Rosuvastatina 20 mg, 1 comprimido à noite"],
        ],
        first: &[
            "LDL {ldl} mg/dL em exame de rotina. [Pai com infarto aos {48-59} anos|Sem eventos cardiovasculares prévios|Nega tabagismo], dieta rica em frituras.",
        ],
        well: &[
            "[Usa a estatina sem mialgia|Tolera bem a estatina|Sem dor muscular com a estatina].",
            "Mantém [dieta com menos fritura|redução de gordura saturada], nega mialgia.",
        ],
        unwell: &[
            "Parou a estatina por [conta própria|achar que o colesterol estava normal] há {1-3} meses.",
            "[Dieta livre|Consumo frequente de queijos e frituras], [usa a estatina em dias alternados|esquece a dose da noite].",
        ],
        exam: ("sem xantelasmas", "sem xantomas; pulsos periféricos cheios"),
        orders: "perfil lipídico, TGO, TGP e CPK",
        results: (
            "LDL {ldl} mg/dL, HDL {hdl} mg/dL, triglicérides {tg} mg/dL, transaminases normais",
            "LDL {ldl} mg/dL (acima da meta), HDL {hdl} mg/dL, triglicérides {tg} mg/dL",
        ),
        advice: &["trocar frituras por assados e aumentar fibras", "avisar se dor muscular"],
    },
    Chronic {
        key: "tir",
        name: "Hipotireoidismo",
        short: "hipotireoidismo",
        code: "E03.9",
        display: "Tireoide de baixa função",
        ages: (24, 99),
        sex: 'A',
        weight: 16,
        author: 0,
        excludes: &[],
        forbids: &[],
        ladder: &[
            &["Levotiroxina 25 mcg, 1 comprimido em jejum, 30 min antes do café"],
            &["Levotiroxina 50 mcg, 1 comprimido em jejum, 30 min antes do café"],
            &["Levotiroxina 75 mcg, 1 comprimido em jejum, 30 min antes do café"],
            &["Levotiroxina 100 mcg, 1 comprimido em jejum, 30 min antes do café"],
        ],
        first: &[
            "[Cansaço|Fadiga], [queda de cabelo|pele seca|intestino preso] e ganho de {3-6} kg em {4-8} meses. TSH {tsh} mUI/L, T4 livre [baixo|no limite inferior].",
        ],
        well: &[
            "[Disposição melhor|Nega fadiga ou constipação|Sem palpitações ou tremor]; toma a levotiroxina em jejum.",
            "Eutireóide clinicamente, [peso estável|sono bom|nega queda de cabelo].",
        ],
        unwell: &[
            "[Sonolência|Cansaço] e [constipação|pele seca|intolerância ao frio] de novo; [toma a levotiroxina junto com o café|esquece {1-3} doses por semana].",
            "[Fadiga e desânimo há {3-8} semanas|Ganhou peso e sente o rosto inchado pela manhã].",
        ],
        exam: (
            "tireoide palpável, sem nódulos",
            "tireoide discretamente aumentada, fibroelástica, sem nódulos; pele seca",
        ),
        orders: "TSH e T4 livre",
        results: ("TSH {tsh} mUI/L, T4 livre {t4} ng/dL", "TSH {tsh} mUI/L (elevado), T4 livre {t4} ng/dL"),
        advice: &["levotiroxina só com água, longe de cálcio e ferro", "repetir o TSH 6 a 8 semanas após cada ajuste"],
    },
    Chronic {
        key: "asma",
        name: "Asma",
        short: "asma",
        code: "J45.9",
        display: "Asma",
        ages: (5, 64),
        sex: 'A',
        weight: 16,
        author: 0,
        excludes: &["fa", "icc", "dpoc"],
        forbids: BETA,
        ladder: &[
            &["Budesonida + formoterol 6/100 mcg, 1 inalação de 12/12 h e 1 inalação extra se sintomas"],
            &["Budesonida + formoterol 6/200 mcg, 1 inalação de 12/12 h e 1 inalação extra se sintomas"],
            &["Budesonida + formoterol 6/200 mcg, 2 inalações de 12/12 h e 1 inalação extra se sintomas"],
        ],
        first: &[
            "Episódios de [chiado|sibilância] e tosse seca [noturna|ao esforço] há {6-18} meses, pior com [poeira|frio|mofo|cheiro forte], com alívio após salbutamol.",
        ],
        well: &[
            "Sem despertares noturnos; usou resgate {0-1} vez no último mês. [Técnica inalatória revisada e correta|Usa o dispositivo corretamente|Tolera bem o corticoide inalatório].",
            "[Assintomátic@ do ponto de vista respiratório|Joga bola sem cansar|Faz atividade física sem chiado], nega tosse noturna.",
        ],
        unwell: &[
            "Tosse noturna {2-4} vezes por semana e uso de resgate quase diário [após gripe|com a chegada do frio|depois de faxina em casa].",
            "[Chiado aos esforços|Aperto no peito ao subir escada]; [vinha sem o inalatório há {10-30} dias|técnica inalatória incorreta, corrigida na consulta].",
        ],
        exam: (
            "AR: MV+ bilateral, sem ruídos adventícios, SpO2 {sat}%",
            "AR: MV+ com sibilos expiratórios difusos, sem tiragem, SpO2 {satb}%",
        ),
        orders: "espirometria com broncodilatador",
        results: (
            "espirometria com VEF1 {84-98}% do previsto",
            "espirometria com VEF1 {62-76}% do previsto e resposta ao broncodilatador de {12-21}%",
        ),
        advice: &[
            "plano de ação por escrito",
            "higiene ambiental: capa em colchão, evitar tapete e mofo",
            "enxaguar a boca após o corticoide inalatório",
            "vacina da gripe anual",
        ],
    },
    Chronic {
        key: "dpoc",
        name: "Doença pulmonar obstrutiva crônica",
        short: "DPOC",
        code: "J44.9",
        display: "Doença pulmonar obstrutiva crônica",
        ages: (58, 99),
        sex: 'A',
        weight: 8,
        author: 0,
        excludes: &["asma"],
        forbids: &["propranolol"],
        ladder: &[
            &["Formoterol 12 mcg, 1 cápsula inalada de 12/12 h"],
            &["Umeclidínio + vilanterol 62,5/25 mcg, 1 inalação ao dia"],
            &["Beclometasona + formoterol + glicopirrônio 100/6/12,5 mcg, 2 inalações de 12/12 h"],
        ],
        first: &["Dispneia progressiva e tosse produtiva matinal há {2-4} anos. Tabagista, {30-60} maços-ano."],
        well: &[
            "Dispneia mMRC 1, [caminha no plano sem parar|sobe um lance de escada], sem exacerbações desde a última consulta. [Não fuma há {6-30} meses|Reduziu para {2-5} cigarros por dia].",
        ],
        unwell: &[
            "Dispneia mMRC {2-3}, tosse com [escarro claro|expectoração esbranquiçada], [uma exacerbação tratada em pronto-socorro|piora com o frio]. [Ainda fuma {5-15} cigarros por dia|Recaiu no cigarro].",
        ],
        exam: (
            "AR: MV globalmente reduzido, sem sibilos, SpO2 {92-95}% em ar ambiente",
            "AR: MV reduzido com roncos e sibilos esparsos, expiração prolongada, SpO2 {90-92}% em ar ambiente",
        ),
        orders: "espirometria, radiografia de tórax e hemograma",
        results: (
            "espirometria com VEF1/CVF 0,{58-66} e VEF1 {62-74}% do previsto",
            "espirometria com VEF1/CVF 0,{48-58} e VEF1 {41-56}% do previsto; Rx com hiperinsuflação, sem consolidação",
        ),
        advice: &["cessação do tabagismo", "vacinas da gripe, pneumocócica e covid em dia", "reabilitação pulmonar"],
    },
    Chronic {
        key: "icc",
        name: "Insuficiência cardíaca",
        short: "IC",
        code: "I50.0",
        display: "Insuficiência cardíaca congestiva",
        ages: (62, 99),
        sex: 'A',
        weight: 7,
        author: 2,
        excludes: &["has", "asma"],
        forbids: &["sumatriptana", "ciclobenzaprina", "amitriptilina"],
        ladder: &[
            &[
                "Losartana 50 mg, 1 comprimido de 12/12 h",
                "Carvedilol 6,25 mg, 1 comprimido de 12/12 h",
                "Furosemida 40 mg, 1 comprimido pela manhã",
            ],
            &[
                "Losartana 50 mg, 1 comprimido de 12/12 h",
                "Carvedilol 12,5 mg, 1 comprimido de 12/12 h",
                "Espironolactona 25 mg, 1 comprimido ao dia",
                "Furosemida 40 mg, 1 comprimido pela manhã",
            ],
            &[
                "Sacubitril + valsartana 49/51 mg, 1 comprimido de 12/12 h",
                "Carvedilol 25 mg, 1 comprimido de 12/12 h",
                "Espironolactona 25 mg, 1 comprimido ao dia",
                "Furosemida 40 mg, 1 comprimido de 12/12 h (8 h e 14 h)",
            ],
        ],
        first: &[
            "Dispneia aos [médios|moderados] esforços há {2-5} meses, ortopneia de dois travesseiros e edema vespertino. Hipertens@ de longa data. Ecocardiograma com FE {32-39}%.",
        ],
        well: &[
            "NYHA II, [caminha dois quarteirões|faz as tarefas da casa com pausas]; dorme com um travesseiro, [peso estável na balança de casa|sem edema]. Nega síncope.",
            "[Melhora da dispneia|Cansa menos], nega ortopneia e DPN; restringe líquidos a 1,5 L.",
        ],
        unwell: &[
            "NYHA III, ganho de {2-4} kg em {7-14} dias, edema até [terço médio de pernas|joelhos] e ortopneia. [Comeu salgado em festa|Reduziu a furosemida por conta própria].",
        ],
        exam: (
            "ACV: RCR 2T, sopro sistólico mitral 2+/6+; AR: MV+ sem estertores; sem edema, jugulares planas",
            "ACV: RCR, B3; estase jugular a 45°; AR: estertores em bases; edema 2+/4+ em MMII",
        ),
        orders: "BNP, creatinina, sódio, potássio e ecocardiograma",
        results: (
            "BNP {90-180} pg/mL, creatinina {creat} mg/dL, K {k} mEq/L",
            "BNP {480-1150} pg/mL, creatinina {creat} mg/dL, K {k} mEq/L; eco com FE {31-38}%",
        ),
        advice: &[
            "pesar-se todo dia em jejum e avisar se mais 2 kg em 3 dias",
            "restrição de sal e de líquidos",
            "não usar anti-inflamatórios",
        ],
    },
    Chronic {
        key: "fa",
        name: "Fibrilação atrial",
        short: "FA",
        code: "I48",
        display: "Fibrilação ou flutter dos átrios",
        ages: (62, 99),
        sex: 'A',
        weight: 7,
        author: 2,
        excludes: &["asma", "icc"],
        forbids: &["sumatriptana", "amitriptilina"],
        ladder: &[
            &["Apixabana 5 mg, 1 comprimido de 12/12 h", "Succinato de metoprolol 25 mg, 1 comprimido ao dia"],
            &["Apixabana 5 mg, 1 comprimido de 12/12 h", "Succinato de metoprolol 50 mg, 1 comprimido ao dia"],
            &["Apixabana 5 mg, 1 comprimido de 12/12 h", "Succinato de metoprolol 100 mg, 1 comprimido ao dia"],
        ],
        first: &[
            "Palpitações irregulares há {3-8} semanas, sem síncope. ECG com fibrilação atrial, FC {104-128} bpm. CHA2DS2-VASc {2-4}.",
        ],
        well: &[
            "Nega palpitações, sangramentos ou quedas. [Anticoagulante sem falhas|Não esquece a apixabana].",
            "[Sem novos episódios de palpitação|Cansaço leve aos grandes esforços], sem hematomas.",
        ],
        unwell: &[
            "Palpitações {2-3} vezes por semana, com [cansaço|tontura leve]; nega síncope e sangramento. [Esqueceu o metoprolol por alguns dias|Aumentou o consumo de café].",
        ],
        exam: (
            "ACV: ritmo irregular, FC controlada, sem sopros",
            "ACV: ritmo irregular, FC {104-122} bpm, BNF, sem sopros",
        ),
        orders: "ECG, Holter de 24 h, creatinina e hemograma",
        results: (
            "Holter com FA e FC média {68-84} bpm, sem pausas; Hb {hb} g/dL",
            "Holter com FA e FC média {98-112} bpm, sem pausas maiores que 2 s; Hb {hb} g/dL",
        ),
        advice: &[
            "não interromper o anticoagulante por conta própria",
            "sinais de sangramento",
            "evitar anti-inflamatórios",
        ],
    },
    Chronic {
        key: "ans",
        name: "Transtorno de ansiedade generalizada",
        short: "ansiedade",
        code: "F41.1",
        display: "Ansiedade generalizada",
        ages: (28, 78),
        sex: 'A',
        weight: 26,
        author: 5,
        excludes: &["dep"],
        forbids: &["amitriptilina", "tramadol"],
        ladder: &[
            &["Escitalopram 10 mg, 1 comprimido pela manhã"],
            &["Escitalopram 15 mg, 1 comprimido pela manhã"],
            &["Escitalopram 20 mg, 1 comprimido pela manhã"],
        ],
        first: &[
            "Preocupação excessiva, tensão muscular e insônia inicial há {6-12} meses, [pior após mudança de emprego|após separação|com sobrecarga de cuidado da mãe]. GAD-7 {14-18}. Nega ideação suicida.",
        ],
        well: &[
            "[Dorme melhor|Sono reparador], sem crises de pânico no período. GAD-7 {3-7}. [Mantém psicoterapia quinzenal|Retomou a atividade física|Voltou a sair com amigos].",
            "Refere melhora [importante|progressiva] da ansiedade, [sem efeitos adversos|náusea inicial já resolvida]. GAD-7 {4-8}.",
        ],
        unwell: &[
            "[Crises de palpitação e aperto no peito {2-3} vezes por semana|Irritabilidade e insônia de manutenção]; GAD-7 {11-16}. [Conflitos no trabalho|Parou a psicoterapia|Interrompeu o remédio por {2-4} semanas]. Nega ideação suicida.",
        ],
        exam: (
            "Exame psíquico: [orientad@, humor eutímico, afeto congruente|colaborativ@, discurso organizado, sem alteração do pensamento]",
            "Exame psíquico: ansios@, [inquiet@|logorreic@], pensamento de curso normal, crítica preservada",
        ),
        orders: "",
        results: ("", ""),
        advice: &[
            "psicoterapia (TCC)",
            "higiene do sono, reduzir cafeína e telas à noite",
            "não interromper a medicação de uma vez",
        ],
    },
    Chronic {
        key: "dep",
        name: "Episódio depressivo",
        short: "depressão",
        code: "F32.1",
        display: "Depressão moderada",
        ages: (28, 82),
        sex: 'A',
        weight: 18,
        author: 5,
        excludes: &["ans"],
        forbids: &["amitriptilina", "tramadol"],
        ladder: &[
            &["Sertralina 50 mg, 1 comprimido pela manhã"],
            &["Sertralina 100 mg, 1 comprimido pela manhã"],
            &["Sertralina 150 mg pela manhã (1 comprimido de 100 mg + 1 de 50 mg)"],
        ],
        first: &[
            "Humor triste, anedonia e [insônia terminal|hipersonia] há {2-5} meses, [após luto|após perda do emprego|sem fator desencadeante claro]. PHQ-9 {14-18}. Nega ideação suicida estruturada.",
        ],
        well: &[
            "Humor melhor, [voltou a cozinhar e a receber os netos|retomou o trabalho|retomou a leitura e a caminhada], sono regular. PHQ-9 {3-7}.",
            "[Boa resposta|Mantém resposta] ao antidepressivo, sem efeitos sexuais ou gástricos relevantes. PHQ-9 {4-8}.",
        ],
        unwell: &[
            "Desânimo, choro fácil e isolamento há {3-6} semanas; PHQ-9 {12-17}. [Pensamentos de desesperança, sem plano ou intenção|Nega ideação suicida]. [Falhou doses|Data difícil: aniversário de falecimento do cônjuge].",
        ],
        exam: (
            "Exame psíquico: humor eutímico, afeto modulado, pensamento sem alterações",
            "Exame psíquico: humor hipotímico, fala lentificada, crítica preservada, sem sintomas psicóticos",
        ),
        orders: "",
        results: ("", ""),
        advice: &[
            "psicoterapia semanal",
            "atividade física e rotina de sono",
            "rede de apoio e CVV (188) em caso de crise",
        ],
    },
    Chronic {
        key: "enx",
        name: "Enxaqueca sem aura",
        short: "enxaqueca",
        code: "G43.0",
        display: "Enxaqueca sem aura",
        ages: (24, 58),
        sex: 'A',
        weight: 20,
        author: 0,
        excludes: &["fa", "icc"],
        forbids: &[],
        ladder: &[
            &[
                "Naproxeno 500 mg, 1 comprimido no início da crise;;Dipirona 1 g, 1 comprimido no início da crise;;Paracetamol 750 mg, 1 comprimido no início da crise",
            ],
            &[
                "Propranolol 40 mg, 1 comprimido de 12/12 h;;Topiramato 25 mg à noite, aumentar para 50 mg após 2 semanas",
                "Naproxeno 500 mg, 1 comprimido no início da crise;;Dipirona 1 g, 1 comprimido no início da crise;;Paracetamol 750 mg, 1 comprimido no início da crise",
            ],
            &[
                "Propranolol 80 mg, 1 comprimido de 12/12 h;;Topiramato 50 mg, 1 comprimido de 12/12 h",
                "Sumatriptana 50 mg, 1 comprimido no início da crise;;Dipirona 1 g, 1 comprimido no início da crise;;Paracetamol 750 mg, 1 comprimido no início da crise",
            ],
        ],
        first: &[
            "Cefaleia [hemicraniana|unilateral] pulsátil, {4-7} crises por mês, com náusea, foto e fonofobia, há {1-5} anos. Nega aura. [Mãe com enxaqueca|Piora com jejum e noite mal dormida].",
        ],
        well: &[
            "[Uma crise leve|Duas crises] no último mês, resolvida[s|] com a medicação de resgate em até 2 h.",
            "Diário com {1-2} dias de dor por mês, sem faltas [ao trabalho|às aulas|a compromissos].",
        ],
        unwell: &[
            "{6-10} dias de dor por mês, [com falta ao trabalho|com vômitos em duas crises]; usou analgésico em excesso. [Privação de sono|Jejum prolongado] como gatilho.",
        ],
        exam: (
            "Neurológico: sem déficits focais, pares cranianos normais",
            "Neurológico: sem déficits, sem rigidez de nuca, fundo de olho sem papiledema",
        ),
        orders: "",
        results: ("", ""),
        advice: &["diário de cefaleia", "analgésico no máximo 2 dias por semana", "sono regular e não pular refeições"],
    },
    Chronic {
        key: "oa",
        name: "Osteoartrite de joelhos",
        short: "osteoartrite",
        code: "M17.9",
        display: "Artrose do joelho",
        ages: (55, 99),
        sex: 'A',
        weight: 22,
        author: 0,
        excludes: &[],
        forbids: &[],
        ladder: &[
            &["Paracetamol 750 mg, 1 comprimido até de 8/8 h se dor"],
            &[
                "Paracetamol 750 mg, 1 comprimido de 8/8 h por 10 dias, depois se dor",
                "Capsaicina 0,025% creme, aplicar nos joelhos 3 vezes ao dia",
            ],
            &[
                "Paracetamol 500 mg + codeína 30 mg, 1 comprimido de 8/8 h se dor forte",
                "Duloxetina 30 mg, 1 cápsula pela manhã;;Capsaicina 0,025% creme, aplicar nos joelhos 3 vezes ao dia",
            ],
        ],
        first: &[
            "Dor em joelhos há {1-3} anos, [pior à direita|pior à esquerda], mecânica, com rigidez matinal menor que 30 min. Dificuldade para descer escadas.",
        ],
        well: &[
            "Dor em joelhos [EVA {2-3}|leve], faz [hidroginástica|exercícios de fortalecimento] {2-3} vezes por semana.",
            "Gonalgia [controlada|só após longas caminhadas], usa analgésico {1-2} vezes por semana.",
        ],
        unwell: &[
            "Gonalgia [bilateral|à direita|à esquerda] EVA {6-8} há {2-4} semanas, [após faxina|após viagem longa|com o frio], com dificuldade para agachar.",
        ],
        exam: (
            "Joelhos: crepitação fina, sem derrame, ADM preservada",
            "Joelhos: crepitação grosseira, dor em interlinha medial, flexão limitada a {100-115}°, sem sinais flogísticos",
        ),
        orders: "radiografia de joelhos com carga, AP e perfil",
        results: (
            "Rx com redução discreta do espaço medial",
            "Rx com redução do espaço medial, osteófitos e esclerose subcondral (Kellgren-Lawrence {2-3})",
        ),
        advice: &[
            "fortalecimento de quadríceps e fisioterapia",
            "perda de peso, se excesso",
            "compressa morna antes do exercício",
        ],
    },
    Chronic {
        key: "lomb",
        name: "Lombalgia crônica",
        short: "lombalgia",
        code: "M54.5",
        display: "Dor lombar baixa",
        ages: (32, 78),
        sex: 'A',
        weight: 20,
        author: 0,
        excludes: &[],
        forbids: &[],
        ladder: &[
            &[
                "Dipirona 1 g, 1 comprimido de 8/8 h se dor, por até 5 dias;;Paracetamol 750 mg, 1 comprimido de 8/8 h se dor, por até 5 dias",
            ],
            &[
                "Naproxeno 500 mg, 1 comprimido de 12/12 h por 5 dias, após refeição;;Dipirona 1 g, 1 comprimido de 6/6 h por 5 dias;;Paracetamol 750 mg, 1 comprimido de 6/6 h por 5 dias",
                "Ciclobenzaprina 5 mg, 1 comprimido à noite por 7 dias",
            ],
            &[
                "Dipirona 1 g, 1 comprimido de 6/6 h se dor;;Paracetamol 500 mg + codeína 30 mg, 1 comprimido de 8/8 h se dor",
                "Amitriptilina 25 mg, 1 comprimido à noite;;Duloxetina 30 mg, 1 cápsula pela manhã;;Encaminhamento à fisioterapia, 20 sessões",
            ],
        ],
        first: &[
            "Dor lombar baixa há {4-9} meses, mecânica, [relacionada ao trabalho em pé|após carregar peso|pior ao fim do dia], sem irradiação abaixo do joelho. Sem sinais de alarme.",
        ],
        well: &[
            "Dor lombar [EVA {2-3}|leve e esporádica], faz [alongamento diário|pilates {2-2}x por semana|fisioterapia], trabalha sem limitação.",
        ],
        unwell: &[
            "Nova crise de lombalgia há {3-8} dias [após faxina|após pegar peso|após longo tempo sentad@], EVA {6-8}, sem irradiação, sem febre, sem alteração esfincteriana.",
        ],
        exam: (
            "Coluna: sem dor à palpação, Lasègue negativo bilateral",
            "Coluna: contratura paravertebral lombar, flexão limitada por dor, Lasègue negativo, força e reflexos preservados",
        ),
        orders: "",
        results: ("", ""),
        advice: &[
            "manter-se ativ@, evitar repouso prolongado",
            "alongamento e fortalecimento de core",
            "ergonomia no trabalho",
            "retornar antes se perda de força, febre ou alteração urinária",
        ],
    },
    Chronic {
        key: "rin",
        name: "Rinite alérgica",
        short: "rinite alérgica",
        code: "J30.4",
        display: "Rinite alérgica",
        ages: (5, 55),
        sex: 'A',
        weight: 14,
        author: 0,
        excludes: &[],
        forbids: &[],
        ladder: &[
            &["Lavagem nasal com soro fisiológico 0,9%, 2 vezes ao dia", "{antiH}"],
            &[
                "Lavagem nasal com soro fisiológico 0,9%, 2 vezes ao dia",
                "Budesonida nasal 32 mcg, 1 jato em cada narina ao dia",
                "{antiH}",
            ],
        ],
        first: &[
            "Espirros em salva, prurido nasal e coriza hialina, pior [pela manhã|com poeira|na troca de estação], há {1-4} anos. Respira pela boca à noite.",
        ],
        well: &["[Poucos espirros|Sintomas nasais raros], dorme bem, lava o nariz [todos os dias|com frequência]."],
        unwell: &[
            "Obstrução nasal e espirros diários há {2-5} semanas, [com ronco|com prurido ocular], [parou o spray nasal|reforma em casa].",
        ],
        exam: (
            "Rinoscopia: cornetos normocorados, pouca secreção",
            "Rinoscopia: cornetos pálidos e hipertróficos, secreção hialina; orofaringe sem alterações",
        ),
        orders: "",
        results: ("", ""),
        advice: &["controle de ácaros: sem tapete, capa em travesseiro", "técnica do jato nasal, apontando para fora"],
    },
    Chronic {
        key: "hpb",
        name: "Hiperplasia prostática benigna",
        short: "HPB",
        code: "N40",
        display: "Aumento benigno da próstata",
        ages: (56, 99),
        sex: 'M',
        weight: 18,
        author: 0,
        excludes: &[],
        forbids: &["amitriptilina"],
        ladder: &[
            &["Tansulosina 0,4 mg, 1 cápsula à noite"],
            &["Tansulosina 0,4 mg, 1 cápsula à noite", "Finasterida 5 mg, 1 comprimido ao dia"],
        ],
        first: &["Jato fraco, hesitação e nictúria de {3-4} vezes há {1-2} anos. Nega hematúria. IPSS {14-19}."],
        well: &["Nictúria {1-2}x, jato melhor, IPSS {6-9}. Sem tontura com a tansulosina."],
        unwell: &["Nictúria {3-5}x, urgência e gotejamento terminal; IPSS {15-20}. Nega febre ou hematúria."],
        exam: (
            "Toque: próstata aumentada 2x, fibroelástica, sem nódulos",
            "Toque: próstata aumentada 2-3x, lisa, indolor; sem globo vesical",
        ),
        orders: "PSA total, EAS, creatinina e USG de vias urinárias com resíduo",
        results: (
            "PSA {1-2},{1-9} ng/mL, resíduo pós-miccional {15-40} mL",
            "PSA {2-3},{0-9} ng/mL, próstata {48-72} g, resíduo {60-110} mL",
        ),
        advice: &["reduzir líquidos e cafeína à noite", "levantar devagar pelo risco de hipotensão"],
    },
    Chronic {
        key: "osp",
        name: "Osteoporose",
        short: "osteoporose",
        code: "M81.0",
        display: "Osteoporose pós-menopausa",
        ages: (62, 99),
        sex: 'F',
        weight: 18,
        author: 0,
        excludes: &[],
        forbids: &[],
        ladder: &[
            &[
                "Alendronato 70 mg, 1 comprimido por semana em jejum, sem deitar por 30 min",
                "Carbonato de cálcio 500 mg + vitamina D 400 UI, 1 comprimido no almoço",
            ],
            &[
                "Risedronato 150 mg, 1 comprimido por mês em jejum, sem deitar por 30 min",
                "Carbonato de cálcio 500 mg + vitamina D 400 UI, 1 comprimido no almoço",
                "Colecalciferol 7.000 UI, 1 cápsula por semana",
            ],
        ],
        first: &[
            "Densitometria de rastreio com T-score -2,{6-9} em coluna lombar. Menopausa aos {46-51} anos. Nega fraturas prévias.",
        ],
        well: &[
            "Sem quedas ou fraturas, toma o bisfosfonato corretamente. [Caminha ao sol|Faz exercícios com peso leve].",
        ],
        unwell: &[
            "[Uma queda da própria altura sem fratura|Azia com o alendronato, tomava deitada], esquece o comprimido semanal.",
        ],
        exam: ("marcha estável, sem dor à percussão de coluna", "cifose dorsal leve, sem dor à percussão de coluna"),
        orders: "densitometria óssea, cálcio, fósforo e 25-OH-vitamina D",
        results: (
            "T-score lombar -2,{3-6}, estável; vitamina D {31-42} ng/mL",
            "T-score lombar -2,{7-9}; vitamina D {17-26} ng/mL",
        ),
        advice: &["prevenção de quedas em casa: tapetes, luz noturna, barras", "avaliação dentária anual"],
    },
];

/// The condition with this key.
pub(super) fn find(key: &str) -> Option<usize> {
    ALL.iter().position(|c| c.key == key)
}
