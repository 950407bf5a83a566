import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** The result of a window of load, and the times of `GET /healthz` of a gateway meanwhile. */
export interface MeasuredWindow<Result> {
  calls: Result
  healthMs: number[]
}

export interface LoadAndHealth<Load, Result> extends Disposable {
  window(url: string, load: Load): Promise<MeasuredWindow<Result>>
}

/**
 * Starts a process that makes load and one that calls `/healthz`.
 * @param file the module of the load: it answers each message with its result
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
