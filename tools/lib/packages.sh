# Debian packages: what each tool needs, and installing what is missing. Sourced by the tools.

build_packages=(
    build-essential cmake ninja-build pkg-config
    libevent-dev liblua5.4-dev libsqlite3-dev libzmq3-dev libcurl4-openssl-dev
    libjansson-dev libjose-dev libssl-dev libpq-dev node-llhttp
)
test_packages=(
    libcmocka-dev curl python3 python3-zmq clang clang-format clang-tidy libclang-rt-14-dev
    omniorb omniidl omniorb-idl omniorb-nameserver libomniorb4-dev libcos4-dev tcl-combat
    postgresql pgbouncer openssl nodejs
)
bench_packages=(
    wrk nginx-light curl python3 omniidl omniorb-idl libomniorb4-dev libcos4-dev postgresql
)

# Installs the packages that are not there. Asks for root only when something is missing.
install_missing() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
            missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    echo "installing: ${missing[*]}" >&2
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || {
            echo "these Debian packages are missing, and there is no sudo: ${missing[*]}" >&2
            return 1
        }
        as_root=(sudo)
    fi
    local log
    log=$(mktemp)
    if ! { "${as_root[@]}" apt-get update -q &&
           "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
               apt-get install -y -q --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
        tail -n 30 "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

# build PRESET: configures and builds, quietly unless it fails.
build_preset() {
    local log
    log=$(mktemp)
    if ! { cmake --preset "$1" && cmake --build --preset "$1"; } >"$log" 2>&1; then
        tail -n 60 "$log" >&2
        rm -f "$log"
        echo "the $1 build failed" >&2
        return 1
    fi
    rm -f "$log"
}
