import { write, writeSync } from 'node:fs'

/**
 * Lines are buffered up to this many characters or this long, because a write for each line costs more than the line.
 */
const CHUNK_CHARS = 64_000
const WRITE_EVERY_MS = 250
/** The limit of buffered text while nothing can be written. Lines beyond it are dropped and counted. */
const WAITING_MAX_CHARS = 4_000_000
/** How often the final flush retries a full pipe, and how long it pauses in between. */
const LAST_TRIES = 20
const LAST_PAUSE_MS = 10

export interface StandardOutput {
  write(line: string): void
  /** Writes the buffered text before it returns, as far as possible. */
  flushSync(): void
}

export interface StandardOutputOptions {
  /** Default: standard output. */
  fd?: number
  /** Called once when writing starts to fail, and once when it works again. */
  onChange?(told: { failing: true; error: Error } | { failing: false; dropped: number }): void
}

/**
 * The destination of the log. A target that is full or gone stops neither a call nor the process: lines are buffered,
 * dropped beyond a limit, and written once there is room. Records that must not be lost belong in the audit log
 * instead. In the same case, pino's own writer ends the process or waits forever in its last flush.
 */
export function openStandardOutput({ fd = 1, onChange }: StandardOutputOptions = {}): StandardOutput {
  let waiting = ''
  /** The chunk that is being written, or that failed and is retried. */
  let chunk = Buffer.alloc(0)
  let busy = false
  let failing = false
  let dropped = 0

  setInterval(writeOn, WRITE_EVERY_MS).unref()
  process.once('exit', flushSync)

  function writeOn(): void {
    if (busy) return
    if (chunk.length === 0) chunk = takeWaiting()
    if (chunk.length === 0) return
    busy = true
    write(fd, chunk, (error, written) => {
      busy = false
      if (error) return fail(error)
      recover()
      chunk = chunk.subarray(written)
      if (chunk.length > 0 || waiting.length >= CHUNK_CHARS) writeOn()
    })
  }

  function takeWaiting(): Buffer<ArrayBuffer> {
    const taken = Buffer.from(waiting)
    waiting = ''
    return taken
  }

  function fail(error: NodeJS.ErrnoException): void {
    // EAGAIN means a slow reader of a pipe: a delay, not a failure.
    if (error.code === 'EAGAIN' || failing) return
    failing = true
    onChange?.({ failing, error })
  }

  function recover(): void {
    if (!failing) return
    failing = false
    onChange?.({ failing, dropped })
    dropped = 0
  }

  function flushSync(): void {
    // A chunk that is being written already belongs to the operating system.
    let rest = busy ? takeWaiting() : Buffer.concat([chunk, takeWaiting()])
    if (!busy) chunk = Buffer.alloc(0)
    for (let tries = 0; rest.length > 0 && tries < LAST_TRIES;) {
      try {
        rest = rest.subarray(writeSync(fd, rest))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return fail(error as NodeJS.ErrnoException)
        tries++
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LAST_PAUSE_MS)
      }
    }
  }

  return {
    write(line) {
      if (waiting.length + line.length > WAITING_MAX_CHARS) {
        dropped++
        return
      }
      waiting += line
      if (waiting.length >= CHUNK_CHARS && !failing) writeOn()
    },
    flushSync
  }
}
