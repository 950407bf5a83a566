import { isRecord } from '../tasks.ts'
import { text, valueAt } from '../outline.ts'
import { translate, type RefOf } from './n8n-expressions.ts'

export interface N8nNode {
  name: string
  /** Without the package: `httpRequest`. */
  type: string
  parameters: Record<string, unknown>
}

export interface NodeContext {
  refOf: RefOf
  note: (message: string) => void
}

type Task = Record<string, unknown>

/** The task for a node that becomes one step. The caller translates decisions, loops and triggers. */
export function taskOfNode(node: N8nNode, { refOf, note }: NodeContext): Task {
  const value = (each: unknown): unknown => {
    const { value: done, fault } = translate(each, refOf)
    if (fault) note(`${node.name}: ${fault} is JavaScript and stands as it was. Write it in jq.`)
    return done
  }
  const translators: Readonly<Record<string, () => Task>> = {
    httpRequest: () => httpTask(node, value, note),
    set: () => setTask(node, value),
    code: () => codeTask(node, note),
    function: () => codeTask(node, note),
    functionItem: () => codeTask(node, note),
    wait: () => waitTask(node, note),
    noOp: () => ({ set: '${ . }' }),
    merge: () => mergeTask(node, note),
    respondToWebhook: () => respondTask(node, value),
    stopAndError: () => ({
      raise: {
        error: {
          type: 'https://example.com/errors/stopped',
          status: 400,
          title: value(node.parameters['errorMessage']) ?? 'Stopped'
        }
      }
    })
  }
  return translators[node.type]?.() ?? unknownTask(node, note)
}

/**
 * The task for a node without a translation: it fails with a message that says so, so that no node is dropped silently.
 */
export function unknownTask(node: N8nNode, note: NodeContext['note']): Task {
  note(`${node.name}: nodes of the type ${node.type} have no translation. The step fails until it is replaced.`)
  return {
    raise: {
      error: {
        type: 'https://example.com/errors/not-translated',
        status: 501,
        title: `Not translated: ${node.type}`
      }
    }
  }
}

function httpTask({ name, parameters }: N8nNode, value: (each: unknown) => unknown, note: NodeContext['note']): Task {
  const method = text(parameters['method'] ?? parameters['requestMethod'] ?? 'GET').toLowerCase()
  const query = pairs(parameters['queryParameters'] ?? parameters['queryParametersUi'], value)
  const headers = pairs(parameters['headerParameters'] ?? parameters['headerParametersUi'], value)
  const body = bodyOf(parameters, value, () =>
    note(`${name}: its JSON body holds expressions. It stands as text; write it as data.`)
  )
  const authentication = text(parameters['authentication'] ?? 'none')
  if (authentication !== 'none')
    note(`${name}: its credential stays in n8n. Add one in the flow settings, with a secret of the workspace.`)
  return {
    call: 'http',
    with: {
      method,
      endpoint: value(parameters['url']) ?? 'https://api.example.com/',
      ...(headers ? { headers } : {}),
      ...(query ? { query } : {}),
      ...(body === undefined ? {} : { body })
    }
  }
}

function bodyOf(
  parameters: Record<string, unknown>,
  value: (each: unknown) => unknown,
  onTemplate: () => void
): unknown {
  const json = parameters['jsonBody'] ?? parameters['bodyParametersJson']
  if (typeof json === 'string' && json !== '') {
    const translated = value(json)
    if (typeof translated !== 'string') return translated
    try {
      return JSON.parse(translated) as unknown
    } catch {
      if (!translated.startsWith('${')) onTemplate()
      return translated
    }
  }
  return pairs(parameters['bodyParameters'] ?? parameters['bodyParametersUi'], value)
}

