import { Agent, request } from 'undici'
import { ANSWER_MS, RUNS_SERVICE, SLOTS_OBJECT } from './settings.ts'
import type { RunInput } from './run-input.ts'

/** Restate could not be reached, or refused a request. */
export class RestateError extends Error {
  override readonly name = 'RestateError'
  readonly status: number | undefined

  constructor(message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.status = options.status
  }
}

/** Counts of live invocations, from Restate's table `sys_invocation`. */
export interface InvocationCounts {
  /** By `status`: `pending`, `ready`, `scheduled`, `running`, `backing-off`, `suspended`, `paused`. */
  byStatus: ReadonlyMap<string, number>
  /** When Restate accepted the oldest invocation that has not begun, in milliseconds since the epoch. */
  oldestQueuedAt: number | undefined
}

/** The part of Restate's ingress and admin APIs that runs need. */
export interface RestateClient {
  /** Starts a run; a second call with the same id starts nothing. @returns the id of its invocation */
  start(input: RunInput): Promise<string>
  /** Resolves a signal that the invocation of a run waits for. */
  signal(invocationId: string, name: string, value: unknown): Promise<void>
  /**
   * Cancels the invocation of a run, or kills it if it cannot continue. False where Restate has no live invocation of
   * it.
   */
  cancel(runId: string): Promise<boolean>
  /** Ends an invocation without running its code again. */
  kill(invocationId: string): Promise<void>
  /** Frees the slot of an invocation that was killed. */
  freeSlot(listenerId: string, invocationId: string): Promise<void>
  counts(): Promise<InvocationCounts>
  /** Tells Restate the URL of the services. */
  register(uri: string): Promise<void>
  isHealthy(): Promise<boolean>
  close(): Promise<void>
}

/** Statuses with which Restate answers for an invocation that does not exist or has ended. */
const GONE: ReadonlySet<number> = new Set([404, 409, 410])
const OK = 300
/** Restate's error code for an attempt that asks for something else than the attempt before it did. */
const MISMATCH = 'RT0016'

/** @throws (all methods but `isHealthy` and `close` reject with) RestateError */
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
      const [found] = await query<{ id: string; failure: string | null }>(
        `select id, last_failure_error_code as failure from sys_invocation
          where target_service_name = '${RUNS_SERVICE}' and target_handler_name = 'run'
            and idempotency_key = '${runId.replaceAll("'", "''")}' and status <> 'completed'`
      )
      if (!found) return false
      try {
        await send('PATCH', `${urls.admin}/invocations/${found.id}/${found.failure === MISMATCH ? 'kill' : 'cancel'}`)
        return true
      } catch (error) {
        if (error instanceof RestateError && error.status !== undefined && GONE.has(error.status)) return false
        throw error
      }
    },

    async kill(invocationId) {
      await send('PATCH', `${urls.admin}/invocations/${invocationId}/kill`)
    },

    async freeSlot(listenerId, invocationId) {
      await send('POST', `${urls.ingress}/${SLOTS_OBJECT}/${listenerId}/free/send`, { invocationId })
    },

    async counts() {
      const rows = await query<{ status: string; count: number; oldest: string }>(
        `select case when last_failure_error_code = '${MISMATCH}' then '${STUCK}' else status end as status,
                count(*) as count, min(created_at) as oldest from sys_invocation
          where target_service_name = '${RUNS_SERVICE}' and target_handler_name = 'run' and status <> 'completed'
          group by 1`
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

/**
 * The status that {@link InvocationCounts} has for an invocation that cannot continue, because an attempt asked for
 * something else than the attempt before it did.
 */
export const STUCK = 'stuck'

/** Statuses of an invocation that has not begun. */
export const QUEUED: ReadonlySet<string> = new Set(['pending', 'ready', 'scheduled'])
