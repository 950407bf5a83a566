import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from '../../../src/lib/free-port.ts'

const ROOT = new URL('../../../', import.meta.url).pathname
const READY = /Sluice .*is ready/
const ADMIN = /(\S+@sluice\.local) +(\S{12,})\s/

/** A gateway on an empty data folder, after its first `npm start`. */
export interface FreshGateway {
  url: string
  dataDir: string
  /** The admin whose password was printed. */
  admin: { email: string; password: string }
}

/**
 * Runs `npm start` with a new folder and port, and removes the folder after `work`.
 * @throws Error with the whole output, if the gateway ends before it is ready
 */
export async function withFreshGateway(work: (gateway: FreshGateway) => Promise<void>): Promise<void> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'sluice-console-'))
  const port = await freePort()
  const { DATABASE_URL: _, ...env } = process.env
  const child = spawn('npm', ['start', '--silent'], {
    cwd: ROOT,
    env: { ...env, DATA_DIR: dataDir, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
    // npm and the gateway become a process group, which a signal reaches as a whole.
    detached: true
  })
  const exited = once(child, 'exit')
  const stop = (): void => {
    if (child.exitCode === null && child.signalCode === null && child.pid) process.kill(-child.pid, 'SIGINT')
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
  try {
    await work({ url: `http://127.0.0.1:${port}`, dataDir, admin: await printedAdmin(child) })
  } finally {
    stop()
    await exited
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** Waits until the gateway is ready, and reads the printed admin: an e-mail, blanks, and the password. */
function printedAdmin(child: ReturnType<typeof spawn>): Promise<FreshGateway['admin']> {
  let printed = ''
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk) => {
      printed += String(chunk)
      const [, email, password] = ADMIN.exec(printed) ?? []
      if (READY.test(printed) && email && password) resolve({ email, password })
    })
    child.once('exit', (code) => reject(new Error(`npm start ended with ${code}\n${printed}`)))
  })
}
