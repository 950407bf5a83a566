import t from 'tap'
import { REVISION } from '../../../src/runs/restate/settings.ts'
import { testDatabase } from '../../fixtures/database.ts'
import { startRestateServer } from '../../fixtures/restate-server.ts'
import { startUpstream } from '../../fixtures/upstream.ts'
import { until } from '../../fixtures/until.ts'
import { insertFlow, runOf, startEngine, statusOf } from '../durable/fixtures.ts'

// Restate gives results back by position. Where this list changes, runs that began before cannot go on: raise REVISION
// in src/runs/restate/settings.ts, say so in the changelog, and write the new list here.
const ORDER = [
  'Input',
  'Run /do/0/careful@0#retryStart',
  'Run /do/0/careful/try/0/ask@0.1.0',
  'Run /do/0/careful@0#jitter1',
  'Run /do/0/careful@0#retry1',
  'Sleep /do/0/careful@0#delay1',
  'Run /do/0/careful/try/0/ask@0.2.0',
  'Run /do/1/timed@0#timeout#start',
  'Run /do/1/timed/do/0/tell@0.0',
  'Sleep /do/1/timed@0#timeout',
  'Run /do/2/both/fork/branches/0/z/do/0/one@0.0.0',
  'Run /do/2/both/fork/branches/1/a/do/0/inner@0.0.0#flow',
  'Sleep #deadline',
  'Run /do/3/rest@0#steps',
  'Sleep /do/3/rest@0'
]

t.test(`revision ${REVISION} asks for the same in the same order as it always did`, async (t) => {
  const { place } = await startRestateServer(t)
  const { url } = await testDatabase(t)
  const upstream = await startUpstream()
  t.teardown(() => upstream.close())
  const { engine, database, clock } = await startEngine(t, url, { restate: place })
  await until(() => engine.isReady(), 60_000, 'Restate knows the engine')
  const call = (path: string) => ({ call: 'http', with: { method: 'post', endpoint: `${upstream.url}${path}` } })
  const flow = await insertFlow(database, [
    {
      careful: {
        try: [{ ask: call('/status/503') }],
        catch: {
          retry: {
            delay: { milliseconds: 5 },
            jitter: { from: { milliseconds: 1 }, to: { milliseconds: 2 } },
            limit: { attempt: { count: 1 }, duration: { minutes: 5 } }
          },
          do: [{ note: { set: { n: 1 } } }]
        }
      }
    },
    {
      timed: {
        do: [{ tell: { emit: { event: { with: { type: 'done' } } } } }],
        timeout: { after: { minutes: 5 } }
      }
    },
    {
      both: {
        fork: {
          branches: [
            { z: { do: [{ one: call('/echo/z') }] } },
            { a: { do: [{ inner: { run: { workflow: { namespace: 'test', name: 'inner', version: 'latest' } } } }] } }
          ]
        }
      }
    },
    { rest: { wait: { days: 3 } } }
  ])
  await insertFlow(database, [{ set: { set: { n: 1 } } }], { workspaceId: flow.workspaceId, name: 'inner' })
  const run = runOf(flow, clock)
  await engine.enqueue(run)
  await until(async () => (await statusOf(database, run.id)) === 'waiting', 60_000, 'the wait at the end')
  const commands = async (): Promise<string[]> => {
    const query = `select j.entry_type as kind, j.name from sys_journal j join sys_invocation i on i.id = j.id
      where i.idempotency_key = '${run.id}' and j.entry_type like 'Command:%' order by j.index`
    const answer = await fetch(`${place.adminUrl}/query`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query })
    })
    const { rows } = (await answer.json()) as { rows: { kind: string; name: string }[] }
    return rows.map(({ kind, name }) => `${kind.replace('Command: ', '')} ${name ?? ''}`.trim())
  }
  await until(async () => (await commands()).some((line) => line.startsWith('Sleep /do/3')), 60_000, 'the last sleep')
  t.strictSame(await commands(), ORDER)
  t.equal(await engine.cancel(run.id), true)
})
