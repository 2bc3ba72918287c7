# shellcheck shell=bash
# Sourced by the other scripts: makes the environment of this checkout and puts it first on PATH. Sets `root`.

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
"$root/scripts/setup-env"
export PATH="$root/.venv/bin:$PATH"

# numba keeps machine code for a file until that file changes, but the code also contains functions and constants of
# other files. So each state of the sources gets a cache of its own, and the older ones go.
_caches=$root/.venv/numba-cache
_sources=$(cd -- "$root" && find ccc -name '*.py' ! -path 'ccc/cli/*' ! -path 'ccc/assembler/*' -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c 1-16)
mkdir -p -- "$_caches/$_sources"
find "$_caches" -mindepth 1 -maxdepth 1 ! -name "$_sources" -exec rm -rf -- {} +
export NUMBA_CACHE_DIR=$_caches/$_sources
unset _caches _sources
