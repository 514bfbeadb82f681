#!/bin/sh
# Makes the Secrets of an installation, once, as a file to apply: deploy/k8s/make-secrets.sh <folder>, then kubectl apply -n wamessenger -f <folder>/secrets.yaml.
# Keep `kek`: without it nothing in the database can be opened. Needs openssl, kubectl (no cluster) and wam.
# WAM          how wam is called; default: from this checkout
# DATABASE_URL a database that is there already; default: the one of components/postgres
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:?"where to? make-secrets.sh <folder>"}
wam=${WAM:-node $here/../../apps/wam/src/main.ts}
if [ -e "$folder" ]; then
  echo "$folder is there already; it is left as it is" >&2
  exit 1
fi
umask 077
mkdir -p "$folder"
cd "$folder"
random() { openssl rand -base64 "$1" | tr -d '\n'; }

random 32 > kek
WAM_KEK=$(cat kek) $wam keys message | tr -d '\n' > message-key
random 24 | tr '+/' '-_' > postgres-password
ca=/run/secrets/postgres-ca/ca.crt
own="postgres://wam:$(cat postgres-password)@postgres-rw:5432/wam?sslmode=verify-full&sslrootcert=$ca"
printf %s "${DATABASE_URL:-$own}" > database-url

# A key per user of the bus, and an authority that signs its servers for ten years; cert-manager can take that over. localhost is for port-forward.
$wam nats credentials nats > /dev/null
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=wamessenger nats" \
  -keyout nats-ca.key -out nats-ca.crt 2> /dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=nats" -keyout nats.key -out nats.csr 2> /dev/null
printf 'subjectAltName=DNS:nats,DNS:nats-0.nats,DNS:nats-1.nats,DNS:nats-2.nats,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n' > nats.ext
openssl x509 -req -in nats.csr -CA nats-ca.crt -CAkey nats-ca.key -CAcreateserial -days 3650 -extfile nats.ext -out nats.crt 2> /dev/null
rm nats.csr nats.ext

secret() {
  echo "---"
  kubectl create secret "$@" --dry-run=client -o yaml
}
{
  for target in gateway auth analytics dispatcher webhooks session-engine sandbox prepare operator; do
    set -- --from-file=nats-seed=nats/$target.seed --from-file=nats-ca=nats-ca.crt
    case $target in
      gateway) set -- "$@" --from-file=message-key ;;
      auth | analytics | dispatcher | webhooks | session-engine | operator) set -- "$@" --from-file=database-url --from-file=kek ;;
    esac
    secret generic wam-$target "$@"
  done
  secret generic nats-users --from-file=authorization.conf=nats/authorization.conf
  secret generic nats-tls --from-file=tls.crt=nats.crt --from-file=tls.key=nats.key --from-file=ca.crt=nats-ca.crt
  secret generic wam-postgres --type=kubernetes.io/basic-auth --from-literal=username=wam --from-file=password=postgres-password
} > secrets.yaml
echo "kubectl apply -n wamessenger -f $folder/secrets.yaml; keep $folder/kek in a safe place"
