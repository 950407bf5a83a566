import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { cpuSeconds, residentBytes } from '../bench/processes.ts'
import { startCalls } from './gateways/calls.ts'
import { until } from './gateways/embedded-gateway.ts'
import { type Gateway, type Measured, withGateways } from './gateways/gateways.ts'

// npm run chaos:overload: calls with bodies of 32 kB at a steady rate, first beside a database that keeps up, then for
// a minute beside one that takes half as many records as there are calls. Prints the CPU time of a call in both, the
// memory of the gateway over that minute, and what became of the records. Exits 1 if a call failed, if the memory grew,
// if a call cost more than 1.2 times as much, or if a record is neither written nor counted as dropped.

const CALLERS = 24
const PAUSE_MS = 40
const CALM_SECONDS = 20
const OVERLOAD_SECONDS = 60
const DATABASE_SHARE = 0.5
const CPU_FACTOR = 1.2
const MEMORY_FACTOR = 1.15
/** A statement of the gateway writes up to 1,000 records and may take 15 s. */
const LONGEST_RECORD_SECONDS = 0.012
const BODY = JSON.stringify({ text: 'x'.repeat(32_000) })
const MIB = 1024 * 1024

let good = false
await withGateways(1, measure)
console.log(good ? 'ok' : 'FAILED')
process.exitCode = good ? 0 : 1

async function measure({ gateways: [gateway], listenerId, makeTokens, pool, session }: Measured): Promise<void> {
  if (gateway === undefined) throw new Error('no gateway runs')
  const [token] = await makeTokens(1)
  const options = {
    paths: [`/v1/dynamic/listener/${listenerId}`],
    token: token?.token ?? '',
    callers: CALLERS,
    pauseMs: PAUSE_MS,
    body: BODY
  }
  const records = async (): Promise<Records> => readRecords(gateway.url, session)
  const before = await records()

  /** Makes calls for some seconds. Returns their rate per second, and the CPU milliseconds of the gateway for each. */
  async function load(seconds: number): Promise<{ answered: number; failed: number; rate: number; cpuMs: number }> {
    const cpu = cpuSeconds(gateway?.pid ?? 0)
    const startedAt = performance.now()
    const calls = startCalls(gateway?.url ?? '', options)
    await pause(seconds * 1000)
    await calls.stop()
    const answered = calls.total() - calls.failed()
    const cpuMs = ((cpuSeconds(gateway?.pid ?? 0) - cpu) * 1000) / answered
    return { answered, failed: calls.failed(), rate: answered / ((performance.now() - startedAt) / 1000), cpuMs }
  }

  const warm = await load(CALM_SECONDS / 2)
  const calm = await load(CALM_SECONDS)
  await until(async () => (await records()).waiting === 0, 60_000)
  await slowDown(pool, Math.min(1 / (calm.rate * DATABASE_SHARE), LONGEST_RECORD_SECONDS))
  const memory = watchMemory(gateway)
  const overload = await load(OVERLOAD_SECONDS)
  const sizes = memory.stop()
  const dropping = (await records()).dropped - before.dropped
  await changeRuns(pool, 'drop trigger slow_records on run')
  await until(async () => (await records()).waiting === 0, 120_000)
  const after = await records()

  const answered = warm.answered + calm.answered + overload.answered
  const [written, dropped] = [after.written - before.written, after.dropped - before.dropped]
  // The buffer fills in the first third.
  const [middle, last] = [sizes.slice(sizes.length / 3, (sizes.length * 2) / 3), sizes.slice((sizes.length * 2) / 3)]
  const [grownFrom, grownTo] = [Math.max(...middle), Math.max(...last)]
  console.log(`calm: ${calm.rate.toFixed(0)} calls/s, ${calm.cpuMs.toFixed(2)} ms of CPU time each`)
  console.log(`overload: ${overload.rate.toFixed(0)} calls/s, ${overload.cpuMs.toFixed(2)} ms of CPU time each`)
  console.log(`memory: at most ${mib(grownFrom)} in the second third of the minute, ${mib(grownTo)} in the last one`)
  const failed = warm.failed + calm.failed + overload.failed
  console.log(`${answered} answered, ${written} records written, ${dropped} dropped; ${failed} calls failed`)
  good =
    failed === 0 &&
    dropping > 0 &&
    answered === written + dropped &&
    grownTo <= grownFrom * MEMORY_FACTOR &&
    overload.cpuMs <= calm.cpuMs * CPU_FACTOR
}

/** Makes the write of each record take this long from now on. */
async function slowDown(pool: pg.Pool, seconds: number): Promise<void> {
  await pool.query(
    `create function slow_record() returns trigger language plpgsql as
     $$ begin perform pg_sleep(${seconds.toFixed(6)}); return new; end $$`
  )
  await changeRuns(pool, 'create trigger slow_records before insert on run for each row execute function slow_record()')
}

/**
 * Changes the table of runs, which is locked first: otherwise the statement would lock its partitions first, and
 * deadlock with a batch of records.
 */
async function changeRuns(pool: pg.Pool, statement: string): Promise<void> {
  await pool.query(`begin; lock table run in access exclusive mode; ${statement}; commit`)
}

/** The resident memory of the gateway, once a second. */
function watchMemory({ pid }: Gateway): { stop(): number[] } {
  const sizes: number[] = []
  const timer = setInterval(() => {
    sizes.push(residentBytes(pid))
  }, 1_000)
  return {
    stop() {
      clearInterval(timer)
      return sizes
    }
  }
}

interface Records {
  waiting: number
  written: number
  dropped: number
}

async function readRecords(url: string, session: string): Promise<Records> {
  const answer = await fetch(`${url}/metrics`, { headers: { Authorization: `Bearer ${session}` } })
  const text = await answer.text()
  const read = (name: string): number =>
    Number(new RegExp(`^sluice_run_records_${name} (\\d+)$`, 'm').exec(text)?.[1] ?? NaN)
  return { waiting: read('waiting'), written: read('written_total'), dropped: read('dropped_total') }
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(0)} MiB`
}
