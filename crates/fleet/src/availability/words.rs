//! Causes, improvements and what the spec does not say, in words.

use super::{Cause, Gap, Step};
use crate::Language;

impl Cause {
    /// For people.
    #[must_use]
    pub fn text(self, language: Language) -> &'static str {
        let (portuguese, english) = match self {
            Cause::Power => ("energia", "power"),
            Cause::Link => ("link de internet", "way to the internet"),
            Cause::Edge => ("firewall de borda", "firewall at the edge"),
            Cause::Machine => ("máquina", "machine"),
            Cause::Disk => ("discos", "disks"),
            Cause::Storage => ("storage central", "shared storage"),
            Cause::CommonCause => ("causa comum", "common cause"),
            Cause::Software => ("software", "software"),
            Cause::Failover => ("troca de um nó por outro", "another taking over"),
            Cause::Maintenance => ("manutenção planejada", "planned maintenance"),
            Cause::HumanError => ("erro humano", "human error"),
            Cause::Restore => ("restauração de cópia", "reading a copy back"),
            Cause::Provider => ("nuvem ou data center", "cloud or data centre"),
        };
        if language == Language::Portuguese { portuguese } else { english }
    }
}

impl Step {
    /// For people.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let pt = language == Language::Portuguese;
        match self {
            Step::SecondLink { site } if pt => format!("segundo link, de outra operadora, em `{site}`"),
            Step::SecondLink { site } => format!("a second link, of another carrier, at `{site}`"),
            Step::SecondFirewall { site } if pt => format!("segundo firewall em `{site}`"),
            Step::SecondFirewall { site } => format!("a second firewall at `{site}`"),
            Step::Generator { site } if pt => format!("gerador automático em `{site}`"),
            Step::Generator { site } => format!("a generator at `{site}`"),
            Step::OneMoreNode { node } if pt => format!("mais um nó `{node}`"),
            Step::OneMoreNode { node } => format!("one more node `{node}`"),
            Step::MultiZone { service } if pt => format!("`{service}` em várias zonas"),
            Step::MultiZone { service } => format!("`{service}` over several zones"),
            Step::ContinuousBackup if pt => "cópia contínua".to_owned(),
            Step::ContinuousBackup => "each change copied at once".to_owned(),
            Step::SparePart if pt => "peças de reposição no local".to_owned(),
            Step::SparePart => "spare parts on site".to_owned(),
        }
    }
}

impl Gap {
    /// For people.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let pt = language == Language::Portuguese;
        match self {
            Gap::NoPower { site } if pt => format!("`{site}` não diz sua energia: calculado sem nobreak e sem gerador"),
            Gap::NoPower { site } => {
                format!("`{site}` says nothing of its power: neither batteries nor generator were assumed")
            }
            Gap::NoLink { site } if pt => format!("`{site}` não diz seus links: nenhuma queda foi contada"),
            Gap::NoLink { site } => format!("`{site}` has no link: nothing was assumed to fail"),
            Gap::LinkUnused { site } if pt => format!("nada passa para o segundo link de `{site}`"),
            Gap::LinkUnused { site } => format!("nothing changes over to the second link of `{site}`"),
            Gap::NoBackup if pt => "não há cópias: o que se perde foi contado como um ano de trabalho".to_owned(),
            Gap::NoBackup => "there are no copies: what is lost was counted as a year's work".to_owned(),
            Gap::ServiceLeftOut { service } if pt => format!("`{service}` ficou de fora: não se conhece seu nível"),
            Gap::ServiceLeftOut { service } => format!("`{service}` was left out: nobody knows its level"),
            Gap::Nowhere { workload } if pt => format!("nenhum nó pode rodar `{workload}`"),
            Gap::Nowhere { workload } => format!("no node can run `{workload}`"),
            Gap::NotInCatalogue { workload } if pt => format!("`{workload}` não está no catálogo: uma réplica basta"),
            Gap::NotInCatalogue { workload } => format!("`{workload}` is not in the catalogue: one replica is enough"),
            Gap::AtPublishedLevel if pt => {
                "o que é alugado foi contado tão ruim quanto seu contrato permite; a maioria funciona melhor".to_owned()
            }
            Gap::AtPublishedLevel => {
                "what is rented was counted as bad as its published level allows: most runs better".to_owned()
            }
            Gap::Nothing if pt => "não há nada que possa falhar".to_owned(),
            Gap::Nothing => "there is nothing that could fail".to_owned(),
            Gap::TooMany if pt => "há mais cargas do que as que foram olhadas".to_owned(),
            Gap::TooMany => "there are more workloads than were looked at".to_owned(),
        }
    }
}
