import { threadId } from 'node:worker_threads'

// Int32: the thread that runs the job. Float64: the CPU time of the thread when the job began, and what the job used.
const THREAD = 0
const CPU_AT_START = 1
const CPU_USED = 2
const BYTES = (CPU_USED + 1) * Float64Array.BYTES_PER_ELEMENT
/** In place of a thread id: no thread may begin the job. Ids of threads are above 0. */
const TAKEN_BACK = -1

/**
 * The progress of a job, in memory that both threads see. A job blocks its thread, which cannot report it in another
 * way.
 */
export class Progress {
  readonly memory = new SharedArrayBuffer(BYTES)
  readonly #thread = new Int32Array(this.memory)
  readonly #cpu = new Float64Array(this.memory)

  /** The id of the thread; 0 until the job has begun. */
  get thread(): number {
    return Math.max(0, Atomics.load(this.#thread, THREAD))
  }

  /** Whether the job has begun and has not come to its end. */
  get isRunning(): boolean {
    return this.thread !== 0 && this.cpuUsed === undefined
  }

  /** Milliseconds of CPU time that the thread had used when the job began. */
  get cpuAtStart(): number {
    return this.#cpu[CPU_AT_START] ?? 0
  }

  /** Milliseconds of CPU time that the job used; undefined unless it came to its end. */
  get cpuUsed(): number | undefined {
    return this.#cpu[CPU_USED] || undefined
  }

  /** Resolves when the job begins, and when it is taken back. */
  async begun(): Promise<void> {
    await Atomics.waitAsync(this.#thread, THREAD, 0).value
  }

  /** Takes the job back from its thread, and resolves `begun`. @returns false if the job has begun */
  takeBack(): boolean {
    const isBack = Atomics.compareExchange(this.#thread, THREAD, 0, TAKEN_BACK) <= 0
    if (isBack) Atomics.notify(this.#thread, THREAD)
    return isBack
  }
}

/**
 * The worker calls this when everything that the job needs is loaded: the time of the job begins.
 * @returns a function to call at the end of the job; undefined if the job was taken back and must not run
 */
export function begin(memory: SharedArrayBuffer): (() => void) | undefined {
  const thread = new Int32Array(memory)
  const cpu = new Float64Array(memory)
  const atStart = threadCpuMs()
  cpu[CPU_AT_START] = atStart
  if (Atomics.compareExchange(thread, THREAD, 0, threadId) !== 0) return undefined
  Atomics.notify(thread, THREAD)
  return () => {
    cpu[CPU_USED] = Math.max(threadCpuMs() - atStart, Number.MIN_VALUE)
  }
}

/** Milliseconds of CPU time that the calling thread has used. */
export function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
