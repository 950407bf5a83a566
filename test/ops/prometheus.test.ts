import { execFile, spawnSync } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { parse } from 'yaml'
import { startSluice } from '../fixtures/sluice.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const RULES = path.join(ROOT, 'ops/prometheus/rules.yaml')
const BOARDS = path.join(ROOT, 'ops/grafana')
/** Series of Prometheus itself. */
const OWN_OF_PROMETHEUS = new Set(['up'])
/** What a metric is called in expressions: of a histogram its parts. */
const PARTS = { histogram: ['_bucket', '_sum', '_count'] } as Record<string, string[]>
const run = promisify(execFile)
/** CI installs it. */
const noPromtool =
  process.env['CI'] === undefined && spawnSync('promtool', ['--version']).status !== 0 && 'promtool is not installed'

interface Rule {
  alert?: string
  record?: string
  expr: string
  labels?: { severity?: string }
  annotations?: { summary?: string; runbook_url?: string }
}

const rules = (parse(await readFile(RULES, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules
)
const alerts = rules.filter(({ alert }) => alert !== undefined)
const records = rules.flatMap(({ record }) => (record === undefined ? [] : [record]))
const boards = (await readdir(BOARDS)).filter((file) => file.endsWith('.json'))

async function boardExpressions(): Promise<string[]> {
  const texts = await Promise.all(boards.map((file) => readFile(path.join(BOARDS, file), 'utf8')))
  return texts.flatMap((text) =>
    (JSON.parse(text) as { panels: { targets?: { expr: string }[] }[] }).panels.flatMap(({ targets = [] }) =>
      targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '5m').replaceAll('$job', 'sluice'))
    )
  )
}

/**
 * The metrics that an expression reads: words that are followed by labels, a range or nothing that makes a call of it.
 */
function metricsIn(expression: string): string[] {
  return [...expression.replaceAll(/"[^"]*"/g, '').matchAll(/\b(?:sluice[_:][\w:]+|up)\b/g)].map(([name]) => name)
}

t.test('every metric that an alert or a board reads is one that a gateway has, with its labels', async (t) => {
  const sluice = await startSluice(t)
  const metrics = await sluice.services.metrics.registry.getMetricsAsJSON()
  const known = new Set([
    ...records,
    ...metrics.flatMap(({ name, type }) => PARTS[type as unknown as string]?.map((part) => name + part) ?? [name])
  ])
  const expressions = [...rules.map(({ expr }) => expr), ...(await boardExpressions())]
  t.ok(expressions.length > 60)
  for (const expression of expressions) {
    const named = metricsIn(expression)
    t.ok(named.length > 0, expression)
    t.same(
      named.filter((name) => !known.has(name) && !OWN_OF_PROMETHEUS.has(name)),
      [],
      expression
    )
  }
  const used = new Set(expressions.flatMap(metricsIn).map((name) => name.replace(/_(?:bucket|sum|count)$/, '')))
  const ours = metrics
    .map(({ name }) => name)
    .filter((name) => /^sluice_(?:durable|run|step|outbox|database)_/.test(name))
  t.same(
    ours.filter((name) => !used.has(name) && name !== 'sluice_durable_resumed_total'),
    [],
    'what tells of runs and the database is on the board'
  )
})

t.test('every alert says how grave it is, and leads to its section of the runbook', async (t) => {
  const runbook = await readFile(path.join(ROOT, 'docs/operations.md'), 'utf8')
  const headings = [...runbook.matchAll(/^### (Sluice\w+)$/gm)].map(([, name = '']) => name)
  for (const { alert = '', labels, annotations } of alerts) {
    t.match(labels?.severity, /^(?:page|ticket)$/, alert)
    t.ok(annotations?.summary, alert)
    t.equal(annotations?.runbook_url, `docs/operations.md#${alert.toLowerCase()}`)
  }
  t.same(headings.sort(), alerts.map(({ alert }) => alert).sort(), 'one section for each alert, and one alert for each')
  for (const [heading, section = ''] of runbook
    .split(/^### /m)
    .slice(1)
    .map((text) => text.split('\n', 1).concat(text)))
    if (heading?.startsWith('Sluice'))
      t.match(section, /\*\*Seen:\*\*[^]*\*\*Look(?::\*\*[^]*\*\*Do:\*\*| and do:\*\*)/, heading)
})

t.test(
  'promtool takes the rules and the expressions of the boards, and the rules fire as they should',
  {
    skip: noPromtool
  },
  async (t) => {
    await t.resolves(run('promtool', ['check', 'rules', '--lint-fatal', RULES]))
    await t.resolves(run('promtool', ['test', 'rules', path.join(ROOT, 'ops/prometheus/rules.test.yaml')]))
    const folder = t.testdir()
    const file = path.join(folder, 'board.yaml')
    const asRules = (await boardExpressions()).map((expr, index) => ({ record: `board:${index}`, expr }))
    await writeFile(file, JSON.stringify({ groups: [{ name: 'board', rules: asRules }] }))
    await t.resolves(run('promtool', ['check', 'rules', file]))
  }
)

t.test('promtool takes a page of metrics', { skip: noPromtool }, async (t) => {
  const sluice = await startSluice(t)
  await fetch(`${sluice.url}/healthz`)
  const page = await sluice.services.metrics.scrape()
  const child = execFile('promtool', ['check', 'metrics'])
  let said = ''
  child.stderr?.on('data', (chunk) => (said += String(chunk)))
  child.stdout?.on('data', (chunk) => (said += String(chunk)))
  child.stdin?.end(page)
  await new Promise((resolve) => child.once('close', resolve))
  t.same(
    said.split('\n').filter((line) => line.startsWith('sluice_')),
    [],
    'names and units as Prometheus has them'
  )
})
