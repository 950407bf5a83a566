/** The demo's flow: two upstream calls, a decision and a mapping. `erp` is the URL of the demo upstream. */
export function priceLookup(erp: string): Record<string, unknown> {
  return {
    document: {
      dsl: '1.0.3',
      namespace: 'demo',
      name: 'price-lookup',
      version: '1.0.0',
      title: 'Price lookup',
      summary: 'Price and availability of a product'
    },
    input: {
      schema: {
        document: {
          type: 'object',
          properties: {
            query: {
              type: 'object',
              properties: {
                sku: { type: 'string', minLength: 1, examples: ['A-100'] },
                quantity: { type: 'string', pattern: '^[0-9]{1,6}$' }
              },
              required: ['sku']
            }
          },
          required: ['query']
        }
      },
      from: '${ { sku: .query.sku, quantity: ((.query.quantity // "1") | tonumber) } }'
    },
    do: [
      {
        findProduct: {
          try: [{ getProduct: { call: 'http', with: { method: 'get', endpoint: { uri: `${erp}/products/{sku}` } } } }],
          catch: {
            errors: { with: { status: 404 } },
            do: [
              {
                unknownProduct: {
                  raise: {
                    error: {
                      type: 'https://example.com/errors/unknown-product',
                      status: 404,
                      title: 'There is no such product'
                    }
                  }
                }
              }
            ]
          },
          export: { as: '${ { product: ., sku: .sku, quantity: $context.quantity } }' }
        }
      },
      {
        getStock: {
          input: { from: '${ $context }' },
          call: 'http',
          with: { method: 'get', endpoint: { uri: `${erp}/stock/{sku}` } },
          export: { as: '${ { product: $context.product, quantity: $context.quantity, onHand: .onHand } }' }
        }
      },
      {
        isThereEnough: {
          switch: [
            { enough: { when: '${ $context.onHand >= $context.quantity }', then: 'inStock' } },
            { short: { then: 'onOrder' } }
          ]
        }
      },
      { inStock: { set: { availability: 'in stock', deliveryDays: 2 }, then: 'answer' } },
      { onOrder: { set: { availability: 'on order', deliveryDays: 14 }, then: 'answer' } },
      {
        answer: {
          set: {
            sku: '${ $context.product.sku }',
            name: '${ $context.product.name }',
            quantity: '${ $context.quantity }',
            total: '${ { amount: ($context.product.price * $context.quantity), currency: $context.product.currency } }',
            availability: '${ .availability }',
            deliveryDays: '${ .deliveryDays }'
          }
        }
      }
    ]
  }
}
