import { openDatabase } from '../../../src/platform/db/client.ts'
import { createNotifications } from '../../../src/platform/db/notify.ts'
import { createEgress } from '../../../src/platform/egress/index.ts'
import { createEmit } from '../../../src/events/emit.ts'
import { createExpressions } from '../../../src/dsl/expressions/expressions.ts'
import type { Clock } from '../../../src/lib/clock.ts'
import { createDurableEngine, type DurableEngineDeps } from '../../../src/runs/durable/engine.ts'
import type { DurableEngine } from '../../../src/runs/engine.ts'
import { createRestateEngine, type RestatePlace } from '../../../src/runs/restate/engine.ts'
import { createPortsFactory } from '../../../src/runs/ports.ts'

/** A clock that runs faster: a wait of minutes takes seconds. It shows the same time in every process. */
export function fastClock(startedAt: number, speed: number): Clock {
  return { now: () => startedAt + (Date.now() - startedAt) * speed }
}

export interface ChaosWorker {
  engine: DurableEngine
  pool: ReturnType<typeof openDatabase>['pool']
  close(): Promise<void>
}

/** Opens the durable engine and nothing else. */
export async function openWorker(
  url: string,
  clock: Clock,
  options: Pick<DurableEngineDeps, 'role' | 'capacity' | 'maxHandovers'> & {
    restate?: RestatePlace
    onError?(text: string): void
  }
): Promise<ChaosWorker> {
  const { restate, onError = () => {}, ...rest } = options
  const note = (details: object, message: string): void => {
    const { err } = details as { err?: Error }
    onError(`${message} ${err?.stack ?? ''}`)
  }
  const quiet = { info() {}, warn: note, error: note, debug() {} }
  const database = openDatabase({ url })
  const notifications = createNotifications({ url, log: quiet as never })
  const expressions = createExpressions()
  const egress = createEgress({ allow: ['127.0.0.1/32'] })
  await notifications.ready()
  const createPorts = createPortsFactory({
    egress,
    clock,
    emit: createEmit({ pool: database.pool, clock }),
    readSecrets: async () => ({})
  })
  const deps: DurableEngineDeps = {
    pool: database.pool,
    url,
    notifications,
    clock,
    log: quiet,
    expressions,
    createPorts,
    version: 'chaos',
    ...rest
  }
  const engine = await (restate ? createRestateEngine({ ...deps, place: restate }) : createDurableEngine(deps))
  return {
    engine,
    pool: database.pool,
    async close() {
      await engine.close()
      await notifications.close()
      await Promise.all([egress.close(), expressions.close()])
      await database.close()
    }
  }
}

if (process.send && process.argv[2]?.startsWith('postgres')) {
  const [, , url, startedAt, speed, capacity, restate] = process.argv
  const { engine } = await openWorker(String(url), fastClock(Number(startedAt), Number(speed)), {
    role: 'worker',
    capacity: Number(capacity),
    maxHandovers: 100,
    ...(restate === undefined ? {} : { restate: JSON.parse(restate) as RestatePlace }),
    onError: (text) => process.send?.({ error: text })
  })
  // Ends with the process that started it.
  process.once('disconnect', () => process.exit(0))
  process.send(engine.workerId)
}
