/** Writes collected items in batches, some time after the first item arrived, and one write at a time. */
export interface Flusher {
  /** Schedules a write, at most `everyMs` from now. */
  soon(): void
  /**
   * Writes now, or after the running write.
   *
   * @throws (rejects with) the error of the write; the remaining items are scheduled again
   */
  now(): Promise<void>
  /** Whether a write is running. */
  busy(): boolean
  /** Cancels the scheduled write. `now()` still writes. */
  stop(): void
}

export interface FlusherOptions {
  everyMs: number
  /**
   * After each failure the delay doubles up to this value, until a write succeeds. Default: `everyMs`, so that it never
   * grows.
   */
  retryMaxMs?: number
  isEmpty(): boolean
  write(): Promise<void>
  /** Receives the error of a scheduled write, which no caller waits for. */
  onError(error: unknown): void
}

/**
 * Creates a flusher. `write` takes the collected items, and puts back those that it could not write.
 * @example
 * const flusher = createFlusher({ everyMs: 1_000, isEmpty: () => queue.length === 0, write, onError })
 * queue.push(item)
 * flusher.soon()
 */
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
    // The caller of that write receives its error.
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
