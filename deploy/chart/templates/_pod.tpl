{{/* What pods of the service and of the migration have in common. */}}

{{- define "user-webhooks.name" -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "user-webhooks.selector" -}}
app.kubernetes.io/name: user-webhooks
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "user-webhooks.labels" -}}
{{ include "user-webhooks.selector" . }}
{{- /* A label is shorter than a tag may be. */}}
app.kubernetes.io/version: {{ include "user-webhooks.tag" . | trunc 63 | trimAll "-_." | quote }}
{{- end }}

{{- define "user-webhooks.tag" -}}
{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "user-webhooks.image" -}}
{{ .Values.image.repository }}:{{ include "user-webhooks.tag" . }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}

{{- /* At most 14 characters for a name, of each image others. */}}
{{- define "user-webhooks.imageName" -}}
{{- $tag := include "user-webhooks.tag" . | lower | replace "." "-" | replace "_" "-" -}}
{{- if or .Values.image.digest (gt (len $tag) 14) -}}
{{ $tag | trunc 7 | trimSuffix "-" }}-{{ include "user-webhooks.image" . | sha256sum | trunc 6 }}
{{- else -}}
{{ $tag | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "user-webhooks.environment" -}}
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  {{- /* Numbers are floats here: 2097152 would become 2.097152e+06. */}}
  {{- $whole := and (kindIs "float64" $value) (eq (toString $value) (toString (floor $value))) }}
  value: {{ ternary ($value | int64) $value $whole | toString | quote }}
{{- end }}
{{- range $name, $reference := .Values.secretSettings }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ $reference.secret }}
      key: {{ $reference.key }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "user-webhooks.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  # The user `node` of the image.
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile:
    type: RuntimeDefault
{{- end }}

{{- define "user-webhooks.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{- define "user-webhooks.placement" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}
