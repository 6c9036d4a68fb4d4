{{/* Name of an object of a service: <release>-<service>. */}}
{{- define "tl.name" -}}{{ printf "%s-%s" .root.Release.Name .name | trunc 63 | trimSuffix "-" }}{{- end }}

{{- define "tl.selector" -}}
app.kubernetes.io/part-of: throughline
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/name: {{ .name }}
{{- end }}

{{- define "tl.labels" -}}
{{ include "tl.selector" . }}
app.kubernetes.io/version: {{ .root.Values.image.tag | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{/* Every pod of this release, whatever its service. */}}
{{- define "tl.everyPod" -}}
app.kubernetes.io/part-of: throughline
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "tl.image" -}}
{{- with .Values.image }}{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag }}{{ end }}{{ end }}
{{- end }}

{{/* Settings of one service over the defaults, as YAML: `fromYaml` gives the map. */}}
{{- define "tl.service" -}}
{{- $service := deepCopy (index .root.Values.services .name) -}}
{{- mergeOverwrite (deepCopy .root.Values.defaults) $service | toYaml -}}
{{- end }}

{{/* How a service scales in truth: without KEDA what waits in Kafka is seen as CPU. */}}
{{- define "tl.scaleBy" -}}
{{- $by := .service.scale.by -}}
{{- if le (int .service.scale.max) (int .service.scale.min) }}none
{{- else if and (eq $by "lag") (not .root.Values.keda.enabled) }}cpu
{{- else }}{{ $by }}{{ end }}
{{- end }}

{{- define "tl.minReplicas" -}}
{{- if eq (include "tl.scaleBy" .) "none" }}{{ .service.replicas }}{{ else }}{{ .service.scale.min }}{{ end }}
{{- end }}

{{- define "tl.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "tl.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* Which package of the contract is served where: built from the map, so a new service is known to the gateway by itself. */}}
{{- define "tl.backends" -}}
{{- $root := . -}}
{{- $list := list -}}
{{- range $name, $service := .Values.services -}}
{{- range $service.packages -}}
{{- $list = append $list (printf "%s=%s-grpc:%d" . (include "tl.name" (dict "root" $root "name" $name)) (int $root.Values.ports.grpc)) -}}
{{- end -}}
{{- end -}}
{{- join "," $list -}}
{{- end }}

{{/* Megabytes of old space: a share of the memory limit, so that the heap is collected before the kernel kills. */}}
{{- define "tl.heapMegabytes" -}}
{{- $limit := .service.resources.limits.memory | toString -}}
{{- $megabytes := 0 -}}
{{- if hasSuffix "Gi" $limit }}{{ $megabytes = mul (trimSuffix "Gi" $limit | int) 1024 }}
{{- else if hasSuffix "Mi" $limit }}{{ $megabytes = trimSuffix "Mi" $limit | int }}
{{- else }}{{ fail (printf "services.%s.resources.limits.memory: must be whole Mi or Gi, for example 512Mi" .name) }}{{ end -}}
{{- div (mul $megabytes (int .service.heapPercent)) 100 -}}
{{- end }}

{{/* How the process of a service is started; `migrate` ends after the database is what the version expects. */}}
{{- define "tl.command" -}}
- node
- {{ printf "--max-old-space-size=%s" (include "tl.heapMegabytes" .) }}
- --max-semi-space-size=32
- --v8-pool-size=1
- --heap-growing-percent=100
- {{ printf "services/%s/dist/main.js" .name }}
{{- end }}

{{/* The environment of one service. */}}
{{- define "tl.env" -}}
{{- $root := .root -}}
{{- $name := .name -}}
{{- $service := .service -}}
{{- $v := $root.Values -}}
- name: LOG_LEVEL
  value: {{ $v.telemetry.logLevel | quote }}
