#!/bin/sh
# Runs axum's own tests over `axum::serve` and over `nova_tower::serve`, and says which differ.
#
#     git clone --depth 1 --branch axum-v0.8.9 https://github.com/tokio-rs/axum ~/axum
#     crates/nova-tower/tests/axums-own.sh ~/axum
#
# The checkout is left as it was: what is changed is a copy beside it, CHECKOUT-on-nova, made anew each
# time. What has to differ, and why, is in ../AXUM.md.
set -eu

[ -f "${1:-}/axum/src/serve/mod.rs" ] || { echo "usage: $0 CHECKOUT-OF-AXUM" >&2; exit 2; }
theirs=$(cd "$1" && pwd)
ours=$theirs-on-nova
crate=$(cd "$(dirname "$0")/.." && pwd)

# Replaces what the pattern $2 finds in the file $1, and fails if that is nothing: a test that still ran
# over `axum::serve` would prove nothing.
replace() {
    cp "$1" "$1.before"
    sed -i "$2" "$1"
    if cmp -s "$1" "$1.before"; then
        echo "nothing to replace in $1: $2" >&2
        exit 1
    fi
    rm "$1.before"
}

rm -rf "$ours"
cp -R "$theirs" "$ours"
rm -rf "$ours/target"
cd "$ours"

# Without its feature `axum`, which would be a circle.
replace axum/Cargo.toml "s|^\[dependencies\]|&\nnova-tower = { path = \"$crate\", default-features = false, features = [\"upgrade\"] }|"

# The server of every test that has a client. Its services take axum's own body.
replace axum/src/test_helpers/test_client.rs \
    's|serve(listener, Shared::new(svc))|nova_tower::serve(listener, tower::ServiceExt::map_request(svc, \|r: http::Request<nova_tower::Body>\| r.map(crate::body::Body::new)))|'

# A connection is described by nova-tower's `Connection` instead of axum's `IncomingStream`.
info=axum/src/extract/connect_info.rs
replace $info 's|crate::serve(|nova_tower::serve(|'
replace $info "/for MyConnectInfo/,/}/ s|IncomingStream<'_, TcpListener>|nova_tower::Connection|"
cat >> $info <<'END'

#[cfg(test)]
impl Connected<nova_tower::Connection> for SocketAddr {
    fn connect_info(connection: nova_tower::Connection) -> Self {
        connection.peer().expect("a TCP connection")
    }
}
END

# The tests of `serve` itself, but for those of axum's own listeners.
replace axum/src/serve/mod.rs \
    '/fn test_serve_local_addr/,/fn serving_on_custom_io_type/ s/\bserve(/nova_tower::serve(/'

# One target directory: the dependencies are the same.
: "${CARGO_TARGET_DIR:=$ours/target}"
export CARGO_TARGET_DIR
mkdir -p "$CARGO_TARGET_DIR"

# The results of all tests of the checkout in $1, sorted, into the file $2.
results() {
    log=$2.log
    (cd "$1" && cargo test -p axum -p axum-extra --lib --all-features --no-fail-fast) >"$log" 2>&1 || true
    sed -n 's/^test \(.*\) \.\.\. \(ok\|FAILED\|ignored\).*/\2 \1/p' "$log" | sort >"$2"
    [ -s "$2" ] || { tail -n 30 "$log" >&2; exit 1; }
    echo "$(basename "$1"): $(grep -c '^ok' "$2") passed, $(grep -c '^FAILED' "$2" || true) failed ($log)"
}

results "$theirs" "$CARGO_TARGET_DIR/over-axum"
results "$ours" "$CARGO_TARGET_DIR/over-nova"
echo "what differs (< over axum::serve, > over nova_tower::serve):"
diff "$CARGO_TARGET_DIR/over-axum" "$CARGO_TARGET_DIR/over-nova" && echo nothing
