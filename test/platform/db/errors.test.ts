import t from 'tap'
import { isUnavailable, isUniqueViolation } from '../../../src/platform/db/errors.ts'

function failing(message: string, fields: object = {}): Error {
  return Object.assign(new Error(message), fields)
}

t.test('unavailable: every way in which a database cannot be asked', async (t) => {
  for (const code of [
    '08006',
    '08P01',
    '53300',
    '53100',
    '57P01',
    '57P02',
    '57P03',
    '57014',
    '55P03',
    '25P03',
    '25006',
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'P1001',
    'P1017',
    'P2024',
    'P2028',
    'P2037'
  ]) {
    t.equal(isUnavailable(failing('x', { code })), true, code)
  }
  for (const message of [
    'timeout exceeded when trying to connect',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Query read timeout',
    'Client has encountered a connection error and is not queryable'
  ]) {
    t.equal(isUnavailable(failing(message)), true, message)
  }
  t.equal(
    isUnavailable(
      failing('raw query failed', {
        code: 'P2010',
        meta: { driverAdapterError: { cause: { kind: 'DatabaseNotReachable' } } }
      })
    ),
    true,
    'inside an error of Prisma'
  )
  t.equal(isUnavailable(new Error('outer', { cause: failing('inner', { code: 'ECONNREFUSED' }) })), true, 'as a cause')
  t.equal(
    isUnavailable(
      new AggregateError([failing('::1', { code: 'ECONNREFUSED' }), failing('127.0.0.1', { code: 'ECONNREFUSED' })])
    ),
    true,
    'for each address of a host'
  )
})

t.test('not unavailable: what is wrong with the question or the data', async (t) => {
  for (const code of ['23505', '22P02', '42P01', '40001', 'P2002', 'P2025', 'ENOENT'])
    t.equal(isUnavailable(failing('x', { code })), false, code)
  for (const value of [undefined, null, 'ECONNREFUSED', 57, {}, new Error('Connection')])
    t.equal(isUnavailable(value), false)
  const circular: Record<string, unknown> = {}
  circular.cause = circular
  t.equal(isUnavailable(circular), false, 'a cause that is itself ends')
})

t.test('a unique violation is told from other refusals of the same row', async (t) => {
  t.equal(isUniqueViolation(failing('x', { code: 'P2002' })), true)
  t.equal(isUniqueViolation(failing('x', { code: '23505' })), true)
  t.equal(
    isUniqueViolation(
      failing('x', {
        code: 'P2010',
        meta: { driverAdapterError: { cause: { originalCode: '23505', kind: 'UniqueConstraintViolation' } } }
      })
    ),
    true
  )
  for (const code of ['23503', '23502', '23514', 'P2003', 'P2025'])
    t.equal(isUniqueViolation(failing('x', { code })), false, code)
})
