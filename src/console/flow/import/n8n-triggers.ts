import { text, valueAt } from '../outline.ts'
import type { N8nNode, NodeContext } from './n8n-nodes.ts'

type Task = Record<string, unknown>

const TRIGGERS = /(?:trigger|webhook|start|cron|interval)$/i

/** Whether a workflow begins with a node. */
export function isTrigger({ type }: N8nNode): boolean {
  return TRIGGERS.test(type) && type !== 'respondToWebhook'
}

/** The part of the flow for a trigger: a schedule, or nothing but a note. */
export function triggerPart(node: N8nNode, { note }: NodeContext): Task {
  if (node.type === 'webhook') {
    const method = text(node.parameters['httpMethod'] ?? 'GET')
    note(`${node.name}: make a listener for this flow that takes ${method}. Its URL is another one.`)
    return {}
  }
  if (node.type !== 'scheduleTrigger' && node.type !== 'cron' && node.type !== 'interval') {
    if (node.type !== 'manualTrigger' && node.type !== 'start')
      note(`${node.name}: nothing here starts like ${node.type}. Make a listener, or a schedule.`)
    return {}
  }
  const [rule] = (valueAt(node.parameters, 'rule', 'interval') ??
    valueAt(node.parameters, 'triggerTimes', 'item') ??
    []) as unknown[]
  const schedule = scheduleOf(rule)
  if (!schedule) note(`${node.name}: its times could not be translated. The flow starts every day at midnight.`)
  return { schedule: schedule ?? { cron: '0 0 * * *' } }
}

function scheduleOf(rule: unknown): Task | undefined {
  const field = text(valueAt(rule, 'field') ?? valueAt(rule, 'mode') ?? 'days')
  const hour = Number(valueAt(rule, 'triggerAtHour') ?? valueAt(rule, 'hour') ?? 0)
  const minute = Number(valueAt(rule, 'triggerAtMinute') ?? valueAt(rule, 'minute') ?? 0)
  const expression = valueAt(rule, 'expression')
  if (field === 'cronExpression' && typeof expression === 'string') {
    const fields = expression.replace(/^=/, '').trim().split(/\s+/)
    return { cron: (fields.length === 6 ? fields.slice(1) : fields).join(' ') }
  }
  if (field === 'minutes') return { every: { minutes: Number(valueAt(rule, 'minutesInterval') ?? 5) } }
  if (field === 'hours') return { every: { hours: Number(valueAt(rule, 'hoursInterval') ?? 1) } }
  if (field === 'seconds') return { every: { seconds: Number(valueAt(rule, 'secondsInterval') ?? 30) } }
  if (field === 'days' || field === 'everyDay') return { cron: `${minute} ${hour} * * *` }
  if (field === 'weeks' || field === 'everyWeek') {
    const days = valueAt(rule, 'triggerAtDay') ?? valueAt(rule, 'weekday')
    return {
      cron: `${minute} ${hour} * * ${Array.isArray(days) && days.length > 0 ? days.join(',') : text(days) || '1'}`
    }
  }
  return undefined
}
