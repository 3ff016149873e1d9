# What Tests/bench/run, scale, whole and import do before they measure. They read it, and have set `here`, `repository` and
# `more_packages`, the Debian packages needed beside those for Postern and nginx.

# --- What is needed ---

"$repository/nginx/install-missing" --build nginx python3 sqlite3 "${more_packages[@]}" || exit 1
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

postern=${POSTERN_BINARY-}
[[ -n $postern ]] || postern=$("$repository/nginx/build") || exit 1

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
