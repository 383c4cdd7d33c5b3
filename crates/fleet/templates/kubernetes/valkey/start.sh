# shellcheck source=primary.sh
. /etc/valkey/primary.sh
find_primary "$own"
# <[ k.say("Um primário que ficou só com a minoria recusa escritas: a maioria já elegeu outro.", "A primary left with the minority refuses writes: the majority has elected another.") ]>
set -- /run/secrets/valkey/valkey-conf --dir /tmp --save '' --replica-announce-ip "$own" \
  --min-replicas-to-write $(((REPLICAS - 1) / 2)) --min-replicas-max-lag 5
[ "$primary" = "$own" ] || set -- "$@" --replicaof "$primary" 6379
exec valkey-server "$@"
