import { failureOf, type OwnCheck } from '../auth/inspect-checks.ts'
import { type JwsReason, REMEDIES } from '../platform/jws/errors.ts'
import type { RequestRow } from './find-requests.ts'

/** A check that a call reached. The last one may have failed. */
export interface CheckResult {
  name: string
  passed: boolean
  why?: string
  remedy?: string
}

interface CheckOfCall {
  name: string
  /** The reasons with which this check refuses, or codes where there is no reason. */
  reasons: Readonly<Record<string, readonly [why: string, remedy: string]>>
}

/** A check of the credential, with the name and the texts of the inspector. */
function own(name: OwnCheck, ...reasons: readonly string[]): CheckOfCall {
  return { name, reasons: Object.fromEntries(reasons.map((reason) => [reason, failureOf(name)])) }
}

const CHECKS: readonly CheckOfCall[] = [
  {
    name: 'one_credential',
    reasons: {
      several_credentials: ['the request had more than one credential', 'Send one credential, in one place, once.'],
      cross_site: ['it came from a page of another site', 'Name the origin of the page in corsOrigins of the listener.']
    }
  },
  {
    name: 'credential',
    reasons: {
      unauthenticated: ['the request had no credential', 'Send a token, for example as Authorization: Bearer.'],
      management_token: ['management tokens call no listeners', 'Create a token without permissions.']
    }
  },
  own('form', 'malformed'),
  own('signature', 'bad_signature'),
  {
    name: 'known',
    reasons: {
      unknown: failureOf('known'),
      wrong_password: ['the e-mail or the password is wrong', 'Check both. With a second factor, use a token instead.']
    }
  },
  {
    name: 'freshness',
    reasons: {
      stale_signature: ['it was signed too long ago', 'Sign when you send, and set the clock of the sender.'],
      replayed_signature: ['it was delivered before', 'Sign each delivery anew.']
    }
  },
  {
    name: 'revocation',
    reasons: {
      revoked: failureOf('revocation'),
      disabled: ['the token is switched off', 'Switch it on again.'],
      customer_blocked: ['the customer is blocked', 'Lift the block of the customer.']
    }
  },
  own('expiry', 'expired'),
  own('account', 'account_suspended'),
  {
    name: 'address',
    reasons: {
      ip_not_allowed: ['the address of the caller is not allowed', 'Add it to allowedIps of the token or listener.']
    }
  },
  {
    name: 'listener',
    reasons: {
      no_such_listener: ['there is no such listener', 'Compare the URL with that of the listener.'],
      listener_of_another_workspace: [
        "the credential's account is not in the listener's workspace",
        'Use a credential of the workspace.'
      ],
      workspace_suspended: ['the workspace is suspended', 'Ask an admin.']
    }
  },
  {
    name: 'scope',
    reasons: {
      listener_not_in_scope: ['the credential is for other listeners', 'Add the listener to its scope.']
    }
  },
  {
    name: 'carrier',
    reasons: {
      carrier_not_accepted: [
        'the listener does not accept credentials in this place',
        'Send it in a place that auth.carriers of the listener names.'
      ]
    }
  },
  {
    name: 'principal',
    reasons: {
      principal_not_accepted: [
        'the listener does not accept this kind of credential',
        'Use a kind that auth.principals of the listener names; sessions and admin tokens call no listener.'
      ]
    }
  },
  {
    name: 'rate_limit',
    reasons: {
      rate_limited: ['too many calls in a short time', 'Wait as long as Retry-After says, or raise the limit.'],
      daily_quota_used: ['the calls of the day are used up', 'Wait until midnight UTC, or raise dailyQuota.'],
      listener_rate_limited: ['too many calls to the listener', 'Wait as long as Retry-After says, or raise its limit.']
    }
  },
  {
    name: 'enabled',
    reasons: { listener_disabled: ['the listener is switched off', 'Switch it on.'] }
  },
  {
    name: 'method',
    reasons: {
      method_not_allowed: [
        'the listener does not accept this method',
        'Use one that Allow names, or add it to methods.'
      ]
    }
  },
  {
    name: 'request',
    reasons: {
      invalid_request: ['the request is malformed', 'The answer says what is wrong with it.'],
      validation_failed: ["it does not fit the flow's input schema", 'The answer points at each fault.'],
      payload_too_large: ['the body is too large', 'Send less.'],
      unsupported_media_type: ['the type of the body is not supported', 'Send JSON, a form or text.'],
      conflict: ['the Idempotency-Key was used with another body', 'Use a new key for a new request.'],
      unavailable: ['the service could not answer', 'Try again.']
    }
  },
  {
    name: 'run',
    reasons: { flow_failed: ['the flow failed', 'Open the run: it shows the step that failed and its data.'] }
  }
]

/** The texts of failed checks of a listener that verifies signatures. */
const OF_SIGNATURES: Readonly<Record<string, readonly [why: string, remedy: string]>> = {
  no_signature: [
    'its calls must be signed, but there was no signature',
    'Have the sender sign, or remove the signature.'
  ],
  bad_signature: [
    'no secret of the listener gives this signature for this body',
    'Compare the secret with that of the sender. A proxy that changes the body on its way breaks the signature.'
  ],
  signature_secret_missing: [
    'every secret that the signature of the listener names was deleted, or is not a text',
    'Set the secret again, or name another one.'
  ]
}

/** Returns the result of each check that the call reached, in order. */
export function explain({ outcome, code, reason, why, kind, run_id }: Explained): CheckResult[] {
  if (outcome === 'answered') return CHECKS.map(({ name }) => ({ name, passed: true }))
  const failedBy = reason ?? code ?? ''
  const index = CHECKS.findIndex(({ reasons }) => failedBy in reasons)
  const check = CHECKS[index]
  const text = check?.reasons[failedBy]
  if (!check || !text) {
    // An unexpected failure, after admission or in the run.
    const last = run_id === null ? 'request' : 'run'
    return [
      ...CHECKS.slice(
        0,
        CHECKS.findIndex(({ name }) => name === last)
      ).map(({ name }) => ({ name, passed: true })),
      { name: last, passed: false, why: failedBy, remedy: 'The log of the gateway has the request id.' }
    ]
  }
  const [what, todo] = (isOfSignature(kind, why) && OF_SIGNATURES[why]) || text
  const remedy = kind === 'customer' && why !== null && why in REMEDIES ? REMEDIES[why as JwsReason] : todo
  return [
    ...CHECKS.slice(0, index).map(({ name }) => ({ name, passed: true })),
    { name: check.name, passed: false, why: what, remedy }
  ]
}

function isOfSignature(kind: string, why: string | null): why is string {
  return why !== null && Object.hasOwn(OF_SIGNATURES, why) && (kind === 'signed' || why === 'no_signature')
}

type Explained = Pick<RequestRow, 'outcome' | 'code' | 'reason' | 'why' | 'kind' | 'run_id'>
