import { useRead } from '../../api/use-api.ts'
import type { Page, Secret } from '../../api/types.ts'
import { Button } from '../../ui/Button.tsx'
import { Checks } from '../../ui/Checks.tsx'
import { Select } from '../../ui/Select.tsx'
import { valueAt } from '../outline.ts'
import { freeName } from '../palette.ts'
import { isRecord } from '../tasks.ts'
import { useBuilder } from './builder-context.ts'
import { DurationField } from './DurationField.tsx'
import { EventFilterFields } from './EventForms.tsx'
import { LineField, ValueField } from './fields.tsx'
import { Folded } from './Folded.tsx'
import { NamedEntry } from './NamedEntry.tsx'
import type { TaskFormProps } from './task-form.ts'
import { asExpression, withKey, withMember, withPath } from './values.ts'

const STARTS = [
  { value: '', label: 'when it is called' },
  { value: 'cron', label: 'at certain times (cron)' },
  { value: 'every', label: 'again and again' },
  { value: 'after', label: 'some time after the run before' },
  { value: 'on', label: 'when an event arrives' }
]

/** The form of the flow as a whole: its name, schedule, input, output and credentials. */
export default function SettingsForm({ task: document, onChange }: TaskFormProps) {
  const set = (path: readonly string[], value: unknown): void => onChange(withPath(document, path, value))
  const [rule = ''] = Object.keys((document['schedule'] as object | undefined) ?? {})
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <h2>Flow settings</h2>
      <LineField
        label="Flow name"
        value={valueAt(document, 'document', 'name')}
        onChange={(next) => set(['document', 'name'], next ?? '')}
      />
      <LineField
        label="Title"
        optional
        value={valueAt(document, 'document', 'title')}
        onChange={(next) => set(['document', 'title'], next)}
      />
      <LineField
        label="Summary"
        optional
        value={valueAt(document, 'document', 'summary')}
        onChange={(next) => set(['document', 'summary'], next)}
      />
      <Select
        label="Starts"
        value={rule}
        options={STARTS}
        onChange={(next) => onChange(withMember(document, 'schedule', SCHEDULES[next]))}
      />
      {rule === 'cron' && (
        <>
          <LineField
            label="Cron"
            hint="Minute, hour, day of month, month, day of week: 0 3 * * *"
            value={valueAt(document, 'schedule', 'cron')}
            onChange={(next) => set(['schedule', 'cron'], next ?? '')}
          />
          <LineField
            label="Time zone"
            optional
            hint="Such as Europe/Berlin; otherwise UTC."
            value={valueAt(document, 'document', 'metadata', 'timeZone')}
            onChange={(next) => set(['document', 'metadata', 'timeZone'], next)}
          />
        </>
      )}
      {(rule === 'every' || rule === 'after') && (
        <DurationField
          label="Time between"
          value={valueAt(document, 'schedule', rule)}
          onChange={(next) => set(['schedule', rule], next ?? { hours: 1 })}
        />
      )}
      {rule === 'on' && (
        <EventFilterFields
          value={valueAt(document, 'schedule', 'on', 'one', 'with')}
          onChange={(next) => set(['schedule', 'on', 'one', 'with'], next)}
        />
      )}
      <Folded title="Data">
        <ValueField
          label="Input"
          optional
          hint="What the steps start with; otherwise the call as it came."
          value={valueAt(document, 'input', 'from')}
          onChange={(next) => set(['input', 'from'], next)}
        />
        <ValueField
          label="Output"
          optional
          hint="What the caller gets; otherwise the output of the last step."
          value={valueAt(document, 'output', 'as')}
          onChange={(next) => set(['output', 'as'], next)}
        />
      </Folded>
      <Credentials document={document} onChange={onChange} />
    </div>
  )
}

const SCHEDULES: Readonly<Record<string, unknown>> = {
  cron: { cron: '0 3 * * *' },
  every: { every: { hours: 1 } },
  after: { after: { hours: 1 } },
  on: { on: { one: { with: { type: 'com.example.happened' } } } }
}

const KINDS = [
  { value: 'bearer', label: 'Bearer token' },
  { value: 'basic', label: 'User and password' }
]

/** The secrets that the flow reads, and the credentials that it makes from them. */
function Credentials({
  document,
  onChange
}: {
  document: Record<string, unknown>
  onChange: TaskFormProps['onChange']
}) {
  const { workspaceId } = useBuilder()
  const { data } = useRead<Page<Secret>>(`/v1/workspaces/${workspaceId}/secrets`, {
    query: { limit: 200 },
    enabled: workspaceId !== ''
  })
  const used = (valueAt(document, 'use', 'secrets') as string[] | undefined) ?? []
  const names = [...new Set([...used, ...(data?.items ?? []).map(({ name }) => name)])]
  const written = valueAt(document, 'use', 'authentications')
  const all = isRecord(written) ? written : {}
  const put = (next: Record<string, unknown>): void =>
    onChange(withPath(document, ['use', 'authentications'], Object.keys(next).length === 0 ? undefined : next))
  return (
    <Folded title="Credentials">
      {names.length === 0 ? (
        <p className="dim small">The workspace has no secrets yet. Secrets are added under Secrets.</p>
      ) : (
        <Checks
          legend="Secrets it may use"
          options={names.map((name) => ({ value: name, label: name }))}
          picked={used}
          onChange={(picked) =>
            onChange(withPath(document, ['use', 'secrets'], picked.length === 0 ? undefined : picked))
          }
        />
      )}
      {Object.entries(all).map(([name, policy], index) => {
        const [kind = 'bearer'] = isRecord(policy) ? Object.keys(policy) : []
        return (
          <NamedEntry
            key={index}
            label={`Credential ${index + 1}`}
            name={name}
            onRename={(next) => put(withKey(all, name, next))}
            onRemove={() => put(withMember(all, name, undefined))}
          >
            {KINDS.some(({ value }) => value === kind) ? (
              <>
                <Select
                  label={`Kind of ${name}`}
                  value={kind}
                  options={KINDS}
                  onChange={(next) => put({ ...all, [name]: policyOf(next, used) })}
                />
                {kind === 'bearer' ? (
                  <ValueField
                    label={`Token of ${name}`}
                    value={valueAt(policy, kind, 'token')}
                    onChange={(next) => put({ ...all, [name]: { bearer: { token: next ?? '' } } })}
                  />
                ) : (
                  <>
                    <ValueField
                      label={`User of ${name}`}
                      value={valueAt(policy, kind, 'username')}
                      onChange={(next) => put(withPath(all, [name, kind, 'username'], next ?? ''))}
                    />
                    <ValueField
                      label={`Password of ${name}`}
                      value={valueAt(policy, kind, 'password')}
                      onChange={(next) => put(withPath(all, [name, kind, 'password'], next ?? ''))}
                    />
                  </>
                )}
              </>
            ) : (
              <p className="dim small">{kind}: as written in the YAML.</p>
            )}
          </NamedEntry>
        )
      })}
      <Button onClick={() => put({ ...all, [freeName('credential', Object.keys(all))]: policyOf('bearer', used) })}>
        Add credential
      </Button>
    </Folded>
  )
}

function policyOf(kind: string, secrets: readonly string[]): unknown {
  const secret = asExpression(`$secrets.${secrets[0] ?? 'mySecret'}`)
  return kind === 'bearer' ? { bearer: { token: secret } } : { basic: { username: 'user', password: secret } }
}
