/** How long one check may take. A probe that waits longer has been given up by who sent it. */
export const CHECK_TIMEOUT_MS = 2_000

/** Resolves with whether all is well; a rejection says that it is not, and why. */
export type Check = () => boolean | Promise<boolean>

export interface Readiness {
  ready: boolean
  checks: Record<string, 'ok' | 'failing'>
}

export interface ReadinessDeps {
  checks: Readonly<Record<string, Check>>
  /** Told why a check fails: who asks may be anyone, and learns only which. */
  onFailing: (name: string, error: unknown) => void
  timeoutMs?: number
}

/** Runs every check at once, each for a bounded time. Many who ask at the same moment get the same answer, so that asking cannot become a load. */
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
