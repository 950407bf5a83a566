import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { ADVISORY_LOCK_CLASSES, ADVISORY_LOCKS } from '../../src/lib/advisory-locks.ts'

const SRC = path.join(import.meta.dirname, '../../src')
const CALL = /pg_\w*advisory_\w*\(([^)]*)\)/g

t.test('no two advisory locks have the same number', async (t) => {
  for (const list of [ADVISORY_LOCKS, ADVISORY_LOCK_CLASSES]) {
    const numbers: number[] = Object.values(list)
    t.same([...new Set(numbers)], numbers)
    for (const number of numbers) t.ok(Number.isSafeInteger(number), String(number))
  }
})

t.test('every advisory lock is taken under a number of the list', async (t) => {
  const files = globSync('**/*.ts', { cwd: SRC, exclude: ['platform/db/generated/**'] })
  const taking = files
    .map((file) => ({ file, text: readFileSync(path.join(SRC, file), 'utf8') }))
    .filter(({ text }) => text.search(CALL) >= 0)
  for (const name of Object.keys(ADVISORY_LOCKS))
    t.ok(
      taking.some(({ text }) => text.includes(`ADVISORY_LOCKS.${name}`)),
      `what takes ${name} is found`
    )
  for (const { file, text } of taking) {
    t.match(text, /from '[./]+lib\/advisory-locks\.ts'/, `${file} imports the list`)
    // Of a pair, the first number is the list's; the second tells apart what the class locks.
    for (const [call, keys = ''] of text.matchAll(CALL))
      t.notMatch(keys.split(',')[0], /^\s*-?\d|hashtext/, `${file}: ${call}`)
  }
})
