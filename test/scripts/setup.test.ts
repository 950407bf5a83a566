import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, copyFile, mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import path from 'node:path'
import t, { type Test } from 'tap'

const ROOT = path.join(import.meta.dirname, '../..')
const SETUP = path.join(ROOT, 'scripts', 'setup.mjs')

/** npm and Prisma as the set-up sees them: they note each call in `calls`, and leave what the real ones leave. */
const NPM = `
  import { appendFileSync, copyFileSync, existsSync, mkdirSync } from 'node:fs'
  import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
  appendFileSync('calls', 'npm ' + process.argv.slice(2).join(' ') + '\\n')
  console.log('chatter of npm')
  if (existsSync('npm-fails')) { console.error('npm says why'); process.exit(1) }
  if (process.argv[2] === 'ci') rmSync('node_modules', { recursive: true, force: true })
  mkdirSync('node_modules/.bin', { recursive: true })
  if (!existsSync('node_modules/.bin/node')) symlinkSync(process.execPath, 'node_modules/.bin/node')
  mkdirSync('node_modules/prisma/build', { recursive: true })
  copyFileSync('fake-prisma.mjs', 'node_modules/prisma/build/index.js')
  mkdirSync('node_modules/vite/bin', { recursive: true })
  copyFileSync('fake-vite.mjs', 'node_modules/vite/bin/vite.js')
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
  const named = process.argv.map((argument) => 'node_modules/' + argument.replace(/@[^@]+$/, ''))
  for (const [name, { dev }] of Object.entries(packages))
    if (process.argv.includes('--omit=dev') && dev && !named.includes(name)) delete packages[name]
  writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }))
`
const PRISMA = `
  const { appendFileSync, existsSync, mkdirSync, writeFileSync } = require('node:fs')
  const engineExists = existsSync(process.env.PRISMA_SCHEMA_ENGINE_BINARY)
  appendFileSync('calls', 'prisma ' + process.argv.slice(2).join(' ') + ' ' + engineExists + '\\n')
  mkdirSync('src/platform/db/generated', { recursive: true })
  writeFileSync('src/platform/db/generated/client.ts', '')
`
const VITE = `
  const { appendFileSync, existsSync, mkdirSync, writeFileSync } = require('node:fs')
  appendFileSync('calls', 'vite ' + process.argv.slice(2).join(' ') + '\\n')
  if (existsSync('vite-fails')) { console.error('vite says why'); process.exit(1) }
  mkdirSync('dist/console', { recursive: true })
  writeFileSync('dist/console/index.html', '')
`
const LOCKFILE = {
  packages: {
    '': { devDependencies: { react: '19.0.0', vite: '8.0.0' } },
    'node_modules/vite': { version: '8.0.0', optional: true },
    'node_modules/prisma': { version: '7.0.0', integrity: 'a' },
    'node_modules/elsewhere': { version: '1.0.0', optional: true },
    'node_modules/tap': { version: '21.0.0', dev: true },
    'node_modules/react': { version: '19.0.0', dev: true }
  }
}
const INSTALLED = {
  packages: {
    'node_modules/prisma': { version: '7.0.0', integrity: 'a' },
    'node_modules/tap': { version: '21.0.0', dev: true },
    'node_modules/react': { version: '19.0.0', dev: true }
  }
}

interface Checkout {
  folder: string
  calls(): Promise<string[]>
  setUp(...args: string[]): Promise<{ code: number; said: string }>
}

async function checkout(t: Test): Promise<Checkout> {
  const folder = t.testdir({
    scripts: {},
    prisma: { 'schema.prisma': 'model A {}' },
    'package-lock.json': JSON.stringify(LOCKFILE),
    'npm.mjs': NPM,
    'fake-prisma.mjs': PRISMA,
    'fake-vite.mjs': VITE,
    calls: ''
  })
  await copyFile(SETUP, path.join(folder, 'scripts', 'setup.mjs'))
  return {
    folder,
    calls: async () => (await readFile(path.join(folder, 'calls'), 'utf8')).split('\n').filter((line) => line !== ''),
    async setUp(...args) {
      const env = { npm_execpath: path.join(folder, 'npm.mjs'), PATH: '/usr/bin:/bin' }
      const child = spawn(process.execPath, [path.join(folder, 'scripts', 'setup.mjs'), ...args], {
        env,
        cwd: '/',
        stdio: ['ignore', 'pipe', 'pipe']
      })
      const [[code], out, err] = await Promise.all([
        once(child, 'close') as Promise<[number]>,
        text(child.stdout),
        text(child.stderr)
      ])
      return { code, said: out + err }
    }
  }
}

