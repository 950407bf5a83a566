import { type ChildProcess, fork } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

const TICKS_PER_SECOND = 100

export interface StartOptions {
  /** Number of the core to which the process and its children are bound. Default: none. */
  core?: number | undefined
}

/** Starts a script and waits for its message that it is ready. */
export function start(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  { core }: StartOptions = {}
): Promise<ChildProcess> {
  const node = ['--max-semi-space-size=64']
  const child = fork(script, [...args], {
    env: { ...process.env, ...env },
    ...(core === undefined
      ? { execArgv: node }
      : { execPath: 'taskset', execArgv: ['--cpu-list', String(core), process.execPath, ...node] }),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc']
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('message', () => resolve(child))
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)))
  })
}

/** CPU seconds that all threads of a process have used. */
export function cpuSeconds(pid: number): number {
  const fields = statOf(pid)
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** CPU seconds that a process and all its descendants have used. */
export function treeCpuSeconds(root: number): number {
  const parents = new Map<number, number>()
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid)) continue
    try {
      parents.set(pid, Number(statOf(pid)[1]))
    } catch {
      // The process ended after the folder was read.
    }
  }
  let seconds = 0
  for (const pid of parents.keys()) {
    let ancestor: number | undefined = pid
    while (ancestor !== undefined && ancestor !== root) ancestor = parents.get(ancestor)
    if (ancestor === undefined) continue
    try {
      const fields = statOf(pid)
      // Its own time, and that of its ended children.
      for (const index of [11, 12, 13, 14]) seconds += Number(fields[index]) / TICKS_PER_SECOND
    } catch {
      // The process has ended meanwhile.
    }
  }
  return seconds
}

/** The processes of a gateway that answer calls: its children, or itself if it has none. */
export function answeringProcesses(root: number): number[] {
  const children = readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        return Number(statOf(pid)[1]) === root && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/src/main.ts')
      } catch {
        // Not a process, or one that has ended meanwhile.
        return false
      }
    })
  return children.length === 0 ? [root] : children
}

/** Fields of `/proc/[pid]/stat` from the third on (proc_pid_stat(5)). */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** The resident memory of a process. */
export function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2
}
