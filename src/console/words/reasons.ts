export interface Refusal {
  /** In a sentence. */
  why: string
  /** What to do about it; undefined where there is nothing. */
  remedy?: string
}

/**
 * The words for the reasons of refusals, which only the owner is told. A reason that is not here is shown by its code.
 */
const REASONS: Readonly<Record<string, Refusal>> = {
  expired: { why: 'The token had ended.', remedy: 'Create a token like it.' },
  revoked: { why: 'The token was revoked.', remedy: 'Create a token.' },
  disabled: { why: 'The token was switched off.', remedy: 'Switch it on.' },
  unknown: { why: 'There is no such token.', remedy: 'Check what the caller sends.' },
  malformed: { why: 'The credential does not have the form of a token.', remedy: 'Check that it was copied whole.' },
  wrong_password: { why: 'E-mail or password was wrong.' },
  bad_signature: { why: 'The signature is wrong.', remedy: 'Check the secret at both ends.' },
  stale_signature: { why: 'The signature was too old.', remedy: "Check the sender's clock." },
  replayed_signature: { why: 'The same delivery had arrived before.' },
  ip_not_allowed: { why: 'The call came from an address that the token does not allow.', remedy: 'Add the address.' },
  listener_not_in_scope: {
    why: 'The token may call other listeners, but not this one.',
    remedy: 'Change what it may call.'
  },
  listener_of_another_workspace: {
    why: 'The token may call listeners of other workspaces, but not of this one.',
    remedy: 'Change what it may call.'
  },
  carrier_not_accepted: {
    why: 'The listener does not accept a credential in this place of the request.',
    remedy: 'Open the settings of the listener.'
  },
  principal_not_accepted: {
    why: 'The listener does not accept this kind of credential.',
    remedy: 'Open the settings of the listener.'
  },
  method_not_allowed: { why: 'The listener does not accept this method.', remedy: 'Add the method to the listener.' },
  rate_limited: { why: 'The token had used all calls of its window.', remedy: 'Change the limit.' },
  daily_quota_used: { why: 'The token had used all calls of the day.', remedy: 'Change the limit.' },
  listener_rate_limited: {
    why: "All calls of the listener's window were used.",
    remedy: 'Change the limit.'
  },
  listener_disabled: { why: 'The listener was switched off.', remedy: 'Enable the listener.' },
  no_such_listener: { why: 'There is no such listener.' },
  account_suspended: { why: 'The account was suspended.' },
  workspace_suspended: { why: 'The workspace was suspended.' },
  customer_blocked: { why: 'The customer is blocked.' },
  management_token: { why: 'A management token calls no listeners.', remedy: 'Create a token.' },
  several_credentials: { why: 'The call had credentials in more than one place.', remedy: 'Send one.' },
  cross_site: {
    why: 'The call came from a page of another site.',
    remedy: "Name its origin in the listener's settings."
  }
}

export const REASON_CODES: readonly string[] = Object.keys(REASONS)

/** The words for the codes that callers get, which say less than the reasons. */
const CODES: Readonly<Record<string, Refusal>> = {
  unauthenticated: { why: 'The call had no credential.', remedy: 'Send one, or let the listener answer anyone.' },
  invalid_token: { why: 'The credential is unknown, has ended, was revoked, or is wrong.' },
  invalid_signature: REASONS['bad_signature'] as Refusal,
  signature_replayed: REASONS['replayed_signature'] as Refusal,
  not_found: { why: 'There is no such listener, or the credential may not call it.' },
  validation_failed: { why: 'The call does not fit the input of the flow.', remedy: 'The body says where.' },
  payload_too_large: { why: 'The body is larger than the gateway accepts.' },
  unsupported_media_type: { why: 'The gateway does not read this type of body.' },
  unavailable: { why: 'The gateway could not answer at that moment.' }
}

/** The words for the code of a refusal; undefined for codes that say no more than their title. */
export function knownRefusal(code: string): Refusal | undefined {
  return CODES[code] ?? REASONS[code]
}

/** The words for the reason of a refusal; a reason without words is shown by its code. */
export function refusalOf(reason: string): Refusal {
  return knownRefusal(reason) ?? { why: `It was refused: ${reason}.` }
}
