import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { drawSequence } from '../../scripts/develop/draw-sequence.ts'

const DOCS = path.join(import.meta.dirname, '../../docs')

t.test('the picture is drawn from the text beside it', async (t) => {
  const text = await readFile(path.join(DOCS, 'adapter/sequence.txt'), 'utf8')
  t.equal(await readFile(path.join(DOCS, 'adapter/sequence.svg'), 'utf8'), drawSequence(text), 'else draw it anew, as its first line says')
})

t.test('what cannot be drawn is said', async (t) => {
  t.throws(() => drawSequence('A | B\nA -> C: hello'), /A -> C: hello/)
  t.throws(() => drawSequence('A | B\nhello'), /hello/)
  t.notMatch(drawSequence('A | B\nA -> B: <script>'), '<script>')
})

t.test('links lead somewhere', async (t) => {
  for (const file of ['adapter.md', 'customers.md']) {
    const links = [...(await readFile(path.join(DOCS, file), 'utf8')).matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1] ?? '').filter((link) => !link.includes(':'))
    t.ok(links.length > 0, file)
    for (const link of links) t.ok(existsSync(path.join(DOCS, link)), `${file}: ${link}`)
  }
})
