/** How long one check may take. With a longer limit, probes would give up first. */
export const CHECK_TIMEOUT_MS = 2_000

/** Resolves with whether the checked component works; a rejection means that it does not, and says why. */
export type Check = () => boolean | Promise<boolean>

export type CheckState = 'ok' | 'degraded' | 'failing'

/** `degraded`: this process can answer calls, although something that all processes share is down. */
export interface Readiness {
  status: 'ready' | 'degraded' | 'not_ready'
  checks: Record<string, CheckState>
}

export interface ReadinessDeps {
  /** Checks of this process itself. If one fails, the process cannot answer calls. */
  own: Readonly<Record<string, Check>>
  /**
   * Checks of what all processes share. While one fails, a process answers from its caches as long as `withinGrace` is
   * true.
   */
  shared: Readonly<Record<string, Check>>
  /** Whether cached records may still be trusted while the database is down. */
  withinGrace(): boolean
  /** Called with the reason of a failing check. The answer names only the check, because anyone may ask. */
  onFailing: (name: string, error: unknown) => void
  timeoutMs?: number
}

/**
 * Runs all checks at once, each with a time limit. Simultaneous requests share one result, so that probing cannot
 * become a load.
 */
export function createReadiness({
  own,
  shared,
  withinGrace,
  onFailing,
  timeoutMs = CHECK_TIMEOUT_MS
}: ReadinessDeps): () => Promise<Readiness> {
  let underWay: Promise<Readiness> | undefined
  /** Until everything has worked once, the caches are empty. */
  let hasStarted = false

  async function run(name: string, check: Check): Promise<readonly [string, CheckState]> {
    try {
      if (await within(timeoutMs, check)) return [name, 'ok']
      onFailing(name, undefined)
    } catch (error) {
      onFailing(name, error)
    }
    return [name, name in shared && hasStarted && withinGrace() ? 'degraded' : 'failing']
  }

  async function runAll(): Promise<Readiness> {
    const results = await Promise.all(Object.entries({ ...own, ...shared }).map(([name, check]) => run(name, check)))
    const worst = (['failing', 'degraded'] as const).find((state) => results.some(([, found]) => found === state))
    hasStarted ||= worst === undefined
    const status = worst === undefined ? 'ready' : worst === 'failing' ? 'not_ready' : 'degraded'
    return { status, checks: Object.fromEntries(results) }
  }

  return () =>
    (underWay ??= runAll().finally(() => {
      underWay = undefined
    }))
}

async function within<T>(ms: number, work: () => T | Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work(), late])
  } finally {
    clearTimeout(timer)
  }
}
