import { availableParallelism, cpus } from 'node:os'
import { isInstalled } from './drive.ts'

/** The cores that servers and load stay on; undefined where nothing can be kept on one. */
export const CORES: { server: number | undefined; load: number | undefined } =
  isInstalled('taskset') && availableParallelism() > 1 ? { server: 0, load: 1 } : { server: undefined, load: undefined }

/** What figures were measured on and how, for the line above a table. */
export function describeMachine(how: string, isPinned = CORES.server !== undefined): string {
  const pinned = isPinned ? 'servers on one core, load on another' : 'servers on any core'
  return (
    `${new Date().toISOString().slice(0, 10)}, ${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ` +
    `${process.version}; ${how}, ${pinned}`
  )
}
