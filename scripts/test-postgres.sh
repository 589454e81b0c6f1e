#!/usr/bin/env bash
# A throw-away PostgreSQL with TLS, for tests and the demo. Loopback and a local socket only.
#
#   scripts/test-postgres.sh FOLDER start [PID]   makes FOLDER, starts the server, writes FOLDER/facts
#   scripts/test-postgres.sh FOLDER pooler        also starts pgbouncer in transaction mode, writes FOLDER/pooler.facts
#   scripts/test-postgres.sh FOLDER stop          stops the server and removes FOLDER
#
# With PID, a watcher stops the server and removes FOLDER as soon as that process is gone, however it ended.
# With CERTIFICATE_DAYS=-1 the server's certificate has expired.
#
# FOLDER must not exist before, and its path must be short: a socket's path holds 107 bytes.
#
# FOLDER/facts has lines key=value: bin, host, port, socket, user, password_file, ca, wrong_ca, client_cert,
# client_key. FOLDER/tls also has the authorities' keys, so that a test can make certificates of its own.
set -euo pipefail

usage() { sed -n '2,16s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
folder=$1
verb=$2

# The newest server of the machine, unless PGBINDIR says which.
find_bin() {
  if [ -n "${PGBINDIR:-}" ]; then
    echo "$PGBINDIR"
    return
  fi
  local newest
  newest=$(find /usr/lib/postgresql -mindepth 3 -maxdepth 3 -path '*/bin/postgres' 2>/dev/null | sort -V | tail -n 1)
  [ -n "$newest" ] || newest=$(command -v postgres || true)
  [ -z "$newest" ] || dirname "$newest"
}

# PostgreSQL refuses to run as root; the package's own user does it then.
as_owner() {
  if [ "$(id -u)" -eq 0 ]; then
    (cd / && runuser -u postgres -- "$@")
  else
    "$@"
  fi
}

missing() {
  echo "missing: $1" >&2
  exit 3
}

require_parts() {
  bin=$(find_bin)
  if [ -z "$bin" ] || [ ! -x "$bin/initdb" ] || [ ! -x "$bin/postgres" ]; then
    missing "the PostgreSQL server (apt-get install postgresql, or set PGBINDIR)"
  fi
  command -v openssl >/dev/null || missing "openssl (apt-get install openssl)"
  if [ "$(id -u)" -eq 0 ]; then
    command -v runuser >/dev/null || missing "runuser (apt-get install util-linux), to leave root"
    id postgres >/dev/null 2>&1 || missing "the user postgres (apt-get install postgresql), to leave root"
  fi
}

new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1" 2>/dev/null; }

# make_authority NAME SUBJECT
make_authority() {
  new_key "$1.key"
  openssl req -x509 -new -key "$1.key" -sha256 -days 2 -subj "/CN=$2" \
    -addext 'basicConstraints=critical,CA:true' -addext 'keyUsage=critical,keyCertSign,cRLSign' \
    -out "$1.crt" 2>/dev/null
}

# make_certificate NAME SUBJECT EXTENSIONS AUTHORITY DAYS
make_certificate() {
  new_key "$1.key"
  openssl req -new -key "$1.key" -subj "/CN=$2" -out "$1.csr" 2>/dev/null
  printf '%s\n' "$3" >"$1.ext"
  openssl x509 -req -in "$1.csr" -CA "$4.crt" -CAkey "$4.key" -CAcreateserial -sha256 -days "$5" \
    -extfile "$1.ext" -out "$1.crt" 2>/dev/null
  rm -f "$1.csr" "$1.ext"
}

make_tls() {
  mkdir "$folder/tls"
  cd "$folder/tls"
  make_authority ca "Decant test authority"
  make_authority wrong-ca "Another authority"
  make_certificate server localhost 'subjectAltName=DNS:localhost,IP:127.0.0.1' ca "${CERTIFICATE_DAYS:-2}"
  make_certificate client decant_client 'extendedKeyUsage=clientAuth' ca 2
  chmod 600 ./*.key
  chmod 644 ./*.crt
  cd - >/dev/null
}

configure() {
  cat >>"$folder/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$folder/socket'
max_connections = 100
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
logging_collector = off
ssl = on
ssl_cert_file = '$folder/tls/server.crt'
ssl_key_file = '$folder/tls/server.key'
ssl_ca_file = '$folder/tls/ca.crt'
ssl_min_protocol_version = 'TLSv1.2'
CONF
  cat >"$folder/data/pg_hba.conf" <<HBA
local   all all              scram-sha-256
hostssl all all 127.0.0.1/32 scram-sha-256
host    all all 127.0.0.1/32 scram-sha-256
HBA
}

# A port that was free a moment ago may be taken by now, so a few are tried.
launch() {
  local try
  for try in 1 2 3 4 5 6 7 8; do
    port=$((20000 + (RANDOM * 32768 + RANDOM + try) % 12000))
    if as_owner "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 60 -s -o "-p $port" start >/dev/null 2>&1; then
      return
    fi
  done
  echo "PostgreSQL did not start; the last lines of its log:" >&2
  tail -n 20 "$folder/log" >&2 || true
  exit 1
}

write_facts() {
  cat >"$folder/facts.new" <<FACTS
bin=$bin
host=localhost
port=$port
socket=$folder/socket
user=decant_admin
password_file=$folder/password
ca=$folder/tls/ca.crt
wrong_ca=$folder/tls/wrong-ca.crt
client_cert=$folder/tls/client.crt
client_key=$folder/tls/client.key
FACTS
  mv "$folder/facts.new" "$folder/facts"
}

# Holds none of our descriptors, so that nobody who reads our output waits for it.
watch() {
  local stopper
  stopper=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
  # shellcheck disable=SC2016
  setsid bash -c 'while kill -0 "$1" 2>/dev/null && [ -d "$2" ]; do sleep 0.5; done; [ ! -d "$2" ] || bash "$3" "$2" stop' \
    watcher "$1" "$folder" "$stopper" </dev/null >/dev/null 2>&1 &
}

start() {
  require_parts
  # Removing is only ever done to a folder that this script has made.
  mkdir "$folder"
  folder=$(cd "$folder" && pwd -P)
  trap 'stop_quietly' EXIT
  touch "$folder/made-by-test-postgres"
  mkdir "$folder/socket"
  (umask 077 && openssl rand -hex 16 >"$folder/password")
  make_tls
  chmod 755 "$folder" "$folder/socket" "$folder/tls"
  [ "$(id -u)" -ne 0 ] || chown -R postgres "$folder"
  as_owner "$bin/initdb" -D "$folder/data" -U decant_admin -A scram-sha-256 --pwfile="$folder/password" \
    --no-sync --no-instructions -E UTF8 --locale=C >/dev/null
  configure
  launch
  write_facts
  [ -z "${1:-}" ] || watch "$1"
  trap - EXIT
}

# Every database of the server, as decant_admin, one server connection each: the next client surely gets the last one's.
# The database postgres is
# also pooled in session mode, as by_session, and in transaction mode with five connections, as by_turns.
pooler() {
  PATH=$PATH:/usr/sbin
  command -v pgbouncer >/dev/null || missing "pgbouncer (apt-get install pgbouncer)"
  local port password try
  folder=$(cd "$folder" && pwd -P)
  port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
  password=$(cat "$folder/password")
  (umask 077 && printf '"decant_admin" "%s"\n' "$password" >"$folder/pooler.users")
  cat >"$folder/pooler.ini" <<INI
[databases]
by_session = host=$folder/socket port=$(sed -n 's/^port=//p' "$folder/facts") dbname=postgres pool_mode=session pool_size=5
by_turns = host=$folder/socket port=$(sed -n 's/^port=//p' "$folder/facts") dbname=postgres pool_size=5
* = host=$folder/socket port=$(sed -n 's/^port=//p' "$folder/facts")
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $port
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $folder/pooler.users
pool_mode = transaction
default_pool_size = 1
logfile = $folder/pooler.log
pidfile = $folder/pooler.pid
INI
  [ "$(id -u)" -ne 0 ] || chown postgres "$folder/pooler.users" "$folder/pooler.ini"
  as_owner "$(command -v pgbouncer)" -q -d "$folder/pooler.ini" </dev/null >/dev/null 2>&1
  for try in $(seq 100); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "port=$port" >"$folder/pooler.facts"
      return
    fi
    sleep 0.05
  done
  echo "pgbouncer did not start after $try tries" >&2
  exit 1
}

stop_quietly() { stop >/dev/null 2>&1 || true; }

stop() {
  [ -e "$folder/made-by-test-postgres" ] || exit 0
  bin=$(find_bin)
  if [ -e "$folder/data/postmaster.pid" ]; then
    as_owner "$bin/pg_ctl" -D "$folder/data" -m immediate -w -t 30 -s stop >/dev/null 2>&1 || true
  fi
  # Only a process that still has our configuration in its arguments is the pooler that we started.
  if [ -e "$folder/pooler.pid" ] && ps -o args= -p "$(cat "$folder/pooler.pid")" | grep -qF "$folder/pooler.ini"; then
    kill "$(cat "$folder/pooler.pid")" 2>/dev/null || true
  fi
  rm -rf "$folder"
}

case $verb in
start) start "${3:-}" ;;
pooler) pooler ;;
stop) stop ;;
*) usage ;;
esac
