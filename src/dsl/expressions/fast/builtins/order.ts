import { members } from '../access.ts'
import { type Code, collect, single } from '../code.ts'
import { charge, type Frame, handOver, type Run } from '../run.ts'
import { compare } from '../values.ts'
import type { Value0 } from './signature.ts'

interface Keyed {
  readonly value: unknown
  readonly key: unknown
}

const none: Record<string, Value0> = {
  sort: (input, run) => sortedBy(keyed(input, run), run).map(valueOf),
  unique: (input, run) => groups(sortedBy(keyed(input, run), run), run).map(firstOf),
  min: (input, run) => least(keyed(input, run), run),
  max: (input, run) => greatest(keyed(input, run), run)
}

const BY: Readonly<Record<string, (entries: readonly Keyed[], run: Run) => unknown>> = {
  sort_by: (entries, run) => sortedBy(entries, run).map(valueOf),
  group_by: (entries, run) => groups(sortedBy(entries, run), run).map((group) => group.map(valueOf)),
  unique_by: (entries, run) => groups(sortedBy(entries, run), run).map(firstOf),
  min_by: least,
  max_by: greatest
}

/** Functions that sort members of an array in jq's order, by the members or by the outputs of an expression. */
export const orders = {
  none,
  by: (name: string, [key, ...others]: readonly Code[]): Code | undefined => {
    const arrange = Object.hasOwn(BY, name) ? BY[name] : undefined
    if (arrange === undefined || key === undefined || others.length > 0) return undefined
    return single((input, frame) => arrange(keyedBy(key, input, frame), frame.run))
  }
}

function keyed(input: unknown, run: Run): Keyed[] {
  if (!Array.isArray(input)) return handOver()
  return members(input, run).map((value) => ({ value, key: value }))
}

/** The key is an array of all outputs of the expression. */
function keyedBy(key: Code, input: unknown, frame: Frame): Keyed[] {
  if (!Array.isArray(input)) return handOver()
  return members(input, frame.run).map((value) => ({
    value,
    key: key.one === undefined ? collect(key, value, frame) : key.one(value, frame)
  }))
}

function valueOf(entry: Keyed): unknown {
  return entry.value
}

function firstOf(group: readonly Keyed[]): unknown {
  return group[0]?.value
}

/** Members with the same key keep their order. */
function sortedBy(entries: readonly Keyed[], run: Run): Keyed[] {
  return entries.toSorted((a, b) => {
    charge(run, 1)
    return compare(a.key, b.key, run)
  })
}

function groups(sorted: readonly Keyed[], run: Run): Keyed[][] {
  const found: Keyed[][] = []
  let group: Keyed[] | undefined
  for (const entry of sorted) {
    if (group?.[0] !== undefined && compare(group[0].key, entry.key, run) === 0) group.push(entry)
    else found.push((group = [entry]))
  }
  return found
}

/** The first of the least members; null for none. */
function least(entries: readonly Keyed[], run: Run): unknown {
  return valueOrNull(
    entries.reduce<Keyed | undefined>(
      (best, entry) => (best === undefined || compare(entry.key, best.key, run) < 0 ? entry : best),
      undefined
    )
  )
}

/** The last of the greatest members; null for none. */
function greatest(entries: readonly Keyed[], run: Run): unknown {
  return valueOrNull(
    entries.reduce<Keyed | undefined>(
      (best, entry) => (best === undefined || compare(entry.key, best.key, run) >= 0 ? entry : best),
      undefined
    )
  )
}

function valueOrNull(entry: Keyed | undefined): unknown {
  return entry === undefined ? null : entry.value
}
