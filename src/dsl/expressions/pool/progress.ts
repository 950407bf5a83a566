import { threadId } from 'node:worker_threads'

// Int32: the thread that runs the job. Float64: the CPU time of the thread when the job began, and what the job used.
const THREAD = 0
const CPU_AT_START = 1
const CPU_USED = 2
const BYTES = (CPU_USED + 1) * Float64Array.BYTES_PER_ELEMENT

/**
 * What a worker tells of its job in memory that both threads see. A job blocks its thread, which can tell nothing in
 * another way.
 */
export class Progress {
  readonly memory = new SharedArrayBuffer(BYTES)
  readonly #thread = new Int32Array(this.memory)
  readonly #cpu = new Float64Array(this.memory)

  /** The id of the thread; 0 until the job has begun. */
  get thread(): number {
    return Atomics.load(this.#thread, THREAD)
  }

  /** Milliseconds of CPU time that the thread had used when the job began. */
  get cpuAtStart(): number {
    return this.#cpu[CPU_AT_START] ?? 0
  }

  /** Milliseconds of CPU time that the job used; undefined unless it came to its end. */
  get cpuUsed(): number | undefined {
    return this.#cpu[CPU_USED] || undefined
  }

  /** Resolves when the job begins, and after {@link release}. */
  async begun(): Promise<void> {
    await Atomics.waitAsync(this.#thread, THREAD, 0).value
  }

  /** Frees what waits for a job that will not begin. */
  release(): void {
    Atomics.notify(this.#thread, THREAD)
  }
}

/**
 * For the worker: everything that the job needs is loaded, and its time begins.
 * @returns call it at the job's end
 */
export function begin(memory: SharedArrayBuffer): () => void {
  const thread = new Int32Array(memory)
  const cpu = new Float64Array(memory)
  const atStart = threadCpuMs()
  cpu[CPU_AT_START] = atStart
  Atomics.store(thread, THREAD, threadId)
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
