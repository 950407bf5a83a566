import { call } from '../../api/call.ts'
import type { Token } from '../../api/types.ts'
import { refresh } from '../../api/use-api.ts'
import { relativeTime } from '../../lib/time.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { notify } from '../../ui/notify.tsx'
import { Select } from '../../ui/Select.tsx'
import { SubmitRow } from '../../ui/SubmitRow.tsx'
import { Switch } from '../../ui/Switch.tsx'
import { TextArea } from '../../ui/TextArea.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { Time } from '../../ui/Time.tsx'
import { useForm } from '../../ui/useForm.ts'
import { MoreLimits, ScopeFields } from './LimitFields.tsx'
import { linesOf, metadataOf } from './metadata.ts'
import { checkLimits, limitsOf, sentLimits, type LimitValues } from './limits.ts'
import { hasEnded } from './token-state.tsx'

interface Values extends LimitValues {
  name: string
  description: string
  metadata: string
  enabled: boolean
  /** Days from now; empty = unchanged, 0 = never. */
  ends: string
}

const ENDS = [
  { value: '7', label: 'in 7 days' },
  { value: '30', label: 'in 30 days' },
  { value: '90', label: 'in 90 days' },
  { value: '365', label: 'in 365 days' },
  { value: '0', label: 'never' }
]
const DESCRIPTION_MAX = 500

/** Name, scope and limits. */
export function SettingsTab({ token }: { token: Token }) {
  return (
    <div className="stack max-w-[640px]">
      {!hasEnded(token) ? (
        <Settings key={`${token.id} ${token.enabled}`} token={token} />
      ) : (
        <p className="dim">A token that no longer works cannot be changed.</p>
      )}
      <div className="panel p-4">
        <Facts
          facts={[
            ['Created', <Time key="created" at={token.createdAt} />],
            ['Ends', token.expiresAt ? <Time key="ends" at={token.expiresAt} /> : 'never'],
            ['Permissions', token.permissions?.join(', ')],
            ['Form', token.format === 'jwt' ? 'JWT' : 'Opaque'],
            ['Starts with', <code key="start">{token.start}…</code>]
          ]}
        />
      </div>
    </div>
  )
}

function Settings({ token }: { token: Token }) {
  const form = useForm<Values>({
    first: {
      ...limitsOf(token),
      name: token.name,
      description: token.description ?? '',
      metadata: linesOf(token.metadata),
      enabled: token.enabled,
      ends: ''
    },
    check: (values) => ({
      ...(values.name.trim() === '' ? { name: 'Enter a name.' } : {}),
      ...(metadataOf(values.metadata) ? {} : { metadata: 'Enter a name and a value in each line, such as team=shop.' }),
      ...checkLimits(values)
    }),
    async send(values) {
      const body = {
        name: values.name.trim(),
        description: values.description.trim() || null,
        metadata: metadataOf(values.metadata) ?? {},
        enabled: values.enabled,
        ...(values.ends === '' ? {} : { expiresAt: endOf(Number(values.ends)) }),
        ...sentLimits(values)
      }
      await call('PATCH', `/v1/tokens/${token.id}`, { body })
      form.set('ends', '')
      notify('Settings saved')
      await refresh('/v1/tokens')
    },
    refusal: ({ code, message }) => (code === 'conflict' ? { name: message } : undefined)
  })
  return (
    <form {...form.form} className="panel stack p-4">
      {form.error !== undefined && <ErrorNote error={form.error} />}
      <Switch label="Enabled" checked={form.values.enabled} onChange={(enabled) => form.set('enabled', enabled)} />
      <TextField label="Name" {...form.field('name')} />
      <TextArea
        label="Description"
        optional
        rows={2}
        maxLength={DESCRIPTION_MAX}
        hint="Who uses it and what for."
        {...form.field('description')}
      />
      {token.format === 'opaque' && (
        <Select
          label="Ends"
          options={[
            { value: '', label: `as it is: ${token.expiresAt ? relativeTime(token.expiresAt) : 'never'}` },
            ...ENDS
          ]}
          {...form.field('ends')}
        />
      )}
      <ScopeFields form={form} />
      <MoreLimits form={form} />
      <TextArea
        label="Metadata"
        optional
        mono
        rows={2}
        placeholder="team=shop"
        hint="Up to 20 texts that mean something to you: name=value, one a line."
        {...form.field('metadata')}
      />
      <SubmitRow pending={form.pending}>Save settings</SubmitRow>
    </form>
  )
}

function endOf(days: number): string | null {
  return days === 0 ? null : new Date(Date.now() + days * 86_400_000).toISOString()
}
