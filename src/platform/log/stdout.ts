import { write, writeSync } from 'node:fs'

/**
 * Lines wait for so many characters, or so long, before they are written: a write for each would cost more than the
 * line.
 */
const CHUNK_CHARS = 16_000
const WRITE_EVERY_MS = 250
/** What waits while nothing can be written. Beyond it lines are dropped, and counted. */
const WAITING_MAX_CHARS = 4_000_000
/** How often the last words are tried on a pipe that is full, and how long they wait in between. */
const LAST_TRIES = 20
const LAST_PAUSE_MS = 10

export interface StandardOutput {
  write(line: string): void
  /** Writes what waits before it returns, as far as it can be written. */
  flushSync(): void
}

export interface StandardOutputOptions {
  /** Default: standard output. */
  fd?: number
  /** Told once when nothing can be written any more, and once when it can again. */
  onChange?(told: { failing: true; error: Error } | { failing: false; dropped: number }): void
}

/**
 * Where the log goes. A target that is full or gone stops no call and no process: lines wait, are dropped past a bound,
 * and are written on when there is room. What must not be lost is not here but in the audit log. Pino's own writer ends
 * the process in that case, or waits for ever in its last flush.
 */
export function openStandardOutput({ fd = 1, onChange }: StandardOutputOptions = {}): StandardOutput {
  let waiting = ''
  /** Under way, or failed and to be tried again. */
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
    // A pipe whose reader is slow: no failure, only later.
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
    // What is under way is the system's already.
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
