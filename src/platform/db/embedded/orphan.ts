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
 * Stops the server that a killed process left running on this data. If that server is gone, removes its pid file: its
 * number may belong to another program by now.
 *
 * Call it only while holding the folder's lock, so that a server that still runs here has no owner.
 *
 * @throws EmbeddedError if the server does not stop.
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
  // SIGINT is PostgreSQL's fast shutdown: it ends the sessions and writes everything to disk.
  if (await stopped(pid, data, 'SIGINT', FAST_STOP_MS)) return
  // SIGQUIT is its immediate shutdown: the next start replays the write-ahead log.
  if (await stopped(pid, data, 'SIGQUIT', IMMEDIATE_STOP_MS)) return
  throw new EmbeddedError(
    `A database server that an earlier process left behind (process ${pid}) does not stop. End it, then start again.`
  )
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

/** Whether that process is a server on this data. The command line of a server contains the full path of its data. */
function isServerOf(pid: number, data: string): boolean {
  return commandLine(pid).includes(data)
}

function commandLine(pid: number): string {
  if (process.platform === 'win32') {
    const query = `(Get-CimInstance Win32_Process -Filter "ProcessId=${pid}").CommandLine`
    const { stdout } = spawnSync('powershell.exe', ['-NoProfile', '-Command', query], { encoding: 'utf8' })
    return stdout ?? ''
  }
  if (process.platform !== 'linux')
    return spawnSync('/bin/ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

async function stopped(pid: number, data: string, signal: NodeJS.Signals, withinMs: number): Promise<boolean> {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return true
    throw error
  }
  for (const deadline = performance.now() + withinMs; performance.now() < deadline;) {
    await pause(POLL_MS)
    if (!isServerOf(pid, data)) return true
  }
  return false
}
