import t from 'tap'
import { testDatabase } from '../../fixtures/database.ts'
import { startRestateServer } from '../../fixtures/restate-server.ts'
import { until } from '../../fixtures/until.ts'
import { testContract } from '../durable/contract.ts'
import { openEngine } from '../durable/fixtures.ts'

const { place } = await startRestateServer(t)
// Restate takes runs once a process that runs them has been there.
const first = await openEngine((await testDatabase(t)).url, { restate: place })
await until(() => first.engine.isReady(), 60_000, 'Restate knows where runs are run')
await first.close()

testContract(t, place)
