import { readFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { LINK_MS } from '../../src/accounts/links/link.ts'
import { PASSWORD_MAX } from '../../src/accounts/password-policy.ts'
import { ACTIONS_MAX } from '../../src/actions/actions.ts'
import { DEFAULT_LIMITS } from '../../src/dsl/expressions/limits.ts'
import { SCHEMA_LIMITS } from '../../src/dsl/json-schema/bounds.ts'
import { DEFAULT_FLOW_LIMITS, DOCUMENT_LIMITS } from '../../src/dsl/limits.ts'
import { ALERT_MAILS_MAX } from '../../src/events/alerts/report.ts'
import { EVENT_MAX_BYTES } from '../../src/events/emit.ts'
import { INBOX_LIMITS } from '../../src/events/inbox.ts'
import { MAX_ATTEMPTS } from '../../src/events/retry.ts'
import { SINKS_MAX } from '../../src/events/sinks/sink.ts'
import { AUTHOR_LIMITS } from '../../src/flows/author-limits.ts'
import { IDEMPOTENCY_KEY_MAX } from '../../src/gateway/idempotency-key.ts'
import { IDEMPOTENCY_LIMITS } from '../../src/gateway/idempotency.ts'
import { EVENT_STREAMS_OF_PRINCIPAL } from '../../src/http/event-streams.ts'
import { LEAK_TOKENS_MAX } from '../../src/http/routes/token-lifecycle.ts'
import { HOUR_MS } from '../../src/lib/clock.ts'
import { GRANTED_CUSTOMERS_MAX, TIMEOUT_SECONDS_MAX } from '../../src/listeners/listener.ts'
import { PATH_CHARS_MAX } from '../../src/listeners/call-path.ts'
import { TOTAL_MAX } from '../../src/platform/db/page.ts'
import { FEED_ITEMS_MAX } from '../../src/requests/feed-source.ts'
import { MAX_HANDOVERS } from '../../src/runs/durable/settings.ts'
import { SEARCH_MAX } from '../../src/runs/list.ts'
import { LIVE_RUNS } from '../../src/runs/live-run-limit.ts'
import { RECORDER_MAX_BYTES, RECORDER_MAX_RUNS } from '../../src/runs/recorder.ts'
import { LIVE_TOKENS_MAX } from '../../src/tokens/issue.ts'
import { INVITATION_DAYS_MAX } from '../../src/workspaces/invitations/invitation.ts'
import { PUBLIC_KEYS_MAX } from '../../src/workspaces/public-keys.ts'
import { WORKSPACE_LIMITS } from '../../src/workspaces/quotas.ts'

// Limits that documents state, compared with the code.

const read = (file: string): Promise<string> => readFile(path.join(import.meta.dirname, '../..', file), 'utf8')
const grouped = (value: number): string => value.toLocaleString('en-US')
const mib = (bytes: number): string => `${bytes / 1024 / 1024} MiB`

t.test('docs/flows.md lists the limits of flows, documents and expressions', async (t) => {
  const [, table = ''] = /^## Limits\n(.*?)^### /ms.exec(await read('docs/flows.md')) ?? []
  const rows = [...table.matchAll(/^\| (document )?`(\w+)` \| (\d+) \|/gm)]
  const listed = (ofDocuments: boolean): Record<string, number> =>
    Object.fromEntries(
      rows
        .filter(([, document]) => (document !== undefined) === ofDocuments)
        .map(([, , name = '', value]) => [name, Number(value)])
    )
  t.same(listed(true), { ...DOCUMENT_LIMITS, ...SCHEMA_LIMITS })
  const { timeoutMs, scriptTimeoutMs, documentTimeoutMs, clockFactor, queueWaitMs, startMs } = DEFAULT_LIMITS
  t.same(listed(false), {
    ...DEFAULT_FLOW_LIMITS,
    ...{ timeoutMs, scriptTimeoutMs, documentTimeoutMs, clockFactor, queueWaitMs, startMs }
  })
})

const { simulations, validations } = AUTHOR_LIMITS
const STATED: Record<string, readonly string[]> = {
  'docs/accounts.md': [
    `A password has 8 to ${PASSWORD_MAX} characters`,
    `| account | ${LINK_MS.account / HOUR_MS / 24} days |`,
    `(1–${INVITATION_DAYS_MAX})`,
    `| reset by an admin | ${LINK_MS.resetByAdmin / HOUR_MS} hours |`,
    `| reset by mail | ${LINK_MS.resetByMail / HOUR_MS} hour |`,
    `| proof of an e-mail | ${LINK_MS.verify / HOUR_MS} hours |`
  ],
  'docs/customers.md': [
    `a list of up to ${GRANTED_CUSTOMERS_MAX} of your ids`,
    `A workspace can have ${grouped(WORKSPACE_LIMITS.customers)} customers`
  ],
  'docs/durable-runs.md': [`reads at most ${grouped(SEARCH_MAX)} runs`, `after ${MAX_HANDOVERS} hand-overs`],
  'docs/events.md': [
    `creates up to ${SINKS_MAX} in a workspace`,
    `${MAX_ATTEMPTS} times in all`,
    `gets at most ${ALERT_MAILS_MAX} of these mails an hour`
  ],
  'docs/events-in.md': [
    `| bytes of an event as JSON | ${EVENT_MAX_BYTES} |`,
    `| events of a batch | ${INBOX_LIMITS.batch} |`,
    `| events of a workspace in a minute | ${INBOX_LIMITS.perMinute} |`
  ],
  'docs/flows.md': [
    `can have ${simulations.running} simulations running and ${simulations.waiting} waiting`,
    `${validations.running} validations or saves running and ${validations.waiting} waiting`,
    `begin ${simulations.burst} simulations and ${validations.burst} validations at once`,
    `and then ${simulations.perSecond} and ${validations.perSecond} a second`,
    `${DEFAULT_LIMITS.queuePerOwner} jobs of each can wait`
  ],
  'docs/listeners.md': [
    `\`Idempotency-Key\` (1 to ${IDEMPOTENCY_KEY_MAX} characters)`,
    `within its request, at most ${TIMEOUT_SECONDS_MAX} |`
  ],
  'docs/operations.md': [
    `| live tokens of an account | ${grouped(LIVE_TOKENS_MAX)} |`,
    `| workspaces of an account | ${WORKSPACE_LIMITS.workspacesOfAccount} |`,
    `| members of a workspace | ${WORKSPACE_LIMITS.members} |`,
    `| flows of a workspace | ${grouped(WORKSPACE_LIMITS.flows)} |`,
    `| versions of a flow | ${grouped(WORKSPACE_LIMITS.versionsOfFlow)} |`,
    `| listeners of a workspace | ${grouped(WORKSPACE_LIMITS.listeners)} |`,
    `| secrets of a workspace | ${WORKSPACE_LIMITS.secrets} |`,
    `| actions of a workspace | ${ACTIONS_MAX} |`,
    `| customers of a workspace | ${grouped(WORKSPACE_LIMITS.customers)} |`,
    `| public keys of a workspace | ${PUBLIC_KEYS_MAX} |`,
    `| event streams of a principal, in each process | ${EVENT_STREAMS_OF_PRINCIPAL} |`,
    `| durable runs of a listener that have not ended | ${grouped(LIVE_RUNS.listener)} |`,
    `| durable runs of a workspace that have not ended | ${grouped(LIVE_RUNS.workspace)} |`,
    ...(['listener', 'workspace'] as const).map((owner) => {
      const { answers, bytes } = IDEMPOTENCY_LIMITS[owner]
      return `of a ${owner} | ${grouped(answers)} and ${mib(bytes)} |`
    }),
    `up to ${grouped(RECORDER_MAX_RUNS)} records or ${mib(RECORDER_MAX_BYTES)} wait`
  ],
  'docs/readable-urls.md': [`at most ${PATH_CHARS_MAX} characters`],
  'docs/requests.md': [
    `exact up to ${grouped(TOTAL_MAX)}`,
    `the newest ${FEED_ITEMS_MAX} requests of each half second`,
    `An account can have ${EVENT_STREAMS_OF_PRINCIPAL} streams at once`
  ],
  'docs/streams.md': [`A caller can have ${EVENT_STREAMS_OF_PRINCIPAL} streams at once`],
  'docs/tokens.md': [`at most ${LEAK_TOKENS_MAX}.`]
}

for (const [file, sentences] of Object.entries(STATED)) {
  t.test(`${file} states the limits of the code`, async (t) => {
    const text = (await read(file)).replaceAll(/\s+/g, ' ')
    for (const sentence of sentences) t.ok(text.includes(sentence), sentence)
  })
}
