#!/usr/bin/env bash
# <[ a.say("Instala a imagem, um processo do Aroeira por vez: o primeiro é o canário. Observa o erro e volta sozinho se ele passa do que a promessa deixa.", "Installs the image, one process of Aroeira at a time: the first is the canary. Watches errors and goes back by itself when they pass what the promise lets.") ]>
set -euo pipefail

: "${IMAGE:?}" "${PROMETHEUS:?}" "${BUDGET:?}" "${BURN_RATE:?}" "${WATCH_MINUTES:?}"
[[ $IMAGE =~ @sha256:[0-9a-f]{64}$ ]] || { echo "::error::$IMAGE"; exit 2; }

# <[ a.say("Um número do Prometheus; nada, onde não há medida.", "A number of Prometheus; nothing where nothing was measured.") ]>
measure() {
  curl --fail --silent --show-error --max-time 10 --get "$PROMETHEUS/api/v1/query" --data-urlencode "query=$1" |
    jq --raw-output '.data.result[0].value[1] // empty'
}

# <[ a.say("O que não se mede não se troca: não haveria como saber se serve.", "What is not measured is not replaced: nobody could tell whether it serves.") ]>
measured() {
  local up
  up="$(measure "min(up{job=\"aroeira\",$1})")" && [[ -n $up ]] && return 0
  echo "::error::PROMETHEUS_URL: up{job=\"aroeira\",$1}?"
  return 1
}

# <[ a.say("Quantas vezes mais depressa que o permitido se erra, nos últimos cinco minutos, em quem casa com este seletor.", "How many times faster than allowed it fails, in the last five minutes, in what this selector matches.") ]>
burn_rate() {
  local of="job=\"aroeira\",$1,route!~\"/metrics|/api/health.*\""
  measure "(sum(rate(aroeira_http_requests_total{$of,status=~\"5..|other\"}[5m])) or vector(0)) / (sum(rate(aroeira_http_requests_total{$of}[5m])) > 0) / $BUDGET or vector(0)"
}

# <[ a.say("Vale se em nenhum minuto o erro passa do limite, nem deixa de haver resposta.", "Good when in no minute errors pass the limit, nor nothing answers.") ]>
watch() {
  local minute up rate
  for ((minute = 1; minute <= WATCH_MINUTES; minute++)); do
    sleep 60
    up="$(measure "min(up{job=\"aroeira\",$1})")" || return 1
    rate="$(burn_rate "$1")" || return 1
    echo "$1: minute $minute, up ${up:-?}, burn rate ${rate:-?}"
    [[ ${up:-0} == 1 ]] || return 1
    jq --null-input --exit-status --argjson rate "${rate:-0}" --argjson most "$BURN_RATE" '$rate <= $most' >/dev/null || return 1
  done
}
<%- match a.platform %>
<%- when Platform::Kubernetes %>

seen() {
  echo "instance=~\"$1/$2(-0)?\""
}

selector() {
  kubectl --namespace "$1" get "statefulset/$2" --output json |
    jq --raw-output '.spec.selector.matchLabels | to_entries | map("\(.key)=\(.value)") | join(",")'
}

# <[ a.say("O que roda, não o que se pediu: quem sincroniza o cluster pode ter posto outra imagem de volta.", "What runs, not what was asked for: whatever keeps the cluster in step may have put another image back.") ]>
runs() {
  local pods
  pods="$(kubectl --namespace "$1" get pod --selector "$(selector "$1" "$2")" --output json)" || return 1
  jq --exit-status --arg container "$3" --arg image "$4" '
    [.items[].spec.containers[] | select(.name == $container) | .image] | length > 0 and all(. == $image)' >/dev/null <<<"$pods"
}

put() {
  kubectl --namespace "$1" set image "statefulset/$2" "$3=$4" &&
    kubectl --namespace "$1" rollout status "statefulset/$2" --timeout 10m
}

# <[ a.say("Um conjunto: a imagem nova, e a de antes se não vale.", "One set: the new image, and the one before when it is no good.") ]>
replace() {
  local namespace=$1 name=$2 container=$3 before=$4
  if put "$namespace" "$name" "$container" "$IMAGE" && watch "$(seen "$namespace" "$name")" &&
    runs "$namespace" "$name" "$container" "$IMAGE"; then
    return 0
  fi
  echo "::error::$namespace/$name: $IMAGE"
  kubectl --namespace "$namespace" set image "statefulset/$name" "$container=$before"
  # <[ a.say("Um pod que nunca ficou pronto não é trocado sozinho.", "A pod that was never ready is not replaced by itself.") ]>
  kubectl --namespace "$namespace" delete pod --selector "$(selector "$namespace" "$name")" --wait=true
  kubectl --namespace "$namespace" rollout status "statefulset/$name" --timeout 10m
  return 1
}

mapfile -t sets < <(
  kubectl get statefulset --all-namespaces --output json |
    jq --raw-output '.items[]
      | select(.spec.template.metadata.labels["app.kubernetes.io/name"] == "aroeira")
      | [.metadata.namespace, .metadata.name, (.spec.template.spec.containers[0] | .name, .image)] | @tsv' | sort
)
((${#sets[@]} > 0)) || { echo "::error::no set of Aroeira"; exit 1; }
for set in "${sets[@]}"; do
  IFS=$'\t' read -r namespace name container before <<<"$set"
  measured "$(seen "$namespace" "$name")"
done
for set in "${sets[@]}"; do
  IFS=$'\t' read -r namespace name container before <<<"$set"
  replace "$namespace" "$name" "$container" "$before"
done
for set in "${sets[@]}"; do
  IFS=$'\t' read -r namespace name container before <<<"$set"
  runs "$namespace" "$name" "$container" "$IMAGE" || { echo "::error::$namespace/$name: != $IMAGE"; exit 1; }
done
<%- when Platform::Compose %>

# <[ a.say("A imagem que o Compose usa está em AROEIRA_IMAGE, no .env do diretório dele; sem ela, a que está escrita em compose.yaml.", "The image that Compose uses is in AROEIRA_IMAGE, in the .env of its directory; without it, the one written in compose.yaml.") ]>
directory="${AROEIRA_COMPOSE:-/opt/aroeira}"
touch "$directory/.env"
before="$(sed --quiet 's/^AROEIRA_IMAGE=//p' "$directory/.env")"
# <[ a.say("Cada serviço, e onde o Prometheus o lê.", "Each service, and where Prometheus reads it.") ]>
services=(<% for one in a.processes %><% if !loop.first %> <% endif %><[ one.name ]><% endfor %>)
addresses=(<% for one in a.processes %><% if !loop.first %> <% endif %><[ one.address ]><% endfor %>)

serve() {
  local others
  others="$(grep --invert-match '^AROEIRA_IMAGE=' "$directory/.env" || true)"
  printf '%s\n' ${others:+"$others"} "AROEIRA_IMAGE=$1" >"$directory/.env"
  docker compose --project-directory "$directory" up --detach --wait --wait-timeout 300 "${@:2}"
}

runs() {
  local container
  container="$(docker compose --project-directory "$directory" ps --quiet "$1")" || return 1
  [[ "$(docker inspect --format '{{.Config.Image}}' "$container")" == "$IMAGE" ]]
}

for address in "${addresses[@]}"; do
  measured "instance=\"$address\""
done
for at in "${!services[@]}"; do
  service="${services[at]}"
  if serve "$IMAGE" "$service" && watch "instance=\"${addresses[at]}\"" && runs "$service"; then
    continue
  fi
  echo "::error::$service: $IMAGE"
  serve "$before" "${services[@]}"
  exit 1
done
<%- when Platform::Systemd %>

# <[ a.say("O programa novo fica ao lado do velho, e uma ligação diz qual vale.", "The new program stands beside the old, and a link says which counts.") ]>
: "${PROCESSES:?}" "${MACHINES_DOMAIN:?}"
link=/usr/local/bin/aroeira
new="/usr/local/lib/aroeira/${IMAGE##*:}/aroeira"
mapfile -t processes <<<"$PROCESSES"

on() {
  ssh -o BatchMode=yes -o StrictHostKeyChecking=yes "$1.$MACHINES_DOMAIN" "${@:2}"
}

carry() {
  on "$1" "sudo install -d ${new%/*} && sudo tee $new.part >/dev/null && sudo chmod 0755 $new.part && sudo mv $new.part $new" <"$program/aroeira"
}

# <[ a.say("O programa que vale; o primeiro de todos, que ainda não é uma ligação, ganha um lugar.", "The program that counts; the very first, which is no link yet, gets a place.") ]>
current() {
  on "$1" "test -L $link || sudo install -D -m 0755 $link /usr/local/lib/aroeira/first/aroeira; readlink $link || echo /usr/local/lib/aroeira/first/aroeira" </dev/null
}

point() {
  on "$1" "sudo ln -sfn $2 $link.new && sudo mv -T $link.new $link" </dev/null
}

# <[ a.say("Recomeça um processo e espera que ele atenda.", "Starts a process anew and waits until it serves.") ]>
start() {
  on "$1" "sudo systemctl restart aroeira@$2 && for _ in \$(seq 60); do $link doctor --server http://$3 >/dev/null 2>&1 && exit 0; sleep 5; done; exit 1" </dev/null
}

runs() {
  on "$1" "test \"\$(sudo readlink /proc/\$(systemctl show --property MainPID --value aroeira@$2)/exe)\" = $new" </dev/null
}

program="$(mktemp --directory)"
container="$(docker create "$IMAGE")"
docker cp "$container:/usr/local/bin/aroeira" "$program/aroeira"
docker rm "$container" >/dev/null

for process in "${processes[@]}"; do
  read -r machine name address <<<"$process"
  measured "instance=\"$address\""
done
at="" before="" begun=()
for process in "${processes[@]}"; do
  read -r machine name address <<<"$process"
  if [[ $machine != "$at" ]]; then
    carry "$machine"
    before="$(current "$machine")"
    at=$machine begun=()
    point "$machine" "$new"
  fi
  begun+=("$name $address")
  if start "$machine" "$name" "$address" && watch "instance=\"$address\"" && runs "$machine" "$name"; then
    continue
  fi
  echo "::error::$machine: $name: $IMAGE"
  # <[ a.say("Esta máquina volta; as outras ficam como estão.", "This machine goes back; the others stay as they are.") ]>
  point "$machine" "$before"
  for one in "${begun[@]}"; do
    read -r name address <<<"$one"
    start "$machine" "$name" "$address" || echo "::error::$machine: $name: $before"
  done
  exit 1
done
<%- endmatch %>
