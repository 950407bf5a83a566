import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from '../../log/log.ts'
import { EmbeddedError } from './error.ts'

const FAST_STOP_MS = 30_000
const IMMEDIATE_STOP_MS = 10_000
const POLL_MS = 50

/**
 * Stops the server that a killed process left running on this data, and removes the pid file of one that is gone, whose number may be another
 * program's by now. Call it only with the folder's lock held: then whatever still runs here is nobody's.
 */
export async function stopOrphan(data: string, log: Logger): Promise<void> {
  const pidFile = path.join(data, 'postmaster.pid')
  const pid = readPid(pidFile)
  if (pid === undefined) return
  if (!isServerOf(pid, data)) {
    rmSync(pidFile, { force: true })
    return
  }
  log.warn({ pid }, 'stopping a database server that an earlier process left behind')
  // Fast: ends its sessions and writes everything out. Immediate: the next start replays its log.
  if ((await stopped(pid, data, 'SIGINT', FAST_STOP_MS)) || (await stopped(pid, data, 'SIGQUIT', IMMEDIATE_STOP_MS)))
    return
  throw new EmbeddedError(`A database server left behind (process ${pid}) does not stop. End it, then start again.`)
}

function readPid(file: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10)
    return pid > 1 ? pid : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Whether that process is a server started on this data: its command line says so, as we start it with the full path. */
function isServerOf(pid: number, data: string): boolean {
  return commandLine(pid).includes(data)
}

function commandLine(pid: number): string {
  if (process.platform !== 'linux')
    return spawnSync('/bin/ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

async function stopped(pid: number, data: string, signal: NodeJS.Signals, withinMs: number): Promise<boolean> {
  process.kill(pid, signal)
  for (const deadline = performance.now() + withinMs; performance.now() < deadline;) {
    await pause(POLL_MS)
    if (!isServerOf(pid, data)) return true
  }
  return false
}
