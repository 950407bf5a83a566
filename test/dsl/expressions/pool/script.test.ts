import t from 'tap'
import { createExpressions, type ScriptJob } from '../../../../src/dsl/expressions/expressions.ts'
import { refuses } from '../fixtures/refuses.ts'

const expressions = createExpressions()
t.teardown(() => expressions.close())
const run = async (code: string, given: Partial<ScriptJob> = {}): Promise<unknown> =>
  (await expressions.runScript({ code, arguments: {}, ...given })).output

t.test('the output is the last value, what is returned, or the default export', async (t) => {
  t.equal(await run('const b = a * 2; b + 1', { arguments: { a: 20 } }), 41)
  t.same(await run('if (a) return { a }; return null', { arguments: { a: 1 } }), { a: 1 })
  t.equal(await run('export default a + 1', { arguments: { a: 1 } }), 2)
  t.equal(await run('export default ({ a }) => a + 1', { arguments: { a: 1 } }), 2)
  t.equal(await run('export default async ({ a }) => a + 1', { arguments: { a: 1 } }), 2)
  t.equal(await run('return await Promise.resolve(a)', { arguments: { a: 1 } }), 1)
  t.equal(await run('undefined'), null)
  t.equal(await run('(() => 1)'), null, 'a function is not JSON')
})

t.test('console is captured by stream, line by line, and cut at its limit', async (t) => {
  t.same(
    await expressions.runScript({
      code: `
        console.log("a", { b: 1 }, [2]); console.warn("c")
        console.error(new Error("d")); console.info("e"); null`,
      arguments: {}
    }),
    { output: null, stdout: ['a {"b":1} [2]', 'e'], stderr: ['c', 'Error: d'] }
  )
  const own = createExpressions({ consoleChars: 10 })
  t.same(
    (await own.runScript({ code: 'for (let i = 0; i < 1000; i++) console.log("1234"); 1', arguments: {} })).stdout,
    ['1234', '1234… (the console is full)']
  )
  await own.close()
})

t.test('standard input, environment and a list of arguments are read as in Node', async (t) => {
  const code =
    'import { readFileSync } from "node:fs"; export default [readFileSync(process.stdin.fd, "utf8"), ' +
    'process.argv.slice(2), process.env.KEY]'
  t.same(await run(code, { arguments: ['x', 1], stdin: 'in', environment: { KEY: 'value' } }), [
    'in',
    ['x', '1'],
    'value'
  ])
})

t.test('a script sees nothing of this process, its files, or the previous script', async (t) => {
  t.equal(
    await run('typeof require + typeof fetch + typeof setTimeout + typeof WebAssembly'),
    'undefinedundefinedundefinedundefined'
  )
  t.same(await run('Object.keys(process.env)'), [])
  t.same(await run('(function () {}).constructor("return Object.keys(globalThis)")()'), [])
  await refuses(t, () => run('import { readFileSync } from "node:fs"; export default readFileSync("/etc/passwd")'), {
    kind: 'runtime',
    message: /standard input only/
  })
  await refuses(t, () => run('import os from "node:os"; export default os'), {
    kind: 'runtime',
    message: /node:os is not available/
  })
  await run('globalThis.left = 1; Object.prototype.left = 1; Array.prototype.map = null; 0')
  t.equal(await run('typeof left + typeof [].map'), 'undefinedfunction')
})

t.test('a script cannot change how its result is written', async (t) => {
  t.same(await run('JSON.stringify = () => "[666]"; JSON.parse = null; ({ a: 1 })'), { a: 1 })
})

t.test('names of object prototypes are ordinary arguments, and touch no prototype', async (t) => {
  const given = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2, "a": {"__proto__": 3}}') as Record<
    string,
    unknown
  >
  t.same(await run('[constructor, Object.keys(a), ({}).polluted === undefined]', { arguments: given }), [
    2,
    ['__proto__'],
    true
  ])
  const made = (await run('JSON.parse(\'{"__proto__": {"polluted": 1}}\')')) as object
  t.same(Object.keys(made), ['__proto__'])
  t.equal(({} as Record<string, unknown>)['polluted'], undefined)
})

t.test('errors keep their name and message', async (t) => {
  await refuses(t, () => run('throw new TypeError("no")'), { kind: 'runtime', message: 'TypeError: no' })
  await refuses(t, () => run('throw "text"'), { kind: 'runtime', message: 'text' })
  await refuses(t, () => run('throw { code: 1 }'), { kind: 'runtime', message: '{"code":1}' })
  await refuses(t, () => run('await null; throw new Error("late")'), { kind: 'runtime', message: 'Error: late' })
  await refuses(t, () => run('1 +'), { kind: 'syntax', message: /^SyntaxError/ })
  await refuses(t, () => run('const loop = {}; loop.loop = loop; loop'), { kind: 'runtime', message: /circular/ })
})

t.test('a secret is refused as an argument rather than printed', async (t) => {
  class Hidden {
    value = 1
  }
  await refuses(t, () => run('0', { arguments: { secret: new Hidden() } }), {
    kind: 'runtime',
    message: /Hidden is not JSON data/
  })
})
