# Functions of k8s/make-secrets.sh and compose/make-secrets.sh: keys and passwords of an installation, as files in the folder they are called in.
# Need openssl and $wam, how wam is called.

random() { openssl rand -base64 "$1" | tr -d '\n'; }

# kek: without it nothing in the database can be opened. message-key: derived from it, opens messages for the gateway.
make_keys() {
  random 32 > kek
  WAM_KEK=$(cat kek) $wam keys message | tr -d '\n' > message-key
}

# roles/<target>.url, an address and a password for each; roles/roles.json, of which `wam prepare` makes the roles. $1: address of the owner of the database
make_database_roles() {
  DATABASE_URL=$1 $wam database credentials --later roles > /dev/null
}

# nats/<target>.seed, a key for each; nats/authorization.conf, what each may do.
make_bus_users() {
  $wam nats credentials nats > /dev/null
}

# $1.crt and $1.key: signs certificates of servers for ten years.
make_authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=wamessenger $1" \
    -keyout "$1.key" -out "$1.crt" 2> /dev/null
}

# $1.crt and $1.key of a server. $2: authority, $3: its names, as DNS:name,DNS:name
make_certificate() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$1.key" -out "$1.csr" 2> /dev/null
  printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$3" > "$1.ext"
  openssl x509 -req -in "$1.csr" -CA "$2.crt" -CAkey "$2.key" -CAcreateserial -days 3650 -extfile "$1.ext" -out "$1.crt" 2> /dev/null
  rm "$1.csr" "$1.ext"
}
