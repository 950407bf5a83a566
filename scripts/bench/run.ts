import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

// npm run bench: measures a listener call, then the engine. npm run bench:peers: a call beside what others use for the
// same. npm run bench -- NAME measures something else:
// durable: durable runs; lists: the statements of long lists; records: how fast records of runs are written;
// body: the memory of calls with large bodies; miss: what a token costs that no cache knows;
// latency: how long callers wait at half of the highest load; processes: two processes beside one;
// growth: lists and retention over many partitions of runs; removal: the retention of the other tables that grow.
// Each runs in a process of its own, with the young generation that the server runs with, and gets what follows NAME.

const BENCHMARKS: Readonly<Record<string, readonly string[]>> = {
  all: ['listener-call.ts', 'flow.ts'],
  calls: ['listener-call.ts'],
  flow: ['flow.ts'],
  peers: ['peers.ts'],
  durable: ['durable.ts'],
  lists: ['lists.ts'],
  records: ['records.ts'],
  growth: ['growth.ts'],
  removal: ['removal.ts'],
  body: ['body.ts'],
  miss: ['cache-miss.ts'],
  latency: ['latency.ts'],
  processes: ['scaling.ts']
}

const [name = 'all', ...rest] = process.argv.slice(2)
const files = BENCHMARKS[name]
if (!files) {
  console.error(`There is no benchmark "${name}": ${Object.keys(BENCHMARKS).join(', ')}.`)
  process.exit(1)
}
for (const file of files) {
  const { status } = spawnSync(
    process.execPath,
    ['--max-semi-space-size=64', fileURLToPath(new URL(file, import.meta.url)), ...rest],
    { stdio: 'inherit' }
  )
  if (status !== 0) process.exit(status ?? 1)
}
