# Sourced by scripts/demo and scripts/test: makes or reuses .venv and installs the package into it.
# usage: install_into_venv EXTRA [OPTION ...]
# EXTRA is empty or [test], which takes what requirements-dev.txt has locked; the options are pip's.

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
    wanted="$extra $(cat pyproject.toml requirements-dev.txt | cksum)"
    if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
        if [ "$extra" = "[test]" ]; then install_test_tools "$@"; else pip_install "$@" --editable .; fi ||
            complain "the package cannot be installed: see the lines above"
        printf '%s' "$wanted" >"$stamp"
    fi
}

pip_install() {
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@"
}

# Take the versions of requirements-dev.txt, or the newest where those cannot be had: for a Python
# that is newer than the file, or an index that lacks some.
install_test_tools() {
    errors=.venv/pip-errors
    if pip_install "$@" --no-deps --require-hashes --requirement requirements-dev.txt 2>"$errors"; then
        pip_install "$@" --no-deps --no-build-isolation --editable .
        return
    fi
    cat "$errors" >&2
    ! grep -q "DO NOT MATCH THE HASHES" "$errors" ||
        complain "a package is not the file that requirements-dev.txt was made with: do not use it"
    echo "the versions of requirements-dev.txt cannot be installed here: the newest are taken" >&2
    pip_install "$@" --editable ".[test]"
}
