//! The house as data: which room may import which, and what each refuses. ARCHITECTURE.md tells it
//! in words; where the two differ, one of them is wrong.

/// One member of the workspace.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    /// The folder at the top of the tree.
    pub(crate) folder: &'static str,
    /// The name in its manifest.
    pub(crate) package: &'static str,
    /// Packages of this workspace that its code may import. Its tests may also import
    /// [`TESTKIT`].
    pub(crate) may_import: &'static [&'static str],
    /// Packages from outside that its code must not depend on, as a list of lists.
    pub(crate) never_depends: &'static [&'static [&'static str]],
    /// Paths that its code must not name; `a::b` stands for everything beneath it too.
    pub(crate) never_names: &'static [&'static str],
    /// Macros that its code must not call.
    pub(crate) never_calls: &'static [&'static str],
    /// Whether SQL may stand in its code.
    pub(crate) speaks_sql: bool,
    /// Why it refuses all this.
    pub(crate) because: &'static str,
}

/// What tests may import beside what the code under test may.
pub(crate) const TESTKIT: &str = "depaudit-testkit";

const RUNTIME: &[&str] = &["tokio"];
const SERVERS: &[&str] = &["axum", "hyper", "hyper-util"];
const CLIENTS: &[&str] = &["reqwest", "ureq"];
const OBJECTS: &[&str] = &["object_store"];
const SQL: &[&str] = &["rusqlite", "sqlx", "postgres", "tokio-postgres"];
const PRINTING: &[&str] = &["print", "println", "eprint", "eprintln"];

/// Everything whose reason to exist is the network, a database or a runtime.
const WORLDLY: &[&[&str]] = &[RUNTIME, SERVERS, CLIENTS, OBJECTS, SQL];

/// The parts of std that reach the world. An address is only a word: `IpAddr` is not among them.
const WORLD: &[&str] = &[
    "std::fs",
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::ToSocketAddrs",
    "std::net::UdpSocket",
    "std::process",
    "std::env",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "std::os",
];

const PURE: Room = Room {
    folder: "",
    package: "",
    may_import: &["depaudit-model"],
    never_depends: WORLDLY,
    never_names: WORLD,
    never_calls: PRINTING,
    speaks_sql: false,
    because: "words and decisions are the same everywhere only if they touch nothing",
};

const SERVING: Room = Room {
    folder: "",
    package: "",
    may_import: &["depaudit-model", "depaudit-policy", "depaudit-store"],
    never_depends: &[SQL, OBJECTS],
    never_names: &["depaudit_store::sqlite", "depaudit_store::folder"],
    never_calls: PRINTING,
    speaks_sql: false,
    because: "it sees storage through the three seams, so that every backend can stand behind it",
};

const DEVELOPMENT: Room = Room {
    folder: "",
    package: "",
    may_import: &[],
    never_depends: &[],
    never_names: &[],
    never_calls: &[],
    speaks_sql: true,
    because: "development only",
};

/// Every room, the lowest first.
pub(crate) const ROOMS: &[Room] = &[
    Room { folder: "model", package: "depaudit-model", may_import: &[], ..PURE },
    Room { folder: "policy", package: "depaudit-policy", ..PURE },
    Room {
        folder: "portfolio",
        package: "depaudit-portfolio",
        may_import: &["depaudit-model", "depaudit-policy"],
        ..PURE
    },
    Room { folder: "ledger", package: "depaudit-ledger", ..PURE },
    Room {
        folder: "store",
        package: "depaudit-store",
        may_import: &["depaudit-model", "depaudit-ledger"],
        never_depends: &[&["axum"]],
        never_names: &[],
        never_calls: PRINTING,
        speaks_sql: true,
        because: "storage knows no protocol, so that the proxy, the pages and the commands share it",
    },
    Room {
        folder: "trace",
        package: "depaudit-trace",
        may_import: &["depaudit-model", "depaudit-ledger", "depaudit-store"],
        never_depends: &[SERVERS, CLIENTS, OBJECTS, SQL],
        because: "it tells what the record holds, the same to the command line and to the pages",
        ..SERVING
    },
    Room {
        folder: "auditor",
        package: "depaudit-auditor",
        may_import: &["depaudit-model", "depaudit-policy", "depaudit-portfolio"],
        never_depends: WORLDLY,
        never_names: &["std::net", "std::process", "std::io::stdout", "std::io::stderr"],
        never_calls: PRINTING,
        speaks_sql: false,
        because: "it reads what a stranger wrote: it runs nothing, asks no network, prints nothing",
    },
    Room { folder: "proxy", package: "depaudit-proxy", ..SERVING },
    Room {
        folder: "web",
        package: "depaudit-web",
        // The ledger's words; the entries themselves come through the seam.
        may_import: &[
            "depaudit-model",
            "depaudit-policy",
            "depaudit-portfolio",
            "depaudit-ledger",
            "depaudit-store",
            "depaudit-trace",
        ],
        never_depends: &[SQL, OBJECTS, CLIENTS],
        ..SERVING
    },
    Room {
        folder: "cli",
        package: "depaudit",
        may_import: &[
            "depaudit-model",
            "depaudit-policy",
            "depaudit-portfolio",
            "depaudit-ledger",
            "depaudit-store",
            "depaudit-trace",
            "depaudit-auditor",
            "depaudit-proxy",
            "depaudit-web",
        ],
        never_depends: &[SQL],
        never_names: &[],
        never_calls: &[],
        speaks_sql: false,
        because: "the binary chooses and prints; rules and SQL have rooms of their own",
    },
    Room { folder: "testkit", package: TESTKIT, may_import: &["depaudit-model"], ..DEVELOPMENT },
    Room {
        folder: "xtask",
        package: "xtask",
        // The store: a benchmark writes events with nothing in between, and a generator a whole record.
        may_import: &["depaudit-ledger", "depaudit-model", "depaudit-store", TESTKIT],
        ..DEVELOPMENT
    },
    // No member: cargo-fuzz builds it with flags of its own.
    Room {
        folder: "fuzz",
        package: "depaudit-fuzz",
        may_import: &["depaudit-model", "depaudit-policy", "depaudit-auditor"],
        ..DEVELOPMENT
    },
];

/// The only rooms that may use anyhow: what a person reads ends in them.
pub(crate) const MAY_USE_ANYHOW: &[&str] = &["depaudit", "xtask", TESTKIT];

/// The room of `package`, if the house has one.
pub(crate) fn room(package: &str) -> Option<&'static Room> {
    ROOMS.iter().find(|room| room.package == package)
}

/// A file longer than this gets a warning: it asks what else lives in it.
pub(crate) const LONG_FILE: usize = 400;

/// A file longer than this is an error.
pub(crate) const LONGEST_FILE: usize = 500;

/// Files that may be longer, each with the reason why splitting would be worse.
pub(crate) const LONG_FOR_A_REASON: &[(&str, &str)] = &[];
