import type { Listener, ListenerAuth, RateLimit } from '../../api/types.ts'
import type { Errors } from '../../ui/useForm.ts'
import { checkSignature, sentSignature, signatureValuesOf, type SignatureValues, UNSIGNED } from './signature-values.ts'

/** The values of a listener's form: texts as they were typed. */
export interface ListenerValues extends SignatureValues {
  name: string
  flowId: string
  /** Empty = every method. */
  methods: readonly string[]
  mode: 'sync' | 'async'
  respond: 'output' | 'http' | 'stream'
  /** Empty = every carrier. */
  carriers: readonly string[]
  /** Empty = every caller who may see the listener. */
  principals: readonly string[]
  customers: string
  anonymous: boolean
  addresses: string
  origins: string
  calls: string
  windowSeconds: string
  timeoutSeconds: string
  statusMode: 'strict' | 'compat'
  /** Who may ask for a durable run (`allowAsync`). */
  later: 'credential' | 'everybody' | 'nobody'
  showSteps: boolean
  records: Listener['records']
  steps: Listener['steps']
  key: string
  path: string
  mcp: boolean
}

export const NEW_LISTENER: ListenerValues = {
  ...UNSIGNED,
  name: '',
  flowId: '',
  methods: [],
  mode: 'sync',
  respond: 'output',
  carriers: [],
  principals: [],
  customers: '',
  anonymous: false,
  addresses: '',
  origins: '',
  calls: '',
  windowSeconds: '',
  timeoutSeconds: '30',
  statusMode: 'strict',
  later: 'credential',
  showSteps: false,
  records: 'all',
  steps: 'all',
  key: '',
  path: '',
  mcp: false
}

const TIMEOUT_MAX = 300
const NAME_MAX = 100

export function valuesOf(listener: Listener): ListenerValues {
  const { auth, rateLimit, corsOrigins, allowedIps, timeoutSeconds } = listener
  return {
    ...signatureValuesOf(listener.signature),
    name: listener.name,
    flowId: listener.flowId,
    methods: listener.methods ?? [],
    mode: listener.mode,
    respond: listener.respond,
    statusMode: listener.statusMode,
    later: listener.allowAsync === null ? 'credential' : listener.allowAsync ? 'everybody' : 'nobody',
    showSteps: listener.showSteps,
    records: listener.records,
    steps: listener.steps,
    key: listener.key ?? '',
    path: listener.path ?? '',
    mcp: listener.mcp,
    carriers: auth.carriers ?? [],
    principals: auth.principals ?? [],
    customers: (auth.customers ?? []).join('\n'),
    anonymous: auth.anonymous ?? false,
    addresses: allowedIps.join('\n'),
    origins: corsOrigins.join('\n'),
    calls: String(rateLimit?.limit ?? ''),
    windowSeconds: String(rateLimit?.windowSeconds ?? ''),
    timeoutSeconds: String(timeoutSeconds)
  }
}

/** The body of a change. It has every member, so that a change can also remove a limit. */
export function sentListener(values: ListenerValues): {
  name: string
  flowId: string
  methods: string[] | null
  auth: ListenerAuth
  rateLimit: RateLimit | null
} & Record<string, unknown> {
  const customers = lines(values.customers)
  return {
    name: values.name.trim(),
    flowId: values.flowId,
    methods: values.methods.length > 0 ? [...values.methods] : null,
    mode: values.mode,
    respond: values.respond,
    statusMode: values.statusMode,
    allowAsync: values.later === 'credential' ? null : values.later === 'everybody',
    showSteps: values.showSteps,
    records: values.records,
    steps: values.steps,
    key: values.key.trim() || null,
    signature: sentSignature(values),
    path: values.path.trim() || null,
    mcp: values.mcp,
    timeoutSeconds: Number(values.timeoutSeconds),
    auth: {
      ...(values.carriers.length > 0 ? { carriers: [...values.carriers] } : {}),
      ...(values.principals.length > 0 ? { principals: [...values.principals] } : {}),
      ...(customers.length > 0 ? { customers } : {}),
      ...(values.anonymous ? { anonymous: true } : {})
    },
    allowedIps: lines(values.addresses),
    corsOrigins: lines(values.origins),
    rateLimit: values.calls === '' ? null : { limit: Number(values.calls), windowSeconds: Number(values.windowSeconds) }
  }
}

export function checkListener(values: ListenerValues): Errors<ListenerValues> {
  const { name, flowId, calls, windowSeconds, timeoutSeconds } = values
  return {
    ...checkSignature(values),
    ...(name.trim() === '' ? { name: 'Enter a name.' } : {}),
    ...(name.trim().length > NAME_MAX ? { name: `At most ${NAME_MAX} characters.` } : {}),
    ...(/^([a-z0-9][a-z0-9_-]{0,63})?$/.test(values.key.trim())
      ? {}
      : { key: 'Enter lower-case letters, digits, - and _, the first a letter or a digit.' }),
    ...(flowId === '' ? { flowId: 'Choose the flow that it runs.' } : {}),
    ...(isCountOrEmpty(calls) ? {} : { calls: 'Enter a whole number from 1.' }),
    ...(isCountOrEmpty(windowSeconds) ? {} : { windowSeconds: 'Enter a whole number from 1.' }),
    ...(calls !== '' && windowSeconds === '' ? { windowSeconds: 'Say in how many seconds.' } : {}),
    ...(calls === '' && windowSeconds !== '' ? { calls: 'Say how many calls.' } : {}),
    ...(/^[1-9]\d{0,2}$/.test(timeoutSeconds) && Number(timeoutSeconds) <= TIMEOUT_MAX
      ? {}
      : { timeoutSeconds: `Enter a whole number from 1 to ${TIMEOUT_MAX}.` })
  }
}

function lines(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean)
}

function isCountOrEmpty(text: string): boolean {
  return text === '' || /^[1-9]\d{0,8}$/.test(text)
}
