import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { isOpaque, newOpaque } from '../../src/lib/opaque-token.ts'
import { findTokensInText } from '../../src/tokens/secret-scanner.ts'

const text = readFileSync(path.join(import.meta.dirname, '../../docs/tokens.md'), 'utf8')

t.test(
  'the test vectors of docs/tokens.md have valid checksums, and a change of any character breaks them',
  async (t) => {
    const vectors = [...text.matchAll(/^\| `(slc_\w+)` \|$/gm)].map((match) => match[1] ?? '')
    t.equal(vectors.length, 3)
    for (const vector of vectors) {
      t.ok(isOpaque('slc_', vector), vector)
      for (let place = 4; place < vector.length; place++) {
        const changed = vector.slice(0, place) + (vector[place] === 'a' ? 'b' : 'a') + vector.slice(place + 1)
        t.notOk(isOpaque('slc_', changed), changed)
      }
    }
  }
)

t.test('the pattern of docs/tokens.md finds the tokens that the gateway issues and scans for', async (t) => {
  const pattern = new RegExp(/^\\bsl.*$/m.exec(text)?.[0] ?? 'none', 'g')
  for (const prefix of ['slc_', 'sls_'] as const) {
    const token = newOpaque(prefix)
    t.same(
      [...`a "${token}", b`.matchAll(pattern)].map(([found]) => found),
      [token]
    )
    t.same(
      findTokensInText(`a "${token}", b`).map(({ text }) => text),
      [token]
    )
  }
})

t.test('the Python code of docs/tokens.md agrees (skipped without Python)', async (t) => {
  const python = /```python\n([\s\S]*?)```/.exec(text)?.[1] ?? ''
  const right = [newOpaque('slc_'), newOpaque('sls_')]
  const wrong = right.map((token) => token.slice(0, -1) + (token.endsWith('x') ? 'y' : 'x'))
  let printed
  try {
    printed = execFileSync(
      'python3',
      ['-c', `${python}\nimport sys\nprint([is_token(t) for t in sys.argv[1:]])`, ...right, ...wrong],
      { encoding: 'utf8' }
    )
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    t.comment('there is no python3 here')
    return
  }
  t.equal(printed.trim(), '[True, True, False, False]')
})
