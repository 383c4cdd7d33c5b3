//! What tests of this repository show of Aroeira: a test that goes takes its proof with it.

/// By name: what tests of this repository show of Aroeira, in both languages; the file, and the test in it.
pub(super) const TESTS: &[(&str, &str, &str, &str, &str)] = &[
    (
        "files-encrypted",
        "nada de um paciente se lê nos arquivos do Aroeira",
        "nothing of a patient can be read from Aroeira's files",
        "crates/aroeira/tests/all/logs.rs",
        "nothing_of_a_patient_can_be_read_from_the_files",
    ),
    (
        "logs-clean",
        "nada de um paciente nem segredo sai pelo log",
        "nothing of a patient and no secret leaves by the log",
        "crates/aroeira/tests/all/logs.rs",
        "nothing_of_a_patient_or_of_a_secret_leaves_by_the_log",
    ),
    (
        "roles-hold",
        "toda rota responde a cada papel como a tabela diz",
        "every route answers every role as the table says",
        "crates/aroeira/tests/all/matrix.rs",
        "every_route_answers_every_role_as_the_table_says",
    ),
    (
        "trail-complete",
        "toda chamada deixa um registro, também as recusadas",
        "every call leaves one entry, refusals too",
        "crates/clinic/tests/clinic/access.rs",
        "every_call_leaves_one_entry_and_refusals_too",
    ),
    (
        "trail-evident",
        "uma trilha de auditoria cortada é encontrada",
        "an audit trail that was cut is found",
        "crates/aroeira/tests/all/commands.rs",
        "a_tail_that_was_cut_is_found_and_the_clinic_is_not_served",
    ),
    (
        "trail-read",
        "a trilha se filtra por dia, evento, usuário e prontuário",
        "the trail is filtered by day, event, user and record",
        "crates/clinic/tests/clinic/audit.rs",
        "the_trail_is_filtered_by_day_event_user_and_record",
    ),
    (
        "tls",
        "TLS vem de arquivos, e http simples é mandado adiante",
        "TLS comes from files, and plain http is sent on",
        "crates/aroeira/tests/all/shutdown.rs",
        "tls_comes_from_files_and_plain_http_is_sent_on",
    ),
    (
        "guessing-bounded",
        "tentativas de entrada têm limite por endereço",
        "attempts to sign in are limited by address",
        "crates/aroeira/tests/all/guards.rs",
        "an_address_may_sign_in_twenty_times_a_minute",
    ),
    (
        "accounts-lock",
        "uma conta se tranca depois de falhas",
        "an account locks after failures",
        "crates/clinic/tests/clinic/sessions.rs",
        "an_account_locks_after_failures_and_opens_with_time",
    ),
    (
        "passwords-ruled",
        "senhas têm regras e não se repetem",
        "passwords have rules and are not used again",
        "crates/clinic/tests/clinic/sessions.rs",
        "passwords_have_rules_and_the_last_two_are_not_used_again",
    ),
    (
        "second-factor",
        "um segundo fator é pedido quando confirmado",
        "a second factor is asked for once confirmed",
        "crates/clinic/tests/clinic/sessions.rs",
        "a_second_factor_is_asked_for_once_confirmed_and_a_code_is_taken_once",
    ),
    (
        "sessions-end",
        "papéis e desativação valem na hora",
        "roles and deactivation take effect at once",
        "crates/clinic/tests/clinic/sessions.rs",
        "roles_and_deactivation_take_effect_at_once",
    ),
    (
        "idle-locks",
        "uma tela parada se tranca",
        "an idle screen locks",
        "crates/clinic/tests/clinic/sessions.rs",
        "an_idle_screen_locks_and_the_password_opens_it",
    ),
    (
        "masked",
        "o que um papel não vê, não chega a ele",
        "what a role does not see does not reach it",
        "crates/clinic/tests/clinic/leaks.rs",
        "nothing_clinical_reaches_reception_or_the_administrator",
    ),
    (
        "own-chart",
        "um paciente vê o próprio prontuário e nada dos outros",
        "a patient sees their own chart and nothing of others",
        "crates/clinic/tests/clinic/leaks.rs",
        "a_patient_sees_their_own_chart_and_nothing_tells_of_others",
    ),
    (
        "break-glass",
        "o acesso de emergência dura uma hora, à vista do administrador",
        "break-glass lasts an hour, in sight of the administrator",
        "crates/clinic/tests/clinic/care.rs",
        "break_glass_opens_a_chart_for_one_hour_in_sight_of_the_administrator",
    ),
    (
        "history",
        "o histórico diz quem, quando, por que e o quê",
        "the history says who, when, why and what",
        "crates/clinic/tests/clinic/records.rs",
        "the_history_says_who_when_why_and_what",
    ),
    (
        "nothing-lost",
        "nada que foi confirmado se perde quando o processo é morto",
        "nothing that was acknowledged is lost when the process is killed",
        "crates/aroeira/tests/all/kill9.rs",
        "fifty_kills_lose_nothing_that_was_acknowledged",
    ),
    (
        "input-checked",
        "pedidos têm limites de tamanho, profundidade e tipo",
        "requests are bounded in size, depth and type",
        "crates/aroeira/tests/all/guards.rs",
        "bodies_are_bounded_in_size_depth_and_type",
    ),
    (
        "forgery-refused",
        "um cookie sozinho não muda nada",
        "a cookie alone changes nothing",
        "crates/aroeira/tests/all/guards.rs",
        "a_cookie_alone_changes_nothing",
    ),
    (
        "config-checked",
        "configuração errada é recusada, e segredos nunca são mostrados",
        "wrong configuration is refused, and secrets are never shown",
        "crates/aroeira/tests/all/commands.rs",
        "what_is_wrong_with_the_configuration_is_named_with_its_remedy",
    ),
    (
        "metrics",
        "saúde e métricas dizem o que importa, e nenhum segredo",
        "health and metrics say what matters, and no secret",
        "crates/aroeira/tests/all/guards.rs",
        "health_and_metrics_say_what_matters_and_no_secret",
    ),
    (
        "key-alone",
        "a chave mestra é criada uma vez, só para o dono",
        "the master key is made once, for its owner alone",
        "crates/store/tests/store/installation.rs",
        "a_master_key_is_made_once_for_its_owner_alone",
    ),
    (
        "clinics-apart",
        "os arquivos de uma instalação não abrem com a chave de outra",
        "files of one installation do not open with another's key",
        "crates/aroeira/tests/all/commands.rs",
        "a_clinic_of_another_installation_opens_with_no_key_but_its_own",
    ),
];

/// Tests that prove something: the file, and the test in it.
#[must_use]
pub fn tests() -> Vec<(&'static str, &'static str)> {
    TESTS.iter().map(|(.., file, test)| (*file, *test)).collect()
}
