import { workerData } from 'node:worker_threads'
import { lowerThreadPriority } from '../../../lib/thread-priority.ts'
import type { Batch, Job, Outcome, Outcomes, Work, WorkerOptions } from './job.ts'
import { begin } from './progress.ts'

// A thread starts often: each runaway program ends its own. So it loads a library with the first job that needs it, and
// nothing of that counts as time of the job.

// jq and QuickJS print their crashes. The outcome reports them already, and the streams belong to the process.
console.error = () => {}
console.log = () => {}

const { niceness, ...limits } = workerData as WorkerOptions
lowerThreadPriority(niceness)
const jq = once(async () => (await import('./jq.ts')).createJqRuntime(limits))
const scripts = once(async () => (await import('./script.ts')).createScriptRuntime(limits))
const schemas = once(async () => (await import('./schemas.ts')).createSchemaRuntime())

/** After so many milliseconds no further job of a batch begins: the owners of others have their turn. */
const BATCH_MS = 20

/**
 * Runs each job to its end. Nothing can interrupt one from within: the pool ends the whole thread when its time is
 * over.
 */
export default async function work(batch: Batch): Promise<Outcomes> {
  const outcomes: (Outcome | null)[] = []
  const startedAt = performance.now()
  for (const job of batch) {
    if (outcomes.length > 0 && performance.now() - startedAt > BATCH_MS) break
    outcomes.push(await perform(job))
  }
  return outcomes
}

async function perform({ work, progress }: Job): Promise<Outcome | null> {
  const run = await prepare(work)
  const end = begin(progress)
  if (end === undefined) return null
  try {
    return run()
  } finally {
    end()
  }
}

/** Loads what the work needs. */
async function prepare(work: Work): Promise<() => Outcome> {
  switch (work.kind) {
    case 'run':
    case 'check': {
      const runtime = await jq()
      await runtime.ready()
      return work.kind === 'run'
        ? () => bounded(runtime.run(work.program, work.document))
        : () => runtime.check(work.sources, work.variables)
    }
    case 'script': {
      const runtime = await scripts()
      await runtime.ready()
      return () => bounded(runtime.run(work))
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

/** The one result of `make`; another try where it failed. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () =>
    (made ??= make().catch((error: unknown) => {
      made = undefined
      throw error
    }))
}

/**
 * The main thread blocks while it parses the text, so the size is limited here. JSON may take several characters for
 * one of the value's.
 */
function bounded(outcome: Outcome): Outcome {
  if (!('text' in outcome) || outcome.text.length <= limits.valueSize * 4) return outcome
  return { fault: { kind: 'limit', message: `a value is larger than ${limits.valueSize} characters` } }
}
