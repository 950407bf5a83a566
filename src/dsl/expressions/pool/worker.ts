import { workerData } from 'node:worker_threads'
import { lowerThreadPriority } from '../../../lib/thread-priority.ts'
import type { Batch, Job, Outcome, Outcomes, Work, WorkerOptions } from './job.ts'
import type { JqInput } from './jq.ts'
import { begin } from './progress.ts'

// Threads start often, because each runaway program ends its thread. So a thread loads a library with the first job
// that needs it, and the loading does not count as time of the job.

// jq and QuickJS print their crashes. The outcome reports them already, and they do not belong into the output of the
// process.
console.error = () => {}
console.log = () => {}

const { niceness, ...limits } = workerData as WorkerOptions
lowerThreadPriority(niceness)
const jq = once(async () => (await import('./jq.ts')).createJqRuntime(limits))
const scripts = once(async () => (await import('./script.ts')).createScriptRuntime(limits))
const schemas = once(async () => (await import('./schemas.ts')).createSchemaRuntime())

/** After so many milliseconds no further job of a batch begins, so that other owners have their turn. */
const BATCH_MS = 20

/**
 * Runs each job to its end. A job cannot be interrupted from within: the pool ends the whole thread when its time is
 * over. Jobs of one program run together, at the position of the first of them.
 */
export default async function work(batch: Batch): Promise<Outcomes> {
  const outcomes: (Outcome | null)[] = batch.map(() => null)
  const startedAt = performance.now()
  const isTimeUp = (): boolean => performance.now() - startedAt > BATCH_MS
  let left = batch.map((job, index) => new Task(job, (outcome) => (outcomes[index] = outcome)))
  do {
    await perform(left, isTimeUp)
    left = left.filter(({ hasBegun }) => !hasBegun)
  } while (left.length > 0 && !isTimeUp())
  return outcomes
}

/** A job that this thread may begin, unless it is taken back first. */
class Task {
  readonly work: Work
  readonly #progress: SharedArrayBuffer
  readonly #tell: (outcome: Outcome) => void
  #end: (() => void) | undefined
  hasBegun = false

  constructor({ work, progress }: Job, tell: (outcome: Outcome) => void) {
    this.work = work
    this.#progress = progress
    this.#tell = tell
  }

  /** @returns false if the job was taken back and must not run */
  begin(): boolean {
    this.hasBegun = true
    this.#end = begin(this.#progress)
    return this.#end !== undefined
  }

  ended(outcome: Outcome): void {
    this.#end?.()
    this.#tell(bounded(outcome))
  }
}

/** Runs the first task, and the tasks of the same program. */
async function perform(tasks: readonly Task[], isTimeUp: () => boolean): Promise<void> {
  const [task] = tasks
  if (task === undefined) return
  const { work } = task
  if (work.kind === 'run') {
    const runtime = await jq()
    await runtime.ready()
    const inputs = tasks.flatMap((other) =>
      other.work.kind === 'run' && other.work.program === work.program ? [inputOf(other, other.work.document)] : []
    )
    return runtime.run(work.program, inputs, isTimeUp)
  }
  const run = await prepare(work)
  if (task.begin()) task.ended(run())
}

function inputOf(task: Task, document: string): JqInput {
  return { document, begin: () => task.begin(), ended: (outcome) => task.ended(outcome) }
}

/** Loads what the work needs. */
async function prepare(work: Exclude<Work, { kind: 'run' }>): Promise<() => Outcome> {
  switch (work.kind) {
    case 'check': {
      const runtime = await jq()
      await runtime.ready()
      return () => runtime.check(work.sources, work.variables)
    }
    case 'script': {
      const runtime = await scripts()
      await runtime.ready()
      return () => runtime.run(work)
    }
    case 'schema': {
      const runtime = await schemas()
      return () => runtime.check(work.schema)
    }
    case 'validate': {
      const runtime = await schemas()
      return () => runtime.validate(work.schema, work.value)
    }
    case 'read': {
      const { readText } = await import('./documents.ts')
      return () => readText(work.text, work.format)
    }
    case 'locate': {
      const { locateIn } = await import('./documents.ts')
      return () => locateIn(work.text, work.format, work.pointers)
    }
  }
}

/** Calls `make` once and shares its result. A failed call is repeated. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () =>
    (made ??= make().catch((error: unknown) => {
      made = undefined
      throw error
    }))
}

/**
 * The main thread blocks while it parses the text, so the size is limited here. JSON may write one character of a value
 * as several.
 */
function bounded(outcome: Outcome): Outcome {
  if (!('text' in outcome) || outcome.text.length <= limits.valueSize * 4) return outcome
  return { fault: { kind: 'limit', message: `a value is larger than ${limits.valueSize} characters` } }
}
