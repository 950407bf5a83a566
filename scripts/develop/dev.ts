import { spawn } from 'node:child_process'
import { once } from 'node:events'
import pretty from 'pino-pretty'

// npm run dev: the gateway, restarted when a file of it changes, with a log for people to read.

const main = new URL('../../src/main.ts', import.meta.url).pathname
const watcher = spawn(process.execPath, ['--watch', '--max-semi-space-size=64', main], {
  stdio: ['inherit', 'pipe', 'inherit'],
  // In its own process group: a terminal sends Ctrl-C to the whole group, and the watcher passes signals on. The
  // gateway would get two signals, and end at the second one before its work and its database have ended.
  detached: true
})
watcher.stdout.pipe(pretty({ singleLine: true, ignore: 'pid' }))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => watcher.kill(signal))
const [code] = (await once(watcher, 'exit')) as [number | null]
process.exitCode = code ?? 0
