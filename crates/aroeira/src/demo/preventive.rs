//! Pregnancy and childhood, visit by visit.

/// Week, then what is asked or read at that prenatal visit, then what is ordered or given.
pub(super) const PRENATAL: &[(i64, &str, &str)] = &[
    (
        8,
        "Gestação [desejada|não planejada, bem aceita], teste positivo em casa. [Náuseas matinais|Sonolência e mastalgia], sem sangramento. Solicitados exames do primeiro trimestre.",
        "Ácido fólico 400 mcg, 1 comprimido ao dia",
    ),
    (
        12,
        "Exames: Hb {hb} g/dL, glicemia {76-88} mg/dL, HIV, VDRL e HBsAg não reagentes, toxoplasmose IgG [reagente e IgM não reagente|não reagente, orientada prevenção], urocultura negativa. USG com TN 1,{1-9} mm.",
        "Ácido fólico 400 mcg, 1 comprimido ao dia",
    ),
    (
        16,
        "[Náuseas resolvidas|Apetite melhor], sem perda vaginal. Cólicas leves ocasionais.",
        "Carbonato de cálcio 500 mg, 2 comprimidos ao dia nas refeições",
    ),
    (
        20,
        "Percebe movimentos fetais. USG morfológico sem alterações, placenta [anterior|posterior] grau 0.",
        "Sulfato ferroso 40 mg de ferro elementar, 1 comprimido ao dia, longe das refeições\nVacina dTpa a partir de hoje",
    ),
    (
        25,
        "Boa movimentação fetal, [pirose à noite|lombalgia leve|câimbras]. Solicitado TOTG 75 g.",
        "Sulfato ferroso 40 mg de ferro elementar, 1 comprimido ao dia",
    ),
    (
        29,
        "TOTG {78-89}/{138-170}/{112-146} mg/dL, normal. VDRL e HIV do terceiro trimestre não reagentes. Sem contrações.",
        "Sulfato ferroso 40 mg de ferro elementar, 1 comprimido ao dia\nVacina contra a gripe, conforme a campanha",
    ),
    (
        33,
        "[Edema vespertino leve em pés|Contrações de treinamento esparsas], nega cefaleia, escotomas e perda de líquido.",
        "Sulfato ferroso 40 mg de ferro elementar, 1 comprimido ao dia\nPlano de parto e sinais de alerta discutidos",
    ),
    (
        36,
        "Movimentação fetal presente, contrações irregulares. Coletado swab para estreptococo do grupo B.",
        "Sulfato ferroso 40 mg de ferro elementar, 1 comprimido ao dia\nVisita à maternidade de referência agendada",
    ),
    (
        38,
        "Contrações irregulares, tampão mucoso [ainda não perdido|perdido ontem], sem perda de líquido. Swab GBS negativo.",
        "Orientação sobre trabalho de parto e aleitamento\nRetorno semanal até o parto",
    ),
];

/// Age in months, development and feeding, exam, what is prescribed or given.
pub(super) const WELL_CHILD: &[(i64, &str, &str, &str)] = &[
    (
        0,
        "Nascid@ de parto [normal|cesáreo], a termo, Apgar 9/10, testes do pezinho, olhinho, orelhinha e coraçãozinho [realizados e normais|normais]. Seio materno exclusivo, [boa pega|fissura mamilar à direita], {6-8} fraldas ao dia.",
        "Icterícia [ausente|leve em face], fontanela plana, coto umbilical seco, Ortolani negativo",
        "Aleitamento materno exclusivo em livre demanda\nColecalciferol 400 UI ao dia",
    ),
    (
        1,
        "Mama bem a cada {2-3} h, cólicas no fim da tarde. Fixa o olhar e reage a sons.",
        "Ganho ponderal adequado, fontanela normotensa, reflexo vermelho presente",
        "Aleitamento materno exclusivo\nColecalciferol 400 UI ao dia",
    ),
    (
        2,
        "Sorriso social, sustenta parcialmente a cabeça, seio materno exclusivo.",
        "Hidratad@, corad@, quadril sem alterações, marca da BCG [presente|em evolução]",
        "Vacinas: pentavalente, VIP, pneumocócica 10 e rotavírus\nColecalciferol 400 UI ao dia",
    ),
    (
        4,
        "Sustenta a cabeça, leva as mãos à boca, ri alto. Seio materno [exclusivo|e fórmula desde o retorno da mãe ao trabalho].",
        "Segue objetos, tônus normal, AR e ACV sem alterações",
        "Segunda dose de pentavalente, VIP, pneumocócica 10 e rotavírus\nColecalciferol 400 UI ao dia",
    ),
    (
        6,
        "Senta com apoio, transfere objetos. Inicia alimentação complementar com [frutas e papa principal|consistência amassada].",
        "Dois dentes [irrompendo|incisivos inferiores], desenvolvimento adequado",
        "Terceira dose de pentavalente e VIP\nFerro elementar 1 mg/kg/dia\nColecalciferol 400 UI ao dia",
    ),
    (
        9,
        "Engatinha, [fala «mamã» sem significado|estranha desconhecidos], come comida da família amassada.",
        "Senta sem apoio, pinça em desenvolvimento, sem palidez",
        "Vacina da febre amarela\nFerro elementar 1 mg/kg/dia\nColecalciferol 400 UI ao dia",
    ),
    (
        12,
        "[Anda com apoio|Primeiros passos], fala {2-3} palavras, come a comida da família.",
        "Fontanela quase fechada, {6-8} dentes, desenvolvimento adequado",
        "Vacinas: tríplice viral, pneumocócica e meningocócica (reforço)\nColecalciferol 600 UI ao dia",
    ),
    (
        18,
        "Anda sozinh@, aponta o que quer, fala {8-15} palavras, M-CHAT sem risco.",
        "Marcha estável, audição e visão aparentemente normais",
        "Conferida a vacinação de 15 meses: DTP, hepatite A e tetraviral\nColecalciferol 600 UI ao dia",
    ),
    (
        24,
        "Frases de duas palavras, corre, [seletiv@ com verduras|come bem], sono de {10-11} h.",
        "Desenvolvimento adequado, dentição sem cáries visíveis",
        "Limitar telas e açúcar\nPrimeira consulta odontológica",
    ),
    (
        36,
        "Fala frases completas, desfralde [completo|diurno], brinca com outras crianças.",
        "Exame sem alterações, visão sem queixas",
        "Alimentação variada e atividade ao ar livre\nEscovação com creme dental com flúor",
    ),
    (
        48,
        "Pula num pé só, conta histórias, vai à escola. [Apetite irregular|Come bem].",
        "Exame sem alterações, PA adequada para a idade",
        "Reforços de DTP, febre amarela e varicela\nTeste de acuidade visual",
    ),
    (
        72,
        "Em alfabetização, [joga bola|faz natação], sono regular, telas {1-2} h ao dia.",
        "Exame sem alterações, coluna alinhada",
        "Alimentação variada, telas até 2 h ao dia\nConferida a caderneta de vacinação",
    ),
];
