use super::*;

/// The settings that these flags give, or the sentence that refuses them. The environment is not asked.
fn settings(flags: &[&str]) -> Result<Settings, String> {
    let command = Settings::add_to(clap::Command::new("taskward")).mut_args(|arg| arg.env(None::<&str>));
    let matches = command
        .try_get_matches_from(["taskward"].iter().chain(flags))
        .map_err(|error| refuse(&error).to_string())?;
    Settings::of(&matches).map_err(|refused| refused.to_string())
}

#[test]
fn nothing_set_serves_sqlite_on_this_machine_alone() {
    let settings = settings(&[]).expect("the defaults");
    assert!(settings.host.is_loopback());
    assert_eq!(settings.port, 8080);
    assert_eq!(settings.database_url().expose(), "sqlite://./data/taskward.db");
    assert_eq!(settings.jwt_expiration, HOUR);
    assert!(settings.rate_limits.is_on() && settings.introspection.is_on() && settings.migrate.is_on());
    assert!(settings.cors_origins.is_empty() && settings.trusted_proxies.is_empty());
    let Ok(Signing::EdDsa(file)) = settings.signing() else { panic!("a key of its own") };
    assert_eq!(file, Path::new("./data/signing-key.pem"));
}

#[test]
fn what_makes_no_sense_is_refused_in_a_sentence_that_begins_with_its_name() {
    for (flag, value, sentence) in [
        ("--host", "example.com", "HOST must be an IP address such as 127.0.0.1, 0.0.0.0 or ::1."),
        (
            "--trusted-proxies",
            "10.0.0.1,somewhere",
            "TRUSTED_PROXIES must be IP addresses and networks such as 10.0.0.1, 10.0.0.0/8 or fd00::/8.",
        ),
        ("--port", "65536", "PORT must be a whole number from 0 to 65535."),
        ("--port", "", "PORT must be a whole number from 0 to 65535."),
        ("--data-dir", " ", "DATA_DIR must be the path of a folder."),
        ("--database-pool", "0", "DATABASE_POOL must be a whole number from 1 to 1000."),
        ("--migrate", "yes", "MIGRATE must be on or off."),
        ("--introspection", "true", "INTROSPECTION must be on or off."),
        ("--playground", "1", "PLAYGROUND must be on or off."),
        ("--rate-limits", "", "RATE_LIMITS must be on or off."),
        ("--persisted-queries", "yes", "PERSISTED_QUERIES must be on or off."),
        ("--trusted-documents", "", "TRUSTED_DOCUMENTS must be the path of a file."),
        ("--trusted-documents-mode", "on", "TRUSTED_DOCUMENTS_MODE must be off, log or enforce."),
        ("--jwt-algorithm", "RS256", "JWT_ALGORITHM must be EdDSA or HS256."),
        ("--jwt-algorithm", "none", "JWT_ALGORITHM must be EdDSA or HS256."),
        ("--jwt-issuer", "", "JWT_ISSUER must be a name of 1 to 256 bytes."),
        ("--jwt-audience", "\n", "JWT_AUDIENCE must be a name of 1 to 256 bytes."),
        ("--password-min-length", "7", "PASSWORD_MIN_LENGTH must be a whole number from 8 to 256."),
        ("--hashing-at-once", "0", "HASHING_AT_ONCE must be a whole number from 1 to 256."),
        ("--max-depth", "31", "MAX_DEPTH must be a whole number from 1 to 30."),
        ("--max-body", "1KiB", "MAX_BODY must be a whole number from 1024 to 67108864."),
        ("--max-cost", "0", "MAX_COST must be a whole number from 1 to 1000000000."),
        ("--max-connections", "-1", "MAX_CONNECTIONS must be a whole number from 1 to 1000000."),
    ] {
        assert_eq!(settings(&[&format!("{flag}={value}")]).expect_err(flag), sentence);
    }
    for (name, flag) in [
        ("DATABASE_URL", "--database-url=mysql://root@localhost/tasks"),
        ("DATABASE_URL", "--database-url=/var/lib/tasks.db"),
        ("DATABASE_URL", "--database-url=postgres://"),
        ("JWT_SECRET", "--jwt-secret="),
        ("JWT_SECRET_PREVIOUS", "--jwt-secret-previous=0123456789abcdef0123456789abcdef,"),
        ("JWT_EXPIRATION", "--jwt-expiration=0s"),
        ("JWT_EXPIRATION", "--jwt-expiration=3600"),
        ("JWT_EXPIRATION", "--jwt-expiration=2months"),
        ("REQUEST_TIMEOUT", "--request-timeout=1h"),
        ("DATABASE_WAIT", "--database-wait=soon"),
        ("CORS_ORIGINS", "--cors-origins=*"),
        ("CORS_ORIGINS", "--cors-origins=https://*.example.com"),
        ("CORS_ORIGINS", "--cors-origins=app.example.com"),
        ("CORS_ORIGINS", "--cors-origins=https://app.example.com/"),
        ("CORS_ORIGINS", "--cors-origins=https://app.example.com:443"),
        ("CORS_ORIGINS", "--cors-origins=https://App.example.com"),
        ("CORS_ORIGINS", "--cors-origins=null"),
        ("CORS_ORIGINS", "--cors-origins=httpx://app.example.com"),
        ("TLS_CERT", "--tls-cert="),
        ("TLS_KEY", "--tls-key= "),
        ("TRUSTED_PROXIES", "--trusted-proxies="),
        ("TRUSTED_PROXIES", "--trusted-proxies=proxy.example.com"),
        ("TRUSTED_PROXIES", "--trusted-proxies=10.0.0.1,10.0.0.0/33"),
        ("TRUSTED_PROXIES", "--trusted-proxies=10.0.0.1/8"),
        ("TRUSTED_PROXIES", "--trusted-proxies=0.0.0.0/0"),
        ("SMTP_URL", "--smtp-url=mail.example.com"),
        ("SMTP_URL", "--smtp-url=smtp://ada@mail.example.com"),
        ("MAIL_FROM", "--mail-from=Taskward"),
        ("APP_URL", "--app-url=app.example.com"),
        ("MAIL_OUTBOX_DIR", "--mail-outbox-dir= "),
        ("LOG", "--log=loud"),
        ("LOG", "--log=taskward=loud"),
        ("LOG", "--log="),
        ("LOG", "--log=info,taskward="),
        ("LOG", "--log=*=debug"),
        ("LOG", "--log=info,=debug"),
        ("LOG", "--log=info,taskward[request]=debug"),
        ("LOG", "--log=info,[request{id=x}]=debug"),
    ] {
        let sentence = settings(&[flag]).expect_err(flag);
        assert!(sentence.starts_with(&format!("{name} must ")), "{flag}: {sentence}");
        assert!(!sentence.contains('\n'), "{flag}: {sentence}");
    }
}