t.test('a fresh clone is installed and its client generated, with a line for each and nothing else', async (t) => {
  const { setUp, calls } = await checkout(t)
  const { code, said } = await setUp()
  t.equal(code, 0)
  t.match(
    said,
    new RegExp(
      '^sluice: installing packages …\nsluice: installing packages: done in \\d+ s\n' +
        'sluice: generating the database client …\nsluice: generating the database client: done in \\d+ s\n$'
    )
  )
  t.same(
    await calls(),
    ['npm ci --no-audit --no-fund', 'prisma generate --no-hints true'],
    'Prisma gets a file in place of the engine it would download'
  )
})

t.test(
  'an installation that is up to date is left alone without output, also after a touch and after an install ' +
    'by hand that left out other platforms',
  async (t) => {
    const { folder, setUp, calls } = await checkout(t)
    await setUp()
    await writeFile(path.join(folder, 'node_modules', '.package-lock.json'), JSON.stringify(INSTALLED))
    for (const file of ['package-lock.json', 'prisma/schema.prisma'])
      await utimes(path.join(folder, file), new Date(), new Date(Date.now() + 60_000))
    t.same(await setUp(), { code: 0, said: '' })
    t.equal((await calls()).length, 2)
  }
)

t.test('for a start, the packages that build and run are installed; the others are added for the tests', async (t) => {
  const { setUp, calls } = await checkout(t)
  t.equal((await setUp('start')).code, 0)
  const [first = ''] = await calls()
  t.match(first, /^npm install --no-save --save-prod --omit=dev --no-audit --no-fund .*react@19\.0\.0 .*vite@8\.0\.0$/)
  t.notMatch(first, 'tap')
  t.same(await setUp('start'), { code: 0, said: '' })
  await setUp()
  t.same((await calls()).slice(2), ['npm install --no-save --no-audit --no-fund'], 'nothing is removed')
  t.same(await setUp(), { code: 0, said: '' })
  t.same(await setUp('start'), { code: 0, said: '' })
})

