import type { Database, Prisma } from './client.ts'
import { notify, type Notifications } from './notify.ts'

/** What caches in every process hold: a change to one of them is announced by topic and key. */
export type Topic =
  | 'account'
  | 'token'
  | 'listener'
  | 'flow'
  | 'workspace'
  | 'secret'
  | 'signing_key'
  | 'customer'
  | 'action'
  | 'integration_token'

/** The key that stands for every record of a topic. */
export const EVERY = '*'

export type Announce = (topic: Topic, key: string) => void

export interface Changes {
  /**
   * A transaction whose announcements reach the other processes by NOTIFY with its commit, and this process's own caches
   * before it returns: the very next call here already sees the change.
   */
  transaction<T>(work: (tx: Prisma.TransactionClient, announce: Announce) => Promise<T>): Promise<T>
  subscribe(topic: Topic, handler: (key: string) => void): void
}

export function createChanges(database: Database, notifications: Notifications): Changes {
  const handlers = new Map<Topic, Set<(key: string) => void>>()

  return {
    async transaction(work) {
      const announced: [Topic, string][] = []
      const result = await database.prisma.$transaction(async (tx) => {
        announced.length = 0
        const value = await work(tx, (topic, key) => announced.push([topic, key]))
        for (const [topic, key] of announced) await notify(tx, topic, key)
        return value
      })
      for (const [topic, key] of announced) handlers.get(topic)?.forEach((handle) => handle(key))
      return result
    },

    subscribe(topic, handler) {
      const known = handlers.get(topic)
      if (known) known.add(handler)
      else handlers.set(topic, new Set([handler]))
      notifications.subscribe(topic, handler)
    }
  }
}
