# What Tests/bench/run and Tests/bench/scale do before they measure. They read it, and have set `here`, `repository`,
# `die` and `more_packages`, the Debian packages needed beside those for Postern and nginx.

# --- What is needed ---

"$repository/nginx/install-missing" libfcgi-dev libsqlite3-dev libssl-dev libcrypt-dev libargon2-dev libc6-dev \
    nginx python3 sqlite3 "${more_packages[@]}" || exit 1
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

find_swift() {
    local candidate
    if [[ -n ${SWIFT-} ]]; then
        command -v "$SWIFT"
        return
    fi
    for candidate in swift ~/.local/share/swiftly/bin/swift {/opt,/usr/local}/swift*/usr/bin/swift; do
        if command -v "$candidate"; then return; fi
    done
    return 1
}
build() {
    local swift
    swift=$(find_swift) \
        || die "swift is not in PATH. Install Swift 6 (https://www.swift.org/install/linux/) or set SWIFT."
    # As it is installed.
    "$swift" build -c release --package-path "$repository" --product postern --static-swift-stdlib >&2 \
        || die "the build failed; the reason stands above."
    echo "$("$swift" build -c release --package-path "$repository" --show-bin-path)/postern"
}
postern=${POSTERN_BINARY-}
[[ -n $postern ]] || postern=$(build) || exit 1

# --- A directory of its own ---

# Short, because the path of a socket may have 107 bytes at most. The state lies where a disk is.
work=$(mktemp -d)
state=$repository/.build/bench-state.$$
child=
finish() {
    local status=$?
    trap '' INT TERM HUP
    if [[ -n $child ]]; then
        kill -TERM "$child" 2>/dev/null || true
        wait "$child" 2>/dev/null || true
    fi
    rm -rf "$work" "$state"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
mkdir -p "$work/temp" "$(dirname "$state")"
if ((EUID == 0)); then
    chgrp www-data "$work" "$work/temp"
    chmod 0750 "$work"
    chmod 0770 "$work/temp"
fi

# measure PROGRAM OPTION…: runs a Python program of this directory; its end is the end of what it started.
measure() {
    local program=$1 status=0
    shift
    python3 -B "$here/$program" --work "$work" --state "$state" --here "$here" --postern "$postern" "$@" &
    child=$!
    wait "$child" || status=$?
    child=
    return "$status"
}
