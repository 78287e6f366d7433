# What some tests need from the distribution: a PostgreSQL server of their own, and Chromium. Where
# apt-get cannot provide them, the tests that need them are skipped and say so.

# Install a Debian package when a command or file of it is missing; never fails.
install_when_missing() { # package, test command...
  local package=$1
  shift
  "$@" >/dev/null 2>&1 && return
  command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || return 0
  echo "--- installing $package"
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y --no-install-recommends "$package" >/dev/null 2>&1 ||
    { apt-get update >/dev/null 2>&1 &&
      apt-get install -y --no-install-recommends "$package" >/dev/null 2>&1; } ||
    echo "--- $package cannot be installed; its tests will be skipped"
}

# Folder of initdb and pg_ctl, which Debian keeps out of the PATH; the newest version's.
postgres_programs() {
  local found
  found=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
  if [ -n "$found" ] && [ -x "$found/initdb" ]; then
    echo "$found"
  elif command -v initdb >/dev/null; then
    dirname "$(command -v initdb)"
  else
    return 1
  fi
}

# PostgreSQL refuses to run as root.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then
    runuser -u "$postgres_user" -- "$@"
  else
    "$@"
  fi
}

# Start a server on a free port below the folder $1; sets HELIOCHROME_TEST_POSTGRES.
start_postgres() {
  local programs port
  programs=$(postgres_programs) || { echo "--- no PostgreSQL; its tests will be skipped"; return 0; }
  postgres_user=$(id -u postgres >/dev/null 2>&1 && echo postgres || echo nobody)
  postgres_data=$1/postgres
  mkdir -p "$postgres_data"
  chmod 755 "$1"
  [ "$(id -u)" = 0 ] && chown "$postgres_user" "$postgres_data"
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  # Nothing here must survive a power failure, so that waiting for the disk is waste.
  if (cd / &&
    as_postgres "$programs/initdb" -D "$postgres_data/data" -U heliochrome -A trust -E UTF8 \
      --locale=C >/dev/null &&
    as_postgres "$programs/pg_ctl" -D "$postgres_data/data" -l "$postgres_data/log" -w -o \
      "-h 127.0.0.1 -p $port -k '$postgres_data' -c fsync=off -c full_page_writes=off" \
      start >/dev/null); then
    postgres_programs_used=$programs
    export HELIOCHROME_TEST_POSTGRES="postgresql://heliochrome@127.0.0.1:$port/postgres"
    echo "--- PostgreSQL $("$programs/postgres" --version | grep -o '[0-9.]*' | head -n 1) on port $port"
  else
    echo "--- PostgreSQL does not start; its tests will be skipped"
    cat "$postgres_data/log" 2>/dev/null || true
  fi
}

stop_postgres() {
  [ -n "${postgres_programs_used:-}" ] || return 0
  (cd / && as_postgres "$postgres_programs_used/pg_ctl" -D "$postgres_data/data" -m immediate \
    stop >/dev/null 2>&1) || true
}
