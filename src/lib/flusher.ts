/** Writes what was gathered: a while after it came, at once for all that came meanwhile, and never twice at a time. */
export interface Flusher {
  /** Sees to it that it is written within the time. */
  soon(): void
  /** Writes now, after what is being written. @throws (rejects with) what writing throws; what still waits then is tried again */
  now(): Promise<void>
  /** Whether it is being written. */
  busy(): boolean
  /** Nothing more is written by itself. */
  stop(): void
}

export interface FlusherOptions {
  everyMs: number
  /** After each failure it waits twice as long, down to so seldom, until it has written again; absent: it tries as often as ever. */
  retryMaxMs?: number
  isEmpty(): boolean
  write(): Promise<void>
  /** Told of what failed when nobody waited for it. */
  onError(error: unknown): void
}

export function createFlusher({ everyMs, retryMaxMs = everyMs, isEmpty, write, onError }: FlusherOptions): Flusher {
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined
  let waitMs = everyMs

  function soon(): void {
    timer ??= setTimeout(() => {
      timer = undefined
      now().catch(onError)
    }, waitMs).unref()
  }

  async function now(): Promise<void> {
    // Who asked for that one hears of its failure.
    while (writing) await writing.catch(() => {})
    if (isEmpty()) return
    writing = write().finally(() => {
      writing = undefined
    })
    try {
      await writing
      waitMs = everyMs
    } catch (error) {
      waitMs = Math.min(waitMs * 2, retryMaxMs)
      if (!isEmpty()) soon()
      throw error
    }
  }

  return {
    soon,
    now,
    busy: () => writing !== undefined,
    stop() {
      clearTimeout(timer)
      timer = undefined
    }
  }
}
