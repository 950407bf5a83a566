import { spawn } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The program of the gateway, as source or built. It is started as a program, because the CLI must not import the
 * wiring.
 */
const MAIN = fileURLToPath(new URL(`../../main${extname(import.meta.url)}`, import.meta.url))
/** The options that `npm start` and the image use too: most objects that a call allocates are short-lived. */
const NODE_OPTIONS = ['--max-semi-space-size=64']

/**
 * Replaces this process by the gateway, so that signals reach it and its exit code is that of the command. Where a
 * process cannot be replaced, as on Windows, the gateway is a child.
 * @returns the exit code, if the gateway ran as a child
 */
export async function startGateway(env: NodeJS.ProcessEnv): Promise<number> {
  const args = [...NODE_OPTIONS, MAIN]
  if (process.execve && process.platform !== 'win32') {
    process.execve(process.execPath, [process.execPath, ...args], env)
  }
  const child = spawn(process.execPath, args, { env, stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}