- name: TRACE_SAMPLE_RATIO
  value: {{ $v.telemetry.traceSampleRatio | quote }}
{{- if $v.telemetry.otlpEndpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ $v.telemetry.otlpEndpoint | quote }}
{{- end }}
- name: OPS_PORT
  value: {{ $v.ports.ops | quote }}
{{- if ne $service.kafka false }}
- name: KAFKA_BROKERS
  value: {{ $v.kafka.brokers | quote }}
- name: KAFKA_TOPIC_PREFIX
  value: {{ $v.kafka.topicPrefix | quote }}
{{- if $v.kafka.tls.enabled }}
- name: KAFKA_TLS
  value: "true"
{{- with $v.kafka.tls.caKey }}
- name: KAFKA_TLS_CA
  valueFrom:
    secretKeyRef: { name: {{ $v.secret.name }}, key: {{ . }} }
{{- end }}
{{- end }}
{{- with $v.kafka.sasl.mechanism }}
- name: KAFKA_SASL_MECHANISM
  value: {{ . }}
- name: KAFKA_SASL_USERNAME
  value: {{ printf "%s%s" $v.kafka.sasl.userPrefix $name }}
- name: KAFKA_SASL_PASSWORD
  valueFrom:
    secretKeyRef: { name: {{ $v.secret.name }}, key: {{ printf "%s%s" $v.kafka.sasl.passwordKeyPrefix $name }} }
{{- end }}
{{- end }}
- name: MONGO_URL
  valueFrom:
    secretKeyRef: { name: {{ $v.secret.name }}, key: mongo-url }
{{- with $v.mongo.tlsCaKey }}
- name: MONGO_TLS_CA
  valueFrom:
    secretKeyRef: { name: {{ $v.secret.name }}, key: {{ . }} }
{{- end }}
- name: MONGO_DB
  value: {{ printf "%s%s" $v.mongo.databasePrefix $name | quote }}
- name: MIGRATE_AT_START
  value: {{ not $v.migrations.enabled | quote }}
- name: CALLER_PUBLIC_KEY
  valueFrom:
    secretKeyRef: { name: {{ $v.secret.name }}, key: caller-public-key }
{{- if or $service.packages (has "grpc" ($service.public | default list)) }}
- name: GRPC_PORT
  value: {{ $v.ports.grpc | quote }}
{{- end }}
{{- range $port := $service.public }}
{{- if ne $port "grpc" }}
- name: {{ upper $port }}_PORT
  value: {{ index $v.ports $port | quote }}
{{- end }}
{{- end }}
{{- if $service.calls }}
- name: GATEWAY_BACKENDS
  value: {{ include "tl.backends" $root | quote }}
{{- end }}
{{- range $setting, $callee := $service.reaches }}
- name: {{ $setting }}
  value: {{ printf "%s-grpc:%d" (include "tl.name" (dict "root" $root "name" $callee)) (int $v.ports.grpc) | quote }}
{{- end }}
{{- range $setting, $key := $service.secretEnv }}
- name: {{ $setting }}
  valueFrom:
    secretKeyRef: { name: {{ $v.secret.name }}, key: {{ $key }} }
{{- end }}
{{- range $setting, $key := $service.optionalSecretEnv }}
- name: {{ $setting }}
  valueFrom:
    secretKeyRef: { name: {{ $v.secret.name }}, key: {{ $key }}, optional: true }
{{- end }}
{{- range $setting, $value := $service.env }}
- name: {{ $setting }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{/* Egress rule to Kafka or MongoDB: pods of a namespace, or addresses outside the cluster. */}}
{{- define "tl.peers" -}}
- to:
    {{- if .cidrs }}
    {{- range .cidrs }}
    - ipBlock: { cidr: {{ . }} }
    {{- end }}
    {{- else }}
    - namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: {{ .namespace }} } }
      podSelector: { matchLabels: {{ toJson .podLabels }} }
    {{- end }}
  ports:
    {{- range .ports }}
    - { protocol: TCP, port: {{ . }} }
    {{- end }}
{{- end }}
