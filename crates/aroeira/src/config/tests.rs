use super::*;

fn with(file: &str, environment: &[(&str, &str)]) -> Result<Config> {
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::layered(Some((Path::new("clinic.toml"), file)), environment, &[])
}

#[test]
fn the_defaults_are_valid_and_the_later_layer_wins() {
    let config = Config::layered(None, [], &[]).unwrap();
    assert_eq!(config.access.idle_minutes, 15);
    assert!(!config.print().contains("# from"));

    let file = "[access]\nidle_minutes = 20\nlock_after = 4\n[server]\ncors = [\"https://a.example\"]";
    let environment =
        [("AROEIRA_ACCESS__IDLE_MINUTES", "25"), ("AROEIRA_SERVER__CORS", "https://b.example, https://c.example")];
    let config = with(file, &environment).unwrap();
    assert_eq!((config.access.idle_minutes, config.access.lock_after), (25, 4));
    let printed = config.print();
    assert!(printed.contains("idle_minutes = 25  # from the environment: AROEIRA_ACCESS__IDLE_MINUTES"), "{printed}");
    assert!(printed.contains("lock_after = 4  # from clinic.toml"), "{printed}");
    assert!(printed.contains("cors = [\"https://b.example\", \"https://c.example\"]  # from"), "{printed}");

    let given = [("server.listen", "--port", Value::String("127.0.0.1:9000".into()))];
    let config = Config::layered(None, [("AROEIRA_SERVER__LISTEN".into(), "127.0.0.1:1".into())], &given).unwrap();
    assert_eq!(config.web().unwrap().listen, ["127.0.0.1:9000".parse().unwrap()]);
}

#[test]
fn the_web_server_gets_every_value() {
    let config = Config::layered(None, [], &[]).unwrap();
    // The defaults written down are those the server has.
    assert_eq!(format!("{:?}", config.web().unwrap()), format!("{:?}", aroeira_web::Options::default()));
    let file = "[server]\ntls_certificate = \"a.pem\"\ntls_key = \"a.key\"\nredirect_from = \"0.0.0.0:80\"\n[limits]\nuser = 0";
    let options = with(file, &[]).unwrap().web().unwrap();
    assert_eq!(options.tls.unwrap().key, Path::new("a.key"));
    assert_eq!(options.redirect, Some("0.0.0.0:80".parse().unwrap()));
    assert_eq!(options.limits.user, 0);
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_one() {
    let failure = with("[acess]\ncare = \"team\"", &[]).unwrap_err();
    assert!(failure.error.contains("acess.care") && failure.error.contains("clinic.toml"), "{failure:?}");
    assert!(failure.help.contains("access.care"), "{failure:?}");
    let failure = with("", &[("AROEIRA_LIMITS__USERS", "9")]).unwrap_err();
    assert!(failure.error.contains("AROEIRA_LIMITS__USERS"), "{failure:?}");
    assert!(failure.help.contains("AROEIRA_LIMITS__USER?"), "{failure:?}");
    assert_eq!(with("", &[("AROEIRA_DATA", "x")]).unwrap_err().code, Code::Usage);
    assert_eq!(with("data = 1", &[]).unwrap_err().code, Code::Usage);
    assert_eq!(with("[clinics]", &[]).unwrap_err().code, Code::Usage);
    let failure = with("[keys]\nmaster = \"c2VjcmV0", &[]).unwrap_err();
    assert!(failure.error.contains("line 2") && !failure.error.contains("c2VjcmV0"), "{failure:?}");
}

#[test]
fn a_wrong_value_names_its_key_and_the_remedy() {
    for (file, key) in [
        ("[access]\nidle_minutes = \"ten\"", "access.idle_minutes"),
        ("[access]\nidle_minutes = 0", "access.idle_minutes"),
        ("[access]\nidle_minutes = -1", "access.idle_minutes"),
        ("[access]\nlock_after = 2", "access.lock_after"),
        ("[access]\ncare = \"closed\"", "access.care"),
        ("[server]\ncors = [1]", "server.cors"),
        ("[server]\nlisten = \"here\"", "server.listen"),
        ("[server]\nmetrics_from = [\"10.0.0.0/40\"]", "server.metrics_from"),
        ("[server]\ntls_key = \"a.key\"", "server.tls_key"),
        ("[server]\nredirect_from = \"0.0.0.0:80\"", "server.redirect_from"),
        ("[limits]\nuser = -1", "limits.user"),
        ("[store]\naudit = \"lax\"", "store.audit"),
        ("[clinic]\nzone = \"Brazil\"", "clinic.zone"),
        ("[log]\nformat = \"xml\"", "log.format"),
        ("[telemetry]\notlp_endpoint = \"ftp://x\"", "telemetry.otlp_endpoint"),
        ("[keys]\nmaster = \"a\"\nmaster_file = \"b\"", "keys.master"),
    ] {
        let failure = with(file, &[]).unwrap_err();
        assert_eq!(failure.code, Code::Usage);
        assert!(failure.error.contains(key) && failure.error.contains("clinic.toml"), "{key}: {failure:?}");
        assert!(!failure.help.is_empty());
    }
}

#[test]
fn secrets_are_never_printed() {
    let config = with("", &[("AROEIRA_KEYS__MASTER", "c2VjcmV0")]).unwrap();
    assert!(!config.print().contains("c2VjcmV0"));
    assert!(config.print().contains("master = \"***\"  # from the environment"));
    assert!(!format!("{config:?}").contains("c2VjcmV0"));
}
