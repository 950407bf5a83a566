import { call } from '../../api/call.ts'
import type { Listener } from '../../api/types.ts'
import { refresh } from '../../api/use-api.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { SubmitRow } from '../../ui/SubmitRow.tsx'
import { notify } from '../../ui/notify.tsx'
import { Time } from '../../ui/Time.tsx'
import { useForm } from '../../ui/useForm.ts'
import { ListenerFields } from './ListenerFields.tsx'
import { checkListener, sentListener, valuesOf } from './listener-values.ts'

export function ListenerSettings({ listener, canEdit }: { listener: Listener; canEdit: boolean }) {
  return (
    <div className="stack max-w-[640px]">
      {canEdit && <Settings key={listener.id} listener={listener} />}
      <div className="panel p-4">
        <Facts
          facts={[
            ['Created', <Time key="created" at={listener.createdAt} />],
            ['Time limit', `${listener.timeoutSeconds} s`],
            ['Statuses', listener.statusMode],
            ['Addresses', listener.allowedIps.join(', ') || 'any'],
            ['Origins', listener.corsOrigins.join(', ') || 'none'],
            [
              'Limit',
              listener.rateLimit ? `${listener.rateLimit.limit} calls in ${listener.rateLimit.windowSeconds} s` : 'none'
            ]
          ]}
        />
      </div>
    </div>
  )
}

function Settings({ listener }: { listener: Listener }) {
  const form = useForm({
    first: valuesOf(listener),
    check: checkListener,
    async send(values) {
      await call('PATCH', `/v1/listeners/${listener.id}`, { body: sentListener(values) })
      notify('Settings saved')
      await refresh(`/v1/listeners/${listener.id}`, `/v1/workspaces/${listener.workspaceId}/listeners`)
    },
    refusal: ({ code, message }) => (code === 'conflict' ? { name: message } : undefined)
  })
  return (
    <form {...form.form} className="panel stack p-4">
      {form.error !== undefined && <ErrorNote error={form.error} />}
      <ListenerFields form={form} workspaceId={listener.workspaceId} />
      <SubmitRow pending={form.pending}>Save settings</SubmitRow>
    </form>
  )
}
