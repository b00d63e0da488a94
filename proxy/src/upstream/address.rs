//! Which places an upstream may send us to.
//!
//! The address of an index is configured by the operator and trusted. Everything that comes from
//! there (`dl` in its `config.json`, redirects) is not: without a check, a registry could make this
//! server fetch from inside its own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use url::{Host, Url};

use super::{UpstreamError, UpstreamSettings};

/// The configured part of the decision.
#[derive(Debug, Clone)]
pub struct AddressPolicy {
    index: Url,
    hosts: Vec<String>,
    networks: Vec<IpNet>,
    trusted_hosts: Vec<String>,
}

impl AddressPolicy {
    /// Takes what is configured for a registry.
    #[must_use]
    pub fn new(settings: &UpstreamSettings) -> Self {
        let lowercase = |hosts: &[String]| hosts.iter().map(|h| h.to_ascii_lowercase()).collect();
        Self {
            index: settings.index.clone(),
            hosts: lowercase(&settings.hosts),
            networks: settings.networks.clone(),
            trusted_hosts: lowercase(&settings.trusted_hosts),
        }
    }

    /// Whether `url` may be asked at all, as far as its text tells; what its host resolves to is
    /// checked by [`Self::allows_address`] when the connection is made.
    ///
    /// # Errors
    /// [`UpstreamError::Forbidden`] with the reason.
    pub fn check(&self, url: &Url) -> Result<(), UpstreamError> {
        let forbidden = |reason: String| Err(UpstreamError::Forbidden(reason));
        match url.scheme() {
            "https" => {}
            "http" if self.index.scheme() == "http" => {}
            "http" => return forbidden("from https to http".into()),
            other => return forbidden(format!("scheme {other}")),
        }
        if self.is_index_origin(url) {
            return Ok(());
        }
        let Some(host) = url.host() else { return forbidden("no host".into()) };
        let literal = match host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
        };
        let name = host.to_string();
        if !self.hosts.is_empty() && !self.hosts.contains(&name) && !self.same_host(&name) {
            return forbidden(format!("host {name} is not configured"));
        }
        match literal {
            Some(address) if !self.allows_network(address) => {
                forbidden(format!("address {address} is not public and not configured"))
            }
            _ => Ok(()),
        }
    }

    /// Whether a connection to `address`, resolved from `host`, may be made.
    ///
    /// Names that the operator configured may resolve to anything: an internal registry has an internal
    /// address. Every other name has to resolve to public addresses or configured networks.
    #[must_use]
    pub fn allows_address(&self, host: &str, address: IpAddr) -> bool {
        let host = host.to_ascii_lowercase();
        self.same_host(&host) || self.hosts.contains(&host) || self.allows_network(address)
    }

    /// Whether the token and the configured headers may be sent to `url`.
    #[must_use]
    pub fn may_see_credentials(&self, url: &Url) -> bool {
        let trusted = url.scheme() == self.index.scheme()
            && url.host_str().is_some_and(|host| self.trusted_hosts.iter().any(|t| t == host));
        trusted || self.is_index_origin(url)
    }

    fn is_index_origin(&self, url: &Url) -> bool {
        url.origin() == self.index.origin()
    }

    fn same_host(&self, host: &str) -> bool {
        // An IP literal is no name that could be rebound: for those the port counts too, and
        // `is_index_origin` has decided already.
        matches!(self.index.host(), Some(Host::Domain(index)) if index.eq_ignore_ascii_case(host))
    }

    fn allows_network(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        is_public(address) || self.networks.iter().any(|network| network.contains(&address))
    }
}

