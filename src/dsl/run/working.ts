import type { Frame } from './state.ts'

/** Reports running work outside the flow's own steps to the ports. Returns the work. */
export function working<T>(frame: Frame, work: T): T {
  if (work instanceof Promise) frame.run.ports.working?.(work)
  return work
}
