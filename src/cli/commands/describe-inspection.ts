/** What `POST /v1/tokens/inspect` answers, as far as it is shown. */
export interface Inspection {
  kind: string
  valid: boolean
  issuer: object | null
  matchedKey: object | null
  subject: object | null
  checks: readonly {
    check: string
    status: 'pass' | 'fail' | 'not_reached'
    reason?: string
    why?: string
    remedy?: string
  }[]
}

const STATUS_WIDTH = 'not reached'.length

/** For people: whether it would be taken, what is known of it, and one line a check, with the remedy where one failed. */
export function describeInspection({ kind, valid, issuer, matchedKey, subject, checks }: Inspection): string {
  const facts = [...fieldsOf('issuer', issuer), ...fieldsOf('key', matchedKey), ...fieldsOf('subject', subject)]
  return [
    `${kind}: ${valid ? 'valid' : 'not valid'}`,
    ...facts.map(([name, value]) => `  ${name}: ${value}`),
    ...checks.map(
      ({ check, status, reason, why, remedy }) =>
        `  ${status.replace('_', ' ').padEnd(STATUS_WIDTH)}  ${check}${status === 'fail' ? ` (${reason}): ${why}. ${remedy}` : ''}`
    )
  ].join('\n')
}

function fieldsOf(what: string, fields: object | null): [name: string, value: string][] {
  return Object.entries(fields ?? {}).map(([name, value]) => [
    `${what} ${name}`,
    typeof value === 'string' ? value : JSON.stringify(value)
  ])
}
