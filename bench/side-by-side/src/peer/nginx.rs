//! nginx as a peer: one process that answers the small text out of its configuration.

use std::process::Command;

use super::Peer;

/// One process (no master beside it, so that its account is that of the server), no log of accesses, and
/// nothing outside of its folder.
const CONFIGURATION: &str = r#"
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr crit;
worker_rlimit_nofile 14000;
events {
    # It sends idle clients away when a sixteenth of these is left.
    worker_connections 12000;
    multi_accept on;
}
http {
    access_log off;
    # Its clients stay; nginx would send them away after a thousand requests.
    keepalive_requests 1000000000;
    default_type text/plain;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    server {
        listen {addr} backlog=1024;
        location = /json {
            default_type application/json;
            return 200 '{"message":"Hello World"}';
        }
        location / {
            return 200 "Hello World";
        }
    }
}
"#;

/// Debian installs it where not everybody looks for programs.
const PROGRAMS: [&str; 2] = ["nginx", "/usr/sbin/nginx"];

/// How it is started; `None` if it is not installed.
pub(super) fn peer(name: &str) -> Option<Peer> {
    let (program, _) = find()?;
    let arguments = ["-p", "{folder}", "-e", "stderr", "-c", "{folder}/nginx.conf"];
    Some(Peer {
        words: std::iter::once(program).chain(arguments).map(str::to_owned).collect(),
        file: Some(("nginx.conf", CONFIGURATION)),
        ..Peer::named(name)
    })
}

/// Its version, if it is installed.
pub(crate) fn version() -> Option<String> {
    find().map(|(_, version)| version)
}

fn find() -> Option<(&'static str, String)> {
    PROGRAMS.into_iter().find_map(|program| {
        // It prints its version to the standard error: "nginx version: nginx/1.22.1".
        let output = Command::new(program).arg("-v").output().ok()?;
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let (_, version) = text.split_once("nginx/")?;
        let version = version.split_whitespace().next()?;
        Some((program, format!("nginx {version}")))
    })
}
