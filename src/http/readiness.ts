/** How long one check may take. A probe gives up sooner than a longer check would end. */
export const CHECK_TIMEOUT_MS = 2_000

/** Resolves with whether the checked component works; a rejection means that it does not, and says why. */
export type Check = () => boolean | Promise<boolean>

export interface Readiness {
  ready: boolean
  checks: Record<string, 'ok' | 'failing'>
}

export interface ReadinessDeps {
  checks: Readonly<Record<string, Check>>
  /** Called with the reason of a failing check. The answer names only the check, because anyone may ask. */
  onFailing: (name: string, error: unknown) => void
  timeoutMs?: number
}

/**
 * Runs all checks at once, each with a time limit. Simultaneous requests share one result, so that probing cannot
 * become a load.
 */
export function createReadiness({
  checks,
  onFailing,
  timeoutMs = CHECK_TIMEOUT_MS
}: ReadinessDeps): () => Promise<Readiness> {
  let underWay: Promise<Readiness> | undefined

  async function run(name: string, check: Check): Promise<readonly [string, 'ok' | 'failing']> {
    try {
      if (await within(timeoutMs, check)) return [name, 'ok']
      onFailing(name, undefined)
    } catch (error) {
      onFailing(name, error)
    }
    return [name, 'failing']
  }

  async function runAll(): Promise<Readiness> {
    const results = await Promise.all(Object.entries(checks).map(([name, check]) => run(name, check)))
    return { ready: results.every(([, state]) => state === 'ok'), checks: Object.fromEntries(results) }
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
