//! A spec from a few answers: the preset that is nearest, its values replaced where they stand, its comments kept.

use super::get;
use crate::spec::ClinicPlan;

/// What somebody who begins knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    /// The fleet's name; see [`crate::spec::is_name`].
    pub name: String,
    /// Where it is to run.
    pub place: Where,
    /// Clinics of each plan, as in [`ClinicPlan::ALL`].
    pub clinics: [u32; 3],
    /// Speech and language models run here as well.
    pub models: bool,
    /// Promised, in percent of a year.
    pub availability_percent: f64,
    /// Promised hours until it runs again.
    pub rto_hours: f64,
    /// Promised hours of work that may be lost.
    pub rpo_hours: f64,
    /// Data may be in Brazil alone.
    pub in_brazil: bool,
}

/// Where a fleet is to run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Where {
    /// A tower in a room.
    #[default]
    Garage,
    /// A rack of one's own.
    OwnRack,
    /// A rented rack.
    Colocation,
    /// AWS.
    Cloud,
    /// In the hospital that it is for.
    Hospital,
}

impl Where {
    /// All of them, as they are offered.
    pub const ALL: [Where; 5] = [Where::Garage, Where::OwnRack, Where::Colocation, Where::Cloud, Where::Hospital];
}

/// Clinics up to which the smaller clouds of requirement 004 are meant.
const STARTER: u32 = 10;
const PROFESSIONAL: u32 = 50;

impl Answers {
    /// The preset that is nearest.
    #[must_use]
    pub fn preset(&self) -> &'static str {
        let clinics = self.clinics.iter().fold(0_u32, |all, count| all.saturating_add(*count));
        match self.place {
            Where::Garage => "garage",
            Where::OwnRack => "local-provider",
            Where::Colocation => "colocation",
            Where::Cloud if clinics <= STARTER => "aws-starter",
            Where::Cloud if clinics <= PROFESSIONAL => "aws-professional",
            Where::Cloud => "aws-enterprise",
            Where::Hospital => "hospital",
        }
    }

    /// The text of the spec.
    #[must_use]
    pub fn write(&self) -> String {
        let text = get(self.preset()).unwrap_or_default();
        let mut blocks = Blocks::of(text);
        let title = format!(
            "# Escrito por `aroeira fleet init`, a partir de `{}`: mude o que for preciso e veja com `aroeira fleet check`.\n",
            self.preset()
        );
        blocks.top(&title);
        blocks.set("", "name", &format!("\"{}\"", self.name));
        blocks.set("promises", "availability_percent", &number(self.availability_percent));
        blocks.set("promises", "rto_hours", &number(self.rto_hours));
        blocks.set("promises", "rpo_hours", &number(self.rpo_hours));
        // Each change is copied at once: that keeps any promise.
        blocks.set("backup", "every_hours", "0");
        blocks.set("residency", "countries", if self.in_brazil { "[\"BR\"]" } else { "[]" });
        self.list_clinics(&mut blocks);
        self.run_models(&mut blocks);
        blocks.join()
    }

    fn list_clinics(&self, blocks: &mut Blocks) {
        let isolation =
            blocks.find("[[clinics]]").and_then(|block| block.value("isolation")).unwrap_or("\"pool\"").to_owned();
        let written = ["starter", "professional", "enterprise"];
        let plans = ClinicPlan::ALL.iter().zip(written).zip(self.clinics);
        let listed: String = plans
            .filter(|(_, count)| *count > 0)
            .map(|((plan, name), count)| {
                let (least, most) = plan.gb();
                format!("# De {least} a {most} GB cada.\n[[clinics]]\nplan = \"{name}\"\ncount = {count}\nisolation = {isolation}\n\n")
            })
            .collect();
        blocks.replace("[[clinics]]", &listed);
    }

    fn run_models(&self, blocks: &mut Blocks) {
        let has = blocks.0.iter().any(|block| block.header == "[[workload]]" && block.is("whisper"));
        if has && !self.models {
            blocks.0.retain(|block| !(["whisper", "ollama", "vllm", "ia"].iter().any(|id| block.is(id))));
        } else if self.models && !has {
            let site = blocks.find("[[node]]").and_then(|block| block.value("site")).unwrap_or_default();
            let rented = self.place == Where::Cloud;
            let text = (if rented { RENTED_MODELS } else { OWN_MODELS }).replace("SITE", site);
            blocks.push(&text);
        }
    }
}

fn number(number: f64) -> String {
    number.to_string()
}

const OWN_MODELS: &str = r#"
# Fala e linguagem: uma placa profissional. A licença das RTX "gamer" proíbe o uso em data center.
[[node]]
id = "ia"
site = SITE
cores = 16
memory_gb = 64
ecc = true
rack_units = 2
watts = 450

  [[node.disk]]
  kind = "nvme"
  gb = 960
  count = 2
  raid = "raid1"

  [[node.gpu]]
  model = "L4"
  memory_gb = 24
  slices = 2

