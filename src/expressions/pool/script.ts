import type { Outcome, Work, WorkerLimits } from './job.ts'

export interface ScriptRuntime {
  ready(): Promise<void>
  run(work: Extract<Work, { kind: 'script' }>): Outcome
}

export function createScriptRuntime(_limits: WorkerLimits): ScriptRuntime {
  return { ready: async () => {}, run: () => ({ fault: { kind: 'runtime', message: 'scripts are not there yet' } }) }
}
