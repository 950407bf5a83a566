/**
 * Plays the feature files of the DSL's conformance kit against the engine: `npm run conformance:ctk -- FOLDER`.
 * Prints each scenario and a count, and exits 1 when one fails. A server on loopback stands in for the public servers
 * that the kit calls.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createExpressions } from '../../src/dsl/expressions/expressions.ts'
import { createEngine } from './engine.ts'
import { readFeature } from './gherkin.ts'
import { watchPaths } from './paths.ts'
import { startStandIns } from './stand-ins.ts'
import { play } from './steps.ts'

const folder = process.argv[2]
if (folder === undefined) {
  console.error('usage: npm run conformance:ctk -- FOLDER (with .feature files)')
  process.exit(2)
}
const files = (await readdir(folder)).filter((name) => name.endsWith('.feature')).sort()
const expressions = createExpressions()
const watched = watchPaths(expressions)
const standIns = await startStandIns()
const engine = createEngine(watched.expressions, standIns)
let passed = 0
let failed = 0
for (const file of files) {
  for (const scenario of readFeature(await readFile(join(folder, file), 'utf8'))) {
    try {
      await play(scenario, engine)
      passed++
      console.log(`pass  ${file}  ${scenario.name}`)
    } catch (error) {
      failed++
      console.log(`FAIL  ${file}  ${scenario.name}\n      ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}
await standIns.close()
await expressions.close()
console.log(`${passed} of ${passed + failed} scenarios pass, in ${files.length} files`)
console.log(watched.report())
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
