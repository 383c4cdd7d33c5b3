//! The dashboard of what happens at the doors and at charts: counts, no name of anybody.

use super::panel::{Dashboard, Panel, lines, number};

pub(super) fn dashboard() -> Dashboard {
    Dashboard {
        uid: "aroeira-security",
        title: "Segurança e privacidade".into(),
        description: "Entradas, recusas e acessos de emergência, em números; quem foi está no diário de cada clínica.",
        of_instance: true,
        panels: [heads(), doors(), charts()].into_iter().flatten().collect(),
    }
}

/// How often an event stands in the journals of a day.
fn in_a_day(title: &'static str, event: &str, colours: &[(f64, &'static str)], description: &'static str) -> Panel {
    let expr = format!(r#"sum(increase(aroeira_journal_entries_total{{instance=~"$instance",event="{event}"}}[24h]))"#);
    number(title, "short", expr, colours, description)
}

fn heads() -> Vec<Panel> {
    vec![
        in_a_day("Entradas em 24 h", "login", &[(0.0, "blue")], "Sessões iniciadas com a senha certa."),
        in_a_day(
            "Senhas erradas em 24 h",
            "login-failed",
            &[(0.0, "green"), (100.0, "orange"), (1000.0, "red")],
            "Tentativas recusadas: senha ou segundo fator errados, ou conta bloqueada.",
        ),
        number(
            "Contas bloqueadas em 24 h",
            "short",
            r#"sum(increase(aroeira_lockouts_total{instance=~"$instance"}[24h]))"#,
            &[(0.0, "green"), (5.0, "orange"), (50.0, "red")],
            "Contas que se bloquearam depois de senhas erradas seguidas.",
        ),
        in_a_day(
            "Acessos de emergência em 24 h",
            "emergency",
            &[(0.0, "green"), (1.0, "orange"), (20.0, "red")],
            "Prontuários abertos com justificativa por quem não acompanha o paciente.",
        ),
        in_a_day(
            "Acessos negados em 24 h",
            "denied",
            &[(0.0, "green"), (100.0, "orange")],
            "Pedidos que o papel de quem pediu não permite.",
        ),
        in_a_day(
            "Conferências do diário em 24 h",
            "verify",
            &[(0.0, "blue")],
            "Quantas vezes alguém conferiu a cadeia de um diário.",
        ),
    ]
}

fn doors() -> Vec<Panel> {
    vec![
        lines(
            "Entradas",
            "ops",
            &[
                (
                    r#"sum(rate(aroeira_journal_entries_total{instance=~"$instance",event="login"}[$__rate_interval]))"#,
                    "senha certa",
                ),
                (
                    r#"sum(rate(aroeira_journal_entries_total{instance=~"$instance",event="login-failed"}[$__rate_interval]))"#,
                    "recusada",
                ),
            ],
            &[(0.0, "green"), (0.2, "red")],
            "Por segundo. Acima de 0,2 recusas por segundo (doze por minuto) o plantão é acordado.",
        ),
        lines(
            "Recusas por limite, antes de conferir a senha",
            "ops",
            &[(
                r#"sum by (class) (rate(aroeira_limits_hit_total{instance=~"$instance",class=~"sign_in|anonymous"}[$__rate_interval]))"#,
                "{{class}}",
            )],
            &[(0.0, "green"), (1.0, "red")],
            "Endereços que tentam mais vezes do que podem.",
        ),
        lines(
            "Respostas 401 e 403",
            "reqps",
            &[(
                r#"sum by (status) (rate(aroeira_http_requests_total{instance=~"$instance",status=~"401|403"}[$__rate_interval]))"#,
                "{{status}}",
            )],
            &[(0.0, "green")],
            "401: sem sessão. 403: com sessão, sem direito.",
        ),
        lines(
            "Contas",
            "ops",
            &[(
                r#"sum by (event) (rate(aroeira_journal_entries_total{instance=~"$instance",event=~"user-management|password|second-factor|lock|unlock"}[$__rate_interval]))"#,
                "{{event}}",
            )],
            &[(0.0, "green")],
            "Contas criadas ou mudadas, senhas e segundos fatores trocados, telas bloqueadas.",
        ),
    ]
}

fn charts() -> Vec<Panel> {
    vec![
        lines(
            "Acessos de emergência",
            "short",
            &[(
                r#"sum by (instance) (increase(aroeira_journal_entries_total{instance=~"$instance",event="emergency"}[1h]))"#,
                "{{instance}}",
            )],
            &[(0.0, "green"), (20.0, "red")],
            "Por hora e servidor. Acima de vinte o plantão é acordado.",
        ),
        lines(
            "O que sai",
            "ops",
            &[(
                r#"sum by (event) (rate(aroeira_journal_entries_total{instance=~"$instance",event=~"print|export|search"}[$__rate_interval]))"#,
                "{{event}}",
            )],
            &[(0.0, "green")],
            "Impressões, exportações e buscas: um salto fora do padrão merece um olhar no diário.",
        ),
    ]
}
