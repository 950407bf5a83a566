import { availableParallelism, cpus } from 'node:os'
import { isInstalled } from './drive.ts'

/** The cores to which servers and load are bound; undefined if processes cannot be bound. */
export const CORES: { server: number | undefined; load: number | undefined } =
  isInstalled('taskset') && availableParallelism() > 1 ? { server: 0, load: 1 } : { server: undefined, load: undefined }

/** The machine and the method of the measurements, for the line above a table. */
export function describeMachine(how: string, isPinned = CORES.server !== undefined): string {
  const pinned = isPinned ? 'servers on one core, load on another' : 'servers on any core'
  return (
    `${new Date().toISOString().slice(0, 10)}, ${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ` +
    `${process.version}; ${how}, ${pinned}`
  )
}
