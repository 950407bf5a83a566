/**
 * Prints for each example document in a folder whether it runs or is refused, and why:
 * `npm run conformance:examples -- FOLDER`. Exits 1 when one neither runs nor is refused with a message. A server on
 * loopback stands in for public servers.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createExpressions } from '../../src/dsl/expressions/expressions.ts'
import { createEngine } from './engine.ts'
import { watchPaths } from './paths.ts'
import { startStandIns } from './stand-ins.ts'

/** One input with all members that the examples read. */
const INPUT = {
  petId: 1,
  token: 'token',
  username: 'user',
  password: 'password',
  id: 1,
  searchQuery: 'r2',
  status: 'available',
  orderType: 'physical',
  customer: { age: 30 },
  bet: { amount: 1 },
  patient: { fullName: 'A B' },
  room: { number: 7 },
  pets: [{ id: 1 }],
  vet: 'x',
  message: 'hello'
}

const folder = process.argv[2]
if (folder === undefined) {
  console.error('usage: npm run conformance:examples -- FOLDER (with .yaml files)')
  process.exit(2)
}
const files = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).sort()
const expressions = createExpressions()
const watched = watchPaths(expressions)
const standIns = await startStandIns()
const engine = createEngine(watched.expressions, standIns)
const counts = { runs: 0, refused: 0, broken: 0 }
for (const file of files) {
  try {
    const { faults, run } = await engine.prepare(await readFile(join(folder, file), 'utf8'))
    if (run === undefined) {
      counts.refused++
      console.log(`refused  ${file}`)
      for (const { pointer, message } of faults) console.log(`         ${pointer}: ${message}`)
    } else {
      const { outcome } = await run(INPUT)
      counts.runs++
      const result =
        outcome.status === 'failed'
          ? `failed as expected: ${outcome.error.title ?? ''} ${outcome.error.detail ?? ''}`
          : outcome.status
      console.log(`runs     ${file}  ${result}`)
    }
  } catch (error) {
    counts.broken++
    console.log(`BROKEN   ${file}  ${error instanceof Error ? error.message : String(error)}`)
  }
}
await standIns.close()
await expressions.close()
console.log(`${counts.runs} run, ${counts.refused} are refused, ${counts.broken} are broken, of ${files.length}`)
console.log(watched.report())
process.exitCode = counts.broken === 0 && files.length > 0 ? 0 : 1
