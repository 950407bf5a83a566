import t from 'tap'
import { openDatabase } from '../../../src/platform/db/client.ts'
import { copyInteger, copyRow, copyText, copyTime, createCopy } from '../../../src/platform/db/copy-rows.ts'
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
  const rowOf = (n: number, text: string | null): string =>
    copyRow([copyInteger(n), copyText(text), copyText(undefined)])

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

t.test('numbers and times arrive exactly', async (t) => {
  const database = openDatabase({ url: (await testDatabase(t)).url })
  t.teardown(() => database.close())
  const { pool } = database
  await pool.query('create table copied (n int, at timestamptz, data json)')
  const numbers = [0, 1, -1, 255, 65_536, 2_147_483_647, -2_147_483_648]
  const times = ['1969-12-31T23:59:59.999Z', '1999-12-31T23:59:59.001Z', '2000-01-01T00:00:00.000Z']
  times.push(
    '2026-11-29T14:01:34.912Z',
    '2071-06-01T12:00:00.001Z',
    '9999-12-31T23:59:59.999Z',
    '0900-03-01T00:00:00.000Z'
  )
  const data = '{"id":12345678901234567890.10,"name":"ü\\u0001 € 😀"}'
  const rows = [...numbers.map((n) => [n, times[0] ?? ''] as const), ...times.map((at) => [7, at] as const)]
  await createCopy(
    pool,
    'copied (n, at, data)'
  )(rows.map(([n, at]) => copyRow([copyInteger(n), copyTime(Date.parse(at)), copyText(data)])))
  const read = await pool.query<{ n: number; at: Date; data: string }>('select n, at, data::text from copied')
  t.strictSame(
    read.rows.map(({ n, at, data }) => [n, at.toISOString(), data]),
    rows.map(([n, at]) => [n, at, data])
  )
})

t.test('a value that the type of its column refuses: none is written', async (t) => {
  const database = openDatabase({ url: (await testDatabase(t)).url })
  t.teardown(() => database.close())
  const { pool } = database
  await pool.query('create table copied (data json)')
  const copy = createCopy(pool, 'copied (data)')
  await t.rejects(copy([copyRow([copyText('{}')]), copyRow([copyText('{"open')])]), { code: '22P02' })
  await copy([copyRow([copyText('{"half":"\ud800"}')])])
  t.same((await pool.query('select data::text from copied')).rows, [{ data: '{"half":"\ufffd"}' }])
})
