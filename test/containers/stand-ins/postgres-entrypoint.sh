#!/bin/sh
set -eu

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  mkdir -p "$PGDATA"
  initdb --pgdata "$PGDATA" --username postgres --pwfile "$POSTGRES_PASSWORD_FILE" \
    --auth-local trust --auth-host scram-sha-256 --encoding UTF8 --locale C.UTF-8
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
  pg_ctl --wait start --options "-c listen_addresses='' -c unix_socket_directories=/var/run/postgresql"
  for script in /docker-entrypoint-initdb.d/*.sql; do
    psql --set ON_ERROR_STOP=1 --no-psqlrc --host /var/run/postgresql --username postgres --file "$script"
  done
  pg_ctl --wait stop --mode fast
fi
exec "$@" -c listen_addresses='*' -c unix_socket_directories=/var/run/postgresql
