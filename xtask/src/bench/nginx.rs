//! nginx as a cache before the upstream, set up as well as we know how.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use super::process::{Server, free_address};
use crate::tools;

/// Starts nginx in `folder`, as a cache before the upstream at `upstream_port`.
///
/// # Errors
/// When it does not start.
pub(crate) fn start(folder: &Path, upstream_port: u16, access_log: bool) -> anyhow::Result<Server> {
    let program = tools::find("nginx").context("nginx is not installed")?;
    let address = free_address()?;
    let is_root = folder.metadata().is_ok_and(|folder| folder.uid() == 0);
    let settings = Settings { address, upstream_port, access_log, is_root };
    std::fs::create_dir(folder.join("temp"))?;
    let file = folder.join("nginx.conf");
    std::fs::write(&file, settings.render()?).context("cannot write nginx's configuration")?;
    let mut command = Command::new(program);
    command.arg("-p").arg(folder).arg("-c").arg(&file).args(["-e", "stderr"]);
    Server::start("nginx", &mut command, address, folder)
}

struct Settings {
    address: SocketAddr,
    upstream_port: u16,
    access_log: bool,
    is_root: bool,
}

impl Settings {
    /// Paths are relative to the folder that `-p` names.
    fn render(&self) -> Result<String, std::fmt::Error> {
        let Self { address, upstream_port, access_log, is_root } = self;
        // Workers of another user could not read a temporary folder of root's.
        let user = if *is_root { "user root;" } else { "" };
        let access_log =
            if *access_log { "access.log combined buffer=64k flush=1s" } else { "off" };
        let mut temporary = String::new();
        for module in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
            writeln!(temporary, "    {module}_temp_path temp/{module};")?;
        }
        Ok(format!(
            "daemon off;
{user}
worker_processes auto;
worker_rlimit_nofile 16384;
pid nginx.pid;
error_log stderr warn;
events {{
    worker_connections 4096;
}}
http {{
    access_log {access_log};
    default_type text/plain;
    sendfile on;
    # With a cork, the last piece of a crate waits 40 ms for the client's acknowledgement.
    tcp_nopush off;
    tcp_nodelay on;
    keepalive_requests 1000000000;
    open_file_cache max=1000 inactive=5m;
    open_file_cache_valid 60s;
{temporary}
    proxy_cache_path cache levels=1:2 keys_zone=registry:10m max_size=1g inactive=1h \
             use_temp_path=off;
    upstream registry {{
        server 127.0.0.1:{upstream_port};
        keepalive 16;
    }}
    server {{
        listen {address} backlog=4096;
        location / {{
            proxy_pass http://registry;
            proxy_http_version 1.1;
            proxy_set_header Connection '';
            proxy_cache registry;
            # The upstream compresses, once: a compressed body is an entry of its own.
            proxy_cache_key $uri$http_accept_encoding;
            proxy_cache_valid 200 60s;
            proxy_cache_lock on;
            proxy_cache_revalidate on;
            proxy_cache_use_stale updating error timeout;
            proxy_cache_background_update on;
        }}
    }}
}}
"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_names_only_what_it_is_told() {
        let settings = Settings {
            address: ([127, 0, 0, 1], 8000).into(),
            upstream_port: 9000,
            access_log: false,
            is_root: false,
        };
        let text = settings.render().unwrap();
        for line in ["listen 127.0.0.1:8000 ", "server 127.0.0.1:9000;", "access_log off;"] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert!(!text.contains("user root"));
        assert_eq!(text.matches('{').count(), text.matches('}').count());
        let logged = Settings { access_log: true, is_root: true, ..settings }.render().unwrap();
        assert!(logged.contains("access_log access.log") && logged.contains("user root;"));
    }
}
