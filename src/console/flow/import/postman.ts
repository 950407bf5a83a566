import { isRecord } from '../tasks.ts'
import { text, valueAt } from '../outline.ts'
import { createNames, header, type Imported } from './imported.ts'
import { callOf } from './postman-request.ts'
import { type Collection, type Task, variablesOf } from './postman-variables.ts'

type Item = Record<string, Task>

export function isPostman(data: unknown): boolean {
  return isRecord(data) && isRecord(data['info']) && Array.isArray(data['item'])
}

/**
 * Turns a collection of Postman (v2.0, v2.1) into a flow: a call for each request and a group for each folder, in their
 * order.
 */
export function importPostman(data: unknown): Imported {
  const notes: string[] = []
  const collection: Collection = {
    variables: variablesOf(data),
    secrets: new Set(),
    authentications: {},
    note: (message) => void notes.push(message)
  }
  const name = text(valueAt(data, 'info', 'name')) || 'imported'
  const steps = stepsOf(valueAt(data, 'item'), valueAt(data, 'auth'), collection)
  if (steps.length === 0) {
    collection.note('It has no request.')
    steps.push({ answer: { set: { empty: true } } })
  }
  for (const secret of collection.secrets)
    collection.note(`Add the secret ${secret} to the workspace: its value was not taken over.`)
  const use = {
    ...(collection.secrets.size > 0 ? { secrets: [...collection.secrets] } : {}),
    ...(Object.keys(collection.authentications).length > 0 ? { authentications: collection.authentications } : {})
  }
  return {
    document: { document: header(name), ...(Object.keys(use).length > 0 ? { use } : {}), do: steps },
    notes: [...new Set(notes)]
  }
}

function stepsOf(items: unknown, auth: unknown, collection: Collection): Item[] {
  const names = createNames()
  return (Array.isArray(items) ? (items as unknown[]) : []).flatMap((each): Item[] => {
    if (!isRecord(each)) return []
    const name = names(text(each['name']), 'request')
    const own = each['auth'] ?? valueAt(each, 'request', 'auth') ?? auth
    if (Array.isArray(each['event']) && each['event'].some(isScript))
      collection.note(`${name}: its scripts are not taken over. Use a script step, or “Output” and “Only if”.`)
    if (Array.isArray(each['item'])) {
      const inner = stepsOf(each['item'], own, collection)
      return inner.length > 0 ? [{ [name]: { do: inner } }] : []
    }
    return each['request'] === undefined ? [] : [{ [name]: callOf(name, each['request'], own, collection) }]
  })
}

function isScript(event: unknown): boolean {
  const lines = valueAt(event, 'script', 'exec')
  return text(Array.isArray(lines) ? lines.join('') : lines).trim() !== ''
}
