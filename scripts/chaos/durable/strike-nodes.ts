import { setTimeout as sleep } from 'node:timers/promises'
import type { RestateServer } from '../../../test/fixtures/restate-server.ts'

/** Kills a node and later freezes one; each comes back after a while. */
export async function strikeNodes(
  { nodes }: Pick<RestateServer, 'nodes'>,
  seconds: number,
  note: (kind: string) => void
): Promise<void> {
  await sleep(seconds * 250)
  const victim = nodes[Math.floor(Math.random() * nodes.length)]
  await victim?.kill()
  note('a node of Restate was killed')
  await sleep(seconds * 150)
  await victim?.start()
  note('it was started again')
  await sleep(seconds * 200)
  const other = nodes[Math.floor(Math.random() * nodes.length)]
  if (other?.pid === undefined) return
  process.kill(other.pid, 'SIGSTOP')
  note('a node of Restate was frozen')
  await sleep(seconds * 80)
  process.kill(other.pid, 'SIGCONT')
  note('it goes on')
}
