//! `aroeira fleet init`: a spec to begin with, from a preset or from ten questions.

use std::fs::OpenOptions;
use std::io::{BufRead, Read, Write};
use std::path::{Path, PathBuf};

use aroeira_fleet::presets::{self, Answers, Where};
use aroeira_fleet::spec::is_name;

use crate::failure::{Code, Failure, Result};

const EXAMPLES: &str = "\
Examples:
  aroeira fleet init                                        ten questions in Portuguese; Enter takes what is in brackets
  aroeira fleet init --from colocation --out provedor.toml
  aroeira fleet init --from aws-health --out -              to standard output

An existing file is never overwritten.";

/// Letters of an answer.
const LONGEST_LINE: u64 = 1000;
/// Times that a question is asked.
const TRIES: usize = 5;

/// Write a spec to begin with, commented: from a preset, or from ten questions
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The preset, in place of the questions
    #[arg(long, value_name = "NAME", value_parser = clap::builder::PossibleValuesParser::new(presets::NAMES))]
    from: Option<String>,
    /// Where to write it; `-` is standard output
    #[arg(long, value_name = "FILE", default_value = "fleet.toml")]
    out: PathBuf,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let standard = args.out == Path::new("-");
    if !standard && args.out.exists() {
        return Err(taken(&args.out));
    }
    let text = match &args.from {
        Some(name) => presets::get(name).unwrap_or_default().to_owned(),
        None => ask(&mut std::io::stdin().lock())?.write(),
    };
    if standard {
        print!("{text}");
        return Ok(());
    }
    let mut file =
        OpenOptions::new().write(true).create_new(true).open(&args.out).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => taken(&args.out),
            _ => Failure::file("the file", &args.out, &error),
        })?;
    file.write_all(text.as_bytes()).map_err(|error| Failure::file("the file", &args.out, &error))?;
    let shown = args.out.display();
    put!("{shown} foi escrito. O que ele contradiz ou esquece: aroeira fleet check {shown}");
    Ok(())
}

fn taken(path: &Path) -> Failure {
    let help = "choose another name with --out, or move that file away";
    Failure::new(Code::Failed, format!("{} exists already, and is left as it is", path.display()), help)
}

/// The ten questions. An input that ends takes what is offered.
fn ask(input: &mut impl BufRead) -> Result<Answers> {
    eprintln!("Dez perguntas; Enter aceita o que está entre colchetes, e tudo se muda depois no arquivo.\n");
    let mut talk = Talk { input, asked: 0 };
    let name = talk.answer("Nome da frota (letras minúsculas, algarismos e hifens)", "minha-frota", |text| {
        is_name(text)
            .then(|| text.to_owned())
            .ok_or("de 1 a 50 letras minúsculas sem acento, algarismos e hifens; uma letra primeiro")
    })?;
    let place = talk.answer(
        "Onde vai rodar? 1 servidor torre, 2 rack próprio, 3 rack alugado em data center, 4 AWS, 5 no próprio hospital",
        "1",
        |text| {
            let at = text.parse::<usize>().ok().and_then(|at| at.checked_sub(1));
            at.and_then(|at| Where::ALL.get(at)).copied().ok_or("um número de 1 a 5")
        },
    )?;
    let (small, large) = if place == Where::Hospital { ("0", "1") } else { ("3", "0") };
    let clinics = [
        talk.answer("Quantas clínicas pequenas (Starter, 20 a 50 GB)", small, count)?,
        talk.answer("Quantas clínicas médias (Professional, 100 a 300 GB)", "0", count)?,
        talk.answer("Quantas grandes (Enterprise, 500 GB a 2 TB)", large, count)?,
    ];
    let models = talk.answer("Transcrição e IA nas próprias máquinas? (s/n)", "n", yes)?;
    let promise = if place == Where::Garage { "99" } else { "99.9" };
    let availability_percent = talk.answer("Que disponibilidade se promete, em % do ano", promise, percent)?;
    let rto_hours = talk.answer("Em quantas horas tudo volta depois de um desastre (RTO)", "4", hours)?;
    let rpo_hours = talk.answer("Quantas horas de trabalho podem se perder (RPO)", "1", hours)?;
    let in_brazil = talk.answer("Os dados só podem ficar no Brasil? (s/n)", "s", yes)?;
    Ok(Answers { name, place, clinics, models, availability_percent, rto_hours, rpo_hours, in_brazil })
}

struct Talk<'a, R> {
    input: &'a mut R,
    asked: usize,
}

impl<R: BufRead> Talk<'_, R> {
    /// Asks until there is an answer that can be understood, some times.
    fn answer<T>(
        &mut self,
        question: &str,
        offered: &str,
        read: impl Fn(&str) -> std::result::Result<T, &'static str>,
    ) -> Result<T> {
        self.asked += 1;
        let mut wrong = "";
        for _ in 0..TRIES {
            eprint!("{:2}. {question} [{offered}]: ", self.asked);
            let mut line = String::new();
            let got = self.input.by_ref().take(LONGEST_LINE).read_line(&mut line);
            got.map_err(|error| Failure::new(Code::Usage, format!("standard input: {error}"), "answer in UTF-8"))?;
            let text = line.trim();
            match read(if text.is_empty() { offered } else { text }) {
                Ok(answer) => return Ok(answer),
                Err(what) => wrong = what,
            }
            eprintln!("    {wrong}");
        }
        let help = "`aroeira fleet init --from NAME` asks nothing";
        Err(Failure::new(Code::Usage, format!("question {} has no answer: {wrong}", self.asked), help))
    }
}

fn count(text: &str) -> std::result::Result<u32, &'static str> {
    text.parse().ok().filter(|count| *count <= 1_000_000).ok_or("um número inteiro, até um milhão")
}

fn yes(text: &str) -> std::result::Result<bool, &'static str> {
    match text.to_lowercase().as_str() {
        "s" | "sim" | "y" | "yes" => Ok(true),
        "n" | "não" | "nao" | "no" => Ok(false),
        _ => Err("s ou n"),
    }
}

/// With a comma or a point.
fn number(text: &str) -> Option<f64> {
    text.trim_end_matches('%').trim().replace(',', ".").parse().ok().filter(|number: &f64| number.is_finite())
}

fn percent(text: &str) -> std::result::Result<f64, &'static str> {
    number(text).filter(|percent| (0.0..=100.0).contains(percent)).ok_or("um número de 0 a 100, como 99,9")
}

fn hours(text: &str) -> std::result::Result<f64, &'static str> {
    number(text).filter(|hours| (0.0..=8760.0).contains(hours)).ok_or("um número de horas, como 4 ou 0,5")
}
