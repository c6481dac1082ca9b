#!/bin/sh
# Writes the secrets of compose.yaml into the folder `secrets` beside this file (or the one that is named), each once:
# what is there already stays.
set -eu

folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
# Nobody else on this machine gets into the folder. The files themselves are mounted one by one, for users of containers that have
# other numbers than ours, so they must be readable.
chmod 0700 "$folder"
umask 022

random() { openssl rand -hex 32 | tr -d '\n'; }

# A file appears whole or not at all.
keep() {
  [ -e "$folder/$1" ] && return
  cat >"$folder/.$1"
  mv "$folder/.$1" "$folder/$1"
}

random | keep ldap-bind-password
random | keep key-encryption-key
random | keep audit-names-key

if [ ! -e "$folder/redis-users.acl" ] || [ ! -e "$folder/redis-url" ]; then
  rm -f "$folder/redis-users.acl" "$folder/redis-url" "$folder/redis-operator-password"
  password=$(random)
  printf 'redis://gatehouse:%s@redis:6379/0' "$password" | keep redis-url
  # `default` may do all, and nobody can be it. Without the rights, Redis 7 leaves out what it reads back from its append-only file.
  keep redis-users.acl <<ACL
user default off resetpass ~* &* +@all
user health on nopass resetchannels -@all +ping
user gatehouse on >$password resetchannels ~gatehouse:* -@all +eval +evalsha +hget +hmget +hset +del +pexpire +scan +info +wait +ping
ACL
fi

# For people who look after Redis. No key is theirs to read; but whoever may change users may give themselves anything.
if [ ! -e "$folder/redis-operator-password" ]; then
  password=$(random)
  {
    grep -v '^user operator ' "$folder/redis-users.acl"
    printf 'user operator on >%s resetchannels -@all +ping +info +config|get +bgsave +lastsave +acl|setuser +acl|getuser +acl|log +acl|whoami\n' "$password"
  } >"$folder/.redis-users.acl"
  mv "$folder/.redis-users.acl" "$folder/redis-users.acl"
  printf %s "$password" | keep redis-operator-password
fi
