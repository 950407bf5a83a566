import { flowError } from '../problem.ts'
import { parseJson } from '../../lib/exact-json.ts'
import { own } from '../../lib/json.ts'
import { percentEncode } from '../uri-template.ts'
import type { Run } from './state.ts'

/**
 * Fetches the secrets that `use.secrets` names, once per run and never into the journal, and reports every text in them
 * for masking.
 * @throws FlowError `authorization` for a secret that does not exist.
 */
export async function fetchSecrets(run: Run): Promise<void> {
  const names = run.document.use?.secrets ?? []
  const reading = run.ports.secrets(names)
  run.ports.working?.(reading)
  const values = await reading
  for (const name of names) {
    const value = own(values, name)
    if (value === undefined) throw flowError('authorization', `There is no secret "${name}".`)
    reportSecretTexts(value, run)
  }
  run.secrets = values
}

/** A shorter number, such as a port or a count, would be masked in half of every record. */
const SHORTEST_NUMBER = 4

/** Reports every text and every longer number in a value for masking. */
export function reportSecretTexts(value: unknown, run: Run): void {
  if (run.onSecret === undefined) return
  if (typeof value === 'number' || typeof value === 'bigint') {
    const digits = String(value)
    if (digits.length >= SHORTEST_NUMBER) run.onSecret(digits)
    return
  }
  if (typeof value === 'string') {
    // The text itself, and its forms in a path, a query and a form.
    const spellings = [value, percentEncode(value), new URLSearchParams({ '': value }).toString().slice(1)]
    for (const text of new Set(spellings)) if (text !== '') run.onSecret(text)
  } else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) reportSecretTexts(part, run)
  }
}

/** A copy of JSON data in which the secrets that the run has read are replaced. */
export function maskData<T>(value: T, run: Run): T {
  const json = JSON.stringify(value)
  const masked = run.maskSecrets(json)
  return masked === json ? value : (parseJson(masked) as T)
}

/** Whether a text holds a secret that the run has read, in any form that is masked. */
export function holdsSecret(text: string, run: Run): boolean {
  const json = JSON.stringify(text)
  return run.maskSecrets(json) !== json
}
