/** A kind of step that can be added. Each is a whole task that can be saved once its blanks are filled in. */
export interface PaletteEntry {
  label: string
  /** The keyword of the language for it. */
  key: string
  /** The name of a new step. A number follows if the name is taken. */
  name: string
  task: Readonly<Record<string, unknown>>
}

const INNER = { step: { set: { done: true } } }

export const PALETTE: readonly PaletteEntry[] = [
  {
    label: 'API call',
    key: 'call: http',
    name: 'callApi',
    task: { call: 'http', with: { method: 'get', endpoint: 'https://api.example.com/items' } }
  },
  {
    label: 'API call from OpenAPI',
    key: 'call: openapi',
    name: 'callOperation',
    task: {
      call: 'openapi',
      with: { document: { endpoint: 'https://api.example.com/openapi.json' }, operationId: 'listItems' }
    }
  },
  {
    label: 'Decision',
    key: 'switch',
    name: 'decide',
    task: { switch: [{ yes: { when: '.ok == true', then: 'continue' } }, { otherwise: { then: 'continue' } }] }
  },
  { label: 'Loop', key: 'for', name: 'forEach', task: { for: { each: 'item', in: '.items' }, do: [INNER] } },
  { label: 'Set values', key: 'set', name: 'setValues', task: { set: { name: 'value' } } },
  {
    label: 'In parallel',
    key: 'fork',
    name: 'inParallel',
    task: { fork: { branches: [{ first: { set: { done: true } } }, { second: { set: { done: true } } }] } }
  },
  {
    label: 'Catch errors',
    key: 'try',
    name: 'attempt',
    task: {
      try: [INNER],
      catch: { errors: { with: { status: 404 } }, do: [{ whenItFails: { set: { failed: true } } }] }
    }
  },
  {
    label: 'Raise error',
    key: 'raise',
    name: 'fail',
    task: { raise: { error: { type: 'https://example.com/errors/failed', status: 400, title: 'It failed' } } }
  },
  { label: 'Wait', key: 'wait', name: 'pause', task: { wait: { seconds: 30 } } },
  {
    label: 'Script',
    key: 'run: script',
    name: 'script',
    task: {
      run: { script: { language: 'js', arguments: { data: '${ . }' }, code: 'return { data }\n' } }
    }
  },
  {
    label: 'Another flow',
    key: 'run: workflow',
    name: 'runFlow',
    task: { run: { workflow: { namespace: 'default', name: 'other-flow', version: 'latest', input: '${ . }' } } }
  },
  {
    label: 'Emit event',
    key: 'emit',
    name: 'tell',
    task: { emit: { event: { with: { type: 'com.example.happened', data: '${ . }' } } } }
  },
  {
    label: 'Wait for an event',
    key: 'listen',
    name: 'waitForEvent',
    task: { listen: { to: { one: { with: { type: 'com.example.happened' } } } }, timeout: { after: { days: 1 } } }
  },
  { label: 'Group', key: 'do', name: 'group', task: { do: [INNER] } },
  { label: 'Function', key: 'call', name: 'callFunction', task: { call: 'myFunction', with: {} } }
]

/** A name that is not taken: `name`, `name2`, and so on. */
export function freeName(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name
  const base = name.replace(/\d+$/, '')
  let number = 2
  while (taken.includes(`${base}${number}`)) number++
  return `${base}${number}`
}
