import { write, writeSync } from 'node:fs'

/** Lines are buffered up to this many bytes or this long, because a write for each line costs more than the line. */
const CHUNK_BYTES = 64 * 1024
const WRITE_EVERY_MS = 250
/** The limit of buffered bytes while nothing can be written. Lines beyond it are dropped and counted. */
const WAITING_MAX_BYTES = 4_000_000
/** A character takes at most this many bytes in UTF-8. */
const CHARACTER_BYTES = 3
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
 * instead. (pino's own writer would end the process, or wait forever in its last flush.)
 */
export function openStandardOutput({ fd = 1, onChange }: StandardOutputOptions = {}): StandardOutput {
  /** Lines are encoded at once, while they are in the processor's cache. */
  let filling = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  let filled = 0
  /** Full chunks, oldest first. */
  let full: Buffer[] = []
  let fullBytes = 0
  /** The chunk that is being written, or that failed and is retried. */
  let chunk: Buffer = Buffer.alloc(0)
  let busy = false
  let failing = false
  let dropped = 0

  setInterval(writeOn, WRITE_EVERY_MS).unref()
  process.once('exit', flushSync)

  function writeOn(): void {
    if (busy) return
    if (chunk.length === 0) chunk = takeChunk()
    if (chunk.length === 0) return
    busy = true
    write(fd, chunk, (error, written) => {
      busy = false
      if (error) return fail(error)
      recover()
      chunk = chunk.subarray(written)
      if (chunk.length > 0 || full.length > 0) writeOn()
    })
  }

  function takeChunk(): Buffer {
    if (full.length === 0) endChunk()
    const taken = full.shift() ?? Buffer.alloc(0)
    fullBytes -= taken.length
    return taken
  }

  function endChunk(): void {
    if (filled === 0) return
    keep(filling.subarray(0, filled))
    filling = Buffer.allocUnsafeSlow(CHUNK_BYTES)
    filled = 0
  }

  function keep(ended: Buffer): void {
    full.push(ended)
    fullBytes += ended.length
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
    endChunk()
    let rest = Buffer.concat(busy ? full : [chunk, ...full])
    full = []
    fullBytes = 0
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
      const room = line.length * CHARACTER_BYTES
      if (fullBytes + filled + room > WAITING_MAX_BYTES) {
        dropped++
        return
      }
      if (room > CHUNK_BYTES - filled) endChunk()
      if (room > CHUNK_BYTES) keep(Buffer.from(line))
      else filled += filling.write(line, filled)
      if (full.length > 0 && !failing) writeOn()
    },
    flushSync
  }
}
