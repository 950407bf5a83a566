import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import type { Command } from 'commander'
import t from 'tap'
import { createProgram } from '../../src/cli/run.ts'
import { VARIABLES } from '../../src/config/variables.ts'
import { FAULTS } from '../../src/lib/fault.ts'
import { DEFAULT_SETTINGS } from '../../src/listeners/listener.ts'
import { REASONS } from '../../src/requests/reason.ts'

// What the documents name in the code, compared with the code.

const ROOT = path.join(import.meta.dirname, '../..')
const read = (file: string): Promise<string> => readFile(path.join(ROOT, file), 'utf8')
/** These speak of the past: what they name may be gone. */
const HISTORY = new Set(['CHANGELOG.md', 'docs/decisions.md'])
const names = [
  ...(await readdir(ROOT)).filter((name) => name.endsWith('.md')),
  ...(await readdir(path.join(ROOT, 'docs'))).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
  'src/console/README.md'
].filter((name) => !HISTORY.has(name))
const documents = await Promise.all(names.map(async (name) => ({ name, text: await read(name) })))
const sources = await Promise.all(
  (await readdir(path.join(ROOT, 'src'), { recursive: true }))
    .filter((file) => file.endsWith('.ts') && !file.includes('generated/'))
    .map((file) => read(path.join('src', file)))
)

/** Words in capitals that are no variable of the gateway, with what they are. */
const OTHER_VARIABLES = [
  // of the command line
  /^SLUICE_(?:URL|EMAIL|PASSWORD|TOTP|SESSION|TOKEN|SECRET|BACKUP_KEY)$/,
  /^XDG_CONFIG_HOME$/,
  // of docker-compose.yml and of Restate
  /^(?:POSTGRES|PROXY|CADDY|NODE|RESTATE)_IMAGE$/,
  /^POSTGRES_PASSWORD$/,
  /^RESTATE_REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE$/,
  // of the examples
  /^(?:ADMIN_URL|CLIENT_(?:ID|SECRET)|LISTENER_(?:ID|URL)|(?:SINK|WAREHOUSE|WORKSPACE)_SECRET|WORKSPACE_KEY)$/,
  // of the languages of the examples
  /^(?:JSON_THROW_ON_ERROR|UTF_8)$/
]

t.test('every environment variable that a document names exists', async (t) => {
  for (const { name, text } of documents)
    for (const [word] of text.matchAll(/\b[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+\b/g))
      if (!OTHER_VARIABLES.some((other) => other.test(word)))
        t.ok(word.replace(/_FILE$/, '') in VARIABLES, `${name}: ${word}`)
})

t.test('every environment variable is explained by a document', async (t) => {
  const all = documents.map(({ text }) => text).join('\n')
  for (const name of Object.keys(VARIABLES)) t.ok(new RegExp(`\\b${name}\\b`).test(all), name)
})

t.test('a value in brackets after a variable is its default', async (t) => {
  let found = 0
  for (const { name, text } of documents)
    for (const [whole, variable = '', number, unit] of text.matchAll(/`([A-Z][A-Z_]+)` \(([\d.]+)(?: (s|MiB))?\)/g)) {
      found++
      const { default: value } = VARIABLES[variable as keyof typeof VARIABLES]
      t.equal(Number(value), Number(number) * (unit === 'MiB' ? 1024 * 1024 : 1), `${name}: ${whole}`)
    }
  t.ok(found > 5)
})

t.test('every metric that a document names is one of the sources', async (t) => {
  const all = sources.join('\n')
  let found = 0
  for (const { name, text } of documents)
    for (const [metric] of text.matchAll(/\bsluice_[a-z]+_[a-z_]*[a-z]\b(?!\*)/g)) {
      if (metric === 'sluice_metrics_token') continue
      found++
      t.ok(all.includes(metric), `${name}: ${metric}`)
    }
  t.ok(found > 10)
})

/** The calls of the API, such as `GET /v1/tokens/*`, of the types that are made from the OpenAPI document. */
async function describedCalls(): Promise<Set<string>> {
  const calls = new Set<string>()
  let route = ''
  for (const line of (await read('src/client/openapi.ts')).split('\n')) {
    route = /^ {4}"(\/[^"]*)": \{$/.exec(line)?.[1] ?? route
    const method = /^ {8}(get|put|post|patch|delete): operations\[/.exec(line)?.[1]
    if (method) calls.add(`${method.toUpperCase()} ${route.replaceAll(/\{\w+\}/g, '*')}`)
  }
  return calls
}

/** The route without its query, with `*` for parameters: `:tokenId`, `{tokenId}`, `${id}`, an id, a secret's name. */
function routeOf(text: string): string {
  const [route = ''] = text.split('?')
  return route.replaceAll(/:\w+|\$?\{[\w.]+\}|\$\w+|[a-z]{3}_[\w…]+|(?<=\/secrets\/)\w+/g, '*').replace(/[./:]+$/, '')
}

t.test('every call that a document names is in the OpenAPI document', async (t) => {
  const calls = await describedCalls()
  t.ok(calls.size > 100)
  const routes = [...calls].map((call) => call.replace(/^\w+ /, ''))
  for (const { name, text } of documents) {
    const oneLine = text.replaceAll(/\s+/g, ' ')
    for (const [, method, route = ''] of oneLine.matchAll(/\b(GET|POST|PUT|PATCH|DELETE) (\/v1\/[\w/.:{}$?=&|-]+)/g))
      t.ok(calls.has(`${method} ${routeOf(route)}`), `${name}: ${method} ${route}`)
    for (const [, route = ''] of oneLine.matchAll(/`(?:\$URL)?(\/(?:v1|oauth|\.well-known)\/[\w/.:{}$-]+)[`?]/g))
      t.ok(
        routes.some((known) => known.startsWith(routeOf(route))),
        `${name}: ${route}`
      )
  }
})

