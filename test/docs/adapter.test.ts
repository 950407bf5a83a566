import { readFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { drawSequence } from '../../scripts/develop/draw-sequence.ts'

const DOCS = path.join(import.meta.dirname, '../../docs')

t.test('the picture matches the text that it is generated from', async (t) => {
  const text = await readFile(path.join(DOCS, 'adapter/sequence.txt'), 'utf8')
  t.equal(
    await readFile(path.join(DOCS, 'adapter/sequence.svg'), 'utf8'),
    drawSequence(text),
    'if not, draw it again with the command in the first lines of sequence.txt'
  )
})

t.test('a line that cannot be drawn is named in the error, and markup is escaped', async (t) => {
  t.throws(() => drawSequence('A | B\nA -> C: hello'), /A -> C: hello/)
  t.throws(() => drawSequence('A | B\nhello'), /hello/)
  t.notMatch(drawSequence('A | B\nA -> B: <script>'), '<script>')
})
