#!/bin/sh
# Makes the Secrets of an installation, once, as a file to apply: deploy/k8s/make-secrets.sh <folder>, then kubectl apply -n wamessenger -f <folder>/secrets.yaml.
# Keep `kek`: without it nothing in the database can be opened. Needs openssl, kubectl (no cluster) and wam.
# WAM          how wam is called; default: from this checkout
# DATABASE_URL a database that is there already, as its owner with CREATEROLE; default: the one of components/postgres
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:?"where to? make-secrets.sh <folder>"}
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
ca=/run/secrets/postgres-ca/ca.crt
own="postgres://wam:$(cat postgres-password)@postgres-rw:5432/wam?sslmode=verify-full&sslrootcert=$ca"
printf %s "${DATABASE_URL:-$own}" > owner.url
make_database_roles "$(cat owner.url)"
# cert-manager can take the authority over. localhost is for port-forward.
make_bus_users
make_authority nats-ca
make_certificate nats nats-ca DNS:nats,DNS:nats-0.nats,DNS:nats-1.nats,DNS:nats-2.nats,DNS:localhost

secret() {
  echo "---"
  kubectl create secret "$@" --dry-run=client -o yaml
}
{
  for target in gateway auth analytics dispatcher webhooks session-engine sandbox prepare operator; do
    set -- --from-file=nats-seed=nats/$target.seed --from-file=nats-ca=nats-ca.crt
    case $target in
      gateway) set -- "$@" --from-file=message-key ;;
      auth | analytics | dispatcher | webhooks | session-engine | operator)
        set -- "$@" --from-file=database-url=roles/$target.url --from-file=kek
        ;;
      prepare) set -- "$@" --from-file=database-url=owner.url --from-file=database-roles=roles/roles.json ;;
    esac
    secret generic wam-$target "$@"
  done
  secret generic nats-users --from-file=authorization.conf=nats/authorization.conf
  secret generic nats-tls --from-file=tls.crt=nats.crt --from-file=tls.key=nats.key --from-file=ca.crt=nats-ca.crt
  secret generic wam-postgres --type=kubernetes.io/basic-auth --from-literal=username=wam --from-file=password=postgres-password
} > secrets.yaml
echo "kubectl apply -n wamessenger -f $folder/secrets.yaml; keep $folder/kek in a safe place"
