import { DAY_MS } from '../lib/clock.ts'

/** A CloudEvents 1.0 event, as event sinks receive it. */
export type TokenNotice = {
  specversion: '1.0'
  id: string
  source: string
  type: 'sluice.token.expiring'
  subject: string
  time: string
  datacontenttype: 'application/json'
  data: { tokenId: string; name: string; start: string; expiresAt: string; daysLeft: number }
}

/** Puts an event into the outbox of a workspace. An event with the same `effectKey` is stored once. */
export type EmitNotice = (workspaceId: string, event: TokenNotice, effectKey: string) => Promise<void>

/**
 * Tells that a token ends soon.
 * @param when `key` identifies the notice; times in milliseconds
 */
export function noticeOf(
  publicUrl: string,
  { id, name, start }: { id: string; name: string; start: string },
  { key, now, endsAt }: { key: string; now: number; endsAt: number }
): TokenNotice {
  return {
    specversion: '1.0',
    id: key,
    source: `${publicUrl}/v1/tokens`,
    type: 'sluice.token.expiring',
    subject: id,
    time: new Date(now).toISOString(),
    datacontenttype: 'application/json',
    data: {
      tokenId: id,
      name,
      start,
      expiresAt: new Date(endsAt).toISOString(),
      daysLeft: Math.ceil((endsAt - now) / DAY_MS)
    }
  }
}
