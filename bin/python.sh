# Read by the commands beside it. Finds a Python and hands over to setup/: start NAME [ARGUMENT...].
start() {
    here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P) || exit 1
    for name in "${here%/*}/.venv/bin/python" python3 python3.14 python3.13 python3.12 python3.11; do
        python=$(command -v "$name") || continue
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' </dev/null >/dev/null 2>&1; then
            exec "$python" "$here/setup" "$@"
        fi
    done
    echo "The portal needs Python 3.11 or newer and found none: install it (Debian, Ubuntu: sudo apt-get install python3 python3-venv) and try again." >&2
    exit 1
}
