import pg from 'pg'

// Counts and keeps the statements that the clients of this process send.

export interface Statement {
  name?: string
  text: string
  values?: unknown[]
}
/** How many statements were sent. */
export const counted = { statements: 0 }
/** The last values of each statement that has a name. */
export const seen = new Map<string, Statement>()

const query = pg.Client.prototype.query
pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
  counted.statements++
  const [statement] = args as [Statement]
  if (typeof statement === 'object' && statement.name && statement.values) seen.set(statement.name, statement)
  return (query as (...args: unknown[]) => unknown).apply(this, args)
} as typeof query
