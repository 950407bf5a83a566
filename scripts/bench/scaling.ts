import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { openCallBench } from './calls/bench.ts'
import { describeMachine } from './calls/machine.ts'
import { measure, medianOf, type Sample, type Target } from './calls/pairs.ts'
import { limitCpu } from './cpu-quota.ts'
import { answeringProcesses, cpuSeconds, median } from './processes.ts'

// npm run bench -- processes: the throughput of `PROCESSES=2` beside that of one process, and of a twin of the one.
//
// The load and PostgreSQL need cores too, and two processes on two cores would compete with them. So each process that
// answers may use a share of one core, by a control group, and the machine has room for all. Takes root, and Linux.

const CONNECTIONS = 64
const SECONDS = 2
const WARM_SECONDS = 5

const { values } = parseArgs({
  options: { pairs: { type: 'string', default: '7' }, share: { type: 'string', default: '0.3' } }
})
const share = Number(values.share)
const counts = { one: 1, twin: 1, two: 2 }
type Name = keyof typeof counts
const names = Object.keys(counts) as Name[]

await using stack = new AsyncDisposableStack()
const targets = {} as Record<Name, Target>
const answering = {} as Record<Name, number[]>
const benches = {} as Record<Name, Awaited<ReturnType<typeof openCallBench>>>
for (const name of names) {
  benches[name] = stack.use(await openCallBench())
  targets[name] = (await benches[name].startGateway({ processes: counts[name] })).opaque
  answering[name] = answeringProcesses(targets[name].pid)
  if (answering[name].length !== counts[name]) throw new Error(`${answering[name].length} processes answer`)
}
const { driver } = benches.one
for (const name of names) await measure(driver, targets[name], CONNECTIONS, WARM_SECONDS * counts[name])
using _limit = limitCpu(Object.values(answering).flat(), share)

const samples: Record<Name, (Sample & { used: number })[]> = { one: [], twin: [], two: [] }
for (let pair = 0; pair < Number(values.pairs); pair++)
  for (const name of names) {
    const used = (): number => answering[name].reduce((sum, pid) => sum + cpuSeconds(pid), 0)
    const before = used()
    const sample = await measure(driver, targets[name], CONNECTIONS, SECONDS)
    samples[name].push({ ...sample, used: (used() - before) / SECONDS })
  }

const how =
  `${values.pairs} windows of ${SECONDS} s each, ${CONNECTIONS} connections, load by ${driver.name}; each process ` +
  `that answers may use ${share} of a core, and load and PostgreSQL the rest of ${availableParallelism()} cores`
console.log(`\n${describeMachine(how, false)}\n`)
console.log('| | requests/s | beside one | cores used | not 2xx |\n| --- | --- | --- | --- | --- |')
for (const name of names) {
  const beside = median(samples[name].map(({ perSecond }, at) => perSecond / (samples.one[at]?.perSecond ?? NaN)))
  const used = median(samples[name].map((sample) => sample.used))
  const bad = samples[name].reduce((sum, sample) => sum + sample.bad, 0)
  const perSecond = medianOf(samples[name], 'perSecond').toFixed(0)
  console.log(`| ${name} | ${perSecond} | ${beside.toFixed(2)} × | ${used.toFixed(2)} | ${bad} |`)
}
