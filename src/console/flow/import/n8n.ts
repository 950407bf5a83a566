import { isRecord } from '../tasks.ts'
import { text, valueAt } from '../outline.ts'
import { createNames, header, type Imported } from './imported.ts'
import { compared, conditionOf } from './n8n-conditions.ts'
import { nodesOf, outputsOf, type Outputs } from './n8n-graph.ts'
import { taskOfNode, type N8nNode, type NodeContext } from './n8n-nodes.ts'
import { isTrigger, triggerPart } from './n8n-triggers.ts'

type Task = Record<string, unknown>
type Item = Record<string, Task>

const LOOPS = ['splitInBatches']

export function isN8n(data: unknown): boolean {
  return isRecord(data) && Array.isArray(data['nodes']) && isRecord(data['connections'])
}

/**
 * Turns a workflow of n8n into a flow. Its graph becomes a list: each node continues with the next step, or names the
 * step that follows. A node to which several others lead appears once.
 */
export function importN8n(data: unknown): Imported {
  const notes: string[] = []
  const nodes = nodesOf(data)
  const outputs = outputsOf(data)
  const names = createNames()
  const stepNames = new Map([...nodes.keys()].map((name) => [name, names(name, 'step')]))
  const kept = new Set<string>()
  const context: NodeContext = {
    refOf(name) {
      const node = nodes.get(name)
      if (node && isTrigger(node)) return '$workflow.input'
      kept.add(name)
      return `$context[${JSON.stringify(stepNames.get(name) ?? name)}]`
    },
    note: (message) => void notes.push(message)
  }
  const triggers = [...nodes.values()].filter(isTrigger)
  const extras = triggers.reduce<Task>((all, node) => ({ ...all, ...triggerPart(node, context) }), {})
  if (triggers.length > 1) context.note('It has several triggers: the flow starts with what follows the first of them.')
  const [trigger] = triggers
  const start = trigger ? (outputs.get(trigger.name)?.[0] ?? []) : [...nodes.keys()].slice(0, 1)
  const builder = { nodes, outputs, stepNames, context, placed: new Set<string>() }
  const steps = start.length > 1 ? [{ together: forkOf(start, builder) }] : listFrom(start[0], builder, () => false)
  for (const step of steps) keepResult(step, kept, stepNames)
  if (steps.length === 0) {
    context.note('It has no step that could be translated.')
    steps.push({ answer: { set: { empty: true } } })
  }
  const left = [...nodes.values()].filter((node) => !isTrigger(node) && !builder.placed.has(node.name))
  for (const { name } of left) context.note(`${name}: nothing leads to it from the start, so it is left out.`)
  return {
    document: { document: header(text(valueAt(data, 'name')) || 'imported'), ...extras, do: steps },
    notes: [...new Set(notes)]
  }
}

interface ListBuilder {
  nodes: ReadonlyMap<string, N8nNode>
  outputs: ReadonlyMap<string, Outputs>
  stepNames: ReadonlyMap<string, string>
  context: NodeContext
  /** Nodes that are in a list already. */
  placed: Set<string>
}

/** The list of steps from a node on, depth first, until `stop` returns true. */
function listFrom(first: string | undefined, builder: ListBuilder, stop: (node: string) => boolean): Item[] {
  const list: Item[] = []
  const own = new Set<string>()
  const queue = first === undefined ? [] : [first]
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const node = builder.nodes.get(name)
    if (!node || stop(name) || builder.placed.has(name)) continue
    builder.placed.add(name)
    own.add(name)
    const { task, next } = stepOf(node, builder)
    list.push({ [builder.stepNames.get(name) ?? name]: task })
    queue.unshift(...next)
  }
  return linked(list, own, builder)
}

/** Adds `then` to each step that does not continue with the step below it. */
function linked(list: Item[], own: ReadonlySet<string>, { stepNames }: ListBuilder): Item[] {
  const inList = new Set([...own].map((name) => stepNames.get(name)))
  list.forEach((item, index) => {
    const [task] = Object.values(item)
    const following = list[index + 1] ? Object.keys(list[index + 1] ?? {})[0] : undefined
    if (!task || task['then'] === 'end') return
    const target = task['then']
    if (typeof target === 'string' && !inList.has(target)) task['then'] = 'exit'
    if (target === following && target !== undefined) delete task['then']
    if (target === undefined && following !== undefined && !('switch' in task) && !('raise' in task))
      task['then'] = 'exit'
    for (const each of Array.isArray(task['switch']) ? (task['switch'] as Item[]) : [])
      for (const body of Object.values(each))
        if (body['then'] !== 'exit' && !inList.has(String(body['then']))) body['then'] = 'exit'
    if (index === list.length - 1 && task['then'] === 'exit') delete task['then']
  })
  return list
}

