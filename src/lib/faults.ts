/** Every error a caller can see: code → status and public title. The contract of the API, and the only such list. */
export const FAULTS = {
  invalid_request: { status: 400, title: 'The request is malformed.' },
  validation_failed: { status: 400, title: 'The request does not fit what this call takes.' },
  unauthenticated: { status: 401, title: 'A credential is needed.' },
  invalid_token: { status: 401, title: 'The credential is not valid.' },
  password_incorrect: { status: 403, title: 'The confirming password is wrong.' },
  insufficient_scope: { status: 403, title: 'This credential may not make this call.' },
  account_suspended: { status: 403, title: 'The account is suspended.' },
  listener_disabled: { status: 403, title: 'The listener is switched off.' },
  not_found: { status: 404, title: 'There is nothing here that this credential can see.' },
  method_not_allowed: { status: 405, title: 'This address does not take that method.' },
  conflict: { status: 409, title: 'The call conflicts with what is stored.' },
  payload_too_large: { status: 413, title: 'The body is larger than this call takes.' },
  unsupported_media_type: { status: 415, title: 'This call does not take a body of that type.' },
  rate_limited: { status: 429, title: 'Too many calls: try again later.' },
  internal_error: { status: 500, title: 'Something went wrong here; the request id names it in the log.' },
  flow_failed: { status: 500, title: 'The flow failed.' },
  unavailable: { status: 503, title: 'The service cannot answer this now.' }
} as const satisfies Record<string, { status: number; title: string }>

export type FaultCode = keyof typeof FAULTS
