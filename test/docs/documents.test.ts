import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'

const ROOT = path.join(import.meta.dirname, '../..')
const names = [
  ...(await readdir(ROOT)).filter((name) => name.endsWith('.md')),
  ...(await readdir(path.join(ROOT, 'docs'))).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
  'src/console/README.md'
]
/** These speak of the past: what they name may be gone. */
const HISTORY = new Set(['CHANGELOG.md', 'docs/decisions.md'])
const documents = await Promise.all(
  names.map(async (name) => ({ name, text: await readFile(path.join(ROOT, name), 'utf8') }))
)

/** The text without code blocks, whose brackets are no links. */
function proseOf(text: string): string {
  return text.replaceAll(/^ *```.*?^ *```/gms, '')
}

/** The anchors of a document's headings, as GitHub derives them. */
function anchorsOf(text: string): Set<string> {
  const headings = [...proseOf(text).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading ?? '')
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-')
    )
  )
}

t.test('every link leads to a file or a heading that exists', async (t) => {
  t.ok(documents.length >= 9)
  for (const { name, text } of documents) {
    for (const [, link = ''] of proseOf(text).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue
      const [target = '', anchor] = link.split('#')
      const file = target === '' ? name : path.join(path.dirname(name), target)
      if (!existsSync(path.join(ROOT, file))) t.fail(`${name}: ${link} leads to no file`)
      else if (anchor !== undefined)
        t.ok(anchorsOf(await readFile(path.join(ROOT, file), 'utf8')).has(anchor), `${name}: ${link}`)
    }
  }
})

t.test('every path that a document names exists', async (t) => {
  let found = 0
  for (const { name, text } of documents.filter(({ name }) => !HISTORY.has(name))) {
    for (const [, named = ''] of text.matchAll(/`((?:src|test|scripts|docs|prisma|docker|ops|bin)\/[\w./-]+)`/g)) {
      found++
      t.ok(existsSync(path.join(ROOT, named)), `${name}: ${named}`)
    }
  }
  t.ok(found > 0)
})

t.test('every npm command that a document names is in package.json', async (t) => {
  const { scripts } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  for (const { name, text } of documents.filter(({ name }) => !HISTORY.has(name)))
    for (const [, command = ''] of text.matchAll(/`npm run (?:-s )?([a-z]+(?::[a-z]+)*(?:-[a-z]+)*)/g))
      t.ok(scripts[command], `${name}: npm run ${command}`)
})
