import { text, valueAt } from '../outline.ts'
import { isRecord } from '../tasks.ts'
import type { N8nNode } from './n8n-nodes.ts'

/** Targets of each output of a node. */
export type Outputs = readonly (readonly string[])[]

/** The nodes by name, without notes and disabled nodes. */
export function nodesOf(data: unknown): Map<string, N8nNode> {
  const nodes = valueAt(data, 'nodes')
  return new Map(
    (Array.isArray(nodes) ? (nodes as unknown[]) : []).flatMap((each): [string, N8nNode][] => {
      const name = text(valueAt(each, 'name'))
      const type = text(valueAt(each, 'type')).split('.').at(-1) ?? ''
      if (name === '' || type === 'stickyNote' || valueAt(each, 'disabled') === true) return []
      const parameters = valueAt(each, 'parameters')
      return [[name, { name, type, parameters: isRecord(parameters) ? parameters : {} }]]
    })
  )
}

/** The targets of each node, by its name. */
export function outputsOf(data: unknown): Map<string, Outputs> {
  const connections = valueAt(data, 'connections')
  const disabled = new Set(
    ((valueAt(data, 'nodes') as unknown[] | undefined) ?? [])
      .filter((each) => valueAt(each, 'disabled') === true)
      .map((each) => text(valueAt(each, 'name')))
  )
  const plain = new Map(
    Object.entries(isRecord(connections) ? connections : {}).map(([name, ports]): [string, string[][]] => {
      const main = valueAt(ports, 'main')
      return [
        name,
        (Array.isArray(main) ? (main as unknown[]) : []).map((targets) =>
          (Array.isArray(targets) ? (targets as unknown[]) : []).map((each) => text(valueAt(each, 'node')))
        )
      ]
    })
  )
  // A disabled node passes its input on.
  const follow = (target: string, depth = 0): string[] =>
    disabled.has(target) && depth < disabled.size + 1
      ? (plain.get(target)?.[0] ?? []).flatMap((each) => follow(each, depth + 1))
      : [target]
  return new Map(
    [...plain].map(([name, ports]) => [name, ports.map((targets) => targets.flatMap((each) => follow(each)))])
  )
}