/// Whether an address is one that the whole internet may mean.
///
/// Documentation and benchmark ranges are not listed: nothing is reached there by accident, and
/// tunnels and closed networks use them for gateways.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    let shared = first == 100 && (64..128).contains(&second); // RFC 6598, carrier-grade NAT
    let reserved = first >= 240; // RFC 1112, class E; some networks use it within
    !(first == 0
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || shared
        || reserved)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // An IPv4 address in IPv6 clothes (RFC 6052 NAT64, RFC 3056 6to4) is judged by what it wears.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        // Where these lead, a network decides for itself, or an address inside that is not to be
        // trusted: NAT64 with prefixes of one's own (RFC 8215), Teredo (RFC 4380).
        [0x64, 0xff9b, 1, ..] | [0x2001, 0, ..] => false,
        [0, 0, 0, 0, 0, 0, ..] => false, // unspecified, loopback, IPv4-compatible
        [first, ..] => {
            let site_local = first & 0xffc0 == 0xfec0; // RFC 3879, deprecated and still routed within
            !(site_local
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || address.is_multicast())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(index: &str) -> AddressPolicy {
        AddressPolicy::new(&UpstreamSettings::new(index.parse().unwrap()))
    }

    fn allowed(policy: &AddressPolicy, url: &str) -> bool {
        policy.check(&url.parse().unwrap()).is_ok()
    }

    #[test]
    fn bad_input_16_no_other_scheme_and_no_step_down() {
        let registry = policy("https://registry.example/index/");
        assert!(allowed(&registry, "https://cdn.example/a"));
        for bad in
            ["http://cdn.example/a", "http://registry.example/a", "file:///etc/passwd", "ftp://x/"]
        {
            assert!(!allowed(&registry, bad), "{bad}");
        }
    }

    #[test]
    fn bad_input_17_inner_addresses_are_refused_unless_configured() {
        let registry = policy("https://registry.example/index/");
        for bad in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "[::1]",
            "[::]",
            "[fe80::1]",
            "[fd00::1]",
            "[::ffff:127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[2002:a01:203::1]",
            "[64:ff9b::a01:203]",
            "[64:ff9b:1::a01:203]",
            "[64:ff9b:1:ffff::1]",
            "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
            "[fec0::1]",
            "[feff::1]",
            "240.0.0.1",
            "255.255.255.255",
            "2130706433",
            "0x7f.1",
        ] {
            assert!(!allowed(&registry, &format!("https://{bad}/a")), "{bad}");
        }
        for good in ["1.1.1.1", "[64:ff9b::101:101]", "[2002:101:101::1]", "[2606:4700::1111]"] {
            assert!(allowed(&registry, &format!("https://{good}/a")), "{good}");
        }
        let loopback: IpAddr = "127.0.0.1".parse().unwrap();
        assert!(!registry.allows_address("cdn.example", loopback), "a rebound name");
        assert!(registry.allows_address("Registry.example", loopback), "the configured name");
    }

    #[test]
    fn a_configured_inner_registry_reaches_its_own_port_and_no_other() {
        let inner = policy("http://10.0.0.5:8000/index/");
        assert!(allowed(&inner, "http://10.0.0.5:8000/dl/a"));
        assert!(!allowed(&inner, "http://10.0.0.5:22/"));
        assert!(!allowed(&inner, "http://10.0.0.6:8000/"));
        let mut settings = UpstreamSettings::new("http://10.0.0.5:8000/index/".parse().unwrap());
        settings.networks = vec!["10.0.0.0/24".parse().unwrap()];
        let wider = AddressPolicy::new(&settings);
        assert!(allowed(&wider, "http://10.0.0.6:8000/"));
        assert!(!allowed(&wider, "http://10.0.1.6:8000/"));
    }

    #[test]
    fn a_list_of_hosts_is_exhaustive() {
        let mut settings =
            UpstreamSettings::new("https://registry.example/index/".parse().unwrap());
        settings.hosts = vec!["CDN.example".into()];
        let listed = AddressPolicy::new(&settings);
        assert!(allowed(&listed, "https://cdn.example/a"));
        assert!(allowed(&listed, "https://registry.example:444/a"));
        assert!(!allowed(&listed, "https://other.example/a"));
    }

    #[test]
    fn bad_input_18_credentials_stay_at_their_origin() {
        let registry = policy("https://registry.example/index/");
        let sees = |url: &str| registry.may_see_credentials(&url.parse().unwrap());
        assert!(sees("https://registry.example/dl"));
        assert!(!sees("https://registry.example:444/dl"));
        assert!(!sees("https://cdn.example/dl"));
    }
}
