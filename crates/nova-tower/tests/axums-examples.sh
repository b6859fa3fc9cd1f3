#!/usr/bin/env bash
# Runs the examples of axum's repository over `axum::serve` and over `nova_tower::serve`, asks both the
# same, and says which answers differ.
#
#     git clone --depth 1 --branch axum-v0.8.9 https://github.com/tokio-rs/axum ~/axum
#     crates/nova-tower/tests/axums-examples.sh ~/axum
#
# The checkout is left as it was: what is changed is a copy beside it, CHECKOUT-examples, made anew each
# time. Both servers are built from it with one lock file. Its examples listen on fixed ports, so those
# have to be free. Which examples are not here, and why, is in ../AXUM.md. Needs Linux, curl, and a disk
# with 3 GB free.
set -euo pipefail

PORTS='3000 3001 3002 3003 3004 3005 3006 3307 4000 7878'

[ -d "${1:-}/examples/hello-world" ] || { echo "usage: $0 CHECKOUT-OF-AXUM" >&2; exit 2; }
theirs=$(cd "$1" && pwd)
copy=$theirs-examples
crate=$(cd "$(dirname "$0")/.." && pwd)
# What they are asked: a name and a command in each line.
table() { grep -v '^#\|^$' "$crate/tests/axums-examples.txt"; }
names=$(table | awk '{ print $1 }' | sort -u)
: "${CARGO_TARGET_DIR:=$copy/target}"
export CARGO_TARGET_DIR CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=0
# What one of them wants.
export JWT_SECRET=secret

work=$(mktemp -d)
server=
end() {
    [ -z "$server" ] || { kill -KILL "$server" && wait "$server" || true; } 2>/dev/null
    server=
}
trap 'end; rm -rf "$work"' EXIT
head -c 200000 /dev/zero | tr '\0' x >"$work/large"
head -c 6000000 /dev/zero | tr '\0' x >"$work/too-large"

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
for port in $PORTS; do
    ! listens "$port" || { echo "somebody listens on port $port" >&2; exit 2; }
done

# Waits until the command behind succeeds, for ten seconds at most.
await() {
    for _ in $(seq 200); do
        "$@" && return
        sleep 0.05
    done
    echo "it does not come: $*"
}

# The place that a path or a port and a path stand for, when somebody listens there.
place() {
    case $1 in :*) local place=$1 ;; *) local place=:3000$1 ;; esac
    local port=${place#:}
    await listens "${port%%/*}" >&2
    echo "127.0.0.1$place"
}

fetch() {
    local place
    place=$(place "$1")
    shift
    curl --silent --show-error --path-as-is --max-time 30 "$@" "http://$place" 2>&1
}

# ask PATH [ARGUMENT OF CURL].. : the whole answer.
ask() {
    rm -f "$work/head" "$work/content"
    fetch "$@" -D "$work/head" -o "$work/content" || echo "curl ends with $?"
    shown
}

# What came last. Fields have no order and their names no case; the time and the reason phrase mean nothing.
shown() {
    [ -f "$work/head" ] || return 0
    fields <"$work/head" | grep '^http/' | cut -d' ' -f1,2
    fields <"$work/head" | grep -v '^http/' | sort
    { [ -f "$work/content" ] && ! cmp -s "$work/head" "$work/content"; } || return 0
    if [ "$(wc -c <"$work/content")" -gt 5000 ] || LC_ALL=C grep -q '[^[:print:][:space:]]' "$work/content"; then
        cksum <"$work/content"
    else
        cat "$work/content"
        echo
    fi
}
fields() { sed -u 's/\r$//; s/^[^:]*/\L&/' | grep --line-buffered -v '^$\|^date:\|^: '; }

# The id in the last answer that had one.
id() { grep -hoE '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}' "$work/content"; }

# otherwise COMMAND : what is known to be answered otherwise.
otherwise() { { echo "--- $*" && "$@"; } >>"$work/known" 2>&1; }

# begins N PATH : the first lines of an answer without an end.
begins() { fetch "$2" --no-buffer --include | fields | head -n "$1" | sort; }

# picks PATTERN PATH : lines of an answer, of which the others differ each time.
picks() { fetch "$2" | grep "$1" | sort; }

# said PATTERN : what the server has printed.
said() { grep -ao "$1" "$work/said"; }

# wrote FILE : what the server has written.
wrote() { cksum "$1"; }

# client PROGRAM : what a client of the example's own prints, whose tasks take turns as they like.
client() {
    place / >/dev/null
    "$bin/$1" 2>&1 | sed -E 's/taken .* with/with/; s/, headers: \{[^}]*\}//' | sort
}

# stops PATH : a signal while a request is being answered.
stops() {
    ask "$1" >"$work/answer" &
    local asking=$! status=0
    await grep -q "$1" "$work/said"
    kill -TERM "$server"
    wait "$asking"
    cat "$work/answer"
    await gone
    wait "$server" || status=$?
    echo "ends with $status"
}
gone() { ! kill -0 "$server" 2>/dev/null || [ "$(cut -d' ' -f3 "/proc/$server/stat" 2>/dev/null)" = Z ]; }

