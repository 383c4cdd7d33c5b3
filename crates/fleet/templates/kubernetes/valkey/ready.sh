# <[ k.say("Pronta é a que serve, ou a que tem tudo de quem serve: antes disso nenhuma outra pode ser trocada.", "Ready is the one that serves, or the one that has all of who serves: before that no other may be exchanged.") ]>
set -eu
password="$(sed -n 's/^requirepass //p' /run/secrets/valkey/valkey-conf)"
printf 'AUTH %s\nINFO replication\n' "$password" | timeout 3 valkey-cli 2> /dev/null |
  grep -Eq '^(role:master|master_link_status:up)'
