import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from 'commander'
import type { Client, Item } from '../../client/index.ts'
import { take } from '../client.ts'
import { contextOf } from '../context.ts'
import type { Io } from '../io.ts'
import { flowOf, listenerOf } from '../resolve.ts'

const POLL_MS = 2_000
/** One page. If more runs start within {@link POLL_MS}, not all of them are shown. */
const LATEST = 200

type RunSummary = Item<'/v1/runs'>

interface Filters {
  listener?: string
  flow?: string
  status?: string
}

export function runCommands(program: Command, io: Io): void {
  const runs = program.command('runs').description('follow, show, replay and cancel runs of flows')

  filters(runs.command('tail').description('print runs as they appear, until interrupted'))
    .option('--once', 'print the latest ones and end')
    .action(async (options: Filters & { once?: boolean }, command: Command) => {
      const { out, client } = contextOf(command, io)
      const signedIn = await client()
      const query = await queryOf(signedIn, options)
      let shown = new Set<string>()
      for (;;) {
        const latest = (await take(signedIn.list('/v1/runs', { params: { query } }), LATEST)).toReversed()
        for (const run of latest) if (!shown.has(stateOf(run))) out.line(run, lineOf(run))
        // A run that has left the latest page does not come back.
        shown = new Set(latest.map(stateOf))
        if (options.once) return
        await pause(POLL_MS)
      }
    })

  runs
    .command('show')
    .description('print a run with its input, output and steps')
    .argument('<id>')
    .action(async (runId: string, _options: unknown, command: Command) => {
      const { out, client } = contextOf(command, io)
      const run = await (await client()).GET('/v1/runs/{runId}', { params: { path: { runId } } })
      out.value(run, describeRun(run))
    })

  runs
    .command('replay')
    .description('start new runs with the input of these')
    .argument('<ids...>')
    .action(async (ids: string[], _options: unknown, command: Command) => {
      const { out, client } = contextOf(command, io)
      const { items } = await (await client()).POST('/v1/runs/replay', { body: { ids } })
      out.table(
        items.map((item) => ({
          id: item.id,
          ...('runId' in item ? { runId: item.runId } : { refused: item.error.code })
        })),
        ['id', 'runId', 'refused']
      )
    })

  runs
    .command('cancel')
    .description('cancel a run')
    .argument('<id>')
    .action(async (runId: string, _options: unknown, command: Command) => {
      const { out, client } = contextOf(command, io)
      await (await client()).POST('/v1/runs/{runId}/cancel', { params: { path: { runId } } })
      out.value({ cancelled: runId }, 'Cancelled.')
    })
}

function filters(command: Command): Command {
  return command
    .option('--listener <listener>', 'the id, name or key of a listener')
    .option('--flow <flow>', 'the id or name of a flow')
    .option('--status <statuses>', 'for example failed; several separated by commas')
}

async function queryOf(client: Client, { listener, flow, status }: Filters) {
  return {
    listenerId: listener === undefined ? undefined : await listenerOf(client, listener),
    flowId: flow === undefined ? undefined : await flowOf(client, flow),
    status
  }
}

function stateOf({ id, status }: RunSummary): string {
  return `${id} ${status}`
}

function lineOf(run: RunSummary): string {
  // Members see which request started a run.
  const requestId = 'requestId' in run ? run.requestId : '-'
  return `${run.startedAt}  ${run.status.padEnd(9)}  ${run.id}  ${run.listenerId ?? '-'}  ${requestId}`
}

/** The fields of a run that are printed for people. */
interface ShownRun {
  id: string
  status: string
  output?: unknown
  error?: unknown
  input?: unknown
  durationMs?: number | null
  steps?: { pointer: string; status: string; attempt: number; durationMs: number }[]
}

function describeRun({ id, status, input, output, error, durationMs, steps = [] }: ShownRun): string {
  const json = (name: string, value: unknown): string[] =>
    value === undefined || value === null ? [] : [`${name}: ${JSON.stringify(value)}`]
  return [
    `${id}: ${status}${typeof durationMs === 'number' ? ` in ${durationMs} ms` : ''}`,
    ...json('input', input),
    ...steps.map(
      ({ pointer, status, attempt, durationMs }) =>
        `  ${status.padEnd(9)}  ${pointer}${attempt > 1 ? ` (attempt ${attempt})` : ''}  ${durationMs} ms`
    ),
    ...json('output', output),
    ...json('error', error)
  ].join('\n')
}
