#!/bin/sh
# Creates the files of secrets that docker-compose.yml mounts. A file that exists stays as it is.
#
#   sh deploy/create-secrets.sh [FOLDER]                for your providers: put their secrets into the empty files
#   sh deploy/create-secrets.sh --simulator [FOLDER]    for the demo with simulated providers
set -eu

providers=yours
folder=secrets
if [ "${1:-}" = --simulator ]; then
  providers=simulated
  folder=simulator-secrets
  shift
fi
folder="${1:-$(dirname "$0")/$folder}"

# The folder keeps others on this machine out. The files are open, since each container reads them as a user of its own.
mkdir -p "$folder"
chmod 0700 "$folder"
umask 022

secret() {
  [ -e "$folder/$1" ] || printf '%s' "$2" > "$folder/$1"
}

random() {
  od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
}

secret postgres_password "$(random)"
secret temporal_password "$(random)"
secret idem_password "$(random)"
secret database_url "postgres://idem:$(cat "$folder/idem_password")@postgres:5432/idem"
secret alert_webhook_secret ""

if [ "$providers" = simulated ]; then
  secret stripe_secret_key "sk_test_$(random)"
  secret stripe_webhook_secret "whsec_$(random)"
  secret fulfilment_secret "whsec_$(random)"
  secret smtp_url smtp://simulator:3925
  secret api_keys acme:merchant:idem_demo_acme,globex:merchant:idem_demo_globex,acme:operator:idem_demo_acme_operator
else
  for name in stripe_secret_key stripe_webhook_secret fulfilment_secret smtp_url api_keys; do secret "$name" ""; done
fi
