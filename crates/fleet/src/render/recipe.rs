//! What a container needs to be told beside its image: where it keeps its data, as whom it runs, which secrets it reads from files.
//! Of images of others only what their own documentation says; an image that is not known here keeps its data in `/data`.

use super::scene::App;

/// How an image is run.
#[derive(Clone, Copy)]
pub(super) struct Recipe {
    /// Where it keeps its data.
    pub(super) data: &'static str,
    /// User and group it runs as; empty for its image's own.
    pub(super) user: &'static str,
    /// Words after the image.
    pub(super) command: &'static [&'static str],
    pub(super) environment: &'static [(&'static str, &'static str)],
    /// Secrets, read from `/run/secrets/NAME`.
    pub(super) secrets: &'static [&'static str],
    /// Where it writes what need not last.
    pub(super) temporary: &'static [&'static str],
    /// What says that it serves, run inside of it; empty where its image has nothing that could.
    pub(super) healthy: &'static [&'static str],
    /// It begins as root and then steps down: what it needs for that.
    pub(super) capabilities: &'static [&'static str],
}

const PLAIN: Recipe = Recipe {
    data: "/data",
    user: "",
    command: &[],
    environment: &[],
    secrets: &[],
    temporary: &["/tmp"],
    healthy: &[],
    capabilities: &[],
};
/// What an entrypoint takes that gives its directory to its own user.
const STEPS_DOWN: &[&str] = &["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"];

/// The recipe of an entry.
pub(super) fn of(app: &App<'_>) -> Recipe {
    match app.entry.id.as_str() {
        "postgresql" => Recipe {
            data: "/var/lib/postgresql/data",
            environment: &[
                ("PGDATA", "/var/lib/postgresql/data/pgdata"),
                ("POSTGRES_PASSWORD_FILE", "/run/secrets/postgresql-password"),
                ("POSTGRES_INITDB_ARGS", "--auth-host=scram-sha-256 --data-checksums"),
            ],
            secrets: &["postgresql-password"],
            temporary: &["/tmp", "/run/postgresql"],
            healthy: &["pg_isready", "--quiet"],
            capabilities: STEPS_DOWN,
            ..PLAIN
        },
        "mysql" => Recipe {
            data: "/var/lib/mysql",
            environment: &[
                ("MYSQL_ROOT_PASSWORD_FILE", "/run/secrets/mysql-root-password"),
                ("MYSQL_DATABASE", "wordpress"),
                ("MYSQL_USER", "wordpress"),
                ("MYSQL_PASSWORD_FILE", "/run/secrets/mysql-password"),
            ],
            secrets: &["mysql-password", "mysql-root-password"],
            temporary: &["/tmp", "/run/mysqld"],
            healthy: &["mysqladmin", "ping", "--silent"],
            capabilities: STEPS_DOWN,
            ..PLAIN
        },
        "mongodb" => Recipe {
            data: "/data/db",
            environment: &[
                ("MONGO_INITDB_ROOT_USERNAME", "root"),
                ("MONGO_INITDB_ROOT_PASSWORD_FILE", "/run/secrets/mongodb-password"),
            ],
            secrets: &["mongodb-password"],
            healthy: &["mongosh", "--quiet", "--eval", "db.adminCommand('ping')"],
            capabilities: STEPS_DOWN,
            ..PLAIN
        },
        "valkey" => Recipe {
            command: &["valkey-server", "/run/secrets/valkey-conf", "--dir", "/data", "--appendonly", "yes"],
            secrets: &["valkey-conf"],
            healthy: &["valkey-cli", "ping"],
            capabilities: STEPS_DOWN,
            ..PLAIN
        },
        "prometheus" => Recipe {
            data: "/prometheus",
            user: "65534:65534",
            healthy: &["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:9090/-/ready"],
            ..PLAIN
        },
        "grafana" => Recipe {
            data: "/var/lib/grafana",
            user: "472:0",
            environment: &[("GF_SECURITY_ADMIN_PASSWORD__FILE", "/run/secrets/grafana-password")],
            secrets: &["grafana-password"],
            healthy: &["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:3000/api/health"],
            ..PLAIN
        },
        "loki" => Recipe { data: "/loki", user: "10001:10001", ..PLAIN },
        "object-store" => Recipe {
            command: &["server", "-dir=/data", "-s3", "-s3.config=/run/secrets/object-store-conf"],
            secrets: &["object-store-conf"],
            capabilities: STEPS_DOWN,
            ..PLAIN
        },
        "ollama" => Recipe { data: "/root/.ollama", healthy: &["ollama", "list"], ..PLAIN },
        "vllm" => Recipe { data: "/root/.cache/huggingface", ..PLAIN },
        "whisper" => Recipe { data: "/models", ..PLAIN },
        "wordpress" => Recipe {
            data: "/var/www/html",
            environment: &[
                ("WORDPRESS_DB_HOST", "mysql"),
                ("WORDPRESS_DB_USER", "wordpress"),
                ("WORDPRESS_DB_PASSWORD_FILE", "/run/secrets/mysql-password"),
            ],
            secrets: &["mysql-password"],
            temporary: &["/tmp", "/run/apache2", "/run/lock"],
            healthy: &["curl", "--fail", "--silent", "--output", "/dev/null", "http://127.0.0.1/wp-login.php"],
            capabilities: &["CHOWN", "DAC_OVERRIDE", "FOWNER", "NET_BIND_SERVICE", "SETGID", "SETUID"],
            ..PLAIN
        },
        _ => PLAIN,
    }
}

/// The image, by its whole name. The one of CloudNativePG runs under its operator alone: elsewhere it is PostgreSQL's own.
pub(super) fn image(app: &App<'_>) -> String {
    let image = app.entry.image.as_deref().unwrap_or_default();
    if let Some(tag) = image.strip_prefix("ghcr.io/cloudnative-pg/postgresql:") {
        return format!("docker.io/library/postgres:{tag}");
    }
    image.to_owned()
}

/// The same with its registry, which podman does not guess. What nobody publishes is built or fetched by the provider.
pub(super) fn whole_image(app: &App<'_>) -> String {
    let image = image(app);
    let published = matches!(app.entry.id.as_str(), "mysql" | "mongodb" | "wordpress" | "websocket");
    match image.split_once('/') {
        Some((registry, _)) if registry.contains('.') => image,
        Some(_) => format!("docker.io/{image}"),
        None if published => format!("docker.io/library/{image}"),
        None => format!("localhost/{image}"),
    }
}

/// The most it may take, in thousandths of a core: never less than one, for what comes in bursts (signing in derives a key).
pub(super) fn cpu(app: &App<'_>) -> u64 {
    app.most_millicores().max(1000)
}

/// As `cpu`, in cores.
pub(super) fn cpus(app: &App<'_>) -> String {
    let most = cpu(app);
    format!("{}.{:02}", most / 1000, most % 1000 / 10)
}
