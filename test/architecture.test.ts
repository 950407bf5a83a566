import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t, { type Test } from 'tap'

const ROOT = path.join(import.meta.dirname, '..')
const MAX_REPORT_BYTES = 1 << 26

/** For each rule, files with an import that it must refuse, and the one that it must name. */
const PLANTED: Record<string, { files: Record<string, string>; from: string }> = {
  'no-circle': {
    files: { 'src/tokens/one.ts': importing('./two.ts'), 'src/tokens/two.ts': importing('./one.ts') },
    from: 'src/tokens/one.ts'
  },
  'everything-resolves': {
    files: { 'src/tokens/lost.ts': importing('./no-such-file.ts') },
    from: 'src/tokens/lost.ts'
  },
  'lib-stands-alone': { files: { 'src/lib/bad.ts': importing('../db/good.ts') }, from: 'src/lib/bad.ts' },
  'base-on-lib': { files: { 'src/jws/bad.ts': importing('../db/good.ts') }, from: 'src/jws/bad.ts' },
  'flows-are-pure': { files: { 'src/flows/bad.ts': importing('../egress/good.ts') }, from: 'src/flows/bad.ts' },
  'flows-use-no-driver': { files: { 'src/flows/driver.ts': importing('pg') }, from: 'src/flows/driver.ts' },
  'domain-below-runs': { files: { 'src/tokens/bad.ts': importing('../runs/good.ts') }, from: 'src/tokens/bad.ts' },
  'runs-below-gateway': { files: { 'src/runs/bad.ts': importing('../gateway/good.ts') }, from: 'src/runs/bad.ts' },
  'gateway-below-http': { files: { 'src/gateway/bad.ts': importing('../http/good.ts') }, from: 'src/gateway/bad.ts' },
  'http-without-cli': { files: { 'src/http/bad.ts': importing('../cli/good.ts') }, from: 'src/http/bad.ts' },
  'cli-without-http': { files: { 'src/cli/bad.ts': importing('../http/good.ts') }, from: 'src/cli/bad.ts' },
  'browser-code-apart': { files: { 'src/console/bad.ts': importing('../lib/good.ts') }, from: 'src/console/bad.ts' },
  'server-without-browser-code': {
    files: { 'src/http/console.ts': importing('../console/good.ts') },
    from: 'src/http/console.ts'
  },
  'fastify-at-the-border': {
    files: { 'src/listeners/server.ts': importing('fastify') },
    from: 'src/listeners/server.ts'
  },
  'prisma-in-db': {
    files: { 'src/tokens/prisma.ts': importing('../db/generated/client.ts') },
    from: 'src/tokens/prisma.ts'
  },
  'config-at-the-top': {
    files: { 'src/tokens/configured.ts': importing('../config.ts') },
    from: 'src/tokens/configured.ts'
  },
  'src-without-tests': {
    files: { 'src/tokens/tested.ts': importing('../../test/fixtures/good.ts') },
    from: 'src/tokens/tested.ts'
  }
}

/** What those import, and imports that every rule allows. */
const ALLOWED: Record<string, string> = {
  'src/lib/good.ts': 'export const good = 1',
  ...Object.fromEntries(
    ['db', 'egress', 'expressions'].map((room) => [`src/${room}/good.ts`, importing('../lib/good.ts')])
  ),
  'src/db/generated/client.ts': 'export const good = 1',
  'src/flows/good.ts': importing('../lib/good.ts', '../expressions/good.ts'),
  'src/tokens/good.ts': importing('../lib/good.ts', '../db/good.ts'),
  'src/runs/good.ts': importing('../flows/good.ts', '../egress/good.ts', '../tokens/good.ts'),
  'src/gateway/good.ts': importing('../runs/good.ts', '../tokens/good.ts'),
  'src/http/good.ts': importing('../gateway/good.ts', 'fastify'),
  'src/cli/good.ts': importing('../config.ts', '../db/good.ts'),
  'src/console/good.ts': 'export const good = 1',
  'src/config.ts': 'export const good = process.env',
  'src/assemble.ts': importing('./http/good.ts', './db/good.ts', 'fastify'),
  'test/fixtures/good.ts': importing('../../src/assemble.ts')
}

// A type is enough to know somebody: the rules count type imports too.
function importing(...modules: string[]): string {
  return modules.map((module, index) => `import type { good as good${index} } from '${module}'`).join('\n')
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

t.test('imports point one way: each rule refuses the bad import planted for it', async (t) => {
  const values = Object.values(PLANTED).map(({ files }) => files)
  // A circle of types alone is none when the program runs.
  const types = Object.entries(PLANTED['no-circle']?.files ?? {})
  const circle = Object.fromEntries(types.map(([file, text]) => [file, text.replace('import type', 'import')]))
  const files = Object.assign({}, ALLOWED, ...values, circle) as Record<string, string>
  const { violations: found, ruleSetUsed } = await cruise(await plant(t, files))
  t.same(ruleSetUsed.forbidden.map(({ name }) => name).sort(), Object.keys(PLANTED).sort(), 'no rule goes untried')
  for (const [rule, { from }] of Object.entries(PLANTED)) {
    t.ok(
      found.some((violation) => violation.rule.name === rule && violation.from === from),
      rule
    )
  }
  const planted = new Set(values.flatMap((files) => Object.keys(files)))
  t.same(
    found.filter(({ from }) => !planted.has(from)),
    [],
    'and nothing else'
  )
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