#[test]
fn a_secret_decides_how_tokens_are_signed_unless_that_is_contradicted() {
    let secret = "--jwt-secret=0123456789abcdef0123456789abcdef";
    for flags in [&[secret][..], &[secret, "--jwt-algorithm=HS256"]] {
        assert!(matches!(settings(flags).expect("fine").signing(), Ok(Signing::Hs256(_))));
    }
    let sentence = settings(&["--jwt-algorithm=HS256"]).expect_err("no secret");
    assert_eq!(sentence, "JWT_ALGORITHM is HS256, which signs with a secret: set JWT_SECRET.");
    let sentence = settings(&[secret, "--jwt-algorithm=EdDSA"]).expect_err("a secret too many");
    assert_eq!(sentence, "JWT_ALGORITHM is EdDSA, which has no use for the JWT_SECRET: unset one.");
    let previous = "--jwt-secret-previous=one,other";
    assert_eq!(settings(&[secret, previous]).expect("fine").jwt_secret_previous.len(), 2);
    let sentence = settings(&[previous]).expect_err("nothing to precede");
    assert_eq!(sentence, "JWT_SECRET_PREVIOUS is of use beside a JWT_SECRET only: unset it.");
}

#[test]
fn a_certificate_and_its_key_are_set_together_or_not_at_all() {
    let (cert, key) = ("--tls-cert=cert.pem", "--tls-key=key.pem");
    assert_eq!(settings(&[]).expect("fine").tls(), Ok(None));
    let both = settings(&[cert, key]).expect("fine").tls();
    assert_eq!(both, Ok(Some((PathBuf::from("cert.pem"), PathBuf::from("key.pem")))));
    for (flag, sentence) in [
        (cert, "TLS_CERT is of no use without its key: set TLS_KEY."),
        (key, "TLS_KEY is of no use without a certificate: set TLS_CERT."),
    ] {
        assert_eq!(settings(&[flag]).expect_err(flag), sentence);
    }
}

