import type { FlowDocument } from '../../src/dsl/index.ts'

/** An order in the input of a listener. */
export interface Order {
  id: string
  customer: { name: string; country: string; tier: string | null }
  coupon: string | null
  lines: { sku: string; price: number; quantity: number }[]
}

export interface Quote {
  id: string
  lines: number
  total: number
  tax: number
  shipping: number
  message: string
}

export const ORDER: Order = {
  id: 'A-1029',
  customer: { name: 'Ada Lovelace', country: 'DE', tier: 'gold' },
  coupon: null,
  lines: [
    { sku: 'lamp', price: 40, quantity: 2 },
    { sku: 'desk', price: 250, quantity: 1 },
    { sku: 'chair', price: 120, quantity: 4 },
    { sku: 'pen', price: 2, quantity: 10 },
    { sku: 'cable', price: 9, quantity: 0 }
  ]
}

/**
 * Prices an order in ten tasks without a call. Each task is a small transformation, a branch or an export to the
 * context. Nine tasks run; the condition of the coupon's task is false, so it is skipped.
 */
export const TEN_TASKS: FlowDocument = {
  document: { dsl: '1.0.3', namespace: 'bench', name: 'ten-tasks', version: '1.0.0' },
  do: [
    { remember: { set: '${ . }', export: { as: '{ order: . }' } } },
    { lines: { set: { lines: '${ .lines | map(select(.quantity > 0) | {sku, total: (.price * .quantity)}) }' } } },
    { subtotal: { set: { count: '${ .lines | length }', subtotal: '${ [.lines[].total] | add }' } } },
    { coupon: { if: '$context.order.coupon != null', set: { count: '${ .count }', subtotal: '${ .subtotal - 5 }' } } },
    { size: { switch: [{ large: { when: '.subtotal >= 500', then: 'discount' } }, { small: { then: 'shipping' } }] } },
    {
      discount: {
        set: { discount: '${ if $context.order.customer.tier == "gold" then 10 else 5 end }' },
        output: { as: '$input + .' }
      }
    },
    { discounted: { set: { subtotal: '${ .subtotal * (100 - .discount) / 100 }' }, output: { as: '$input + .' } } },
    {
      shipping: {
        set: { shipping: '${ if .subtotal > 300 or $context.order.customer.country == "DE" then 0 else 15 end }' },
        output: { as: '$input + .' }
      }
    },
    { tax: { set: { tax: '${ .subtotal * 19 / 100 | floor }' }, output: { as: '$input + .' } } },
    {
      answer: {
        set: {
          id: '${ $context.order.id }',
          lines: '${ .count }',
          total: '${ .subtotal + .tax + .shipping }',
          tax: '${ .tax }',
          shipping: '${ .shipping }',
          message: '${ "Dear \\($context.order.customer.name), \\(.count) items" }'
        }
      }
    }
  ]
}

/** The same logic written by hand. */
export function priceByHand(order: Order): Quote {
  const lines = order.lines
    .filter((line) => line.quantity > 0)
    .map(({ sku, price, quantity }) => ({ sku, total: price * quantity }))
  let subtotal = lines.reduce((sum, line) => sum + line.total, 0)
  if (order.coupon !== null) subtotal -= 5
  if (subtotal >= 500) subtotal = (subtotal * (100 - (order.customer.tier === 'gold' ? 10 : 5))) / 100
  const shipping = subtotal > 300 || order.customer.country === 'DE' ? 0 : 15
  const tax = Math.floor((subtotal * 19) / 100)
  return {
    id: order.id,
    lines: lines.length,
    total: subtotal + tax + shipping,
    tax,
    shipping,
    message: `Dear ${order.customer.name}, ${lines.length} items`
  }
}
