import type { Frame } from './state.ts'

/** Tells the ports of work that is under way outside the flow's own steps. Returns the work. */
export function working<T>(frame: Frame, work: T): T {
  if (work instanceof Promise) frame.run.ports.working?.(work)
  return work
}
