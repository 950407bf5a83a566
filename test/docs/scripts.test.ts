import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { createExpressions } from '../../src/dsl/expressions/expressions.ts'

const docs = new URL('../../docs/', import.meta.url)
const text = await readFile(new URL('scripts.md', docs), 'utf8')
const EXAMPLE =
  /^## (.+)\n(?:(?!^## )[^])*?Input\n\n```json\n([^]*?)```\n\nScript\n\n```js\n([^]*?)```\n\nOutput\n\n```json\n([^]*?)```/gm
const examples = [...text.matchAll(EXAMPLE)].map(([, title, input, code, output]) => ({
  title: title as string,
  input: JSON.parse(input as string) as Record<string, unknown>,
  code: code as string,
  output: JSON.parse(output as string) as unknown
}))

const expressions = createExpressions({ queueWaitMs: 600_000 })
t.teardown(() => expressions.close())

t.test('every script on the page is an example', async (t) => {
  t.same(
    examples.map(({ title }) => title),
    ['Signatures', 'XML', 'CSV', 'URLs']
  )
  t.equal(examples.length, text.split('```js\n').length - 1)
})

for (const { title, input, code, output } of examples)
  t.test(`the example of "${title}" gives what stands below it`, async (t) => {
    t.same((await expressions.runScript({ code, arguments: input })).output, output)
  })

t.test('the types name what scripts find in the library, and the examples keep to them', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-scripts-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const found = (
    await expressions.runScript({
      code: `Object.entries(sluice).flatMap(([name, value]) =>
        typeof value === 'function' ? [name] : Object.keys(value).map(inner => name + '.' + inner))`,
      arguments: {}
    })
  ).output as string[]
  const uses = found.map((path) => `const _${path.replace('.', '_')}: Function = sluice.${path}`)
  const scripts = examples.map(({ input, code }, index) => {
    const parameters = Object.entries(input).map(([name, value]) => `${name}: ${typeof value}`)
    const typed = code
      .replaceAll('const { order } =', 'const { order }: any =')
      .replaceAll('const url =', 'const url: any =')
    return `function example${index}(${parameters.join(', ')}) {\n${typed}\n}`
  })
  await writeFile(join(folder, 'uses.ts'), [...uses, ...scripts].join('\n'))
  // The compiler itself: the launcher in `.bin` does not start under the hooks of the test runner.
  const compiler = `../../node_modules/@typescript/typescript-${process.platform}-${process.arch}/lib/tsc`
  const files = [join(folder, 'uses.ts'), fileURLToPath(new URL('scripts.d.ts', docs))]
  const options = ['--noEmit', '--strict', '--target', 'es2023', '--lib', 'es2023', '--types', '', '--ignoreConfig']
  await promisify(execFile)(fileURLToPath(new URL(compiler, import.meta.url)), [...options, ...files]).catch(
    (error: Error & { stdout?: string }) => t.fail(`tsc: ${error.message} ${error.stdout ?? ''}`)
  )
  t.equal(found.length, 15)
})
