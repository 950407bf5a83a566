import { fork, type ChildProcess } from 'node:child_process'
import type { Test } from 'tap'
import type { EngineOptions } from './fixtures.ts'

export interface WorkerProcess {
  child: ChildProcess
  /** Kills the process without any warning, like a power cut. */
  kill(): Promise<void>
}

/** Starts a worker in a process of its own, as on another machine. */
export async function startWorkerProcess(
  t: Pick<Test, 'teardown'>,
  url: string,
  options: Pick<EngineOptions, 'capacity' | 'recoveryMs' | 'restate'> = {}
): Promise<WorkerProcess> {
  const child = fork(new URL('./worker-process-main.ts', import.meta.url), [url, JSON.stringify(options)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc']
  })
  const kill = (): Promise<void> =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve()
      child.once('exit', () => resolve())
      child.kill('SIGKILL')
    })
  t.teardown(kill)
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('exit', (code) => reject(new Error(`the worker ended with ${code}`)))
  })
  return { child, kill }
}
