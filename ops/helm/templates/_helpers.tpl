{{- define "sluice.name" -}}
{{- if contains "sluice" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-sluice" (.Release.Name | trunc 33 | trimSuffix "-") }}{{ end }}
{{- end }}

{{- define "sluice.selector" -}}
app.kubernetes.io/name: sluice
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "sluice.labels" -}}
{{ include "sluice.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "sluice.image" -}}
{{- with .Values.image -}}
{{- if .digest }}{{ printf "%s@%s" .repository .digest }}{{ else }}{{ printf "%s:%s" .repository (.tag | default $.Chart.AppVersion) }}{{ end }}
{{- end }}
{{- end }}

{{- define "sluice.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (include "sluice.name" .) }}
{{- end }}

{{/* The variables of every process: settings, and for each secret the file that has it. */}}
{{- define "sluice.env" -}}
- { name: PUBLIC_URL, value: {{ .Values.publicUrl | quote }} }
- { name: MIGRATE, value: wait }
- { name: DRAIN_SECONDS, value: {{ .Values.drainSeconds | quote }} }
{{- with .Values.trustProxy }}
- { name: TRUST_PROXY, value: {{ join "," . | quote }} }
{{- end }}
{{- range $name, $file := .Values.secret.files }}
- { name: {{ $name }}_FILE, value: {{ printf "/run/secrets/sluice/%s" $file | quote }} }
{{- end }}
{{- if .Values.restate.enabled }}
- { name: DURABLE_ENGINE, value: restate }
- { name: RESTATE_INGRESS_URL, value: {{ required "restate.ingressUrl" .Values.restate.ingressUrl | quote }} }
- { name: RESTATE_ADMIN_URL, value: {{ required "restate.adminUrl" .Values.restate.adminUrl | quote }} }
- { name: RESTATE_SERVICE_PORT, value: {{ .Values.restate.servicePort | quote }} }
- { name: RESTATE_SERVICE_URL, value: {{ printf "http://%s-worker.%s:%v" (include "sluice.name" .) .Release.Namespace .Values.restate.servicePort | quote }} }
- { name: RESTATE_IDENTITY_KEYS, value: {{ join "," .Values.restate.identityKeys | quote }} }
{{- end }}
{{- range $name, $value := .Values.env }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- end }}

{{/* What pods of every kind have: an account without rights in the cluster, a user that owns no file, no capability. */}}
{{- define "sluice.pod" -}}
serviceAccountName: {{ include "sluice.serviceAccount" . }}
automountServiceAccountToken: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile: { type: RuntimeDefault }
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: secrets
    secret: { secretName: {{ required "secret.name: the Secret with DATABASE_URL and SLUICE_KEYS" .Values.secret.name }}, defaultMode: 288 } # 0440
  - name: tmp
    emptyDir: { sizeLimit: 64Mi }
{{- end }}

{{- define "sluice.container" -}}
image: {{ include "sluice.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
volumeMounts:
  - { name: secrets, mountPath: /run/secrets/sluice, readOnly: true }
  - { name: tmp, mountPath: /tmp }
{{- end }}
