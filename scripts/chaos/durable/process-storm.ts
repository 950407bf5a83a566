import { fork, type ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'

export interface Blow {
  kind: 'killed' | 'frozen'
  at: number
  /** How long the process was frozen, in milliseconds; 0 if it was killed. */
  ms: number
  /** The runs that the process held. */
  runs: readonly string[]
}

interface Member {
  child: ChildProcess
  /** The slot of the process. Its replacement gets the same. */
  slot: number
  workerId: number
  frozen: boolean
}

export interface Storm {
  blows: Blow[]
  /** Ends all processes. */
  end(): Promise<void>
  /** Strikes until that time, and leaves every process running. */
  rage(until: number): Promise<void>
}

/** Starts a process with a worker of the durable engine and nothing else. */
export function launchWorker(args: readonly string[]): ChildProcess {
  return fork(new URL('./worker.ts', import.meta.url), args, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
}

/** Processes that are killed and frozen at random, and replaced. */
export async function createStorm(options: {
  size: number
  /** Starts a process, which sends a message when it is ready: its worker id, if it has one. */
  launch(slot: number): ChildProcess
  pool: Pool
  /** How long a process is frozen, in milliseconds: the minimum and the maximum. */
  freezeMs: readonly [number, number]
  /** Receives the errors in the log of a process. */
  onError?(text: string): void
}): Promise<Storm> {
  const members: Member[] = []
  const blows: Blow[] = []
  let ending = false

  async function spawn(slot: number): Promise<void> {
    while (!ending) {
      const child = options.launch(slot)
      const workerId = await new Promise<number | undefined>((resolve) => {
        child.on('message', (message) => {
          const { error } = message as { error?: string }
          if (error !== undefined) options.onError?.(error)
          else resolve(typeof message === 'number' ? message : 0)
        })
        child.once('exit', () => resolve(undefined))
      })
      if (workerId !== undefined) {
        members.push({ child, slot, workerId, frozen: false })
        return
      }
      // The database is away. The process is started again later.
      await sleep(300)
    }
  }

  async function strike(): Promise<void> {
    const able = members.filter(({ frozen }) => !frozen)
    const victim = able[Math.floor(Math.random() * able.length)]
    if (!victim || able.length < 2) return
    const runs = await options.pool
      .query<{ id: string }>(`select run_id as id from live_run where worker_id = $1 and state = 'running'`, [
        victim.workerId
      ])
      .then(
        ({ rows }) => rows.map(({ id }) => id),
        () => []
      )
    const kind = Math.random() < 0.6 ? 'killed' : 'frozen'
    const [min, max] = options.freezeMs
    const ms = kind === 'frozen' ? min + Math.random() * (max - min) : 0
    blows.push({ kind, at: Date.now(), ms, runs })
    if (kind === 'killed') {
      victim.child.kill('SIGKILL')
      members.splice(members.indexOf(victim), 1)
      void sleep(200 + Math.random() * 800).then(() => spawn(victim.slot))
    } else {
      victim.frozen = true
      victim.child.kill('SIGSTOP')
      void sleep(ms).then(() => {
        victim.child.kill('SIGCONT')
        victim.frozen = false
      })
    }
  }

  await Promise.all(Array.from({ length: options.size }, (_, slot) => spawn(slot)))
  return {
    blows,
    async rage(until) {
      while (Date.now() < until) {
        await sleep(1_500 + Math.random() * 2_500)
        await strike()
      }
      for (const member of members) {
        member.child.kill('SIGCONT')
        member.frozen = false
      }
    },
    async end() {
      ending = true
      await Promise.all(
        members.map(
          ({ child }) =>
            new Promise<void>((resolve) => {
              if (child.exitCode !== null || child.signalCode !== null) return resolve()
              child.once('exit', () => resolve())
              child.kill('SIGCONT')
              child.kill('SIGKILL')
            })
        )
      )
    }
  }
}
