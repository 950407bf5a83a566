import type { Command } from 'commander'
import { setTimeout as pause } from 'node:timers/promises'
import { listAll } from '../api.ts'
import { contextOf } from '../context.ts'
import type { Io } from '../io.ts'
import type { Session } from '../session.ts'

const POLL_MS = 2_000
/** As many as one page holds: more in {@link POLL_MS} are not all shown. */
const LATEST = 200

interface Run {
  id: string
  startedAt: string
  status: string
  listenerId: string | null
  requestId: string
}

export function listenerCommands(program: Command, io: Io): void {
  program
    .command('listeners')
    .description('the listeners of one workspace, or of all of mine')
    .option('--workspace <id>')
    .action(async (options: { workspace?: string }, command: Command) => {
      const { out, session } = contextOf(command, io)
      const signedIn = await session()
      const workspaces = options.workspace
        ? [{ id: options.workspace }]
        : await listAll<{ id: string }>(signedIn, '/v1/workspaces')
      const rows: object[] = []
      for (const { id } of workspaces)
        rows.push(...(await listAll<object>(signedIn, `/v1/workspaces/${encodeURIComponent(id)}/listeners`)))
      out.table(rows, ['id', 'name', 'enabled', 'mode', 'url'])
    })

  program
    .command('runs')
    .description('what flows did')
    .command('tail')
    .description('runs as they appear, until interrupted')
    .option('--listener <id>')
    .option('--status <status>')
    .option('--once', 'only the latest ones')
    .action(async (options: { listener?: string; status?: string; once?: boolean }, command: Command) => {
      const { out, session } = contextOf(command, io)
      const signedIn = await session()
      let shown = new Set<string>()
      for (;;) {
        const runs = await latest(signedIn, options)
        for (const run of runs) {
          if (!shown.has(stateOf(run)))
            out.line(
              run,
              `${run.startedAt}  ${run.status.padEnd(9)}  ${run.id}  ${run.listenerId ?? '-'}  ${run.requestId}`
            )
        }
        // What has left the latest ones does not come back.
        shown = new Set(runs.map(stateOf))
        if (options.once) return
        await pause(POLL_MS)
      }
    })
}

function stateOf({ id, status }: Run): string {
  return `${id} ${status}`
}

/** Oldest first. */
async function latest(session: Session, { listener, status }: { listener?: string; status?: string }): Promise<Run[]> {
  return (await listAll<Run>(session, '/v1/runs', { listenerId: listener, status }, LATEST)).toReversed()
}
