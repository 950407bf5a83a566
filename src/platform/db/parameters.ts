/** Takes a value of a statement, and gives the text that stands for it there. */
export type Param = (value: unknown) => string

/**
 * The values of a statement that is put together.
 * @example
 * const { values, param } = parameters()
 * await pool.query(`select name from account where id = ${param(id)}`, values)
 */
export function parameters(): { values: unknown[]; param: Param } {
  const values: unknown[] = []
  return { values, param: (value) => `$${values.push(value)}` }
}
