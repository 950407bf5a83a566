import { existsSync, readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'

const ROOT = path.join(import.meta.dirname, '../..')
const read = (file: string): Promise<string> => readFile(path.join(ROOT, file), 'utf8')
/** A path of the tree between backticks: a file or folder below one of these. */
const PATH = /`((?:src|test|scripts|docs|prisma|\.vscode|\.ci)\/[\w./-]+|\.dependency-cruiser\.mjs)`/g

t.test('every path that the guides name exists', async (t) => {
  for (const guide of ['CONTRIBUTING.md', 'docs/architecture.md']) {
    const paths = [...(await read(guide)).matchAll(PATH)].map(([, named]) => named ?? '')
    t.ok(paths.length > 10, `${guide} names paths`)
    t.same(
      paths.filter((named) => !existsSync(path.join(ROOT, named))),
      [],
      guide
    )
  }
})

t.test('every link of the root documents leads to a file', async (t) => {
  for (const guide of ['CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', 'docs/architecture.md', 'docs/decisions.md']) {
    const links = [...(await read(guide)).matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, link]) => link ?? '')
    t.same(
      links.filter((link) => !existsSync(path.join(ROOT, path.dirname(guide), link))),
      [],
      guide
    )
  }
})

t.test('the table of npm scripts lists those of package.json', async (t) => {
  const { scripts } = JSON.parse(await read('package.json')) as { scripts: Record<string, string> }
  const isHook = (name: string): boolean =>
    name === 'prepack' || (name.startsWith('pre') && scripts[name.slice('pre'.length)] !== undefined)
  const listed = [...(await read('CONTRIBUTING.md')).matchAll(/^\| `([\w:-]+)` \|/gm)].map(([, name]) => name)
  t.same(
    listed,
    Object.keys(scripts).filter((name) => !isHook(name))
  )
})

t.test('CONTRIBUTING.md names the commands that CI runs', async (t) => {
  const commands = [...(await read('.ci/run')).matchAll(/^(?:if ! )?(npm (?:ci|test|run [\w:]+))/gm)].map(
    ([, command = '']) => command
  )
  t.ok(commands.length > 3)
  const contributing = await read('CONTRIBUTING.md')
  for (const command of commands) t.ok(contributing.includes(`\`${command}\``), command)
})

t.test('decisions are numbered without gaps, and every number that is cited is one of them', async (t) => {
  const numbers = [...(await read('docs/decisions.md')).matchAll(/^- \*\*(D-\d{3})\*\* \(\d{4}-\d\d-\d\d\): /gm)].map(
    ([, number]) => number ?? ''
  )
  t.same(
    numbers,
    numbers.map((_, index) => `D-${String(index + 1).padStart(3, '0')}`)
  )
  const sources = (await readdir(path.join(ROOT, 'src'), { recursive: true })).filter((file) => file.endsWith('.ts'))
  const cited = sources.flatMap(
    (file) => readFileSync(path.join(ROOT, 'src', file), 'utf8').match(/\bD-\d{3}\b/g) ?? []
  )
  t.same(
    cited.filter((number) => !numbers.includes(number)),
    []
  )
})

t.test('the license is the one that package.json names', async (t) => {
  const { license } = JSON.parse(await read('package.json')) as { license: string }
  t.equal(license, 'Apache-2.0')
  const text = await read('LICENSE')
  t.match(text, /Apache License\s+Version 2\.0, January 2004/)
  t.match(text, /END OF TERMS AND CONDITIONS/)
})
