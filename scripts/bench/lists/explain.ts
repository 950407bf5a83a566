import pg from 'pg'

export interface Statement {
  text: string
  values: readonly unknown[]
}

interface PlanNode {
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
}

const TIMES = 5

/** Keeps every statement that is sent from now on. @returns a function that stops it */
export function bufferOf(statements: Statement[]): () => void {
  const { query } = pg.Client.prototype
  pg.Client.prototype.query = function (this: pg.Client, config: unknown, ...rest: unknown[]) {
    const { text, values } =
      typeof config === 'string'
        ? { text: config, values: rest[0] }
        : (config as { text?: string; values?: readonly unknown[] })
    if (typeof text === 'string' && /^\s*(?:select|with)\b/i.test(text))
      statements.push({ text, values: Array.isArray(values) ? values : [] })
    return Reflect.apply(query, this, [config, ...rest]) as never
  } as typeof query
  return () => {
    pg.Client.prototype.query = query
  }
}

/** The cost of a statement: its median time, with its plan. */
export async function explain(
  pool: pg.Pool,
  { text, values }: Statement
): Promise<{ ms: number; buffers: number; plan: string }> {
  const times: number[] = []
  let buffers = 0
  for (let time = 0; time < TIMES; time++) {
    const { rows } = await pool.query<{ 'QUERY PLAN': [{ Plan: PlanNode; 'Execution Time': number }] }>(
      `explain (analyze, buffers, format json) ${text}`,
      [...values]
    )
    const [{ Plan: plan, 'Execution Time': ms } = { Plan: undefined, 'Execution Time': 0 }] =
      rows[0]?.['QUERY PLAN'] ?? []
    times.push(ms)
    buffers = (plan?.['Shared Hit Blocks'] ?? 0) + (plan?.['Shared Read Blocks'] ?? 0)
  }
  const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain ${text}`, [...values])
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
  return { ms: times.toSorted((one, other) => one - other)[Math.floor(TIMES / 2)] ?? 0, buffers, plan }
}
