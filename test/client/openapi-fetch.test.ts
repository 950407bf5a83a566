import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { describeTypes } from '../../scripts/develop/client/describe-types.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { makeTypedCalls } from './fixtures/typed-calls.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const CALLS = path.join(import.meta.dirname, 'fixtures/typed-calls.ts')
const SETTINGS = ['strict', 'noEmit', 'skipLibCheck', 'verbatimModuleSyntax', 'allowImportingTsExtensions']

t.test('against a gateway', async (t) => {
  const { client, url } = await startSluice(t)

  t.test('the types of the client are those of the OpenAPI document: else run "npm run client:types"', async (t) => {
    const kept = await readFile(path.join(ROOT, 'src/client/openapi.ts'), 'utf8')
    const current = await describeTypes((await client.call<object>('GET', '/openapi.json')).json)
    // A difference of 8,000 lines tells nothing: the first one does.
    const lines = kept.split('\n')
    const at = current.split('\n').findIndex((line, index) => line !== lines[index])
    t.strictSame(
      { line: at, text: current.split('\n')[at] },
      { line: kept === current ? -1 : at, text: lines[at] },
      'the first line that differs'
    )
  })

  t.test('25 calls of openapi-fetch compile without a cast, and answer as their types say', async (t) => {
    const source = await readFile(CALLS, 'utf8')
    t.notMatch(source, /\bas (?!const)|\bany\b|@ts-|<any>|\bnever\b/, 'nothing is forced')
    const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc')
    const flags = [...SETTINGS.map((name) => `--${name}`), '--target', 'es2024', '--module', 'nodenext']
    // The loaders of the test runner do not load the compiler.
    const command = ['-u', 'NODE_OPTIONS', process.execPath, tsc, '--ignoreConfig', ...flags, CALLS]
    await promisify(execFile)('env', command, { cwd: ROOT }).catch((error: Error & { stdout: string }) =>
      t.fail(`${error.message}\n${error.stdout}`)
    )

    const person = { email: 'typed@example.com', password: 'a pass phrase of typed calls' }
    const made = await makeTypedCalls(url, person)
    t.ok(made.calls >= 25, `${made.calls} calls`)
    t.match(made, {
      signup: 'open',
      accountId: /^acc_/,
      name: 'Typed Call',
      secrets: ['api_key'],
      versions: [{ version: 2, note: 'the same again' }, { version: 1 }],
      diagram: /^flowchart/,
      simulated: { sku: 'S', amount: 1 },
      called: { sku: 'A-100', amount: 2 },
      active: true,
      code: 'not_found'
    })
  })
})
