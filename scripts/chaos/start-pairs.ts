import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'

// node scripts/chaos/start-pairs.ts [PAIRS]
// Starts pairs of gateways on one new data folder each, while as many busy loops as the machine has cores run.
// Of each pair one must serve, and the other must end with one sentence that says who uses the folder.

const pairs = Number(process.argv[2] ?? 20)
const IN_USE = /^Another process \(.+\) uses the database in \S+\. Stop it, or give this one a DATA_DIR of its own\.\n$/
const MAIN = path.join(import.meta.dirname, '../../src/main.ts')

const busy = Array.from({ length: availableParallelism() }, () =>
  spawn(process.execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' })
)
let failures = 0
try {
  for (let pair = 1; pair <= pairs; pair++) {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'sluice-pair-'))
    // As root, the server runs as another user, who needs access to its data.
    await chmod(dataDir, 0o755)
    const gateways = [start(dataDir), start(dataDir)]
    const outcomes = await Promise.all(gateways.map(({ outcome }) => outcome))
    const fits = outcomes.filter((it) => it === 'serves').length === 1 && outcomes.some((it) => IN_USE.test(it))
    if (!fits) failures++
    process.stdout.write(`${String(pair).padStart(3)} ${fits ? 'ok' : 'FAILED'} ${JSON.stringify(outcomes)}\n`)
    await Promise.all(gateways.map(({ child }) => stop(child)))
    await rm(dataDir, { recursive: true, force: true })
  }
} finally {
  for (const child of busy) child.kill('SIGKILL')
}
process.stdout.write(`${pairs - failures} of ${pairs} pairs: one serves, one says why not\n`)
process.exitCode = failures === 0 ? 0 : 1

function start(dataDir: string): { child: ChildProcess; outcome: Promise<string> } {
  const child = fork(MAIN, [], {
    cwd: dataDir,
    env: { PATH: process.env.PATH, DATA_DIR: path.join(dataDir, 'data'), PORT: '0', LOG_LEVEL: 'silent' },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc']
  })
  const said = text(child.stderr!)
  const ended = once(child, 'exit').then(async () => said)
  return { child, outcome: Promise.race([once(child, 'message').then(() => 'serves'), ended]) }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
}
