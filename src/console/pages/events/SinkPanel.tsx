import { useState } from 'react'
import { call } from '../../api/call.ts'
import { ApiProblem } from '../../api/problem.ts'
import type { EventSink } from '../../api/types.ts'
import { refresh, useRead } from '../../api/use-api.ts'
import { useWorkspace } from '../../frame/workspace.ts'
import { holdSecret, useHeldSecret } from '../../lib/held-secret.ts'
import { Button } from '../../ui/Button.tsx'
import { Code } from '../../ui/Code.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { notify } from '../../ui/notify.tsx'
import { Section } from '../../ui/Section.tsx'
import { ShownOnce } from '../../ui/ShownOnce.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { Time } from '../../ui/Time.tsx'
import { useForm } from '../../ui/useForm.ts'

/** Where events go, with the secret that was made for it just now. */
export function SinkPanel({ workspaceId }: { workspaceId: string }) {
  const { isOwner } = useWorkspace()
  const path = `/v1/workspaces/${workspaceId}/event-sink`
  const sink = useRead<EventSink>(path)
  const held = useHeldSecret(path)
  const [removing, setRemoving] = useState(false)
  const none = sink.error instanceof ApiProblem && sink.error.status === 404
  const current = none ? undefined : sink.data
  return (
    <>
      {held && (
        <ShownOnce
          held={held}
          what="secret"
          why="Deliveries are signed with it. It is kept sealed, and nobody can show it again."
          remedy="set the sink again"
        />
      )}
      <Section
        title="Sink"
        beside={
          current &&
          isOwner && (
            <Button look="danger" onClick={() => setRemoving(true)}>
              Remove…
            </Button>
          )
        }
      >
        {sink.isPending && <Skeleton lines={1} />}
        {sink.error && !none && <ErrorNote error={sink.error} onRetry={() => void sink.refetch()} />}
        {current && (
          <Facts
            facts={[
              ['Delivered to', <code key="url">{current.url}</code>],
              ['Since', <Time key="since" at={current.createdAt} />]
            ]}
          />
        )}
        {none && <p className="dim">No sink is set: events are kept here, and delivered nowhere.</p>}
        {isOwner && !sink.isPending && <SinkForm key={current?.url} path={path} current={current} />}
        {current && <VerifySnippet />}
      </Section>
      <Confirm
        open={removing}
        onClose={() => setRemoving(false)}
        title="Remove the sink?"
        action="Remove sink"
        onConfirm={async () => {
          await call('DELETE', path)
          notify('Sink removed')
          await refresh(path)
        }}
      >
        No more events are delivered, and those that wait are given up. Events are still kept here.
      </Confirm>
    </>
  )
}

function SinkForm({ path, current }: { path: string; current: EventSink | undefined }) {
  const form = useForm({
    first: { url: current?.url ?? '' },
    check: ({ url }) => (URL.canParse(url.trim()) ? {} : { url: 'Enter a URL, such as https://example.com/events.' }),
    async send({ url }) {
      const { secret } = await call<{ secret: string }>('PUT', path, { body: { url: url.trim() } })
      holdSecret(path, secret)
      notify('Sink set')
      await refresh(path)
    }
  })
  return (
    <form {...form.form} className="flex flex-col gap-3">
      {form.error !== undefined && <ErrorNote error={form.error} />}
      <TextField
        label="URL"
        mono
        type="url"
        hint={
          current
            ? 'Setting it again makes a new secret, which is shown once.'
            : 'Each event is sent there as a POST, signed with a secret that is shown once.'
        }
        {...form.field('url')}
      />
      <div className="row justify-end">
        <Button type="submit" look={current ? 'plain' : 'primary'} pending={form.pending}>
          Set sink
        </Button>
      </div>
    </form>
  )
}

const VERIFY = [
  "import { createHmac, timingSafeEqual } from 'node:crypto'",
  '',
  '/** headers and body of a delivery, and the secret that starts with whsec_ (Standard Webhooks) */',
  'export function isGenuine(headers, body, secret) {',
  "  const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`",
  "  const wanted = createHmac('sha256', Buffer.from(secret.slice(6), 'base64')).update(text).digest()",
  "  return headers['webhook-signature'].split(' ').some((signature) => {",
  "    const sent = Buffer.from(signature.slice(3), 'base64')",
  '    return sent.length === wanted.length && timingSafeEqual(sent, wanted)',
  '  })',
  '}'
].join('\n')

function VerifySnippet() {
  return (
    <details>
      <summary className="label cursor-pointer">How the receiver checks a delivery</summary>
      <div className="mt-2">
        <Code text={VERIFY} label="Check of a delivery" copy="Copy" />
      </div>
    </details>
  )
}