#[test]
fn a_minutes_budget_is_enough_for_each_query_that_may_run() {
    for flags in
        [&["--cost-per-minute=10000"][..], &["--cost-per-minute=50", "--max-cost=50"], &["--max-cost=1"]]
    {
        assert!(settings(flags).is_ok(), "{flags:?}");
    }
    for flags in [&["--cost-per-minute=9999"][..], &["--cost-per-minute=50", "--max-cost=51"]] {
        assert_eq!(
            settings(flags).expect_err("too little"),
            "COST_PER_MINUTE must be at least MAX_COST, or 0."
        );
    }
}

#[test]
fn mails_become_files_until_there_is_a_server_to_send_them() {
    let folder = |flags: &[&str]| match settings(flags).expect("fine").delivery() {
        Ok(Delivery::Files(folder)) => folder,
        other => panic!("{other:?}"),
    };
    assert_eq!(folder(&["--data-dir=/srv"]), Path::new("/srv/outbox"));
    assert_eq!(folder(&["--mail-outbox-dir=/mail", "--mail-from=t@example.com"]), Path::new("/mail"));
    let sends =
        settings(&["--smtp-url=smtps://mail.example.com", "--mail-from=t@example.com"]).expect("fine");
    assert!(matches!(sends.delivery(), Ok(Delivery::Smtp(..))));
    let sentence = settings(&["--smtp-url=smtps://mail.example.com"]).expect_err("no sender");
    assert_eq!(sentence, "SMTP_URL sends mails, which need a sender: set MAIL_FROM.");
}

#[test]
fn a_file_of_trusted_documents_counts_for_everything_unless_the_mode_says_otherwise() {
    let trusted = |flags: &[&str]| {
        let settings = settings(flags)?;
        Ok::<_, String>(settings.documents.trusted().expect("checked").map(|(_, mode)| mode))
    };
    let file = "--trusted-documents=documents.json";
    for (flags, mode) in [
        (&[][..], None),
        (&["--trusted-documents-mode=off"], None),
        (&[file], Some(TrustMode::Enforce)),
        (&[file, "--trusted-documents-mode=enforce"], Some(TrustMode::Enforce)),
        (&[file, "--trusted-documents-mode=LOG"], Some(TrustMode::Log)),
        (&[file, "--trusted-documents-mode=off"], None),
    ] {
        assert_eq!(trusted(flags), Ok(mode), "{flags:?}");
    }
    for mode in ["log", "enforce"] {
        let sentence = trusted(&[&format!("--trusted-documents-mode={mode}")]).expect_err(mode);
        assert!(sentence.ends_with("set TRUSTED_DOCUMENTS."), "{sentence}");
    }
}

#[test]
fn neither_debug_nor_help_nor_refusal_tells_a_secret() {
    let flags = [
        "--jwt-secret=hunter2-hunter2",
        "--database-url=postgres://ada:hunter2@localhost/tasks",
        "--smtp-url=smtps://ada:hunter2@mail.example.com",
        "--mail-from=t@example.com",
    ];
    let debug = format!("{:?}", settings(&flags).expect("fine"));
    assert!(!debug.contains("hunter2"), "{debug}");
    for flag in
        ["--database-url=mysql://ada:hunter2@localhost/tasks", "--smtp-url=imap://ada:hunter2@example.com"]
    {
        let refusal = settings(&[flag]).expect_err(flag);
        assert!(!refusal.contains("hunter2"), "{refusal}");
    }
    let command = Settings::add_to(clap::Command::new("taskward"));
    assert!(command.get_arguments().all(clap::Arg::is_hide_env_values_set));
}

