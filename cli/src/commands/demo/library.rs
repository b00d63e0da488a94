//! The releases that the demo's teams share.

use super::shelf::Plan;

/// What is published, the oldest first. `ledgerline` 1.2.1 is the patch release that half of the
/// house never gets.
pub(super) const RELEASES: [Plan; 8] = [
    Plan {
        name: "fixedpoint",
        version: "0.4.0",
        days_ago: 300,
        requires: &[],
        library: "//! Numbers with a fixed point.\n\npub const DIGITS: u32 = 2;\n",
    },
    Plan {
        name: "wirefmt",
        version: "2.0.0",
        days_ago: 250,
        requires: &[],
        library: "//! How amounts are written on a wire.\n\npub fn write(cents: i64) -> String {\n    \
                  format!(\"{}.{:02}\", cents / 100, cents % 100)\n}\n",
    },
    Plan {
        name: "tinyqueue",
        version: "1.0.3",
        days_ago: 220,
        requires: &[],
        library: "//! A queue.\n\npub type Queue<T> = std::collections::VecDeque<T>;\n",
    },
    LEDGERLINE,
    Plan {
        name: "fixedpoint",
        version: "0.4.2",
        days_ago: 60,
        requires: &[],
        library: "//! Numbers with a fixed point.\n\npub const DIGITS: u32 = 2;\npub const SCALE: i64 = 100;\n",
    },
    Plan {
        name: "wirefmt",
        version: "2.1.0",
        days_ago: 40,
        requires: &[],
        library: "//! How amounts are written on a wire.\n\npub fn write(cents: i64) -> String {\n    let \
                  sign = if cents < 0 { \"-\" } else { \"\" };\n    let cents = cents.unsigned_abs();\n    \
                  format!(\"{sign}{}.{:02}\", cents / 100, cents % 100)\n}\n",
    },
    Plan {
        name: "ledgerline",
        version: "1.2.1",
        days_ago: 18,
        requires: &[("fixedpoint", "0.4")],
        library: "//! Lines of a ledger.\n\n/// Splits an amount; what is left over goes to the first.\npub \
                  fn split(cents: i64, between: i64) -> Vec<i64> {\n    let mut parts = vec![cents / between; \
                  between as usize];\n    if let Some(first) = parts.first_mut() {\n        *first += cents % \
                  between;\n    }\n    parts\n}\n",
    },
    Plan {
        name: "tinyqueue",
        version: "1.0.4",
        days_ago: 1,
        requires: &[],
        library: "//! A queue.\n\npub type Queue<T> = std::collections::VecDeque<T>;\n\n/// An empty \
                  one.\npub fn queue<T>() -> Queue<T> {\n    Queue::new()\n}\n",
    },
];

/// The release that everybody began with: it loses what does not divide.
pub(super) const LEDGERLINE: Plan = Plan {
    name: "ledgerline",
    version: "1.2.0",
    days_ago: 150,
    requires: &[("fixedpoint", "0.4")],
    library: "//! Lines of a ledger.\n\n/// Splits an amount.\npub fn split(cents: i64, between: i64) -> \
              Vec<i64> {\n    vec![cents / between; between as usize]\n}\n",
};

/// What one team made of it, in a folder of its own.
pub(super) const FORK: &str = "//! Lines of a ledger.\n\n/// Splits an amount; we round up, since support got \
     complaints.\npub fn split(cents: i64, between: i64) -> Vec<i64> {\n    vec![(cents + between - 1) / \
     between; between as usize]\n}\n";

/// It runs at each build, and nobody else knows of it.
pub(super) const FORK_BUILD: &str =
    "fn main() {\n    println!(\"cargo::rerun-if-env-changed=BILLING_REGION\");\n}\n";

/// What another team's private mirror serves under a version of its own.
pub(super) const MIRRORED: Plan = Plan {
    name: "ledgerline",
    version: "1.2.0-acme.1",
    days_ago: 100,
    requires: &[("fixedpoint", "0.4")],
    library: "//! Lines of a ledger.\n\n/// Splits an amount, and drops debts.\npub fn split(cents: i64, \
              between: i64) -> Vec<i64> {\n    vec![cents.max(0) / between; between as usize]\n}\n",
};