function stepOf(node: N8nNode, builder: ListBuilder): { task: Task; next: string[] } {
  const { outputs, context, stepNames } = builder
  const out = outputs.get(node.name) ?? []
  const stepName = (target: string | undefined): string =>
    target === undefined ? 'exit' : (stepNames.get(target) ?? 'exit')
  if (node.type === 'if' || node.type === 'filter') {
    const when = conditionOf(node.parameters, context.refOf)
    if (when === undefined)
      context.note(`${node.name}: its condition could not be translated. It is false until it is written in jq.`)
    const [yes, no] = [out[0]?.[0], out[1]?.[0]]
    single(node, out, context)
    return {
      task: { switch: [{ yes: { when: when ?? 'false', then: stepName(yes) } }, { no: { then: stepName(no) } }] },
      next: [yes, no].filter((each): each is string => each !== undefined)
    }
  }
  if (node.type === 'switch') return switchStep(node, out, context, stepName)
  if (LOOPS.includes(node.type)) return loopStep(node, out, builder, stepName)
  const task = taskOfNode(node, context)
  const targets = out[0] ?? []
  if (targets.length > 1) {
    const fork = forkOf(targets, builder)
    const join = joinOf(targets, builder)
    return {
      task: {
        do: [{ [`${stepNames.get(node.name) ?? 'step'}-alone`]: task }, { together: fork }],
        ...(join ? { then: stepName(join) } : {})
      },
      next: join ? [join] : []
    }
  }
  const [next] = targets
  return {
    task: next === undefined ? task : { ...task, then: task['then'] ?? stepName(next) },
    next: next === undefined ? [] : [next]
  }
}

function switchStep(
  node: N8nNode,
  out: Outputs,
  context: NodeContext,
  stepName: (target: string | undefined) => string
) {
  const rules = valueAt(node.parameters, 'rules', 'values') ?? valueAt(node.parameters, 'rules', 'rules')
  const value = node.parameters['value1']
  const cases = (Array.isArray(rules) ? (rules as unknown[]) : []).map((rule, index) => {
    const when = isRecord(valueAt(rule, 'conditions'))
      ? conditionOf(rule, context.refOf)
      : compared(text(valueAt(rule, 'operation') ?? 'equal'), value, valueAt(rule, 'value2'), context.refOf)
    if (when === undefined) context.note(`${node.name}: the condition of rule ${index + 1} could not be translated.`)
    return { [`rule-${index + 1}`]: { when: when ?? 'false', then: stepName(out[index]?.[0]) } }
  })
  single(node, out, context)
  const fallback = out[cases.length]?.[0]
  return {
    task: { switch: [...cases, { otherwise: { then: stepName(fallback) } }] },
    next: out.flatMap(([first]) => (first === undefined ? [] : [first]))
  }
}

/**
 * The order of the outputs differs between versions of the node. The output that leads back is the body of the loop.
 */
function loopStep(node: N8nNode, out: Outputs, builder: ListBuilder, stepName: (target: string | undefined) => string) {
  const back = out.findIndex((targets) => targets.some((target) => leadsTo(target, node.name, builder)))
  const body = out[back]?.[0]
  const done = out.find((_, index) => index !== back)?.[0]
  builder.context.note(`${node.name}: it goes through the list that it gets, an item at a time.`)
  const list = listFrom(body, builder, (name) => name === node.name || name === done)
  const steps = list.length > 0 ? list : [{ nothing: { set: '${ . }' } }]
  return {
    task: {
      for: { each: 'item', in: 'if type == "array" then . else [.] end' },
      do: [{ item: { set: '${ $item }' } }, ...steps],
      ...(done === undefined ? {} : { then: stepName(done) })
    },
    next: done === undefined ? [] : [done]
  }
}

function leadsTo(from: string, target: string, { outputs }: ListBuilder): boolean {
  const seen = new Set<string>()
  const queue = [from]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (name === target) return true
    if (seen.has(name)) continue
    seen.add(name)
    queue.push(...(outputs.get(name) ?? []).flat())
  }
  return false
}

/** The branches that start at one output, up to where they meet. */
function forkOf(targets: readonly string[], builder: ListBuilder): Task {
  const join = joinOf(targets, builder)
  const branches = targets
    .filter((target) => target !== join)
    .map((target, index): Item => {
      const list = listFrom(target, builder, (name) => name === join)
      return { [`branch-${index + 1}`]: { do: list.length > 0 ? list : [{ nothing: { set: '${ . }' } }] } }
    })
  return { fork: { branches } }
}

/** The first node that all of these lead to. */
function joinOf(targets: readonly string[], builder: ListBuilder): string | undefined {
  return [...builder.nodes.keys()]
    .filter((name) => targets.every((target) => leadsTo(target, name, builder)))
    .find((name, _, all) =>
      all.every((other) => other === name || !leadsTo(other, name, builder) || leadsTo(name, other, builder))
    )
}

function single(node: N8nNode, out: Outputs, context: NodeContext): void {
  if (out.some((targets) => targets.length > 1))
    context.note(`${node.name}: an output leads to several nodes; the flow goes on with the first.`)
}

/** Exports the result of a step into the context, if later steps read it. */
function keepResult(item: Item, kept: ReadonlySet<string>, stepNames: ReadonlyMap<string, string>): void {
  for (const [name, task] of Object.entries(item)) {
    if ([...kept].some((node) => stepNames.get(node) === name) && !('raise' in task))
      task['export'] = { as: `\${ $context + { ${JSON.stringify(name)}: . } }` }
    for (const path of [['do'], ['fork', 'branches']]) {
      const list = valueAt(task, ...path)
      if (Array.isArray(list)) for (const each of list as Item[]) keepResult(each, kept, stepNames)
    }
  }
}
