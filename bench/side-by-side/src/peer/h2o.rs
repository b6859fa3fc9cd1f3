//! h2o as a peer: one thread that answers out of a small Ruby program, since its configuration alone can
//! answer nothing but files.

use std::process::Command;

use super::Peer;

const PROGRAM: &str = "h2o";
const FILE: &str = "h2o.conf";

const CONFIGURATION: &str = r#"
num-threads: 1
max-connections: 20000
error-log: /dev/null
listen:
  host: 127.0.0.1
  port: {port}
hosts:
  default:
    paths:
      "/json":
        mruby.handler: |
          Proc.new do |env|
            [200, {"content-type" => "application/json", "content-length" => "25"}, ['{"message":"Hello World"}']]
          end
      "/":
        mruby.handler: |
          Proc.new do |env|
            [200, {"content-type" => "text/plain", "content-length" => "11"}, ["Hello World"]]
          end
"#;

/// How it is started; `None` if it is not installed.
pub(super) fn peer(name: &str) -> Option<Peer> {
    version()?;
    let arguments = ["-c", "{folder}/h2o.conf"];
    Some(Peer {
        words: std::iter::once(PROGRAM).chain(arguments).map(str::to_owned).collect(),
        file: Some((FILE, CONFIGURATION)),
        ..Peer::named(name)
    })
}

/// Its version, if it is installed.
pub(crate) fn version() -> Option<String> {
    let output = Command::new(PROGRAM).arg("-v").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text.strip_prefix("h2o version ")?.lines().next()?;
    Some(format!("h2o {version}"))
}
