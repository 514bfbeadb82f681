#!/bin/sh
# Makes the secrets of this installation, once: the folder `secrets`. Keep `secrets/kek`: without it nothing in the database can be opened.
# Needs openssl and wam. WAM: how wam is called; default: from this checkout
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$here/secrets}
wam=${WAM:-node $here/../../apps/wam/src/main.ts}
. "$here/../credentials.sh"
if [ -e "$folder" ]; then
  echo "$folder is there already; it is left as it is" >&2
  exit 1
fi
umask 077
mkdir -p "$folder"
cd "$folder"

make_keys
random 24 | tr '+/' '-_' > postgres-password
printf 'postgres://wam:%s@postgres:5432/wam?sslmode=verify-full&sslrootcert=/run/secrets/ca.crt' "$(cat postgres-password)" > owner.url
make_database_roles "$(cat owner.url)"
make_bus_users
make_authority ca
make_certificate nats ca DNS:nats,DNS:localhost
make_certificate postgres ca DNS:postgres,DNS:localhost
# Readable for the users of the containers, each of which sees its own only; the folder keeps others out.
find . -type f -exec chmod 444 {} +
chmod 400 ca.key
chmod 755 nats roles
chmod 700 .
