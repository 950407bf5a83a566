import { Agent, request } from 'undici'
import { ANSWER_MS, RUNS_SERVICE } from './settings.ts'
import type { RunInput } from './run-input.ts'

/** Restate could not be reached, or did not take what it was given. */
export class RestateError extends Error {
  override readonly name = 'RestateError'
  readonly status: number | undefined

  constructor(message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.status = options.status
  }
}

/** Live invocations by what they do, as Restate's table `sys_invocation` names it. */
export interface InvocationCounts {
  /** By `status`: `pending`, `ready`, `scheduled`, `running`, `backing-off`, `suspended`, `paused`. */
  byStatus: ReadonlyMap<string, number>
  /** When the oldest one that has not begun was taken, in milliseconds since the epoch. */
  oldestQueuedAt: number | undefined
}

/** The part of Restate's ingress and admin APIs that runs need. */
export interface RestateClient {
  /** Has a run begin, once for each id. @returns the id of its invocation */
  start(input: RunInput): Promise<string>
  /** Gives the invocation of a run what it waits for. */
  signal(invocationId: string, name: string, value: unknown): Promise<void>
  /** Cancels the invocation of a run. False where Restate has none that lives. */
  cancel(runId: string): Promise<boolean>
  counts(): Promise<InvocationCounts>
  /** Tells Restate where the services are. */
  register(uri: string): Promise<void>
  isHealthy(): Promise<boolean>
  close(): Promise<void>
}

/** An ending that Restate reports for an invocation that is not there, or that has ended. */
const GONE: ReadonlySet<number> = new Set([404, 409, 410])
const OK = 300

export function createRestateClient(urls: { ingress: string; admin: string }): RestateClient {
  const agent = new Agent({ headersTimeout: ANSWER_MS, bodyTimeout: ANSWER_MS, connectTimeout: ANSWER_MS })

  async function send(
    method: 'GET' | 'POST' | 'PATCH',
    url: string,
    body?: unknown,
    headers: Record<string, string> = {}
  ): Promise<unknown> {
    const what = `${method} ${new URL(url).pathname}`
    let status: number
    let text: string
    try {
      const answer = await request(url, {
        method,
        dispatcher: agent,
        headers: { ...headers, accept: 'application/json', 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) })
      })
      status = answer.statusCode
      text = await answer.body.text()
    } catch (error) {
      throw new RestateError(`Restate does not answer ${what}.`, { cause: error })
    }
    if (status >= OK)
      throw new RestateError(`Restate answered ${what} with ${status}: ${text.slice(0, 500)}`, { status })
    return text === '' ? undefined : JSON.parse(text)
  }

  const query = async <T>(sql: string): Promise<T[]> =>
    ((await send('POST', `${urls.admin}/query`, { query: sql })) as { rows: T[] }).rows

  return {
    async start(input) {
      const taken = (await send('POST', `${urls.ingress}/${RUNS_SERVICE}/run/send`, input, {
        'idempotency-key': input.run.id
      })) as { invocationId: string }
      return taken.invocationId
    },

    async signal(invocationId, name, value) {
      await send('POST', `${urls.ingress}/${RUNS_SERVICE}/signal`, { invocationId, name, value })
    },

    async cancel(runId) {
      const [found] = await query<{ id: string }>(
        `select id from sys_invocation where target_service_name = '${RUNS_SERVICE}' and target_handler_name = 'run'
            and idempotency_key = '${runId.replaceAll("'", "''")}' and status <> 'completed'`
      )
      if (!found) return false
      try {
        await send('PATCH', `${urls.admin}/invocations/${found.id}/cancel`)
        return true
      } catch (error) {
        if (error instanceof RestateError && error.status !== undefined && GONE.has(error.status)) return false
        throw error
      }
    },

    async counts() {
      const rows = await query<{ status: string; count: number; oldest: string }>(
        `select status, count(*) as count, min(created_at) as oldest from sys_invocation
          where target_service_name = '${RUNS_SERVICE}' and target_handler_name = 'run' and status <> 'completed'
          group by status`
      )
      const queued = rows.filter(({ status }) => QUEUED.has(status)).map(({ oldest }) => Date.parse(oldest))
      return {
        byStatus: new Map(rows.map(({ status, count }) => [status, count])),
        oldestQueuedAt: queued.length === 0 ? undefined : Math.min(...queued)
      }
    },

    async register(uri) {
      await send('POST', `${urls.admin}/deployments`, { uri, force: false })
    },

    async isHealthy() {
      try {
        await send('GET', `${urls.ingress}/restate/health`)
        return true
      } catch {
        return false
      }
    },

    close: () => agent.close()
  }
}

/** Statuses of an invocation that has not begun. */
export const QUEUED: ReadonlySet<string> = new Set(['pending', 'ready', 'scheduled'])
