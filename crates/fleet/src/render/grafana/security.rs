//! The dashboard of what happens at the doors and at charts: counts, no name of anybody.

use crate::render::scene::Scene;

use super::panel::{Dashboard, Panel, lines, number};

pub(super) fn dashboard(scene: &Scene<'_>) -> Dashboard {
    Dashboard {
        uid: "aroeira-security",
        title: scene.say("Segurança e privacidade", "Security and privacy").into(),
        description: scene.say(
            "Entradas, recusas e acessos de emergência, em números; quem foi está no diário de cada clínica.",
            "Sign-ins, refusals and emergency accesses, in numbers; each clinic's journal says who it was.",
        ),
        of_instance: true,
        panels: [heads(scene), doors(scene), accounts(scene), charts(scene)].into_iter().flatten().collect(),
    }
}

/// How often an event stands in the journals of a day.
fn in_a_day(title: &'static str, event: &str, colours: &[(f64, &'static str)], description: &'static str) -> Panel {
    let expr = format!(r#"sum(increase(aroeira_journal_entries_total{{instance=~"$instance",event="{event}"}}[24h]))"#);
    number(title, "short", expr, colours, description)
}

fn heads(scene: &Scene<'_>) -> Vec<Panel> {
    vec![
        in_a_day(
            scene.say("Entradas em 24 h", "Sign-ins in 24 h"),
            "login",
            &[(0.0, "blue")],
            scene.say("Sessões iniciadas com a senha certa.", "Sessions begun with the right password."),
        ),
        in_a_day(
            scene.say("Senhas erradas em 24 h", "Wrong passwords in 24 h"),
            "login-failed",
            &[(0.0, "green"), (100.0, "orange"), (1000.0, "red")],
            scene.say(
                "Tentativas recusadas: senha ou segundo fator errados, ou conta bloqueada.",
                "Refused attempts: wrong password or second factor, or a locked account.",
            ),
        ),
        number(
            scene.say("Contas bloqueadas em 24 h", "Accounts locked in 24 h"),
            "short",
            r#"sum(increase(aroeira_lockouts_total{instance=~"$instance"}[24h]))"#,
            &[(0.0, "green"), (5.0, "orange"), (50.0, "red")],
            scene.say(
                "Contas que se bloquearam depois de senhas erradas seguidas.",
                "Accounts that locked after wrong passwords in a row.",
            ),
        ),
        in_a_day(
            scene.say("Acessos de emergência em 24 h", "Emergency accesses in 24 h"),
            "emergency",
            &[(0.0, "green"), (1.0, "orange"), (20.0, "red")],
            scene.say(
                "Prontuários abertos com justificativa por quem não acompanha o paciente.",
                "Patient records opened, with a reason given, by somebody not caring for the patient.",
            ),
        ),
        in_a_day(
            scene.say("Acessos negados em 24 h", "Denied accesses in 24 h"),
            "denied",
            &[(0.0, "green"), (100.0, "orange")],
            scene.say(
                "Pedidos que o papel de quem pediu não permite.",
                "Requests that the role of whoever asked does not allow.",
            ),
        ),
        in_a_day(
            scene.say("Conferências do diário em 24 h", "Journal checks in 24 h"),
            "verify",
            &[(0.0, "blue")],
            scene.say(
                "Quantas vezes alguém conferiu a cadeia de um diário.",
                "How often somebody checked the chain of a journal.",
            ),
        ),
    ]
}

fn doors(scene: &Scene<'_>) -> Vec<Panel> {
    vec![
        lines(
            scene.say("Entradas", "Sign-ins"),
            "ops",
            &[
                (
                    r#"sum(rate(aroeira_journal_entries_total{instance=~"$instance",event="login"}[$__rate_interval]))"#,
                    scene.say("senha certa", "right password"),
                ),
                (
                    r#"sum(rate(aroeira_journal_entries_total{instance=~"$instance",event="login-failed"}[$__rate_interval]))"#,
                    scene.say("recusada", "refused"),
                ),
            ],
            &[(0.0, "green"), (0.2, "red")],
            scene.say(
                "Por segundo. Acima de 0,2 recusas por segundo (doze por minuto) o plantão é acordado.",
                "Per second. Above 0.2 refusals per second (twelve per minute) whoever is on call is woken.",
            ),
        ),
        lines(
            scene.say(
                "Recusas por limite, antes de conferir a senha",
                "Refusals by limit, before the password is checked",
            ),
            "ops",
            &[(
                r#"sum by (class) (rate(aroeira_limits_hit_total{instance=~"$instance",class=~"sign_in|anonymous"}[$__rate_interval]))"#,
                "{{class}}",
            )],
            &[(0.0, "green"), (1.0, "red")],
            scene.say("Endereços que tentam mais vezes do que podem.", "Addresses that try more often than they may."),
        ),
    ]
}

fn accounts(scene: &Scene<'_>) -> Vec<Panel> {
    vec![
        lines(
            scene.say("Respostas 401 e 403", "401 and 403 responses"),
            "reqps",
            &[(
                r#"sum by (status) (rate(aroeira_http_requests_total{instance=~"$instance",status=~"401|403"}[$__rate_interval]))"#,
                "{{status}}",
            )],
            &[(0.0, "green")],
            scene.say(
                "401: sem sessão. 403: com sessão, sem direito.",
                "401: not signed in. 403: signed in, but not allowed.",
            ),
        ),
        lines(
            scene.say("Contas", "Accounts"),
            "ops",
            &[(
                r#"sum by (event) (rate(aroeira_journal_entries_total{instance=~"$instance",event=~"user-management|password|second-factor|lock|unlock"}[$__rate_interval]))"#,
                "{{event}}",
            )],
            &[(0.0, "green")],
            scene.say(
                "Contas criadas ou mudadas, senhas e segundos fatores trocados, telas bloqueadas.",
                "Accounts created or changed, passwords and second factors changed, screens locked.",
            ),
        ),
    ]
}

fn charts(scene: &Scene<'_>) -> Vec<Panel> {
    vec![
        lines(
            scene.say("Acessos de emergência", "Emergency accesses"),
            "short",
            &[(
                r#"sum by (instance) (increase(aroeira_journal_entries_total{instance=~"$instance",event="emergency"}[1h]))"#,
                "{{instance}}",
            )],
            &[(0.0, "green"), (20.0, "red")],
            scene.say(
                "Por hora e servidor. Acima de vinte o plantão é acordado.",
                "Per hour and server. Above twenty whoever is on call is woken.",
            ),
        ),
        lines(
            scene.say("O que sai", "What leaves"),
            "ops",
            &[(
                r#"sum by (event) (rate(aroeira_journal_entries_total{instance=~"$instance",event=~"print|export|search"}[$__rate_interval]))"#,
                "{{event}}",
            )],
            &[(0.0, "green")],
            scene.say(
                "Impressões, exportações e buscas: um salto fora do padrão merece um olhar no diário.",
                "Printing, exports and searches: an unusual jump deserves a look at the journal.",
            ),
        ),
    ]
}
