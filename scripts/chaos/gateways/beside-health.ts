import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** What the load made, and how long each `GET /healthz` of a gateway took meanwhile. */
export interface MeasuredWindow<Result> {
  calls: Result
  healthMs: number[]
}

export interface LoadAndHealth<Load, Result> extends Disposable {
  window(url: string, load: Load): Promise<MeasuredWindow<Result>>
}

/**
 * Starts a process that makes load and one that looks at `/healthz`.
 * @param file the module of the load: it answers each message with what it made
 */
export async function startLoadAndHealth<Load extends object, Result>(file: URL): Promise<LoadAndHealth<Load, Result>> {
  const start = ({ pathname }: URL): ChildProcess => fork(pathname, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const load = start(file)
  const health = start(new URL('health-probe.ts', import.meta.url))
  await Promise.all([once(load, 'message'), once(health, 'message')])
  return {
    async window(url, made) {
      const answered = once(load, 'message') as Promise<[Result]>
      health.send({ probe: url })
      load.send(made)
      const [calls] = await answered
      const probed = once(health, 'message') as Promise<[number[]]>
      health.send('stop')
      return { calls, healthMs: (await probed)[0] }
    },
    [Symbol.dispose]: () => {
      for (const child of [load, health]) child.kill()
    }
  }
}
