import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { createJqJudge } from '../../../scripts/conformance/jq-judge.ts'
import { createExpressions } from '../../../src/dsl/expressions/expressions.ts'
import { readJqCases } from './fixtures/jq-cases.ts'

const sample = fileURLToPath(new URL('./fixtures/sample.jq.test', import.meta.url))
const script = fileURLToPath(new URL('../../../scripts/conformance/jq.ts', import.meta.url))

t.test('the reader finds every block, its kind and its line', async (t) => {
  const cases = readJqCases(readFileSync(sample, 'utf8'))
  t.match(cases[0], { program: '.price * 2', values: { input: { price: 21 }, outputs: [42] }, fails: false, line: 3 })
  t.match(cases[1], { values: { outputs: [2, 3] } })
  t.match(
    cases.find((each) => each.program === 'isnan'),
    { values: undefined, text: { input: 'nan' } },
    'an input that is not JSON'
  )
  t.match(
    cases.find((each) => each.program === '1 +'),
    { fails: true, values: undefined, line: 37 }
  )
  t.match(
    cases.find((each) => each.program === '{a: .b, "c": nan}'),
    { values: { outputs: [{ a: 'x', c: null }] } }
  )
  t.equal(cases.find((each) => each.program === '.')?.values, undefined, 'values that are not JSON')
})

t.test('the script counts what each path passes, and accepts a file without wrong answers', async (t) => {
  const { stdout, status } = spawnSync(process.execPath, [script, sample], { encoding: 'utf8' })
  t.match(stdout, /fast: 5 passed, 0 failed, 7 refused, 0 not 1\.8\.2, 1 spelling\n/)
  t.match(stdout, /\npool: 9 passed, 0 failed, 2 refused, 1 not 1\.8\.2, 1 spelling/)
  t.equal(status, 0)
})

t.test('a case that jq 1.8.2 itself contradicts is reported as such, not as a fault of a path', async (t) => {
  const file = `${t.testdir({ 'old.test': '\n.a + 1\n{"a": 1}\n3\n\n%%FAIL\n1/0\njq: error: it once was\n' })}/old.test`
  const { stdout, status } = spawnSync(process.execPath, [script, file], { encoding: 'utf8' })
  t.match(
    stdout,
    /fast: 0 passed, 0 failed, 0 refused, 2 not 1\.8\.2, 0 spelling\npool: 0 passed, 0 failed, 0 refused, 2 not 1\.8\.2/
  )
  t.equal(status, 0)
})

t.test('a wrong answer of the fast path is found', async (t) => {
  const expressions = createExpressions()
  t.teardown(() => expressions.close())
  const [jqCase] = readJqCases('.a + 1\n{"a": 1}\n2\n')
  if (jqCase === undefined) throw new Error('no case')
  t.same(await createJqJudge(expressions).judge(jqCase), { fast: 'passed', pool: 'passed' })
  t.same(await createJqJudge(expressions, () => [3]).judge(jqCase), { fast: 'failed', pool: 'passed' })
})
