import t from 'tap'
import { SearchedText } from '../../src/runs/searched-text.ts'

t.test('a text is found at the same position as by the JavaScript engine', async (t) => {
  // Few letters, so that beginnings come again within the texts.
  const textOf = (bits: number, length: number): string =>
    Array.from({ length }, (_, n) => ((bits >> (n % 12)) & 1 ? 'a' : 'b')).join('')
  for (let bits = 0; bits < 4096; bits += 7) {
    const other = textOf(bits, 50) + textOf(bits * 3, 90)
    for (const searched of [other.slice(20, 60), other.slice(3, 8), `${other.slice(70, 110)}a`, textOf(bits, 40)]) {
      const found = new SearchedText(searched)
      t.equal(found.indexIn(other), other.indexOf(searched))
      t.equal(found.indexIn(other, 21), other.indexOf(searched, 21))
      t.equal(found.replaceIn(other, '[]'), other.replaceAll(searched, '[]'))
    }
  }
})
