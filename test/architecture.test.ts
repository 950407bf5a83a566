import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t, { type Test } from 'tap'

const ROOT = path.join(import.meta.dirname, '..')
const MAX_REPORT_BYTES = 1 << 26

/** For each rule: files with imports that it must refuse. The report must name the first file of each. */
const PLANTED: Record<string, Record<string, string>[]> = {
  'no-circle': [
    { 'src/tokens/one.ts': importing('./two.ts'), 'src/tokens/two.ts': importing('./one.ts') },
    {
      'src/tokens/type-one.ts': importingType('./type-two.ts'),
      'src/tokens/type-two.ts': importingType('./type-one.ts')
    }
  ],
  'everything-resolves': [{ 'src/tokens/lost.ts': importing('./no-such-file.ts') }],
  'lib-stands-alone': [{ 'src/lib/bad.ts': importing('../platform/db/good.ts') }],
  'platform-knows-no-product': [
    { 'src/platform/jws/bad.ts': importing('../db/good.ts') },
    { 'src/platform/db/bad.ts': importing('../../tokens/good.ts') }
  ],
  'dsl-is-pure': [{ 'src/dsl/bad.ts': importing('../platform/egress/good.ts') }],
  'dsl-uses-no-driver': [{ 'src/dsl/driver.ts': importing('pg') }],
  'dsl-behind-its-index': [{ 'src/flows/deep.ts': importing('../dsl/parse.ts') }],
  'expressions-stand-alone': [{ 'src/dsl/expressions/bad.ts': importing('../run/good.ts') }],
  'json-schema-stands-alone': [{ 'src/dsl/json-schema/bad.ts': importing('../parse.ts') }],
  'dsl-run-below-tasks': [
    { 'src/dsl/run/bad-task.ts': importing('../tasks/good.ts') },
    { 'src/dsl/run/bad-http.ts': importing('../http/good.ts') },
    { 'src/dsl/run/bad-compiler.ts': importing('../compile-flow.ts') }
  ],
  'dsl-compile-below-tasks': [{ 'src/dsl/compile/bad.ts': importing('../tasks/good.ts') }],
  'domain-below-runs': [
    { 'src/tokens/bad.ts': importing('../runs/good.ts') },
    { 'src/audit.ts': importing('./auth/good.ts') },
    { 'src/listeners/bad.ts': importing('../requests/good.ts') }
  ],
  'runs-below-callers': [
    { 'src/runs/bad.ts': importing('../gateway/good.ts') },
    { 'src/runs/bad-auth.ts': importing('../auth/good.ts') }
  ],
  'runs-behind-its-port': [{ 'src/gateway/durable.ts': importing('../runs/durable/good.ts') }],
  'auth-below-gateway': [
    { 'src/auth/bad.ts': importing('../gateway/good.ts') },
    { 'src/auth/bad-requests.ts': importing('../requests/good.ts') }
  ],
  'gateway-below-http': [
    { 'src/gateway/bad.ts': importing('../http/good.ts') },
    { 'src/requests/bad.ts': importing('../http/good.ts') }
  ],
  'borders-apart': [
    { 'src/http/bad.ts': importing('../cli/good.ts') },
    { 'src/cli/bad.ts': importing('../http/good.ts') },
    { 'src/demo/bad.ts': importing('../assemble/good.ts') }
  ],
  'clients-apart': [
    { 'src/console/bad.ts': importing('../lib/good.ts') },
    { 'src/sdk/bad.ts': importing('../console/good.ts') }
  ],
  'server-without-clients': [{ 'src/http/console.ts': importing('../console/good.ts') }],
  'fastify-at-the-border': [
    { 'src/listeners/server.ts': importing('fastify') },
    { 'src/gateway/cookie.ts': importing('@fastify/cookie') }
  ],
  'ip-addresses-in-one-place': [{ 'src/platform/egress/address.ts': importing('ipaddr.js') }],
  'prisma-in-platform-db': [
    { 'src/tokens/prisma.ts': importing('../platform/db/generated/client.ts') },
    { 'test/prisma.ts': importing('@prisma/client/runtime/client') }
  ],
  'config-at-the-top': [
    { 'src/tokens/configured.ts': importing('../config.ts') },
    { 'src/tokens/variables.ts': importing('../config/good.ts') }
  ],
  'src-without-tests': [{ 'src/tokens/tested.ts': importing('../../test/fixtures/good.ts') }]
}

