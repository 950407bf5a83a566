import { call } from '../../api/call.ts'
import type { Workspace } from '../../api/types.ts'
import { refresh } from '../../api/use-api.ts'
import { useWorkspace } from '../../frame/workspace.ts'
import { linesOf, originsFault } from '../../lib/origins.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { Id } from '../../ui/Id.tsx'
import { SubmitRow } from '../../ui/SubmitRow.tsx'
import { notify } from '../../ui/notify.tsx'
import { TextArea } from '../../ui/TextArea.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { Time } from '../../ui/Time.tsx'
import { useForm } from '../../ui/useForm.ts'
import { WORKSPACES } from './workspaces.ts'

const DAYS_MAX = 3_650

/** The name, the slug, the id, the key, and how long runs are kept. */
export function GeneralTab({ workspace }: { workspace: Workspace }) {
  const { isOwner } = useWorkspace()
  const { id, key, name, slug, role, createdAt, runRetentionDays, alertEmails } = workspace
  return (
    <div className="stack max-w-[640px]">
      {isOwner && <GeneralForm workspace={workspace} />}
      <div className="panel p-4">
        <Facts
          facts={[
            ['Name', isOwner ? undefined : name],
            ['Slug', isOwner ? undefined : slug],
            ['Id', <Id key="id" id={id} />],
            ['Key', <Id key="key" id={key} label="Copy key" />],
            ['Alerts go to', isOwner || alertEmails.length === 0 ? undefined : alertEmails.join(', ')],
            ['Runs are kept', isOwner ? undefined : `${runRetentionDays} days`],
            ['Your role', role],
            ['Created', <Time key="created" at={createdAt} />]
          ]}
        />
      </div>
    </div>
  )
}

function GeneralForm({ workspace }: { workspace: Workspace }) {
  const { id, name, slug, runRetentionDays, origins, alertEmails } = workspace
  const form = useForm({
    first: {
      name,
      slug: slug ?? '',
      runRetentionDays: String(runRetentionDays),
      origins: origins.join('\n'),
      alertEmails: alertEmails.join('\n')
    },
    check: (values) => ({
      ...originsError(values.origins),
      ...(values.name.trim() === '' ? { name: 'Enter a name.' } : {}),
      ...(/^([a-z0-9-]{3,40})?$/.test(values.slug.trim())
        ? {}
        : { slug: 'Enter 3 to 40 lower-case letters, digits and -.' }),
      ...(isDays(values.runRetentionDays)
        ? {}
        : { runRetentionDays: `Enter a whole number from 1 to ${DAYS_MAX.toLocaleString('en')}.` })
    }),
    async send(values) {
      const body = {
        name: values.name.trim(),
        slug: values.slug.trim() || null,
        runRetentionDays: Number(values.runRetentionDays),
        origins: linesOf(values.origins),
        alertEmails: linesOf(values.alertEmails)
      }
      await call('PATCH', `${WORKSPACES}/${id}`, { body })
      notify('Settings saved')
      await refresh(WORKSPACES)
    },
    refusal: ({ errors }) => {
      const wrong = errors?.find(({ pointer }) => pointer.startsWith('/alertEmails'))
      return wrong ? { alertEmails: `The list of e-mails is refused: one of them ${wrong.message}.` } : undefined
    }
  })
  return (
    <form {...form.form} className="panel stack p-4">
      {form.error !== undefined && <ErrorNote error={form.error} />}
      <TextField label="Name" {...form.field('name')} />
      <TextField
        label="Slug"
        optional
        mono
        hint="Names the workspace in readable URLs of its listeners. Clients that use the old one stop working."
        {...form.field('slug')}
      />
      <TextField
        label="Days that runs are kept"
        inputMode="numeric"
        hint="Counted from their end. Events are kept as long, from when they were emitted."
        {...form.field('runRetentionDays')}
      />
      <TextArea
        label="Origins of your pages"
        optional
        mono
        rows={2}
        placeholder="https://shop.example.com"
        hint="One a line. Their scripts may call /v1/self, /v1/users/me and runs with a token of a customer."
        {...form.field('origins')}
      />
      <TextArea
        label="E-mails for alerts"
        optional
        hint="One a line, 10 at most: failed runs, schedules and deliveries, refusing listeners, tokens that end."
        {...form.field('alertEmails')}
      />
      <SubmitRow pending={form.pending}>Save settings</SubmitRow>
    </form>
  )
}

function originsError(origins: string): { origins?: string } {
  const fault = originsFault(origins)
  return fault === undefined ? {} : { origins: fault }
}

function isDays(text: string): boolean {
  return /^[1-9]\d{0,3}$/.test(text) && Number(text) <= DAYS_MAX
}
