//! Alerts on what people do at the doors: counts of the journals, no name of a clinic, a person or a record.

use crate::render::scene::Scene;

use super::alert::{Alert, Group, Series, Severity, Trial};

const INSTANCE: &[(&str, &str)] = &[("instance", "a:8080")];

fn events(event: &str, values: &'static str) -> Series {
    let name = format!("aroeira_journal_entries_total{{job=\"aroeira\",instance=\"a:8080\",event=\"{event}\"}}");
    Series::new(name, values)
}

fn trial(at: &'static str, fires: Vec<Series>, quiet: Vec<Series>) -> Trial {
    Trial::new(at, INSTANCE, fires, quiet)
}

/// How often an event stands in the journals, by server.
fn counted(event: &str, window: &str, above: u32) -> std::borrow::Cow<'static, str> {
    format!("sum by (instance) (increase(aroeira_journal_entries_total{{event=\"{event}\"}}[{window}])) > {above}")
        .into()
}

pub(super) fn groups(scene: &Scene<'_>) -> Vec<Group> {
    vec![Group {
        name: "security",
        area: "security",
        alerts: [doors(scene), charts(scene)].into_iter().flatten().collect(),
    }]
}

fn doors(scene: &Scene<'_>) -> Vec<Alert> {
    let refused =
        |values| Series::new(r#"aroeira_limits_hit_total{job="aroeira",instance="a:8080",class="sign_in"}"#, values);
    let locked = |values| Series::new(r#"aroeira_lockouts_total{job="aroeira",instance="a:8080"}"#, values);
    vec![
        Alert {
            name: "SignInAttack",
            severity: Severity::Page,
            expr: "sum by (instance) (increase(aroeira_journal_entries_total{event=\"login-failed\"}[5m])) + sum by (instance) (increase(aroeira_limits_hit_total{class=\"sign_in\"}[5m])) > 60".into(),
            hold: "2m",
            summary: scene.say(
                "Mais de doze senhas erradas por minuto em {{ $labels.instance }}",
                "More than twelve wrong passwords a minute on {{ $labels.instance }}",
            ),
            description: scene.say(
                "Alguém experimenta senhas. As contas se bloqueiam sozinhas e cada endereço tem um limite, mas quem atende pode ficar do lado de fora.",
                "Somebody is trying out passwords. Accounts lock by themselves and each address has a limit, but staff may be shut out.",
            ),
            trial: trial(
                "10m",
                vec![events("login-failed", "0+10x20"), refused("0+5x20")],
                vec![events("login-failed", "0+8x20"), refused("0+2x20")],
            ),
        },
        Alert {
            name: "AccountsLocked",
            severity: Severity::Ticket,
            expr: "sum by (instance) (increase(aroeira_lockouts_total[15m])) > 5".into(),
            hold: "0m",
            summary: scene.say(
                "Mais de cinco contas bloqueadas em quinze minutos em {{ $labels.instance }}",
                "More than five accounts locked in fifteen minutes on {{ $labels.instance }}",
            ),
            description: scene.say(
                "Pode ser um ataque distribuído, ou um programa com a senha antiga. Quem está bloqueado não atende.",
                "It may be a distributed attack, or a program with an old password. Whoever is locked out cannot see patients.",
            ),
            trial: trial("20m", vec![locked("0+1x30")], vec![locked("0x10 3x20")]),
        },
    ]
}

fn charts(scene: &Scene<'_>) -> Vec<Alert> {
    vec![
        Alert {
            name: "BreakGlass",
            severity: Severity::Ticket,
            expr: counted("emergency", "15m", 0),
            hold: "0m",
            summary: scene.say(
                "Acesso de emergência a um prontuário em {{ $labels.instance }}",
                "Emergency access to a patient record on {{ $labels.instance }}",
            ),
            description: scene.say(
                "Alguém abriu um prontuário que não acompanha, com justificativa. A LGPD pede que o encarregado veja cada caso.",
                "Somebody opened the record of a patient not in their care, and gave a reason. The LGPD asks the data protection officer to look at each case.",
            ),
            trial: trial(
                "20m",
                vec![events("emergency", "0x14 1x20")],
                vec![events("emergency", "4x40"), events("read", "0+9x40")],
            ),
        },
        Alert {
            name: "BreakGlassMany",
            severity: Severity::Page,
            expr: counted("emergency", "1h", 20),
            hold: "0m",
            summary: scene.say(
                "Mais de vinte acessos de emergência em uma hora em {{ $labels.instance }}",
                "More than twenty emergency accesses in an hour on {{ $labels.instance }}",
            ),
            description: scene.say(
                "Ou há uma emergência de verdade, ou alguém percorre prontuários que não são seus.",
                "Either there is a real emergency, or somebody is going through records of patients not in their care.",
            ),
            trial: trial("90m", vec![events("emergency", "0+1x100")], vec![events("emergency", "0x60 9x40")]),
        },
        Alert {
            name: "DeniedMany",
            severity: Severity::Ticket,
            expr: counted("denied", "15m", 100),
            hold: "5m",
            summary: scene.say(
                "Mais de cem acessos negados em quinze minutos em {{ $labels.instance }}",
                "More than a hundred denied accesses in fifteen minutes on {{ $labels.instance }}",
            ),
            description: scene.say(
                "Alguém, ou um programa, tenta o que o seu papel não permite.",
                "Somebody, or a program, is trying what their role does not allow.",
            ),
            trial: trial("40m", vec![events("denied", "0+10x60")], vec![events("denied", "0+4x60")]),
        },
    ]
}