# socket PATH TEXT.. : a WebSocket over which each text has one answer.
socket() {
    local place line text
    place=$(place "$1")
    shift
    exec 3<>"/dev/tcp/127.0.0.1/$(echo "$place" | sed 's/[^:]*:\([0-9]*\).*/\1/')"
    printf 'GET /%s HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' "${place#*/}" >&3
    printf 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n' >&3
    : >"$work/head"
    while IFS= read -t 10 -r line <&3 && [ "$line" != $'\r' ]; do echo "$line" >>"$work/head"; done
    rm -f "$work/content"
    shown
    for text; do
        frame 81 "$text"
        answer
    done
    frame 88 ''
    answer
    timeout 10 cat <&3 | cksum
    exec 3>&-
}
# One frame with a mask of zeros, so that its text is as it is.
frame() { printf "\\x$1\\x$(printf %x $((128 + ${#2})))\\0\\0\\0\\0%s" "$2" >&3; }
answer() {
    local octets
    read -ra octets < <(timeout 10 head -c 2 <&3 | od -An -tu1)
    echo "frame ${octets[*]}: $(timeout 10 head -c "${octets[1]:-0}" <&3)"
}

package() { sed -n 's/^name = "\(.*\)"/\1/p' "examples/$1/Cargo.toml" | head -n 1; }

# Builds all of them, and puts the programs into the folder $1.
build() {
    bin=$CARGO_TARGET_DIR/$1
    local packages=()
    for name in $names; do packages+=(-p "$(package "$name")"); done
    cargo build "${packages[@]}" >"$CARGO_TARGET_DIR/$1.log" 2>&1 || { tail -n 30 "$CARGO_TARGET_DIR/$1.log" >&2; exit 1; }
    rm -rf "$bin"
    mkdir "$bin"
    for name in $names; do cp "$CARGO_TARGET_DIR/debug/$(package "$name")" "$bin"; done
    cp "$CARGO_TARGET_DIR/debug/example-client" "$bin"
}

# What the example $1 answers over the server $2 to all that it is asked.
answers() {
    bin=$CARGO_TARGET_DIR/$2
    : >"$work/known"
    (
        program=$bin/$(package "$1")
        cd "examples/$1"
        rm -rf uploads
        "$program" >"$work/said" 2>&1 &
        server=$!
        trap end EXIT
        while read -r _ command <&4; do
            echo "--- $command"
            eval "$command"
        done 4< <(table | grep "^$1 ")
    ) >"$work/answers" 2>&1 || true # What fails is an answer, too.
    for kind in answers known; do
        # Ids and the ports of clients are others each time.
        sed -E 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/AN-ID/g; s/127\.0\.0\.1:[0-9]{5}/A-PEER/g' \
            "$work/$kind" >"$bin/$1.$kind"
    done
}

rm -rf "$copy"
cp -R "$theirs" "$copy"
rm -rf "$copy/target"
cd "$copy"
mkdir -p "$CARGO_TARGET_DIR"
# The server is a dependency of both, so that their lock file is one. It is to see axum from the checkout.
printf '\n[patch.crates-io]\naxum = { path = "axum" }\n' >>Cargo.toml
for name in $names; do
    sed -i "s|^\[dependencies\]|&\nnova-tower = { path = \"$crate\" }|" "examples/$name/Cargo.toml"
done
build over-axum
for name in $names; do
    grep -q 'axum::serve(' "examples/$name/src/main.rs" || { echo "nothing to replace in $name" >&2; exit 1; }
    sed -i 's/axum::serve(/nova_tower::serve(/' "examples/$name/src/main.rs"
done
build over-nova

# Whether the files $1 of both servers differ: if so, how is in $work/diff.
differs() {
    ! diff "$CARGO_TARGET_DIR/over-axum/$1" "$CARGO_TARGET_DIR/over-nova/$1" >"$work/diff"
}

differ=
echo "< over axum::serve, > over nova_tower::serve"
for name in $names; do
    # A program that still has the other server in it would prove nothing.
    if grep -q nova_tower "$CARGO_TARGET_DIR/over-axum/$(package "$name")" \
        || ! grep -q nova_tower "$CARGO_TARGET_DIR/over-nova/$(package "$name")"; then
        echo "$name: a program is not served by who it should be" >&2
        exit 1
    fi
    answers "$name" over-axum
    answers "$name" over-nova
    if differs "$name.answers"; then
        differ="$differ $name"
        echo "$name differs:"
        cat "$work/diff"
    fi
    if differs "$name.known"; then
        echo "$name differs, as is known:"
        cat "$work/diff"
    elif [ -s "$CARGO_TARGET_DIR/over-nova/$name.known" ]; then
        differ="$differ $name"
        echo "$name: what is answered otherwise is the same"
    fi
done
echo "$(echo "$names" | wc -w) examples, $(table | wc -l) requests, $(table | grep -c ' otherwise ') known to differ"
[ -z "$differ" ] || { echo "not as it should be:$differ"; exit 1; }
