import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { readJqCases } from './fixtures/jq-cases.ts'

const sample = fileURLToPath(new URL('./fixtures/sample.jq.test', import.meta.url))
const script = fileURLToPath(new URL('../../scripts/conformance-jq.ts', import.meta.url))

t.test('the reader finds every block, its kind and its line', async t => {
  const cases = readJqCases(readFileSync(sample, 'utf8'))
  t.match(cases[0], { program: '.price * 2', values: { input: { price: 21 }, outputs: [42] }, fails: false, line: 3 })
  t.match(cases[1], { values: { outputs: [2, 3] } })
  t.match(cases.at(-1), { program: '1 +', fails: true, values: undefined })
  t.match(cases.find(each => each.program === '{a: .b, "c": nan}'), { values: { outputs: [{ a: 'x', c: null }] } })
  t.equal(cases.find(each => each.program === '.')?.values, undefined, 'values that are not JSON')
})

t.test('the script counts what each path passes, and accepts a file without wrong answers', async t => {
  const { stdout, status } = spawnSync(process.execPath, [script, sample], { encoding: 'utf8' })
  t.match(stdout, /fast: 4 passed, 0 failed, 5 refused\npool: 8 passed, 0 failed, 1 refused/)
  t.equal(status, 0)
})

t.test('a wrong answer from the fast path exits 1 and names its line', async t => {
  const file = `${t.testdir({ 'wrong.test': '\n.a + 1\n{"a": 1}\n3\n' })}/wrong.test`
  const { stdout, status } = spawnSync(process.execPath, [script, file], { encoding: 'utf8' })
  t.match(stdout, /fast path, line 2: wrong answer for \.a \+ 1/)
  t.equal(status, 1)
})
