# <[ k.say("Quem é o primário: o início de cada Valkey e de cada sentinela o pergunta às sentinelas.", "Who the primary is: each Valkey and each sentinel asks the sentinels when it begins.") ]>
set -eu
# <[ k.say("O primeiro processo de um contêiner só ouve os sinais que pede para ouvir.", "The first process of a container hears only the signals that it asks for.") ]>
trap 'exit 143' INT TERM
set_name="${HOSTNAME%-*}"
own="$HOSTNAME.$NODES"
# <[ k.say("Como está escrita, com as aspas que tiver: tudo o que a lê aqui a lê pelas mesmas regras.", "As it is written, with what quotes it has: all that reads it here reads it by the same rules.") ]>
password="$(sed -n 's/^requirepass //p' /run/secrets/valkey/valkey-conf)"
: "${password:?valkey-conf has no requirepass}"

# <[ k.say("O que diz a sentinela que viu a eleição mais recente: a época, as réplicas conhecidas, o primário.", "What the sentinel says that saw the latest election: its epoch, the replicas it knows, the primary.") ]>
ask() {
  number=0
  while [ "$number" -lt "$REPLICAS" ]; do
    printf 'AUTH %s\nSENTINEL MASTER valkey\n' "$password" |
      timeout 2 valkey-cli -h "$set_name-$number.$NODES" -p 26379 2> /dev/null |
      awk '$0 == "ip" { getline ip } $0 == "config-epoch" { getline epoch } $0 == "num-slaves" { getline replicas }
           END { if (ip != "") print epoch, replicas, ip }'
    number=$((number + 1))
  done | sort -n | tail -n 1
}

# <[ k.say("Se nenhuma sentinela responde, é o primeiro início de todos, e o pod 0 é o primário.", "Where no sentinel answers it is the first start of all, and pod 0 is the primary.") ]>
# <[ k.say("$1: quem não serve ainda. Um primário que recomeçou está vazio, e esvaziaria as réplicas: espera que uma delas o suceda.", "$1: who will not do yet. A primary that began anew is empty, and would empty its replicas: it waits for one to succeed it.") ]>
find_primary() {
  not_yet="$1"
  began="$(date +%s)"
  while :; do
    waited=$(($(date +%s) - began))
    # shellcheck disable=SC2046
    set -- $(ask)
    replicas="${2:-0}"
    primary="${3:-}"
    if [ -z "$primary" ]; then
      if [ "$waited" -ge 5 ]; then
        primary="$set_name-0.$NODES"
        return
      fi
    elif [ "$primary" != "$not_yet" ] || [ "$replicas" -eq 0 ] || [ "$waited" -ge 60 ]; then
      return
    fi
    sleep 1
  done
}
