#!/bin/sh
# postgresql.sh FOLDER: a PostgreSQL server for tests, on a Unix socket in FOLDER, which must be empty and of a short path.
# Takes commands from standard input, one a line: start, stop, kill; follow OTHER before the first start, to be a standby
# of the server in the folder OTHER. Answers each with one line: ok, or failed and why.
# At the end of input, which is also how the death of whoever started us shows, the server ends and FOLDER is removed.
# Everybody may connect without a password as any user but `guarded`.
set -u
folder=$1
bin=/usr/lib/postgresql/15/bin
server=

trap '' INT TERM HUP # we end with our input, and then clean up
# PostgreSQL refuses to run as root.
if [ "$(id -u)" = 0 ]; then
  chown postgres "$folder"
  as_postgres="setpriv --reuid=postgres --regid=postgres --init-groups"
else
  as_postgres="setpriv"
fi

init() {
  [ -d "$folder/data" ] && return
  (cd "$folder" && $as_postgres --pdeathsig keep "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 \
    --locale=C.UTF-8 --no-sync) >"$folder/log" 2>&1 || return 1
  printf 'local all guarded scram-sha-256\nlocal all all trust\nlocal replication all trust\n' >"$folder/data/pg_hba.conf"
  printf "listen_addresses = ''\nunix_socket_directories = '%s'\nshared_buffers = 32MB\ndynamic_shared_memory_type = mmap\nmax_connections = 40\n" \
    "$folder" >>"$folder/data/postgresql.conf"
}

follow() {
  (cd "$folder" && $as_postgres --pdeathsig keep "$bin/pg_basebackup" -h "$1" -U postgres -D "$folder/data" -R -c fast \
    --no-sync) >"$folder/log" 2>&1 || return 1
  echo "unix_socket_directories = '$folder'" >>"$folder/data/postgresql.conf"
}

start() {
  [ -z "$server" ] || return 0
  init || return 1
  (cd "$folder" && exec $as_postgres --pdeathsig QUIT "$bin/postgres" -D "$folder/data") >>"$folder/log" 2>&1 </dev/null &
  server=$!
  looks=0
  until "$bin/pg_isready" -q -h "$folder"; do
    looks=$((looks + 1))
    if [ $looks -gt 1200 ] || ! kill -0 "$server" 2>/dev/null; then
      end KILL
      return 1
    fi
    sleep 0.05 # between two looks
  done
}

end() {
  [ -n "$server" ] || return 0
  kill -"$1" "$server" 2>/dev/null
  wait "$server" 2>/dev/null
  server=
}

# As when the power goes: nobody hears of it, and no process of the server is left.
kill_all() {
  [ -n "$server" ] || return 0
  kill -STOP "$server"
  others=$(cat "/proc/$server/task/$server/children")
  end KILL
  for other in $others; do
    kill -KILL "$other" 2>/dev/null
    while kill -0 "$other" 2>/dev/null; do sleep 0.01; done # a killed process ends when the kernel comes to it
  done
}

answer() {
  if [ "$1" = 0 ]; then echo ok; else echo "failed: $(tail -n 5 "$folder/log" | tr '\n' ' ')"; fi
}

while read -r command argument; do
  case $command in
    follow) follow "$argument"; answer $? ;;
    start) start; answer $? ;;
    stop) end INT; answer 0 ;;
    kill) kill_all; answer 0 ;;
    *) echo "failed: no command $command" ;;
  esac
done

end QUIT
# A killed server leaves its segment of shared memory to the next one, which there is not.
segment=$(sed -n '7s/^ *[0-9]* *//p' "$folder/data/postmaster.pid" 2>/dev/null)
[ -z "$segment" ] || ipcrm -m "$segment" 2>/dev/null
rm -rf "$folder"