t.test('docs/errors.md explains every code, with its status', async (t) => {
  const rows = [...(await read('docs/errors.md')).matchAll(/^\| (\d{3}) \| `(\w+)` \| (.+) \| (.+) \|$/gm)]
  t.same(
    rows.map(([, status, code]) => [code, Number(status)]),
    Object.entries(FAULTS).map(([code, { status }]) => [code, status])
  )
})

t.test('every status with a code in a document is one that callers can get', async (t) => {
  const known = new Map<string, number>(Object.entries(FAULTS).map(([code, { status }]) => [code, status]))
  const oauth = [...(await read('docs/oauth-clients.md')).matchAll(/^\| \d{3} `(\w+)` \|/gm)].map(([, code]) => code)
  const others = new Set([...oauth, 'unsupported_token_type'])
  for (const { name, text } of documents)
    for (const [whole, status, code = ''] of text.matchAll(/\b([45]\d\d)\s+`([a-z_]+)`/g))
      if (!others.has(code)) t.equal(known.get(code), Number(status), `${name}: ${whole}`)
})

t.test('the reasons that docs/tokens.md lists are reasons of refused calls', async (t) => {
  const [, list = ''] =
    /^## Why was a call denied\?\n(.*?)^- the public code/ms.exec(await read('docs/tokens.md')) ?? []
  const listed = [...list.matchAll(/`([a-z_]+)`/g)].map(([, reason]) => reason ?? '')
  t.ok(listed.length > 10)
  for (const reason of listed) t.ok((REASONS as readonly string[]).includes(reason), reason)
})

t.test('docs/listeners.md lists every setting of a listener, with its default', async (t) => {
  const [, table = ''] = /^## Settings\n(.*)/ms.exec(await read('docs/listeners.md')) ?? []
  const rows = [...table.matchAll(/^\| `(\w+)` \| (\S+) \|/gm)]
  t.same(Object.fromEntries(rows.map(([, name, value = '']) => [name, JSON.parse(value)])), DEFAULT_SETTINGS)
})

const nothing = new PassThrough()
const program = createProgram(
  { env: {}, gatewayEnv: () => ({}), stdin: nothing, stdout: nothing, stderr: nothing, home: '/' },
  () => {}
)

/** The command that these words call, and the words after it. */
function commandOf(
  words: readonly string[],
  command: Command = program
): { command: Command; rest: readonly string[] } {
  const next = command.commands.find((known) => known.name() === words[0])
  return next ? commandOf(words.slice(1), next) : { command, rest: words }
}

t.test('every `sluice` command that a document names exists, with its options', async (t) => {
  let found = 0
  for (const { name, text } of documents)
    for (const [, line = ''] of text.matchAll(/(?:npx |-s cli -- |`|^)sluice ([a-z][^`\n|>]*)/gm)) {
      // A sentence that begins a line with the word.
      if (/^(?:has|for|is|command)\b/.test(line)) continue
      found++
      const { command, rest } = commandOf(line.split(/\s+/))
      t.not(command, program, `${name}: sluice ${line}`)
      t.notOk(command.commands.length > 0 && /^[a-z]/.test(rest[0] ?? ''), `${name}: sluice ${line}`)
      const known = [...program.options, ...command.options].map(({ long }) => long)
      for (const [option] of line.replace(/#.*/, '').matchAll(/(?<= )--[a-z][a-z-]*/g))
        t.ok(known.includes(option), `${name}: sluice ${line}: ${option}`)
    }
  t.ok(found > 30)
})

t.test('docs/cli.md lists every command', async (t) => {
  const rows = [...(await read('docs/cli.md')).matchAll(/^\| (`.*?) \|/gm)].map(([, row = '']) => row)
  for (const command of program.commands) {
    const named = rows.filter((row) => new RegExp(`\`${command.name()}[ \`]`).test(row)).join(' ')
    t.ok(named, command.name())
    for (const sub of command.commands)
      t.match(named, new RegExp(`\\b${sub.name()}\\b`), `${command.name()} ${sub.name()}`)
  }
})

t.test('every panel that the runbook names is on the dashboard', async (t) => {
  const [runbook = ''] = (await read('docs/operations.md')).split('\n## First start\n')
  const { panels } = JSON.parse(await read('ops/grafana/sluice.json')) as { panels: { title: string }[] }
  const named = [...runbook.replaceAll(/\s+/g, ' ').matchAll(/"([A-Z][^"`]*)"/g)].map(([, title = '']) => title)
  t.ok(named.length > 5)
  for (const title of named)
    t.ok(
      panels.some((panel) => panel.title === title),
      title
    )
})

t.test('docs/architecture.md names every folder of src', async (t) => {
  const [, floors = ''] = /^## The floors\n(.*?)^## /ms.exec(await read('docs/architecture.md')) ?? []
  const entries = await readdir(path.join(ROOT, 'src'), { withFileTypes: true })
  for (const { name } of entries.filter((entry) => entry.isDirectory()))
    t.ok(floors.includes(`\`src/${name}\``) || floors.includes(`\`src/${name}/`), `src/${name}`)
})

t.test('the README leads to every document', async (t) => {
  const readme = await read('README.md')
  for (const name of names.filter((file) => !file.endsWith('README.md'))) t.ok(readme.includes(`](${name})`), name)
})
