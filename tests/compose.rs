//! `docker-compose.yml` is right without an engine to run it: it parses, pins what it pulls, checks health, keeps to
//! loopback and holds no secret.

use std::process::Command;

use serde_yaml_ng::{Mapping, Value};

const COMPOSE: &str = include_str!("../docker-compose.yml");
const ENV_EXAMPLE: &str = include_str!("../.env.example");

#[test]
fn all_parts_of_the_chain_are_there() {
    let names: Vec<String> = services().into_iter().map(|(name, _)| name).collect();
    for part in ["mysql", "mariadb", "postgres", "bridge", "sandbox", "shop"] {
        assert!(names.iter().any(|n| n == part), "{part} is missing from {names:?}");
    }
}

#[test]
fn every_image_is_pinned_to_an_exact_version() {
    let dockerfile = include_str!("../Dockerfile");
    let bases = dockerfile.lines().filter_map(|l| l.strip_prefix("FROM ")?.split(' ').next());
    for image in bases.map(str::to_owned).chain(services().iter().map(|(_, s)| text(&s["image"]))) {
        let (_, tag) = image.split_once(':').unwrap_or_else(|| panic!("{image} has no tag"));
        assert!(is_exact(tag), "{image} is not an exact version");
    }
}

#[test]
fn every_service_has_a_health_check() {
    for (name, service) in services() {
        let test = &service["healthcheck"]["test"];
        assert!(test.as_sequence().is_some_and(|s| s.len() > 1), "{name} has no health check");
    }
}

#[test]
fn every_port_is_on_loopback() {
    for (name, service) in services() {
        for port in service.get("ports").and_then(Value::as_sequence).into_iter().flatten() {
            assert!(text(port).starts_with("127.0.0.1:"), "{name} opens {port:?} to the network");
        }
        let mode = service.get("network_mode").map(text).unwrap_or_default();
        assert!(mode.is_empty() || mode.starts_with("service:"), "{name} is on the machine's own network");
    }
}

#[test]
fn no_secret_is_written_down() {
    for (name, service) in services() {
        for (key, value) in service.get("environment").and_then(Value::as_mapping).into_iter().flatten() {
            let (key, value) = (text(key), text(value));
            let is_secret = ["PASSWORD", "SECRET", "URL"].iter().any(|w| key.contains(w));
            assert!(!is_secret || value.contains("${LEDGERTAP_"), "{name}: {key} has a value in the file");
            assert!(!is_secret || value.contains(":?"), "{name}: {key} must be asked for, not defaulted");
        }
    }
    for line in ENV_EXAMPLE.lines().filter(|l| !l.starts_with('#')) {
        assert!(line.ends_with('='), "{line}: the example has a value");
    }
}

#[test]
fn every_variable_asked_for_is_in_the_example() {
    for asked in COMPOSE.split("${").skip(1).filter_map(|rest| rest.split_once(":?")).map(|(name, _)| name) {
        let is_name = asked.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        assert!(!is_name || ENV_EXAMPLE.contains(&format!("{asked}=")), "{asked} is not in .env.example");
    }
}

/// What an engine would only find out when it starts the container.
#[test]
fn the_program_understands_every_command_of_its_services() {
    for (name, service) in services().iter().filter(|(_, s)| text(&s["image"]).starts_with("ledgertap:")) {
        let words: Vec<String> = service["command"].as_sequence().expect("a list of words").iter().map(text).collect();
        let words: Vec<&str> = words.iter().map(|w| if w.starts_with("${") { "7" } else { w.as_str() }).collect();
        let mut program = Command::new(env!("CARGO_BIN_EXE_ledgertap"));
        // All words that come before --help are understood first.
        let output =
            program.args(&words).args(["--store", "x"].iter().filter(|_| name == "shop")).arg("--help").output();
        let output = output.expect("the program starts");
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_config_of_the_bridge_is_one() {
    let file = include_str!("../deploy/compose/ledgertap.toml");
    let bridge = services().into_iter().find(|(name, _)| name == "bridge").expect("there is a bridge").1;
    let given = |name: &str| bridge["environment"].get(name).map(|_| "secret".to_owned());
    let config = ledgertap::config::parse("deploy/compose/ledgertap.toml", file, &given).expect("it is understood");
    assert_eq!(config.store.mapping, "ecshop");
}

/// Every service with its YAML merges resolved.
fn services() -> Vec<(String, Mapping)> {
    let mut file: Value = serde_yaml_ng::from_str(COMPOSE).expect("docker-compose.yml is YAML");
    file.apply_merge().expect("its merges resolve");
    let services = file["services"].as_mapping().expect("it has services").clone();
    services
        .into_iter()
        .map(|(name, s)| (text(&name), s.as_mapping().expect("a service is a mapping").clone()))
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value:?} is not text")).to_owned()
}

/// `8.4.5`, `15.13`, `1.92.0-slim-bookworm`, or a dated snapshot as `bookworm-20250520-slim`.
fn is_exact(tag: &str) -> bool {
    let dated = tag.split('-').any(|part| part.len() == 8 && part.chars().all(|c| c.is_ascii_digit()));
    let version = tag.split('-').next().unwrap_or_default();
    let numbers = version.split('.').collect::<Vec<_>>();
    dated || (numbers.len() >= 2 && numbers.iter().all(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit())))
}
