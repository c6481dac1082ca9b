#!/usr/bin/env bash
# Installs the servers that the tests start: OpenLDAP, Samba as an Active Directory domain controller, Redis,
# the proxies nginx, HAProxy and Caddy, a browser (Debian, Ubuntu), newman,
# the tools that check alert rules and units, and what examples/spa is built with.
# Does nothing when all of them are there. Starts no daemon: the tests run their own, on loopback addresses.
set -euo pipefail

# Newman and the example of a page have lock files of their own, so that their packages are none of the project's.
project="$(dirname "$0")/.."
for folder in "$project/postman" "$project/examples/spa"; do
  if [ ! "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ]; then
    npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --silent
  fi
done

packages=(
  slapd ldap-utils slapd-contrib openssl
  samba-ad-dc samba-ad-provision samba-dsdb-modules samba-vfs-modules winbind attr acl
  redis-server redis-sentinel redis-tools
  nginx-light haproxy caddy
  chromium-headless-shell
  prometheus systemd
)

installed=" $(dpkg-query -W -f='${db:Status-Abbrev}${Package} ' "${packages[@]}" 2>/dev/null || true)"
missing=()
for package in "${packages[@]}"; do
  [[ "$installed" == *" ii ${package} "* ]] || missing+=("$package")
done

if [ "${#missing[@]}" -eq 0 ]; then
  exit 0
fi

if [ "$(id -u)" -ne 0 ]; then
  echo "Test servers are missing. Install them as root:" >&2
  echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
# The package scripts must not start a server of their own on the real ports.
if [ ! -e /usr/sbin/policy-rc.d ]; then
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