/** `{ parameters: [{ name, value }] }`, in all its spellings. */
function pairs(list: unknown, value: (each: unknown) => unknown): Record<string, unknown> | undefined {
  const items = valueAt(list, 'parameters') ?? valueAt(list, 'parameter')
  if (!Array.isArray(items) || items.length === 0) return undefined
  const found = (items as unknown[]).flatMap((each): [string, unknown][] => {
    const name = text(valueAt(each, 'name'))
    return name === '' ? [] : [[name, value(valueAt(each, 'value'))]]
  })
  return found.length === 0 ? undefined : Object.fromEntries(found)
}

function setTask({ parameters }: N8nNode, value: (each: unknown) => unknown): Task {
  const assigned = valueAt(parameters, 'assignments', 'assignments')
  const older = isRecord(parameters['values']) ? Object.values(parameters['values']).flat() : []
  const fields = valueAt(parameters, 'fields', 'values')
  const list = [assigned, fields, older].find((each) => Array.isArray(each) && each.length > 0)
  const data = Object.fromEntries(
    (Array.isArray(list) ? (list as unknown[]) : []).flatMap((each): [string, unknown][] => {
      const name = text(valueAt(each, 'name'))
      const given = valueAt(each, 'value') ?? valueAt(each, 'stringValue') ?? valueAt(each, 'numberValue')
      return name === '' ? [] : [[name, value(given)]]
    })
  )
  const keeps = parameters['includeOtherFields'] === true || (older.length > 0 && parameters['keepOnlySet'] !== true)
  if (Object.keys(data).length === 0) return { set: '${ . }' }
  return keeps ? { set: data, output: { as: '${ $input + . }' } } : { set: data }
}

function codeTask({ name, parameters }: N8nNode, note: NodeContext['note']): Task {
  const code = text(parameters['jsCode'] ?? parameters['functionCode'])
  if (parameters['language'] === 'python' || parameters['language'] === 'pythonNative' || code === '') {
    note(`${name}: only JavaScript runs here. The step gives back what it gets.`)
    return { set: '${ . }' }
  }
  note(`${name}: its code sees the current item alone; there is no network and there are no packages.`)
  return {
    run: {
      script: {
        language: 'js',
        arguments: { data: '${ . }' },
        code: [
          'const items = (Array.isArray(data) ? data : [data]).map((json) => ({ json }))',
          'const $input = { all: () => items, first: () => items[0], item: items[0] }',
          'const $json = items[0]?.json',
          'const item = items[0]',
          'const result = (() => {',
          code,
          '})()',
          'const plain = (each) => each?.json ?? each',
          'return Array.isArray(result) ? (result.length === 1 ? plain(result[0]) : result.map(plain)) : plain(result)',
          ''
        ].join('\n')
      }
    }
  }
}

function waitTask({ name, parameters }: N8nNode, note: NodeContext['note']): Task {
  const unit = text(parameters['unit'] ?? 'hours')
  const amount = Number(parameters['amount'] ?? 1)
  if (parameters['resume'] !== undefined && parameters['resume'] !== 'timeInterval')
    note(`${name}: it waits for a time only, not for a call.`)
  return { wait: { [/^(seconds|minutes|hours|days)$/.test(unit) ? unit : 'seconds']: Math.max(1, Math.round(amount)) } }
}

function mergeTask({ name }: N8nNode, note: NodeContext['note']): Task {
  note(`${name}: what is merged is a list of the branches’ results; say with “Output” how they become one.`)
  return { set: '${ . }' }
}

function respondTask({ parameters }: N8nNode, value: (each: unknown) => unknown): Task {
  const body = parameters['responseBody']
  if (typeof body !== 'string') return { set: '${ . }', then: 'end' }
  const translated = value(body)
  if (typeof translated === 'string' && !translated.startsWith('${')) {
    try {
      const data = JSON.parse(translated) as unknown
      if (isRecord(data) && Object.keys(data).length > 0) return { set: data, then: 'end' }
    } catch {
      // The answer can also be plain text.
    }
    return { set: { answer: translated }, then: 'end' }
  }
  return { set: translated, then: 'end' }
}