/** What those import, and imports that every rule allows. */
const ALLOWED: Record<string, string> = {
  'src/lib/good.ts': 'export const good = 1',
  'src/lib/other.ts': importing('./good.ts'),
  'src/lib/ip-address.ts': importing('ipaddr.js'),
  'src/platform/log/good.ts': importing('../../lib/good.ts'),
  'src/platform/db/good.ts': importing('../../lib/good.ts', '../log/good.ts', './generated/client.ts'),
  'src/platform/db/generated/client.ts': 'export const good = 1',
  'src/platform/egress/good.ts': importing('../../lib/good.ts', '../log/good.ts'),
  'src/dsl/index.ts': importing('./parse.ts', './compile-flow.ts', './expressions/expressions.ts'),
  'src/dsl/parse.ts': importing('../lib/good.ts'),
  'src/dsl/compile-flow.ts': importing('./compile/good.ts', './tasks/good.ts'),
  'src/dsl/compile/good.ts': importing('../run/good.ts'),
  'src/dsl/run/good.ts': importing('../expressions/expressions.ts', '../parse.ts'),
  'src/dsl/tasks/good.ts': importing('../run/good.ts', '../compile/good.ts', '../http/good.ts'),
  'src/dsl/http/good.ts': importing('../run/good.ts'),
  'src/dsl/expressions/expressions.ts': importing('../../lib/good.ts'),
  'src/tokens/good.ts': importing('../lib/good.ts', '../platform/db/good.ts'),
  'src/flows/good.ts': importing('../dsl/index.ts', '../dsl/expressions/expressions.ts', '../tokens/good.ts'),
  'src/runs/good.ts': importing('../dsl/index.ts', '../platform/egress/good.ts', '../tokens/good.ts'),
  'src/runs/durable/good.ts': importing('../good.ts'),
  'src/auth/good.ts': importing('../tokens/good.ts'),
  'src/gateway/good.ts': importing('../runs/good.ts', '../auth/good.ts', '@fastify/busboy'),
  'src/requests/good.ts': importing('../runs/good.ts', '../auth/good.ts'),
  'src/http/good.ts': importing('../gateway/good.ts', '../requests/good.ts', 'fastify', '@fastify/cookie'),
  'src/cli/good.ts': importing('../config.ts', '../platform/db/good.ts', '../client/good.ts'),
  'src/demo/good.ts': importing('../flows/good.ts'),
  'src/client/good.ts': 'export const good = 1',
  'src/console/good.ts': importing('../client/good.ts'),
  'src/config.ts': 'export const good = process.env',
  'src/config/good.ts': 'export const good = 1',
  'src/assemble/good.ts': importing(
    '../config.ts',
    '../http/good.ts',
    '../platform/db/good.ts',
    '../runs/durable/good.ts',
    'fastify'
  ),
  'src/main.ts': importing('./assemble/good.ts', './config.ts'),
  'test/fixtures/good.ts': importing('../../src/main.ts', '../../src/runs/durable/good.ts')
}

function importing(...modules: string[]): string {
  return modules.map((module, index) => `import { good as good${index} } from '${module}'`).join('\n')
}

function importingType(module: string): string {
  return `import type { good } from '${module}'`
}

async function plant(t: Test, files: Record<string, string>): Promise<string> {
  // Outside of the checkout: what git ignores there, the linter does not look at.
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-architecture-'))
  t.teardown(() => rm(folder, { recursive: true }))
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.join(folder, path.dirname(file)), { recursive: true })
    await writeFile(path.join(folder, file), `${text}\n`)
  }
  await symlink(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'))
  return folder
}

function run(program: string, args: string[], cwd: string): Promise<string> {
  return new Promise((resolve) => {
    const script = path.join(ROOT, 'node_modules', program)
    execFile(
      process.execPath,
      [script, ...args],
      { cwd, env: {}, maxBuffer: MAX_REPORT_BYTES },
      (_error, stdout, stderr) => resolve(stdout || stderr)
    )
  })
}

interface Summary {
  violations: { rule: { name: string }; from: string }[]
  ruleSetUsed: { forbidden: { name: string }[] }
}

async function cruise(folder: string): Promise<Summary> {
  const config = path.join(ROOT, '.dependency-cruiser.mjs')
  const report = await run(
    'dependency-cruiser/bin/dependency-cruiser.mjs',
    ['--config', config, '--output-type', 'json', 'src', 'test'],
    folder
  )
  return (JSON.parse(report) as { summary: Summary }).summary
}

t.test('imports point one way: what every rule allows is allowed', async (t) => {
  const { violations } = await cruise(await plant(t, ALLOWED))
  t.same(violations, [])
})

t.test('imports point one way: each rule refuses the bad imports planted for it', async (t) => {
  const planted = Object.values(PLANTED).flat()
  const { violations: found, ruleSetUsed } = await cruise(
    await plant(t, Object.assign({}, ALLOWED, ...planted) as Record<string, string>)
  )
  t.same(ruleSetUsed.forbidden.map(({ name }) => name).sort(), Object.keys(PLANTED).sort(), 'no rule goes untried')
  for (const [rule, plants] of Object.entries(PLANTED)) {
    for (const [from] of plants.map((files) => Object.keys(files))) {
      t.ok(
        found.some((violation) => violation.rule.name === rule && violation.from === from),
        `${rule}: ${from}`
      )
    }
  }
  const files = new Set(planted.flatMap((plant) => Object.keys(plant)))
  t.same(
    found.filter(({ from }) => !files.has(from)),
    [],
    'and nothing else'
  )
})

t.test('imports point one way: a type import counts as an import', async (t) => {
  const { violations } = await cruise(
    await plant(t, { ...ALLOWED, 'src/lib/type.ts': importingType('../platform/db/good.ts') })
  )
  t.match(violations, [{ rule: { name: 'lib-stands-alone' }, from: 'src/lib/type.ts' }])
})

t.test('only config.ts reads the environment', async (t) => {
  const reading = 'export const home = process.env.HOME'
  const folder = await plant(t, { 'src/config.ts': reading, 'src/tokens/bad.ts': reading, 'src/main.ts': reading })
  await copyFile(path.join(ROOT, '.oxlintrc.json'), path.join(folder, '.oxlintrc.json'))
  const report = await run('oxlint/dist/cli.js', ['--format', 'json', 'src'], folder)
  const { diagnostics } = JSON.parse(report) as { diagnostics: { code: string; filename: string }[] }
  t.same(diagnostics.map(({ code, filename }) => `${code} ${filename}`).sort(), [
    'node(no-process-env) src/main.ts',
    'node(no-process-env) src/tokens/bad.ts'
  ])
})
