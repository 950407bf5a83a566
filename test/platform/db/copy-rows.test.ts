import t from 'tap'
import { openDatabase } from '../../../src/platform/db/client.ts'
import { copyColumn, createCopy } from '../../../src/platform/db/copy-rows.ts'
import { testDatabase } from '../../fixtures/database.ts'

const AWKWARD = [
  'plain',
  '',
  '\\N',
  '\\.',
  'a\tb',
  'line\nbreak\r\n',
  '\\\\ and \\t',
  '{"text":"\\u0000 \\"quoted\\" \\\\n"}',
  'ünïcödé 😀 \u2028',
  'x'.repeat(300_000),
  '€'.repeat(200_000)
]

t.test('rows arrive as they are, whatever their texts hold and however long they are', async (t) => {
  const database = openDatabase({ url: (await testDatabase(t)).url })
  t.teardown(() => database.close())
  const { pool } = database
  await pool.query('create table copied (n int primary key, text text, other text)')
  const copy = createCopy(pool, 'copied (n, text, other)')
  const rowOf = (n: number, text: string | null): string => `${n}\t${copyColumn(text)}\t${copyColumn(undefined)}`

  await copy(AWKWARD.map((text, n) => rowOf(n, text)))
  const { rows } = await pool.query<{ text: string; other: null }>('select text, other from copied order by n')
  t.same(
    rows.map(({ text }) => text),
    AWKWARD
  )
  t.ok(rows.every(({ other }) => other === null))

  await t.test('memory is used again without mixing what two copies wrote', async (t) => {
    await copy(Array.from({ length: 5_000 }, (_, n) => rowOf(100 + n, `first ${n} `.repeat(20))))
    await copy(Array.from({ length: 5_000 }, (_, n) => rowOf(10_000 + n, `second ${n}`)))
    const { rowCount } = await pool.query(
      `select from copied where n between 100 and 9999 and text = repeat('first ' || n - 100 || ' ', 20)
         or n >= 10000 and text = 'second ' || n - 10000`
    )
    t.equal(rowCount, 10_000)
  })

  await t.test('a row that violates a key: none is written, and the next copy works', async (t) => {
    await t.rejects(copy([rowOf(90_000, 'new'), rowOf(0, 'there')]), { code: '23505' })
    t.equal((await pool.query('select from copied where n = 90000')).rowCount, 0)
    await copy([rowOf(90_000, 'new')])
    t.equal((await pool.query('select from copied where n = 90000')).rowCount, 1)
  })

  await t.test('no rows: nothing happens', async () => copy([]))
})
