#!/usr/bin/env bash
# Restarts the servers of docker-compose.yml's profile `scale`, one after another; each
# only when HAProxy sends clients to the one before again. No call is lost by clients
# that retry, or that keep a connection for less than --drain-delay.
#
#   docker/rolling-restart.sh               restart them
#   docker/rolling-restart.sh --recreate    replace them, by a new image or other settings
#
# Compose is told what to work on as usual: by COMPOSE_PROJECT_NAME, docker/.env.
set -euo pipefail

patience_s=60
grace_s=25 # longer than --drain-delay and --drain-timeout
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
compose=(docker compose)
docker compose version >/dev/null 2>&1 || compose=(docker-compose)
compose+=(-f "$folder/docker-compose.yml" --profile scale)

say() { echo "rolling-restart: $*" >&2; }

# What HAProxy thinks of it: UP, NOLB, DOWN...
state_of() {
  "${compose[@]}" exec -T haproxy bash -c \
    'exec 3<>/dev/tcp/127.0.0.1/8404; printf "GET /;csv HTTP/1.0\r\n\r\n" >&3; cat <&3' |
    awk -F, -v server="$1" '$1 == "time" && $2 == server { print $18 }'
}

wait_until_up() {
  local deadline=$((SECONDS + patience_s)) state
  while state=$(state_of "$1") && [ "$state" != UP ]; do
    if [ "$SECONDS" -gt "$deadline" ]; then
      say "$1 is $state after $patience_s s: see its log; the others were left alone"
      exit 1
    fi
    sleep 0.2
  done
}

case "${1:-}" in
  '') how=(restart -t "$grace_s") ;;
  --recreate) how=(up -d --no-deps --force-recreate -t "$grace_s") ;;
  *) say "takes --recreate or nothing" && exit 2 ;;
esac
# None is taken away while another one is missing.
for server in server-1 server-2 server-3; do wait_until_up "$server"; done
for server in server-1 server-2 server-3; do
  say "$server"
  "${compose[@]}" "${how[@]}" "$server"
  wait_until_up "$server"
done
