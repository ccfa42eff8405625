# Sourced by scripts/demo and scripts/test: makes or reuses .venv and installs the package into it.
# usage: install_into_venv EXTRA [OPTION ...]
# EXTRA is empty or a list such as "[test]"; the options are pip's.

complain() {
    printf '%s: %s\n' "${0##*/}" "$1" >&2
    exit 1
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s' "$candidate"
            return
        fi
    done
}

install_into_venv() {
    python=$(find_python)
    [ -n "$python" ] || complain "Python 3.11 or newer was not found: install it, or set PYTHON=/path/to/python"
    if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        "$python" -c 'import venv, ensurepip' 2>/dev/null ||
            complain "Python's venv module is missing: install it (Debian and Ubuntu: apt install python3-venv) and run again"
        "$python" -m venv --clear .venv || complain "the virtual environment .venv cannot be created here"
    fi
    .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        complain "the .venv that is here has an old Python: delete it and run again"
    stamp=".venv/installed-with"
    extra=$1
    shift
    wanted="$extra $(cksum <pyproject.toml)"
    if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
        .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@" --editable ".$extra" ||
            complain "the package cannot be installed: see the lines above"
        printf '%s' "$wanted" >"$stamp"
    fi
}
