import t from 'tap'
import { freeSlot, NO_SLOTS, takeSlot } from '../../../src/runs/restate/slots.ts'

const claim = (invocationId: string, round = 1) => ({ invocationId, signal: `slot:${round}` })
const ids = (claims: readonly { invocationId: string }[]): string[] => claims.map(({ invocationId }) => invocationId)

t.test('slots are granted in order, each of them once', async (t) => {
  let { slots, granted } = takeSlot(NO_SLOTS, claim('a'), 2, false)
  t.same(ids(granted), ['a'])
  ;({ slots, granted } = takeSlot(slots, claim('b'), 2, false))
  t.same(ids(granted), ['b'])
  ;({ slots, granted } = takeSlot(slots, claim('c'), 2, false))
  t.same(granted, [])
  ;({ slots, granted } = takeSlot(slots, claim('d'), 2, false))
  ;({ slots, granted } = takeSlot(slots, claim('a', 2), 2, false))
  t.same(granted, [claim('a', 2)], 'who has a slot already has it')
  ;({ slots, granted } = freeSlot(slots, 'a', 2))
  t.same(ids(granted), ['c'])
  ;({ slots, granted } = freeSlot(slots, 'a', 2))
  t.same(granted, [], 'a slot is given back once')
  ;({ slots, granted } = freeSlot(slots, 'd', 2))
  t.same(slots, { busy: ['b', 'c'], waiting: [] }, 'who waits no more is forgotten')
})

t.test(
  'a run that is busy already counts beyond the limit; a limit that was raised counts at the next change',
  async (t) => {
    let { slots, granted } = takeSlot(NO_SLOTS, claim('a'), 1, false)
    ;({ slots, granted } = takeSlot(slots, claim('began'), 1, true))
    t.same([ids(granted), slots.busy], [['began'], ['a', 'began']])
    for (const id of ['b', 'c', 'd']) ({ slots, granted } = takeSlot(slots, claim(id), 1, false))
    t.same(granted, [])
    ;({ slots, granted } = freeSlot(slots, 'a', 1))
    t.same(granted, [], 'the other one is still busy')
    ;({ slots, granted } = freeSlot(slots, 'began', 2))
    t.same(ids(granted), ['b', 'c'])
  }
)
