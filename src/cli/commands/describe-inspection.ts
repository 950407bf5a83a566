import type { components } from '../../client/index.ts'

const STATUS_WIDTH = 'not reached'.length

/** Text for people: whether it is valid, what is known about it, and a line for each check, with remedies. */
export function describeInspection({
  kind,
  valid,
  issuer,
  matchedKey,
  subject,
  checks
}: components['schemas']['TokenInspection']): string {
  const facts = [...fieldsOf('issuer', issuer), ...fieldsOf('key', matchedKey), ...fieldsOf('subject', subject)]
  return [
    `${kind}: ${valid ? 'valid' : 'not valid'}`,
    ...facts.map(([name, value]) => `  ${name}: ${value}`),
    ...checks.map(
      ({ check, status, reason, why, remedy }) =>
        `  ${status.replace('_', ' ').padEnd(STATUS_WIDTH)}  ${check}` +
        (status === 'fail' ? ` (${reason}): ${why}. ${remedy}` : '')
    )
  ].join('\n')
}

function fieldsOf(what: string, fields: unknown): [name: string, value: string][] {
  return Object.entries((fields ?? {}) as object).map(([name, value]) => [
    `${what} ${name}`,
    typeof value === 'string' ? value : JSON.stringify(value)
  ])
}
