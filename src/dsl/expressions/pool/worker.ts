import { workerData } from 'node:worker_threads'
import { lowerThreadPriority } from '../../../lib/thread-priority.ts'
import { locateIn, readText } from './documents.ts'
import { createJqRuntime } from './jq.ts'
import { sharedNow, type Job, type Outcome, type WorkerLimits } from './job.ts'
import { createSchemaRuntime } from './schemas.ts'
import { createScriptRuntime } from './script.ts'

// jq and QuickJS print their crashes. The outcome reports them already, and the streams belong to the process.
console.error = () => {}
console.log = () => {}

lowerThreadPriority()

const limits = workerData as WorkerLimits
const jq = createJqRuntime(limits)
const scripts = createScriptRuntime(limits)
const schemas = createSchemaRuntime()

/**
 * Runs one job to its end. Nothing can interrupt it from within: the pool ends the whole thread when the time is over.
 */
export default async function work({ work, startedAt }: Job): Promise<Outcome> {
  if (work.kind === 'script') await scripts.ready()
  if (work.kind === 'run' || work.kind === 'check') await jq.ready()
  startedAt[0] = sharedNow()
  switch (work.kind) {
    case 'run':
      return bounded(jq.run(work.program, work.document))
    case 'check':
      return jq.check(work.sources, work.variables)
    case 'script':
      return bounded(scripts.run(work))
    case 'schema':
      return schemas.check(work.schema)
    case 'validate':
      return schemas.validate(work.schema, work.value)
    case 'read':
      return readText(work.text, work.format)
    case 'locate':
      return locateIn(work.text, work.format, work.pointers)
  }
}

/**
 * The main thread blocks while it parses the text, so the size is limited here. JSON may take several characters for
 * one of the value's.
 */
function bounded(outcome: Outcome): Outcome {
  if (!('text' in outcome) || outcome.text.length <= limits.valueSize * 4) return outcome
  return { fault: { kind: 'limit', message: `a value is larger than ${limits.valueSize} characters` } }
}
