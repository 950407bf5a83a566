import type { Database, Prisma } from './client.ts'
import { notifyAll, type Notifications } from './notify.ts'

/** The kinds of record that processes cache. A change to a record is announced by topic and key. */
export type Topic =
  | 'account'
  | 'token'
  | 'listener'
  | 'call_path'
  | 'tool'
  | 'flow'
  | 'workspace'
  | 'workspace_slug'
  | 'secret'
  | 'signing_key'
  | 'customer'
  | 'action'
  | 'integration_token'

/** The key that means every record of a topic. */
export const EVERY = '*'

export type Announce = (topic: Topic, key: string) => void

export interface Changes {
  /**
   * Runs a transaction that announces its changes. NOTIFY delivers them to the other processes with the commit; the
   * caches of this process receive them before the promise resolves, so the next call here already sees the change. A
   * transaction that fails announces nothing.
   *
   * @throws (rejects with) the error of `work` or of the database
   * @example
   * await changes.transaction(async (tx, announce) => {
   *   await tx.token.delete({ where: { id } })
   *   announce('token', id)
   * })
   */
  transaction<T>(work: (tx: Prisma.TransactionClient, announce: Announce) => Promise<T>): Promise<T>
  /** Calls `handler` with each changed key of the topic, also for changes by other processes. */
  subscribe(topic: Topic, handler: (key: string) => void): void
}

/** Creates the changes of a process. Handlers stay subscribed as long as it lives. */
export function createChanges(database: Database, notifications: Notifications): Changes {
  const handlers = new Map<Topic, Set<(key: string) => void>>()

  return {
    async transaction(work) {
      const announced: [Topic, string][] = []
      const result = await database.prisma.$transaction(async (tx) => {
        announced.length = 0
        const value = await work(tx, (topic, key) => announced.push([topic, key]))
        await notifyAll(tx, announced)
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
