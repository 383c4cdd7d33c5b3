//! What an installation says of itself stands in what is rendered, so that nobody fills it in by hand; nothing else may stand there.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use aroeira_fleet::render::{Target, render};
use aroeira_fleet::{Catalogue, Language, Spec, plan, presets};

const FILLED: &str = r#"
[installation]
domain = "clinicas.com.br"
acme_email = "tls@provedor.com.br"
git_repository = "git@git.provedor.com.br:frota/frota.git"
registry = "ghcr.io/provedor/aroeira"
vault = "https://vault.provedor.com.br:8200"
secrets_role = "arn:aws:iam::123456789012:role/segredos"
backup_role = "arn:aws:iam::123456789012:role/copias"
logs_role = "arn:aws:iam::123456789012:role/registros"
logs_reader_role = "arn:aws:iam::123456789012:role/leitura-de-registros"
backup_store = "https://copias.provedor.com.br:9000"
backup_bucket = "provedor-copias"
cloud_project = "provedor-producao"
cloud_subscription = "7f2c1d44-3b1e-4d0a-9a6e-2f51c0de8a10"
cidr_pods = "10.200.0.0/16"
cidr_private = "172.20.0.0/14"
storage_driver = "csi.provedor.com.br"
mail_server = "smtp.provedor.com.br:2525"
mail_from = "alertas@provedor.com.br"
page = { email = "plantao@provedor.com.br", channel = "acorda" }
escalation = { email = "chefia@provedor.com.br" }
ticket = { email = "fila@provedor.com.br", channel = "fila" }
privacy = { email = "dpo@provedor.com.br" }
administrators = ["xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="]
"#;
/// What nobody may have to replace by hand.
const VACANT: [&str; 8] = [
    "example.org",
    "example.com",
    ".invalid",
    "project-000000",
    ":000000000000:",
    "00000000-0000",
    "AAAAAAAAAAAAAAAAAAAA",
    "10.244.0.0",
];

fn read(text: &str) -> Spec {
    Spec::read(text).unwrap_or_else(|errors| panic!("{errors:#?}\n{text}")).0
}

/// All files of all targets that suit.
fn everything(spec: &Spec) -> Vec<(String, String)> {
    let catalogue = Catalogue::built_in().unwrap();
    let plan = plan(spec, &catalogue);
    let files = Target::ALL.into_iter().filter_map(|target| {
        let files = render(spec, &catalogue, &plan, target, Language::English).ok()?;
        Some(files.iter().map(|(path, text)| (format!("{} {path}", target.id()), text.to_owned())).collect::<Vec<_>>())
    });
    files.flatten().collect()
}

/// Services that pods call by a name, and machines: each by its own name.
fn with_all(text: &str) -> String {
    let spec = read(text);
    let mut filled = format!("{text}\n{FILLED}");
    filled.push_str("[installation.services]\n");
    for service in &spec.services {
        filled.push_str(&format!("{} = \"{}.provedor.com.br\"\n", service.id, service.id));
    }
    for machine in &plan(&spec, &Catalogue::built_in().unwrap()).nodes {
        let key = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
        filled.push_str(&format!(
            "[installation.machines.{}]\npublic_key = \"{key}\"\nendpoint = \"203.0.113.7\"\n",
            machine.name
        ));
    }
    filled
}

