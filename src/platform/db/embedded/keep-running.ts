import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from '../../log/log.ts'
import type { RunningServer } from './server.ts'

/** After each failed start the pause doubles up to the second value. */
const PAUSE_MS = { first: 250, longest: 5_000 }

/**
 * Starts a server again whenever it ends by itself, until it is stopped. Its sessions are lost; what was committed is
 * not.
 * @param start makes one attempt; the signal aborts when the server is not wanted any more
 */
export function keepRunning(
  first: RunningServer,
  start: (signal: AbortSignal) => Promise<RunningServer>,
  log: Pick<Logger, 'error' | 'warn'>
): { stop(): Promise<void> } {
  const unwanted = new AbortController()
  const { signal } = unwanted
  let server = first
  const watching = watch()
  let stopping: Promise<void> | undefined

  async function watch(): Promise<void> {
    const stopped = once(signal, 'abort')
    while (!signal.aborted) {
      const end = await Promise.race([server.ended, stopped.then(() => undefined)])
      if (end === undefined) return
      log.error(end, 'the embedded database server ended by itself: it is started again')
      const again = await startAgain()
      if (again === undefined) return
      server = again
      log.warn('the embedded database server runs again')
    }
  }

  async function startAgain(): Promise<RunningServer | undefined> {
    for (let waitMs = PAUSE_MS.first; !signal.aborted; waitMs = Math.min(waitMs * 2, PAUSE_MS.longest)) {
      try {
        return await start(signal)
      } catch (error) {
        if (signal.aborted) return undefined
        log.error({ err: error, retryMs: waitMs }, 'the embedded database server did not start')
        await pause(waitMs, undefined, { signal }).catch(() => {})
      }
    }
    return undefined
  }

  async function stop(): Promise<void> {
    unwanted.abort()
    await watching
    await server.stop()
  }

  return { stop: () => (stopping ??= stop()) }
}
