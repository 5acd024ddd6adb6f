//! The server among others: its replicas, what it follows, what stands between it and us.

use super::{Facts, Finding};
use crate::binlog::variables::Flavour;

pub fn findings(facts: &Facts) -> Vec<Finding> {
    let mut all = server_ids(facts);
    all.push(logs_what_it_follows(facts));
    all.extend(hidden_triggers(facts));
    all
}

/// A proxy that speaks the protocol greets with a number of its own, and not with that of the server's session.
pub fn is_proxied(facts: &Facts) -> bool {
    // The greeting has room for the number's lower half only.
    facts.connection_ids.is_some_and(|(greeted, inside)| u64::from(greeted) != inside & u64::from(u32::MAX))
}

pub fn proxy(facts: &Facts) -> Option<Finding> {
    if !is_proxied(facts) {
        return None;
    }
    let what = "a proxy (ProxySQL, MaxScale, RDS Proxy) stands between this machine and the server";
    Some(match &facts.logs.oldest {
        Some(Ok(_)) => Finding::advised(
            format!("{what}, and lets the binlog through"),
            "better: name the server itself in store.url: a proxy may lead questions and binlog to different servers",
        ),
        Some(Err(_)) => Finding::fix(
            format!("{what}, and carries no binlog"),
            "name the server itself in store.url (ProxySQL 3 can: fast_forward for the account)",
        ),
        None => Finding::advised(what, "better: name the server itself in store.url: most proxies carry no binlog"),
    })
}

fn server_ids(facts: &Facts) -> Vec<Finding> {
    let (ours, its) = (facts.server_id, facts.variables.get("server_id"));
    let mut all = Vec::new();
    if its == "0" {
        all.push(Finding::fix(
            "server_id is 0: the server sends no binlog",
            "SET GLOBAL server_id = 1, or another number, in the server's configuration too",
        ));
    }
    if its == ours.to_string() {
        all.push(Finding::fix(
            format!("store.server_id is {ours}, which is the server's own"),
            "give the bridge another number, or take store.server_id out: then it is drawn at random",
        ));
    }
    all.push(match &facts.replicas {
        Some(ids) if !ids.contains(&ours) => {
            Finding::good(format!("none of the {} replicas that are connected has our server id", ids.len()))
        }
        Some(_) if facts.running => Finding::good(format!("the bridge is connected as replica {ours}")),
        Some(_) => Finding::fix(
            format!("another replica is connected as {ours}: the two would throw each other out"),
            "give the bridge another store.server_id, or none: then it is drawn at random",
        ),
        None => Finding::good(
            "the ids of other replicas cannot be seen (that takes REPLICATION MASTER ADMIN, which is not needed): \
             store.server_id must be none of theirs",
        ),
    });
    all
}

/// What a replica applies, and a Galera node receives, is in its own binlog only where it is told so.
fn logs_what_it_follows(facts: &Facts) -> Finding {
    let v = &facts.variables;
    let name = if v.get("log_replica_updates").is_empty() { "log_slave_updates" } else { "log_replica_updates" };
    let galera = v.is("wsrep_on", "ON");
    if v.is(name, "ON") {
        return Finding::good(format!("what the server receives from others is in its binlog, too ({name})"));
    }
    let remedy = format!("set {name} = ON in the server's configuration and restart it, or attach to the primary");
    match facts.follows {
        _ if galera => Finding::fix(
            format!("the server is a Galera node and {name} is off: other nodes' rows are not in its binlog"),
            remedy,
        ),
        Some(true) => Finding::fix(
            format!("the server is a replica and {name} is off: what it receives is not in its binlog"),
            remedy,
        ),
        Some(false) => Finding::good("the server is no replica"),
        None => Finding::advised(
            format!(
                "whether the server is a replica cannot be seen (that takes SLAVE MONITOR, which is not needed), and {name} is off"
            ),
            format!("better, if it is one: {remedy}"),
        ),
    }
}