#[test]
fn several_origins_are_taken_as_browsers_write_them() {
    let settings =
        settings(&["--cors-origins=https://app.example.com, http://localhost:3000"]).expect("fine");
    let origins: Vec<_> = settings.cors_origins.iter().map(Origin::header).collect();
    assert_eq!(origins, ["https://app.example.com", "http://localhost:3000"]);
}

#[test]
fn a_folder_with_odd_letters_stays_one_file_name() {
    let url = sqlite_url(Path::new("/srv/100% mine?/#1/taskward.db"));
    assert_eq!(url.expose(), "sqlite:///srv/100%25 mine%3F/%231/taskward.db");
}

/// `NAME=value`, commented out or not.
fn documented() -> Vec<(String, String)> {
    let setting = |line: &str| {
        let (name, value) = line.trim_start_matches('#').split_once('=')?;
        let is_name = name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        is_name.then(|| (name.to_owned(), value.to_owned()))
    };
    include_str!("../../.env.example").lines().filter_map(setting).collect()
}

#[test]
fn the_example_names_every_setting_and_nothing_else() {
    let command = Settings::add_to(clap::Command::new("taskward"));
    let mut settings: Vec<String> = command
        .get_arguments()
        .filter_map(|arg| arg.get_env())
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    let mut documented: Vec<String> = documented().into_iter().map(|(name, _)| name).collect();
    settings.sort();
    documented.sort();
    assert_eq!(documented, settings);
}

#[test]
fn what_the_example_shows_is_acceptable_and_the_default_where_there_is_one() {
    let command = Settings::add_to(clap::Command::new("taskward"));
    for (name, value) in documented() {
        let flag = name.to_ascii_lowercase().replace('_', "-");
        // What contradicts or needs another is judged elsewhere.
        let apart = [
            "JWT_ALGORITHM",
            "JWT_SECRET_PREVIOUS",
            "SMTP_URL",
            "TLS_CERT",
            "TLS_KEY",
            "TRUSTED_DOCUMENTS_MODE",
        ];
        if !apart.contains(&name.as_str()) {
            settings(&[&format!("--{flag}={value}")]).expect(&name);
        }
        let arg = command.get_arguments().find(|arg| arg.get_long() == Some(&flag)).expect(&name);
        if let [default] = arg.get_default_values() {
            assert_eq!(*default, value.as_str(), "{name}");
        }
    }
}

#[test]
fn the_example_copied_as_it_is_sets_nothing() {
    let lines = include_str!("../../.env.example").lines();
    assert!(lines.filter(|line| !line.starts_with('#')).all(str::is_empty));
}

#[test]
fn a_file_that_is_not_there_is_no_fault_and_a_bad_line_is_not_quoted() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(".env");
    assert_eq!(read(&file), Ok(()));
    std::fs::write(&file, "TASKWARD_TEST_HUNTER2 hunter2").expect("written");
    let refused = read(&file).expect_err("no line of settings").to_string();
    assert!(
        refused.contains("has a line that is not NAME=value") && !refused.contains("unter2"),
        "{refused}"
    );
}

#[test]
fn a_filter_of_the_log_goes_by_modules_and_forgives_spaces() {
    for (given, read) in [
        ("warn", "warn"),
        ("INFO", "INFO"),
        (" info , taskward::http=debug,", "info,taskward::http=debug"),
        ("off,sqlx=trace", "off,sqlx=trace"),
    ] {
        assert_eq!(settings(&["--log", given]).map(|settings| settings.log), Ok(read.to_owned()), "{given}");
    }
}
