#!/bin/sh
# Makes the secrets of this installation, once. Keep `secrets/kek`: without it nothing in the database can be opened.
set -eu
cd "$(dirname "$0")"
if [ -e secrets ]; then
  echo "secrets/ is there already; it is left as it is" >&2
  exit 1
fi
mkdir -m 700 secrets
random() { head -c "$1" /dev/urandom | base64 | tr -d '\n'; }
random 32 > secrets/kek
random 24 | tr '+/' '-_' > secrets/database-password
printf 'postgres://wam:%s@postgres:5432/wam' "$(cat secrets/database-password)" > secrets/database-url
# Readable for the user of the containers; the folder keeps others out.
chmod 444 secrets/*
