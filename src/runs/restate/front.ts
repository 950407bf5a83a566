import type { RestatePromise } from '@restatedev/restate-sdk'
import type { Activity } from '../../dsl/index.ts'

/** The SDK. It is loaded only where Restate is used. */
export type Sdk = typeof import('@restatedev/restate-sdk')

export interface FrontDeps {
  sdk: Pick<Sdk, 'RestatePromise' | 'CancelledError'>
  activity: Pick<Activity, 'quiet'>
  /** Somebody cancelled the invocation. */
  onCancelled(): void
}

/**
 * Fits a run that does several things at once to the positional journal of Restate.
 *
 * Restate returns results by the position of what was asked for. So everything that a run has asked for since the last
 * answer is handed to Restate in the order of its keys, once the run is quiet. Then one answer is given to the run: the
 * first in the order that Restate recorded. A run that begins anew therefore asks for the same things in the same
 * order.
 */
export interface Front {
  /**
   * Asks for something durable.
   * @param key names it within the run
   * @param make hands it to Restate; the order of these calls is the same in every attempt
   * @param signal aborts when the run no longer waits for the answer
   */
  ask<T>(key: string, make: () => RestatePromise<T>, signal?: AbortSignal): Promise<T>
  /** Serves `work` until it ends. */
  serve<T>(work: Promise<T>): Promise<T>
}

interface Asked {
  key: string
  make(): RestatePromise<unknown>
  resolve(value: unknown): void
  reject(error: unknown): void
}

export function createFront({ sdk, activity, onCancelled }: FrontDeps): Front {
  const asked = new Set<Asked>()
  const open = new Map<Asked, RestatePromise<unknown>>()

  async function answer(): Promise<void> {
    const promises = [...open].map(([one, promise]) => promise.map((value, failure) => ({ one, value, failure })))
    try {
      const { one, value, failure } = await sdk.RestatePromise.race(promises)
      open.delete(one)
      if (failure === undefined) one.resolve(value)
      else one.reject(failure)
    } catch (error) {
      if (!(error instanceof sdk.CancelledError)) throw error
      onCancelled()
    }
  }

  return {
    ask: <T>(key: string, make: () => RestatePromise<T>, signal?: AbortSignal) => {
      const { promise, resolve, reject } = Promise.withResolvers<T>()
      const one: Asked = { key, make, resolve: resolve as (value: unknown) => void, reject }
      asked.add(one)
      if (signal === undefined) return promise
      const drop = (): void => {
        asked.delete(one)
        open.delete(one)
        reject(signal.reason as Error)
      }
      if (signal.aborted) drop()
      else signal.addEventListener('abort', drop, { once: true })
      return promise.finally(() => signal.removeEventListener('abort', drop))
    },

    async serve<T>(work: Promise<T>) {
      let ended = false
      const end = (): void => {
        ended = true
      }
      work.then(end, end)
      for (;;) {
        await activity.quiet()
        if (ended) return work
        const inOrder = [...asked].sort((a, b) => (a.key < b.key ? -1 : 1))
        asked.clear()
        for (const one of inOrder) open.set(one, one.make())
        if (open.size === 0) throw new Error('the run has not ended, and waits for nothing that the engine knows')
        await answer()
      }
    }
  }
}