/// A MariaDB replica can run triggers for rows that it receives, and leave what they write out of its binlog.
fn hidden_triggers(facts: &Facts) -> Option<Finding> {
    let v = &facts.variables;
    let hidden =
        v.flavour() == Flavour::MariaDb && v.is("slave_run_triggers_for_rbr", "YES") && facts.follows != Some(false);
    hidden.then(|| {
        Finding::fix(
            "slave_run_triggers_for_rbr is YES: what triggers write on this replica is not in its binlog",
            "SET GLOBAL slave_run_triggers_for_rbr = 'LOGGING', in the server's configuration too, or attach to the primary",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::with;
    use super::*;

    #[test]
    fn a_proxy_is_known_by_its_own_number() {
        let of = |connection_ids, oldest| {
            let mut facts = with(&[]);
            facts.connection_ids = connection_ids;
            facts.logs.oldest = oldest;
            proxy(&facts).map(|finding| (finding.ok, finding.what))
        };
        let refused = || Some(Err(("no".into(), "mend".into())));
        assert_eq!(of(Some((7, 7)), Some(Ok(1))), None);
        assert_eq!(of(Some((7, (1 << 32) + 7)), refused()), None, "a greeting has 32 bits");
        assert_eq!(of(None, None), None);
        let (through, blocked, unseen) =
            (of(Some((7, 8)), Some(Ok(1))), of(Some((7, 8)), refused()), of(Some((7, 8)), None));
        assert!(matches!(through, Some((true, what)) if what.ends_with("lets the binlog through")));
        assert!(matches!(blocked, Some((false, what)) if what.ends_with("carries no binlog")));
        assert!(matches!(unseen, Some((true, what)) if what.ends_with("the server")));
    }

    #[test]
    fn a_server_id_that_another_has_is_told() {
        let of = |its: &str, replicas: Option<&[u32]>, running| {
            let facts =
                Facts { server_id: 7, replicas: replicas.map(<[u32]>::to_vec), running, ..with(&[("server_id", its)]) };
            server_ids(&facts).into_iter().filter(|f| !f.ok).map(|f| f.what).collect::<Vec<_>>().join("; ")
        };
        assert_eq!(of("1", Some(&[2, 3]), false), "");
        assert_eq!(of("1", Some(&[7]), true), "", "that is us");
        assert_eq!(of("1", None, false), "");
        assert_eq!(
            of("1", Some(&[2, 7]), false),
            "another replica is connected as 7: the two would throw each other out"
        );
        assert_eq!(of("7", None, false), "store.server_id is 7, which is the server's own");
        assert_eq!(of("0", Some(&[]), false), "server_id is 0: the server sends no binlog");
    }

    #[test]
    fn a_replica_that_does_not_log_what_it_receives_is_told() {
        let of = |pairs: &[(&str, &str)], follows| logs_what_it_follows(&Facts { follows, ..with(pairs) });
        let (new, old) = ("log_replica_updates", "log_slave_updates");
        for (pairs, follows, ok, part) in [
            (&[(new, "ON"), (old, "ON")][..], Some(true), true, "(log_replica_updates)"),
            (&[(old, "ON")], Some(true), true, "(log_slave_updates)"),
            (&[(old, "OFF")], Some(false), true, "is no replica"),
            (&[(old, "OFF")], Some(true), false, "is a replica and log_slave_updates is off"),
            (&[(new, "OFF")], Some(true), false, "log_replica_updates is off"),
            (&[(old, "OFF")], None, true, "cannot be seen"),
            (&[(old, "OFF"), ("wsrep_on", "ON")], Some(false), false, "is a Galera node"),
            (&[(old, "ON"), ("wsrep_on", "ON")], Some(false), true, "is in its binlog"),
        ] {
            let finding = of(pairs, follows);
            assert!(finding.ok == ok && finding.what.contains(part), "{pairs:?}: {finding:?}");
        }
    }

    #[test]
    fn triggers_that_write_unlogged_on_a_replica_are_told() {
        let of = |value, follows| {
            let pairs = [("version", "10.11.19-MariaDB"), ("slave_run_triggers_for_rbr", value)];
            hidden_triggers(&Facts { follows, ..with(&pairs) }).is_none()
        };
        assert!(of("NO", Some(true)) && of("LOGGING", None) && of("YES", Some(false)));
        assert!(!of("YES", Some(true)) && !of("YES", None));
    }
}
