#!/bin/sh
# Fills the directory at its first start, with the password of the service account from its secret, and becomes slapd.
set -eu

config=/etc/gatehouse-ldap/slapd.conf
data=/var/lib/ldap
secret=/run/secrets/ldap-bind-password

if [ ! -e "$data/filled" ]; then
  rm -f "$data"/*.mdb
  hash=$(slappasswd -T "$secret")
  sed "s|@GATEWAY_PASSWORD@|$hash|" /etc/gatehouse-ldap/people.ldif | slapadd -f "$config" -b dc=example,dc=org
  touch "$data/filled"
fi

exec slapd -f "$config" -h ldap://0.0.0.0:1389 -d stats
