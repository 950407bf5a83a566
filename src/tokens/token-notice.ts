import { DAY_MS } from '../lib/clock.ts'

/** The data of an event about a token. Every event of the gateway has the members about runs. */
interface TokenData {
  flowId: null
  listenerId: null
  runId: null
  error: null
  count: 1
  /** When it happened. */
  since: string
  tokenId: string
  name: string
  start: string
}

/** A CloudEvents 1.0 event, as event sinks receive it. */
export type TokenNotice<Type extends string = string, Data = unknown> = {
  specversion: '1.0'
  id: string
  source: string
  type: Type
  subject: string
  time: string
  datacontenttype: 'application/json'
  data: TokenData & Data
}

export type ExpiryNotice = TokenNotice<'sluice.token.expiring', { expiresAt: string; daysLeft: number }>
export type RevocationNotice = TokenNotice<'sluice.token.revoked', { reason: string | null }>

/** Puts an event into the outbox of a workspace. An event with the same `effectKey` is stored once. */
export type EmitNotice = (workspaceId: string, event: ExpiryNotice, effectKey: string) => Promise<void>

interface NamedToken {
  id: string
  name: string
  start: string
}

/**
 * Makes the event that a token ends soon.
 * @param when `key` identifies the notice; times are in milliseconds
 */
export function noticeOf(
  publicUrl: string,
  token: NamedToken,
  { key, now, endsAt }: { key: string; now: number; endsAt: number }
): ExpiryNotice {
  return notice(`${publicUrl}/v1/tokens`, 'sluice.token.expiring', token, key, now, {
    expiresAt: new Date(endsAt).toISOString(),
    daysLeft: Math.ceil((endsAt - now) / DAY_MS)
  })
}

/**
 * Makes the event that a token was revoked. Its source has no host, because not every caller knows the gateway's URL.
 */
export function revocationOf(token: NamedToken, reason: string | undefined, now: number): RevocationNotice {
  return notice('/v1/tokens', 'sluice.token.revoked', token, `token-revoked/${token.id}`, now, {
    reason: reason ?? null
  })
}

function notice<Type extends string, Data>(
  source: string,
  type: Type,
  { id, name, start }: NamedToken,
  key: string,
  now: number,
  data: Data
): TokenNotice<Type, Data> {
  const time = new Date(now).toISOString()
  return {
    specversion: '1.0',
    id: key,
    source,
    type,
    subject: id,
    time,
    datacontenttype: 'application/json',
    data: {
      flowId: null,
      listenerId: null,
      runId: null,
      error: null,
      count: 1,
      since: time,
      tokenId: id,
      name,
      start,
      ...data
    }
  }
}
