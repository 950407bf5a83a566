import { readdir, readFile } from 'node:fs/promises'

/** Ticks per second in /proc, the same on every Linux. */
const TICKS = 100

interface Stat {
  parent: number
  /** Including children that have ended. */
  all: number
}

/** Milliseconds of CPU time that these processes and their children have used. NaN outside Linux. */
export async function processorMs(pids: readonly number[]): Promise<number> {
  if (process.platform !== 'linux') return NaN
  const stats = new Map<number, Stat>()
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const text = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => undefined)
    if (text !== undefined) stats.set(Number(name), parse(text))
  }
  const below = (pid: number): number =>
    [...stats].filter(([, { parent }]) => parent === pid).reduce((sum, [child, { all }]) => sum + all + below(child), 0)
  const ticks = pids.reduce((sum, pid) => sum + (stats.get(pid)?.all ?? 0) + below(pid), 0)
  return (ticks / TICKS) * 1000
}

/** The fields after the name of the program, which may hold anything (proc_pid_stat(5)). */
function parse(text: string): Stat {
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15)
  return { parent: fields[1] ?? 0, all: user + system + childUser + childSystem }
}
