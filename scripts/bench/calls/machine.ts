import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism, cpus } from 'node:os'
import { isInstalled } from './drive.ts'

/** The cores that servers and load stay on; undefined where nothing can be kept on one. */
export const CORES: { server: number | undefined; load: number | undefined } =
  isInstalled('taskset') && availableParallelism() > 1 ? { server: 0, load: 1 } : { server: undefined, load: undefined }

/** What figures were measured on and how, for the line above a table. */
export function describeMachine(how: string): string {
  const pinned = CORES.server === undefined ? 'nothing pinned to a core' : 'servers on one core, load on another'
  return (
    `${new Date().toISOString().slice(0, 10)}, ${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ` +
    `${process.version}; ${how}, ${pinned}`
  )
}

/** Stops what was started, the newest first. */
export async function stopAll(children: readonly ChildProcess[]): Promise<void> {
  for (const child of children.toReversed()) {
    if (child.exitCode !== null) continue
    child.kill('SIGINT')
    await once(child, 'exit')
  }
}