[[workload]]
id = "whisper"
place = { spread = "none", nodes = ["ia"] }

[[workload]]
id = "ollama"
place = { spread = "none", nodes = ["ia"] }
"#;

const RENTED_MODELS: &str = r#"
# Fala e linguagem: uma máquina com GPU. Spot custa até 70 % menos, mas pode ser tirada a qualquer momento.
[[node]]
id = "ia"
site = SITE
cores = 4
memory_gb = 16
ecc = true
network_gbps = 25
item = "aws.ec2.g4dn.xlarge"

  [node.instance]
  kind = "g4dn.xlarge"

  [[node.gpu]]
  model = "T4"
  memory_gb = 16
  slices = 2

[[workload]]
id = "whisper"
replicas = 1
cores = 1.5
memory_gb = 4
place = { nodes = ["ia"] }

[[workload]]
id = "ollama"
replicas = 1
cores = 1.5
memory_gb = 8
place = { nodes = ["ia"] }
"#;

/// A spec's text, cut at its tables: comments before a table are its own, tables that are indented belong to the one above.
struct Blocks(Vec<Block>);

#[derive(Default)]
struct Block {
    header: String,
    lines: Vec<String>,
}

impl Blocks {
    fn of(text: &str) -> Self {
        let mut blocks = vec![Block::default()];
        let mut comments = Vec::new();
        for line in text.lines() {
            if line.starts_with('[') {
                let mut lines = std::mem::take(&mut comments);
                lines.push(line.to_owned());
                blocks.push(Block { header: line.to_owned(), lines });
            } else if line.starts_with('#') {
                comments.push(line.to_owned());
            } else if let Some(block) = blocks.last_mut() {
                block.lines.append(&mut comments);
                block.lines.push(line.to_owned());
            }
        }
        Self(blocks)
    }

    fn join(&self) -> String {
        let mut text = String::new();
        for line in self.0.iter().flat_map(|block| &block.lines) {
            // One empty line between blocks is enough.
            if !(line.is_empty() && (text.is_empty() || text.ends_with("\n\n"))) {
                text.push_str(line);
                text.push('\n');
            }
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
        text
    }

    fn find(&self, header: &str) -> Option<&Block> {
        self.0.iter().find(|block| block.header == header)
    }

    /// The comments of the very top.
    fn top(&mut self, title: &str) {
        if let Some(first) = self.0.first_mut() {
            first.lines.retain(|line| !line.starts_with('#'));
            first.lines.insert(0, title.trim_end().to_owned());
        }
    }

    /// A key of a table, `""` the top. Comments right above it spoke of the value that was.
    fn set(&mut self, table: &str, key: &str, value: &str) {
        let header = if table.is_empty() { String::new() } else { format!("[{table}]") };
        if !self.0.iter().any(|block| block.header == header) {
            self.0.insert(1, Block { lines: vec![header.clone(), String::new()], header: header.clone() });
        }
        let Some(block) = self.0.iter_mut().find(|block| block.header == header) else { return };
        let line = format!("{key} = {value}");
        match block.lines.iter().position(|line| key_of(line) == Some(key)) {
            Some(mut at) if block.lines[at] != line => {
                while at > 0 && block.lines[at - 1].starts_with('#') && !table.is_empty() {
                    at -= 1;
                    block.lines.remove(at);
                }
                block.lines[at] = line;
            }
            Some(_) => {}
            None => {
                let at = block.lines.iter().position(|line| *line == header).map_or(0, |at| at + 1);
                block.lines.insert(at, line);
            }
        }
    }

    /// Puts a text where the tables of this header begin, in place of all of them.
    fn replace(&mut self, header: &str, text: &str) {
        let at = self.0.iter().position(|block| block.header == header).unwrap_or(self.0.len());
        self.0.retain(|block| block.header != header);
        let lines = text.lines().map(str::to_owned).collect();
        self.0.insert(at, Block { header: header.to_owned(), lines });
    }

    fn push(&mut self, text: &str) {
        self.0.push(Block { header: String::new(), lines: text.lines().map(str::to_owned).collect() });
    }
}

impl Block {
    fn value(&self, key: &str) -> Option<&str> {
        let line = self.lines.iter().find(|line| key_of(line) == Some(key))?;
        line.split_once('=').map(|(_, value)| value.trim())
    }

    /// Its id is this.
    fn is(&self, id: &str) -> bool {
        self.value("id").is_some_and(|value| value.trim_matches('"') == id)
    }
}

/// The key that a line gives a value to, of the table itself.
fn key_of(line: &str) -> Option<&str> {
    if line.starts_with(['#', ' ', '[']) { None } else { line.split_once('=').map(|(key, _)| key.trim()) }
}