t.test('what is installed for a start is all that the gateway and the console import', async (t) => {
  const { devDependencies } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8'))
  const builders = [...(await readFile(SETUP, 'utf8')).matchAll(/^ {2}'([@\w/-]+)',?$/gm)].map(([, name = '']) => name)
  for (const name of builders) t.ok(name in devDependencies, name)
  const files = await readdir(path.join(ROOT, 'src'), { recursive: true, withFileTypes: true })
  const sources = files.filter((entry) => entry.isFile() && /\.(tsx?|css)$/.test(entry.name))
  const texts = await Promise.all(sources.map((entry) => readFile(path.join(entry.parentPath, entry.name), 'utf8')))
  const imported = new Set(
    texts.flatMap((source) =>
      [...source.matchAll(/(?:from|import|import\() ?['"]((?:@[\w-]+\/)?[\w.-]+)[^'"]*['"]/g)].map(
        ([, name = '']) => name
      )
    )
  )
  const missing = [...imported].filter((name) => name in devDependencies && !builders.includes(name))
  t.same(missing, [])
})

t.test('each part is done again when its inputs have changed', async (t) => {
  const { folder, setUp, calls } = await checkout(t)
  await setUp()
  await appendFile(path.join(folder, 'prisma', 'schema.prisma'), '\nmodel B {}')
  await setUp()
  t.same((await calls()).slice(2), ['prisma generate --no-hints true'])

  const changed = { packages: { ...LOCKFILE.packages, 'node_modules/prisma': { version: '7.0.1', integrity: 'b' } } }
  await writeFile(path.join(folder, 'package-lock.json'), JSON.stringify(changed))
  await setUp()
  t.same((await calls()).slice(3), ['npm install --no-save --no-audit --no-fund', 'prisma generate --no-hints true'])

  await rm(path.join(folder, 'src'), { recursive: true })
  await setUp()
  t.same((await calls()).slice(5), ['prisma generate --no-hints true'])
})

t.test(
  'a failure shows everything the command said, ends with an error and is tried again the next time',
  async (t) => {
    const { folder, setUp, calls } = await checkout(t)
    await writeFile(path.join(folder, 'npm-fails'), '')
    const { code, said } = await setUp()
    t.equal(code, 1)
    t.match(said, /chatter of npm[^]*npm says why[^]*npm\.mjs ci --no-audit --no-fund" failed \(code 1\)/)
    await rm(path.join(folder, 'npm-fails'))
    t.equal((await setUp()).code, 0)
    t.equal((await calls()).length, 3)
  }
)

t.test('of several processes at once one does the work, and the others wait for it', async (t) => {
  const { setUp, calls } = await checkout(t)
  const results = await Promise.all([setUp(), setUp(), setUp(), setUp()])
  t.same(
    results.map(({ code }) => code),
    [0, 0, 0, 0]
  )
  t.same(await calls(), ['npm ci --no-audit --no-fund', 'prisma generate --no-hints true'])
})

t.test('the lock of a process that was killed is taken over', async (t) => {
  const { folder, setUp, calls } = await checkout(t)
  const gone = spawn(process.execPath, ['--eval', ''])
  await once(gone, 'exit')
  await mkdir(path.join(folder, 'src'))
  await writeFile(path.join(folder, '.setup.lock'), String(gone.pid))
  const results = await Promise.all([setUp(), setUp(), setUp()])
  t.same(
    results.map(({ code }) => code),
    [0, 0, 0]
  )
  t.equal((await calls()).length, 2)
})

t.test('the console is built once, and again when its source or a package that it is built with changed', async (t) => {
  const { folder, setUp, calls } = await checkout(t)
  const source = path.join(folder, 'src', 'console', 'main.tsx')
  const client = path.join(folder, 'src', 'client', 'client.ts')
  for (const file of [source, client]) {
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, 'first')
  }
  const builds = async (): Promise<number> => (await calls()).filter((line) => line === 'vite build src/console').length
  t.match((await setUp()).said, /sluice: building the console …\n[^]*sluice: building the console: done in \d+ s\n/)
  t.same(await setUp(), { code: 0, said: '' })
  t.equal(await builds(), 1)
  await utimes(source, new Date(), new Date(Date.now() + 60_000))
  t.same(await setUp(), { code: 0, said: '' }, 'a touch changes nothing')
  await writeFile(source, 'second')
  await setUp()
  t.equal(await builds(), 2)
  const changed = { packages: { ...LOCKFILE.packages, 'node_modules/vite': { version: '8.0.1', optional: true } } }
  await writeFile(path.join(folder, 'package-lock.json'), JSON.stringify(changed))
  await setUp()
  t.equal(await builds(), 3)
  await writeFile(client, 'second')
  await setUp()
  t.equal(await builds(), 4, 'the console has the code of the client')
})

t.test(
  'a console that cannot be built is told, does not keep the rest from starting, and is tried again',
  async (t) => {
    const { folder, setUp, calls } = await checkout(t)
    for (const room of ['console', 'client']) await mkdir(path.join(folder, 'src', room), { recursive: true })
    await writeFile(path.join(folder, 'vite-fails'), '')
    const { code, said } = await setUp()
    t.equal(code, 0)
    t.match(said, /vite says why[^]*the console was not built: the gateway works without it/)
    t.notMatch(said, /building the console: done/)
    await rm(path.join(folder, 'vite-fails'))
    t.match((await setUp()).said, /building the console: done/)
    t.equal((await calls()).filter((line) => line.startsWith('vite')).length, 2)
  }
)
