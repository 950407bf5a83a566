import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from '../../log/log.ts'
import { EmbeddedError } from './error.ts'
import type { ServerAccount } from './server-account.ts'

const READY = 'database system is ready to accept connections'
/** A start can take this long if it replays the write-ahead log after a crash. */
const START_MS = 120_000
const FAST_STOP_MS = 30_000
const IMMEDIATE_STOP_MS = 10_000
const KEPT_LINES = 20

export type StartOutcome = { started: true; server: RunningServer } | { started: false; output: string }

/** How a server ended that was not stopped. */
export interface ServerEnd {
  code: number | null
  signal: NodeJS.Signals | null
  lastLines: readonly string[]
}

export interface RunningServer {
  /** Resolves when the server ends by itself; never if it is stopped. */
  readonly ended: Promise<ServerEnd>
  /** Ends the sessions, writes everything out and waits until the server is gone. */
  stop(): Promise<void>
}

export interface ServerOptions {
  postgres: string
  data: string
  cwd: string
  port: number
  account: ServerAccount | undefined
  settings: Readonly<Record<string, string>>
  log: Logger
  /** Ends a server that is still starting; the outcome is then a failed start. */
  signal?: AbortSignal | undefined
}

/**
 * Starts the server and waits until it accepts connections. If it ends before that, the outcome has the last lines of
 * its output.
 *
 * @throws EmbeddedError if it is not ready after two minutes.
 */
export async function runServer({
  postgres,
  data,
  cwd,
  port,
  account,
  settings,
  log,
  signal
}: ServerOptions): Promise<StartOutcome> {
  const parameters = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(postgres, ['-D', data, '-p', String(port), ...parameters], {
    cwd,
    env: { LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'ignore', 'pipe'],
    // Outside the terminal's process group: Ctrl-C stops this process, and needs the server until its work is done.
    detached: true,
    ...(account && { uid: account.uid, gid: account.gid })
  })
  // A signal that cannot be sent is an event too, and without a listener it would end this process.
  child.on('error', () => {})
  const lines: string[] = []
  const ready = Promise.withResolvers<'ready'>()
  createInterface(child.stderr).on('line', (line) => {
    log.debug({ postgres: line }, 'database server')
    lines.push(line)
    if (lines.length > KEPT_LINES) lines.shift()
    if (line.includes(READY)) ready.resolve('ready')
  })
  const ended = once(child, 'close').catch((error: Error) => lines.push(error.message))

  const timer = new AbortController()
  const gaveUp = Promise.withResolvers<'unwanted'>()
  const giveUp = (): void => gaveUp.resolve('unwanted')
  signal?.addEventListener('abort', giveUp, { once: true })
  if (signal?.aborted) giveUp()
  const outcome = await Promise.race([
    ready.promise,
    ended,
    gaveUp.promise,
    pause(START_MS, 'late' as const, { signal: timer.signal }).catch(() => {})
  ])
  timer.abort()
  signal?.removeEventListener('abort', giveUp)
  if (outcome === 'unwanted') await stop(child, postgres)
  if (outcome === 'late') {
    await stop(child, postgres)
    throw new EmbeddedError(
      `The database server was not ready after ${START_MS / 1000} s. It reported:\n${lines.join('\n')}`
    )
  }
  if (outcome !== 'ready') return { started: false, output: lines.join('\n') }

  let stopping: Promise<void> | undefined
  const alone = new Promise<ServerEnd>((resolve) => {
    child.once('exit', (code, signal) => {
      if (!stopping) resolve({ code, signal, lastLines: lines.slice(-3) })
    })
  })
  return { started: true, server: { ended: alone, stop: () => (stopping ??= stop(child, postgres)) } }
}

async function stop(child: ChildProcess, postgres: string): Promise<void> {
  for (const [signal, withinMs] of [
    ['SIGINT', FAST_STOP_MS],
    ['SIGQUIT', IMMEDIATE_STOP_MS],
    ['SIGKILL', IMMEDIATE_STOP_MS]
  ] as const) {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit', { signal: AbortSignal.timeout(withinMs) })
    send(child, signal, postgres)
    await exit.catch(() => {})
  }
}

/** On Windows, where processes get no signals, PostgreSQL's own program delivers them. */
function send(child: ChildProcess, signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL', postgres: string): void {
  if (process.platform !== 'win32' || signal === 'SIGKILL') child.kill(signal)
  else {
    const control = path.join(path.dirname(postgres), 'pg_ctl.exe')
    spawnSync(control, ['kill', signal.slice('SIG'.length), String(child.pid)], { windowsHide: true })
  }
}

/**
 * Below the ports that systems use for outgoing connections, so that none of these occupies the port at the next start.
 */
const LOWEST = 20_000
const HIGHEST = 32_000
const ATTEMPTS = 50

/** Returns the port stored in `file` if it is free. Otherwise chooses another free one and stores it there. */
export async function choosePort(file: string): Promise<number> {
  const kept = Number(await readFile(file, 'utf8').catch(() => ''))
  if (Number.isInteger(kept) && kept >= LOWEST && kept < HIGHEST && (await isFree(kept))) return kept
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(LOWEST, HIGHEST)
    if (!(await isFree(port))) continue
    await writeFile(file, `${port}\n`)
    return port
  }
  throw new Error(`no free port found between ${LOWEST} and ${HIGHEST} in ${ATTEMPTS} attempts`)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
