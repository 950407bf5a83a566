import { spawn } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The gateway, as source or as built. It is started as a program, because a border does not import the wiring. */
const MAIN = fileURLToPath(new URL(`../../main${extname(import.meta.url)}`, import.meta.url))
/** As `npm start` and the image start it: most of what a call allocates dies young. */
const NODE_OPTIONS = ['--max-semi-space-size=64']

/**
 * Becomes the gateway, so that signals reach it and its exit code is the command's. Where a process cannot become
 * another program, as on Windows, the gateway is a child.
 * @returns the exit code, if this process did not become the gateway
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
