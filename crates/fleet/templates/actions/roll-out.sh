#!/usr/bin/env bash
# <[ a.say("Instala a imagem, observa o erro e volta sozinho se ele passa do que a promessa deixa.", "Installs the image, watches errors and goes back by itself when they pass what the promise lets.") ]>
set -euo pipefail

: "${IMAGE:?}" "${PROMETHEUS:?}" "${BUDGET:?}" "${BURN_RATE:?}" "${WATCH_MINUTES:?}"
[[ $IMAGE =~ @sha256:[0-9a-f]{64}$ ]] || { echo "::error::$IMAGE"; exit 2; }

# <[ a.say("Um número do Prometheus; nada, onde não há medida.", "A number of Prometheus; nothing where nothing was measured.") ]>
measure() {
  curl --fail --silent --show-error --max-time 10 --get "$PROMETHEUS/api/v1/query" --data-urlencode "query=$1" |
    jq --raw-output '.data.result[0].value[1] // empty'
}

# <[ a.say("Quantas vezes mais depressa que o permitido se erra, nos últimos cinco minutos, em quem casa com este seletor.", "How many times faster than allowed it fails, in the last five minutes, in what this selector matches.") ]>
burn_rate() {
  local of="job=\"aroeira\",instance=~\"$1\",route!~\"/metrics|/api/health.*\""
  measure "(sum(rate(aroeira_http_requests_total{$of,status=~\"5..|other\"}[5m])) or vector(0)) / (sum(rate(aroeira_http_requests_total{$of}[5m])) > 0) / $BUDGET or vector(0)"
}

# <[ a.say("Vale se em nenhum minuto o erro passa do limite, nem deixa de haver resposta.", "Good when in no minute errors pass the limit, nor nothing answers.") ]>
watch() {
  local minute up rate
  for ((minute = 1; minute <= WATCH_MINUTES; minute++)); do
    sleep 60
    up="$(measure "min(up{job=\"aroeira\",instance=~\"$1\"})")" || return 1
    rate="$(burn_rate "$1")" || return 1
    echo "$1: minute $minute, up ${up:-?}, burn rate ${rate:-?}"
    [[ ${up:-0} == 1 ]] || return 1
    jq --null-input --exit-status --argjson rate "${rate:-0}" --argjson most "$BURN_RATE" '$rate <= $most' >/dev/null || return 1
  done
}
<%- if a.kubernetes %>

# <[ a.say("Um conjunto: a imagem nova, e a de antes se não vale.", "One set: the new image, and the one before when it is no good.") ]>
replace() {
  local namespace=$1 name=$2 container=$3
  kubectl --namespace "$namespace" set image "statefulset/$name" "$container=$IMAGE"
  if kubectl --namespace "$namespace" rollout status "statefulset/$name" --timeout 10m && watch "$namespace/$name-.*"; then
    return 0
  fi
  echo "::error::$namespace/$name: $IMAGE"
  kubectl --namespace "$namespace" rollout undo "statefulset/$name"
  # <[ a.say("Um pod que nunca ficou pronto não é trocado sozinho.", "A pod that was never ready is not replaced by itself.") ]>
  kubectl --namespace "$namespace" delete pod --selector "$(selector "$namespace" "$name")" --wait=true
  kubectl --namespace "$namespace" rollout status "statefulset/$name" --timeout 10m
  return 1
}

selector() {
  kubectl --namespace "$1" get "statefulset/$2" --output json |
    jq --raw-output '.spec.selector.matchLabels | to_entries | map("\(.key)=\(.value)") | join(",")'
}

# <[ a.say("O primeiro conjunto é o canário; os outros só depois dele, um a um.", "The first set is the canary; the others only after it, one by one.") ]>
mapfile -t sets < <(
  kubectl get statefulset --all-namespaces --output json |
    jq --raw-output '.items[]
      | select(.spec.template.metadata.labels["aroeira/workload"] == (<[ a.workload()|quoted ]>))
      | [.metadata.namespace, .metadata.name, .spec.template.spec.containers[0].name] | @tsv' | sort
)
((${#sets[@]} > 0)) || { echo "::error::no set of Aroeira"; exit 1; }
for set in "${sets[@]}"; do
  IFS=$'\t' read -r namespace name container <<<"$set"
  replace "$namespace" "$name" "$container"
done
<%- else %>

# <[ a.say("A imagem que o Compose usa está em AROEIRA_IMAGE, no .env do diretório dele.", "The image that Compose uses is in AROEIRA_IMAGE, in the .env of its directory.") ]>
directory="${AROEIRA_COMPOSE:-/opt/aroeira}"
before="$(sed --quiet 's/^AROEIRA_IMAGE=//p' "$directory/.env")"

serve() {
  sed --in-place "s|^AROEIRA_IMAGE=.*|AROEIRA_IMAGE=$1|" "$directory/.env"
  docker compose --project-directory "$directory" up --detach --wait --wait-timeout 300
}

if serve "$IMAGE" && watch ".*"; then
  exit 0
fi
echo "::error::$IMAGE"
serve "$before"
exit 1
<%- endif %>
