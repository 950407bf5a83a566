import type { Fault } from '../../lib/fault.ts'
import { sentenceOf } from '../problem.ts'

/** An error as the SDKs of integration.app and Membrane read it: `type` and `key` choose the class that they throw. */
export interface MembraneError {
  type: 'bad_request' | 'action_run' | 'internal'
  key?: 'not_authenticated' | 'access_denied' | 'not_found' | 'already_exists' | 'rate_limit_exceeded'
  message: string
  data: { requestId: string; errors?: Fault['errors'] }
}

const KEYS: Readonly<Record<number, MembraneError['key']>> = {
  401: 'not_authenticated',
  403: 'access_denied',
  404: 'not_found',
  405: 'not_found',
  409: 'already_exists',
  429: 'rate_limit_exceeded'
}

/** Converts a fault. Errors of a failed run are `action_run`; other errors of ours with 5xx are `internal`. */
export function membraneError(fault: Fault, requestId: string): MembraneError {
  const { errors } = fault
  const key = fault.code === 'flow_failed' ? undefined : KEYS[fault.status]
  return {
    type: fault.code === 'flow_failed' ? 'action_run' : fault.status < 500 ? 'bad_request' : 'internal',
    ...(key === undefined ? {} : { key }),
    message: sentenceOf(fault),
    data: { requestId, ...(errors === undefined ? {} : { errors }) }
  }
}
