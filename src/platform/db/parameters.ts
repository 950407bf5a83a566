/** Adds a value to a statement, and returns its placeholder, such as `$1`. */
export type Param = (value: unknown) => string

/**
 * Collects the values of a statement that is put together from parts.
 * @example
 * const { values, param } = parameters()
 * await pool.query(`select name from account where id = ${param(id)}`, values)
 */
export function parameters(): { values: unknown[]; param: Param } {
  const values: unknown[] = []
  return { values, param: (value) => `$${values.push(value)}` }
}
