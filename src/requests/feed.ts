import { randomUUID } from 'node:crypto'
import { type Clock, MINUTE_MS, SECOND_MS } from '../lib/clock.ts'
import { type FeedItem, type FeedSourceDeps, readFeed } from './feed-source.ts'

/** Interval between two reads of a workspace that is followed. All its readers share one. */
export const WORKSPACE_FEED_MS = 500
/** How long after losing its connection a reader can resume. */
export const RESUME_MS = 10 * MINUTE_MS
/** Items kept for readers of a workspace. A reader that is further behind is told to read the lists again. */
const ITEMS_KEPT = 1_000
/** How late rows of other processes may arrive. */
const LATE_MS = 30 * SECOND_MS
/** Items that one reader gets at once, before the others get their turn. */
const ITEMS_AT_ONCE = 50
const KEEP_ALIVE_READS = 30
const ACCESS_CHECK_READS = 2

export interface Following {
  workspaceId: string
  /** The reading account. */
  accountId: string
  lastEventId: string | undefined
  signal: AbortSignal
  /** Whether the reader may still see the workspace. If not, the stream ends. */
  isAllowed(): Promise<boolean>
}

export interface WorkspaceFeed {
  /** Yields the server-sent events (HTML standard, section 9.2) of a workspace until the signal, or access, ends it. */
  follow(following: Following): AsyncGenerator<string>
  close(): void
}

/** The state of one followed workspace in this process. */
interface Channel {
  /** Part of the event ids, so that they differ from those of other processes. */
  id: string
  items: { seq: number; item: FeedItem }[]
  seq: number
  seen: Map<string, number>
  live: Set<string>
  readers: number
  /** When the last reader left. */
  idleSince: number
  next: PromiseWithResolvers<void>
}

/**
 * Follows workspaces by reading the database: whichever process wrote something, every reader sees it.
 * @example
 * const texts = feed.follow({ workspaceId, accountId, lastEventId, signal, isAllowed })
 * for await (const text of texts) reply.raw.write(text)
 */
export function createWorkspaceFeed(
  deps: FeedSourceDeps & { clock: Clock; onError(error: unknown): void; everyMs?: number }
): WorkspaceFeed {
  const { clock, everyMs = WORKSPACE_FEED_MS } = deps
  const channels = new Map<string, Channel>()
  const opening = new Map<string, Promise<Channel>>()
  let timer: NodeJS.Timeout | undefined
  let closed = false

  /** Reads what is new. Items from before the first reader are only marked as seen. */
  async function read(workspaceId: string, channel: Channel, isNews: boolean): Promise<void> {
    const now = clock.now()
    const items = await readFeed(deps, workspaceId, new Date(now - LATE_MS), [...channel.live])
    for (const item of items) {
      if (item.liveRunId !== undefined) channel.live.add(item.liveRunId)
      else if (item.event === 'run') channel.live.delete(item.key.split(' ')[1] ?? '')
      if (channel.seen.has(item.key)) continue
      channel.seen.set(item.key, now)
      if (isNews) channel.items.push({ seq: ++channel.seq, item })
    }
    // Items older than the range that is read cannot appear again.
    for (const [key, at] of channel.seen) if (now - at > 2 * LATE_MS) channel.seen.delete(key)
    channel.items.splice(0, channel.items.length - ITEMS_KEPT)
  }

  /** Wakes the readers, whether there are new items or not. */
  function wake(channel: Channel): void {
    channel.next.resolve()
    channel.next = Promise.withResolvers()
  }

  async function readAll(): Promise<void> {
    for (const [workspaceId, channel] of channels) {
      if (channel.readers === 0 && clock.now() - channel.idleSince > RESUME_MS) channels.delete(workspaceId)
      else {
        await read(workspaceId, channel, true).catch(deps.onError)
        wake(channel)
      }
    }
    timer = undefined
    schedule()
  }

  function schedule(): void {
    if (!closed && channels.size > 0) timer ??= setTimeout(() => void readAll(), everyMs).unref()
  }

  async function open(workspaceId: string): Promise<Channel> {
    const channel: Channel = {
      id: randomUUID().slice(0, 8),
      items: [],
      seq: 0,
      seen: new Map(),
      live: new Set(),
      readers: 0,
      idleSince: clock.now(),
      next: Promise.withResolvers()
    }
    await read(workspaceId, channel, false)
    channels.set(workspaceId, channel)
    schedule()
    return channel
  }

  function channelOf(workspaceId: string): Promise<Channel> | Channel {
    const known = channels.get(workspaceId) ?? opening.get(workspaceId)
    if (known) return known
    const promise = open(workspaceId).finally(() => opening.delete(workspaceId))
    opening.set(workspaceId, promise)
    return promise
  }

  /**
   * The items that a reader missed that followed another process before. Undefined if it was too long ago, or missed
   * too much.
   */
  async function missed(workspaceId: string, since: number): Promise<FeedItem[] | undefined> {
    const now = clock.now()
    if (since > now || now - since > RESUME_MS) return undefined
    const items = await readFeed(deps, workspaceId, new Date(since), [])
    return items.length < ITEMS_AT_ONCE * 4 ? items : undefined
  }

  return {
    async *follow({ workspaceId, accountId, lastEventId, signal, isAllowed }) {
      const channel = await channelOf(workspaceId)
      channel.readers++
      const idAt = (seq: number): string => `${clock.now()}.${channel.id}.${seq}`
      const textOf = (item: FeedItem, seq: number): string => {
        const data = item.dataFor(accountId)
        return data === undefined ? '' : `event: ${item.event}\nid: ${idAt(seq)}\ndata: ${JSON.stringify(data)}\n\n`
      }
      const resetAt = (seq: number): string => `event: reset\nid: ${idAt(seq)}\ndata: {}\n\n`
      try {
        let seq = channel.seq
        const last = readEventId(lastEventId)
        // The comment opens the stream for the browser.
        let text = ':\n\n'
        if (last?.channel === channel.id && clock.now() - last.at <= RESUME_MS) seq = Math.min(last.seq, seq)
        else if (lastEventId !== undefined) {
          const items = last && (await missed(workspaceId, last.at))
          text += items ? items.map((item) => textOf(item, seq)).join('') : resetAt(seq)
        }
        yield text
        for (let reads = 1; !signal.aborted && !closed; reads++) {
          const oldest = channel.items[0]?.seq ?? channel.seq + 1
          if (seq + 1 < oldest) {
            seq = channel.seq
            yield resetAt(seq)
          }
          const batch = channel.items.slice(Math.max(0, seq + 1 - oldest)).slice(0, ITEMS_AT_ONCE)
          if (batch.length > 0) {
            const news = batch.map((entry) => textOf(entry.item, entry.seq)).join('')
            seq = batch.at(-1)?.seq ?? seq
            if (news !== '') yield news
            if (seq < channel.seq) continue
          } else if (reads % KEEP_ALIVE_READS === 0) yield ':\n\n'
          await channel.next.promise
          if (reads % ACCESS_CHECK_READS === 0 && !(await isAllowed())) return
        }
      } finally {
        channel.readers--
        channel.idleSince = clock.now()
      }
    },
    close() {
      closed = true
      clearTimeout(timer)
      for (const channel of channels.values()) wake(channel)
    }
  }
}

function readEventId(id: string | undefined): { at: number; channel: string; seq: number } | undefined {
  const match = /^(\d{1,15})\.([0-9a-f]{8})\.(\d{1,15})$/.exec(id ?? '')
  return match ? { at: Number(match[1]), channel: match[2] ?? '', seq: Number(match[3]) } : undefined
}
