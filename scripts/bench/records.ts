import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { systemClock } from '../../src/lib/clock.ts'
import { openDatabase } from '../../src/platform/db/client.ts'
import { createRecorder } from '../../src/runs/recorder.ts'
import type { FinishedRun } from '../../src/runs/run.ts'
import { newRequestRunId } from '../../src/runs/run-id.ts'
import { makeRunPartitions } from '../../src/runs/run-partitions.ts'
import { openScratchDatabase } from '../scratch-database.ts'
import { cpuSeconds, median } from './processes.ts'

// npm run bench -- records: writes the records of finished runs into a temporary database, as fast as it accepts them.
// Prints the rate, and the CPU time per record of this process and of the database, which shows the rate of a writer
// with its own core, independently of the load of the machine. `--rounds` are of 20,000 records each.

const RECORDS = 20_000
const STEPS = 3
const RETENTION_DAYS = 30

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } })
await using scratch = await openScratchDatabase('records')
await measure(scratch.url, Number(values.rounds))

async function makePartitions(url: string): Promise<void> {
  const database = openDatabase({ url })
  try {
    await makeRunPartitions({ pool: database.pool, clock: systemClock })
  } finally {
    await database.close()
  }
}

async function measure(url: string, rounds: number): Promise<void> {
  await makePartitions(url)
  // One connection, so that one server process is measured.
  const database = openDatabase({ url, poolSize: 1 })
  const recorder = createRecorder({
    pool: database.pool,
    onError(error) {
      throw error
    }
  })
  try {
    const {
      rows: [session]
    } = await database.pool.query<{ pid: number }>(`select pg_backend_pid() as pid`)
    if (!session) throw new Error('no connection')
    const results = []
    let written = 0
    for (let round = 0; round <= rounds; round++) {
      const startedAt = performance.now()
      const cpu = [cpuSeconds(process.pid), cpuSeconds(session.pid)] as const
      for (let n = 0; n < RECORDS; n++) recorder.add(runOf(round * RECORDS + n))
      const addedAt = performance.now()
      await recorder.flush()
      const endedAt = performance.now()
      const perCore = (before: number, pid: number): number => RECORDS / (cpuSeconds(pid) - before)
      results.push({
        rate: RECORDS / ((endedAt - startedAt) / 1000),
        writing: RECORDS / ((endedAt - addedAt) / 1000),
        here: perCore(cpu[0], process.pid),
        there: perCore(cpu[1], session.pid)
      })
      written = recorder.stats().written
    }
    // The first round prepares the statement and grows the heap.
    const [, ...kept] = results
    const of = (name: keyof (typeof kept)[number]): string => median(kept.map((one) => one[name])).toFixed(0)
    console.log(
      `${RECORDS} records of ${STEPS} steps a round, median of ${rounds}; ${availableParallelism()} cores, ` +
        `Node ${process.version}`
    )
    console.log(`| made and written, records/s | written, records/s | per core here | per core of the database |`)
    console.log(`| --- | --- | --- | --- |\n| ${of('rate')} | ${of('writing')} | ${of('here')} | ${of('there')} |`)
    const { dropped } = recorder.stats()
    if (written !== RECORDS * (rounds + 1) || dropped > 0) throw new Error(`${written} written, ${dropped} dropped`)
  } finally {
    await recorder.close()
    await database.close()
  }
}

/** A typical run of a small flow of a listener. */
function runOf(number: number): FinishedRun {
  const at = Date.now()
  const input = {
    method: 'POST',
    path: '',
    query: {},
    headers: { 'user-agent': 'bench' },
    body: { sku: `a-${number}` }
  }
  return {
    id: newRequestRunId(at, RETENTION_DAYS),
    workspaceId: 'wsp_0000000000000000000000',
    listenerId: 'lsn_0000000000000000000000',
    flowId: 'flw_0000000000000000000000',
    flowVersion: 1,
    mode: 'sync',
    status: 'succeeded',
    accountId: null,
    tokenId: null,
    requestId: `req_${number}`,
    caller: { kind: 'token', id: 'acc_0000000000000000000000', name: 'Ada', workspaceId: 'wsp_0000000000000000000000' },
    input,
    output: { price: 9.99 },
    error: undefined,
    startedAt: at,
    finishedAt: at + 3,
    steps: Array.from({ length: STEPS }, (_, step) => ({
      pointer: `/do/${step}/step${step}`,
      key: String(step),
      attempt: 1,
      status: 'succeeded',
      startedAt: at,
      durationMs: 1,
      input: input.body,
      output: { price: 9.99 }
    })),
    secrets: new Set()
  }
}