#[test]
fn what_is_said_is_left_for_nobody_to_fill_in() {
    let examples = ["gcp", "azure", "aws"].map(|name| {
        let path = format!("{}/../../examples/fleet/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap()
    });
    let own = ["garage", "local-provider", "colocation", "hybrid", "hospital", "aws-enterprise"];
    let texts = own.iter().map(|name| presets::get(name).unwrap().to_owned()).chain(examples);
    for text in texts {
        for (path, text) in everything(&read(&with_all(&text))) {
            // What tells about them may name them.
            for line in text.lines().filter(|line| !path.ends_with(".md") && !line.trim_start().starts_with('#')) {
                let vacant = VACANT.iter().find(|vacant| line.contains(**vacant));
                assert!(vacant.is_none(), "{path}: {line}");
            }
        }
    }
}

#[test]
fn each_value_stands_where_it_belongs() {
    let files = everything(&read(&with_all(presets::get("colocation").unwrap())));
    let of = |target: &str| -> String {
        let of = files.iter().filter(|(path, _)| path.starts_with(target));
        of.map(|(_, text)| text.as_str()).collect()
    };
    assert!(
        of("kubernetes ").contains(".clinicas.com.br\"")
            && of("kubernetes ").contains("ghcr.io/provedor/aroeira:0.1.0")
    );
    assert!(of("helm ").contains("domain: \"clinicas.com.br\"") && of("helm ").contains("\"10.200.0.0/16\""));
    assert!(of("argocd ").contains("repoURL: git@git.provedor.com.br:frota/frota.git\n"));
    assert!(of("systemd ").contains("Endpoint = 203.0.113.7:51821\n"));
    let alerts = of("prometheus ");
    assert!(
        alerts.contains("to: \"dpo@provedor.com.br\"")
            && alerts.contains("smtp_smarthost: \"smtp.provedor.com.br:2525\"")
    );
    let garage = everything(&read(&with_all(presets::get("garage").unwrap())));
    assert!(garage.iter().any(|(_, text)| text.contains("${AROEIRA_IMAGE:-ghcr.io/provedor/aroeira:0.1.0}")));
}

#[test]
fn what_means_something_to_a_shell_or_to_yaml_is_refused() {
    let garage = presets::get("garage").unwrap();
    for wrong in [
        "domain = \"clinica\"",
        "domain = \"clinica.com.br; rm -rf /\"",
        "domain = \"a.b\\nx: y\"",
        "acme_email = \"a@b.c\\\" x: \\\"\"",
        "acme_email = \"-a@b.c\"",
        "git_repository = \"https://git.provedor.com.br/$(id)\"",
        "git_repository = \"file:///etc\"",
        "registry = \"aroeira\"",
        "registry = \"ghcr.io/provedor/aroeira}\"",
        "vault = \"http://vault.provedor.com.br\"",
        "secrets_role = \"x' y\"",
        "cidr_pods = \"10.0.0.0/33\"",
        "cidr_private = \"10.0.0.0\"",
        "mail_server = \"smtp.provedor.com.br\"",
        "mail_server = \"smtp.provedor.com.br:70000\"",
        "page = { channel = \"#plantao\" }",
        "administrators = [\"á\"]",
        "administrators = [\"AAAA\"]",
        "services = { nada = \"a.b.c\" }",
        "machines = { outra = { public_key = \"xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=\", endpoint = \"a.b\" } }",
        "platform = \"kubernetes\"",
        "senha = \"x\"",
    ] {
        let text = format!("{garage}\n[installation]\n{wrong}\n");
        let errors = Spec::read(&text).err().unwrap_or_else(|| panic!("{wrong} is taken"));
        let line = text.lines().position(|line| line == wrong).unwrap() + 1;
        assert!(errors.iter().all(|error| error.place.line == line), "{wrong}: {errors:#?}");
    }
}

#[test]
fn the_spec_may_say_what_runs_it() {
    let roll_out = |text: &str| {
        let files = everything(&read(text));
        let script = files.iter().find(|(path, _)| path.ends_with("roll-out.sh")).unwrap().1.clone();
        let scraped =
            files.iter().find(|(path, _)| path.ends_with("/prometheus.yml") || path == "prometheus prometheus.yml");
        (script, scraped.unwrap().1.clone())
    };
    let hospital = presets::get("hospital").unwrap();
    let (script, scraped) = roll_out(hospital);
    assert!(script.contains("systemctl") && !scraped.contains("kubernetes_sd_configs"));
    let (script, scraped) = roll_out(&format!("{hospital}\n[installation]\nplatform = \"kubernetes\"\n"));
    assert!(script.contains("kubectl") && scraped.contains("kubernetes_sd_configs"));
    let (script, scraped) =
        roll_out(&format!("{}\n[installation]\nplatform = \"systemd\"\n", presets::get("garage").unwrap()));
    assert!(script.contains("systemctl") && scraped.contains("127.0.0.1:8101"));
}

/// The manifests of a kind and name.
fn manifests<'a>(files: &'a [(String, String)], kind: &str, name: &str) -> Vec<&'a str> {
    let all =
        files.iter().filter(|(path, _)| path.starts_with("kubernetes ")).flat_map(|(_, text)| text.split("\n---\n"));
    let names = [format!("  name: {name}"), format!("  name: \"{name}\"")];
    let named = |text: &str| text.lines().any(|line| names.iter().any(|name| name == line));
    all.filter(|text| text.lines().any(|line| line == format!("kind: {kind}")) && named(text)).collect()
}

/// Whether any of these NetworkPolicies lets a port through.
fn lets(policies: &[&str], port: u16) -> bool {
    policies.iter().any(|text| text.lines().any(|line| line.trim() == format!("port: {port}")))
}

#[test]
fn ports_of_others_are_let_through() {
    let files = everything(&read(&with_all(presets::get("colocation").unwrap())));
    let postgresql = manifests(&files, "NetworkPolicy", "postgresql");
    assert!(lets(&postgresql, 9000), "{postgresql:#?}");
    let files = everything(&read(&with_all(presets::get("hospital").unwrap())));
    let alertmanager = manifests(&files, "NetworkPolicy", "alertmanager");
    assert!(lets(&alertmanager, 2525) && !lets(&alertmanager, 587), "{alertmanager:#?}");
}

#[test]
fn logs_at_aws_are_written_and_read_by_accounts_that_terraform_makes() {
    let path = format!("{}/../../examples/fleet/aws.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let files = everything(&read(&with_all(&text)));
    let of = |start: &str, end: &str| -> String {
        let of = files.iter().filter(|(path, _)| path.starts_with(start) && path.ends_with(end));
        of.map(|(_, text)| text.as_str()).collect()
    };
    let (terraform, kubernetes) = (of("terraform ", "access.tf"), of("kubernetes ", ".yaml"));
    let group = "clinicas-aws";
    assert!(kubernetes.contains(&format!("log_group_name: \"{group}\"")));
    assert!(
        terraform.contains("\"aws_cloudwatch_log_group\" \"aroeira\" {\n")
            && terraform.contains(&format!("= \"{group}\"\n"))
    );
    for (account, role) in [("otel-collector", "registros"), ("grafana", "leitura-de-registros")] {
        assert!(
            terraform.contains(&format!("system:serviceaccount:clinicas-aws-observability:{account}\"")),
            "{terraform}"
        );
        let role = format!("eks.amazonaws.com/role-arn: \"arn:aws:iam::123456789012:role/{role}\"");
        let account = manifests(&files, "ServiceAccount", account);
        assert!(account.iter().any(|text| text.contains(&role)), "{account:?}");
    }
    assert!(lets(&manifests(&files, "NetworkPolicy", "grafana"), 443));
}
