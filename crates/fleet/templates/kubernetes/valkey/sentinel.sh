# shellcheck source=primary.sh
. /etc/valkey/primary.sh
find_primary ''
# <[ k.say("O nome de um pod que ainda não está em nó nenhum não se resolve.", "The name of a pod that is on no node yet does not resolve.") ]>
until getent hosts "$primary" > /dev/null; do
  sleep 1
  find_primary ''
done
umask 077
# <[ k.say("A mesma identidade a cada início: senão cada um contaria como mais uma sentinela, e faltaria a maioria.", "The same identity at every start: else each would count as one sentinel more, and the majority would be missing.") ]>
cat > /tmp/sentinel.conf << END
port 26379
dir /tmp
requirepass $password
sentinel sentinel-pass $password
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel announce-ip $own
sentinel myid $(printf %s "$own" | sha1sum | cut -c 1-40)
sentinel monitor valkey $primary 6379 $((REPLICAS / 2 + 1))
sentinel auth-pass valkey $password
sentinel down-after-milliseconds valkey 5000
sentinel failover-timeout valkey 10000
sentinel parallel-syncs valkey 1
END
exec valkey-server /tmp/sentinel.conf --sentinel
