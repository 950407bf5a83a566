import type { FlowExample } from './example.ts'

// Whole flows for common first needs. Each can be saved as it is; the author then replaces addresses and secrets.

const PRICE = `# Looks a product up, asks the warehouse, and answers with a price and a date.
document:
  dsl: 1.0.3
  namespace: default
  name: price-lookup
  version: 1.0.0
input:
  schema:
    document:
      type: object
      required: [query]
      properties:
        query:
          type: object
          required: [sku]
          properties:
            sku: { type: string, minLength: 1, examples: [A-100] }
  from: '\${ .query }'
do:
  - getProduct:
      try:
        - askCatalog:
            call: http
            with:
              method: get
              endpoint: https://erp.example.com/products/{sku}
      catch:
        errors:
          with: { status: 404 }
        do:
          - unknownProduct:
              raise:
                error:
                  type: https://example.com/errors/unknown-product
                  status: 404
                  title: There is no such product
      export:
        as: '\${ { product: . } }'
  - getStock:
      call: http
      with:
        method: get
        endpoint: https://erp.example.com/stock/{sku}
  - isThereEnough:
      switch:
        - enough: { when: .onHand > 0, then: inStock }
        - short: { then: onOrder }
  - inStock:
      set: { deliveryDays: 2 }
      then: answer
  - onOrder:
      set: { deliveryDays: 14 }
  - answer:
      set:
        name: \${ $context.product.name }
        price: \${ $context.product.price }
        deliveryDays: \${ .deliveryDays }
`

const ORDER_SYNC = `# Brings an order of the shop into the ERP, line by line, and says so in an event.
document:
  dsl: 1.0.3
  namespace: default
  name: order-sync
  version: 1.0.0
use:
  secrets: [erpToken]
  authentications:
    erp:
      bearer: { token: '\${ $secrets.erpToken }' }
input:
  from: '\${ .body }'
do:
  - hasLines:
      switch:
        - none: { when: '(.lines // []) | length == 0', then: refuse }
        - some: { then: createOrder }
  - refuse:
      raise:
        error:
          type: https://example.com/errors/empty-order
          status: 422
          title: The order has no lines
  - createOrder:
      call: http
      with:
        method: post
        endpoint:
          uri: https://erp.example.com/orders
          authentication: { use: erp }
        body:
          reference: \${ .number }
          customer: \${ .customer.id }
      export:
        as: '\${ { erpId: .id, lines: $workflow.input.body.lines } }'
  - addLines:
      for: { each: line, in: $context.lines }
      do:
        - addLine:
            call: http
            with:
              method: post
              endpoint:
                uri: '\${ "https://erp.example.com/orders/\\($context.erpId)/lines" }'
                authentication: { use: erp }
              body:
                sku: \${ $line.sku }
                quantity: \${ $line.quantity }
  - tell:
      emit:
        event:
          with:
            type: com.example.order.synced
            data: { erpId: '\${ $context.erpId }' }
  - answer:
      set: { erpId: '\${ $context.erpId }', lines: '\${ $context.lines | length }' }
`

const PAGING = `# Reads a list page by page until it is empty, and answers with all of it.
document:
  dsl: 1.0.3
  namespace: default
  name: read-all-pages
  version: 1.0.0
do:
  - start:
      set: { page: 1, items: [], more: true }
  - pages:
      # At most fifty pages: a list that never ends must not keep the run going.
      for: { each: number, in: '[range(1; 51)]' }
      while: .more
      do:
        - remember:
            set: '\${ . }'
            export: { as: '\${ . }' }
        - readPage:
            call: http
            with:
              method: get
              endpoint: https://api.example.com/items
              query: { page: '\${ $context.page }', per_page: 100 }
        - collect:
            set:
              page: \${ $context.page + 1 }
              items: \${ $context.items + .items }
              more: '\${ (.items | length) == 100 }'
  - answer:
      set: { count: '\${ .items | length }', items: '\${ .items }' }
`

const XML = `# Takes a webhook in JSON and hands it to an ERP that speaks XML.
document:
  dsl: 1.0.3
  namespace: default
  name: webhook-to-xml
  version: 1.0.0
input:
  from: '\${ .body }'
do:
  - toXml:
      run:
        script:
          language: js
          arguments: { order: '\${ . }' }
          code: |
            // Text goes into XML with its five entities only.
            const text = (value) =>
              String(value ?? '').replace(/[<>&'"]/g, (sign) => '&#' + sign.charCodeAt(0) + ';')
            return (
              '<?xml version="1.0"?><order><number>' + text(order.number) + '</number>' +
              (order.lines ?? [])
                .map((line) => '<line sku="' + text(line.sku) + '">' + text(line.quantity) + '</line>')
                .join('') +
              '</order>'
            )
  - send:
      call: http
      with:
        method: post
        endpoint: https://erp.example.com/soap/orders
        headers: { content-type: application/xml }
        body: \${ . }
        output: response
  - answer:
      set: { accepted: '\${ .statusCode < 300 }' }
`

const OAUTH = `# Gets a token with client credentials and calls an API with it. The token is kept until it ends.
document:
  dsl: 1.0.3
  namespace: default
  name: oauth-call
  version: 1.0.0
use:
  secrets: [clientSecret]
  authentications:
    crm:
      oauth2:
        authority: https://login.example.com
        grant: client_credentials
        client: { id: sluice, secret: '\${ $secrets.clientSecret }' }
        scopes: [contacts.read]
do:
  - getContacts:
      call: http
      with:
        method: get
        endpoint:
          uri: https://crm.example.com/contacts
          authentication: { use: crm }
  - answer:
      set: { contacts: '\${ [ .items[] | { id, name } ] }' }
`

const APPROVAL = `# Asks for an approval and waits for it: the approver's system is asked again until it has decided.
document:
  dsl: 1.0.3
  namespace: default
  name: approval
  version: 1.0.0
input:
  from: '\${ .body }'
do:
  - ask:
      call: http
      with:
        method: post
        endpoint: https://approvals.example.com/requests
        body: { subject: '\${ .subject }', amount: '\${ .amount }' }
      export: { as: '\${ { id: .id } }' }
  - pending:
      set: { state: pending }
  - untilDecided:
      # For two days, every half an hour. The listener of this flow answers later (202).
      for: { each: attempt, in: '[range(96)]' }
      while: .state == "pending"
      do:
        - later:
            wait: { minutes: 30 }
        - look:
            call: http
            with:
              method: get
              endpoint: '\${ "https://approvals.example.com/requests/" + $context.id }'
  - answer:
      set: { approved: '\${ .state == "approved" }', state: '\${ .state }' }
`

const REPORT = `# Every working day at six: reads the figures of the day and posts them to the team.
document:
  dsl: 1.0.3
  namespace: default
  name: daily-report
  version: 1.0.0
  metadata: { timeZone: Europe/Berlin }
schedule:
  cron: '0 18 * * 1-5'
do:
  - figures:
      call: http
      with:
        method: get
        endpoint: https://shop.example.com/reports/today
  - post:
      call: http
      with:
        method: post
        endpoint: https://chat.example.com/hooks/sales
        body:
          text: '\${ "Orders: \\(.orders), revenue: \\(.revenue)" }'
`

const BACKOFF = `# Tries a busy system again, longer and longer apart, and answers with its error in the end.
document:
  dsl: 1.0.3
  namespace: default
  name: retry-with-backoff
  version: 1.0.0
do:
  - reserve:
      try:
        - callIt:
            call: http
            with:
              method: post
              endpoint: https://stock.example.com/reservations
              body: { sku: '\${ .body.sku }' }
      catch:
        errors:
          with: { status: 503 }
        retry:
          delay: { seconds: 1 }
          backoff: { exponential: {} }
          jitter: { from: { milliseconds: 0 }, to: { milliseconds: 500 } }
          limit: { attempt: { count: 5 } }
        do:
          - giveUp:
              raise:
                error:
                  type: https://example.com/errors/busy
                  status: 503
                  title: The warehouse is busy
`

const FAN_OUT = `# Asks three suppliers at the same time and answers with the cheapest offer.
document:
  dsl: 1.0.3
  namespace: default
  name: cheapest-offer
  version: 1.0.0
input:
  from: '\${ .query }'
do:
  - offers:
      fork:
        branches:
          - north:
              call: http
              with: { method: get, endpoint: 'https://north.example.com/offers/{sku}' }
          - south:
              call: http
              with: { method: get, endpoint: 'https://south.example.com/offers/{sku}' }
          - west:
              call: http
              with: { method: get, endpoint: 'https://west.example.com/offers/{sku}' }
  - answer:
      set: '\${ { offers: ., best: min_by(.price) } }'
`

const FILE = `# Hands a file of text through. The listener of this flow answers what the flow says ("respond": "http").
document:
  dsl: 1.0.3
  namespace: default
  name: file-pass-through
  version: 1.0.0
input:
  from: '\${ .query }'
do:
  - fetchFile:
      call: http
      with:
        method: get
        endpoint: https://files.example.com/exports/{month}.csv
        output: response
  - answer:
      set:
        status: 200
        headers:
          content-type: text/csv
          content-disposition: attachment; filename="export.csv"
        body: \${ .content }
`

const SIGNED = `# Takes a signed webhook. Its listener checks the signature; the flow looks at what is in it.
document:
  dsl: 1.0.3
  namespace: default
  name: signed-webhook
  version: 1.0.0
input:
  from: '\${ .body }'
do:
  - what:
      switch:
        - paid: { when: .type == "payment.succeeded", then: book }
        - failed: { when: .type == "payment.failed", then: remind }
        - other: { then: ignore }
  - book:
      call: http
      with:
        method: post
        endpoint: https://erp.example.com/payments
        body: { reference: '\${ .data.reference }', amount: '\${ .data.amount }' }
      then: answer
  - remind:
      emit:
        event:
          with: { type: com.example.payment.failed, data: '\${ .data }' }
      then: answer
  - ignore:
      set: { ignored: true }
  - answer:
      set: { received: true }
`

const MCP = `# A tool for assistants: its listener has "mcp" on, and what it takes is said by the schema.
document:
  dsl: 1.0.3
  namespace: default
  name: find-customer
  version: 1.0.0
  title: Find a customer
  summary: Finds customers of the CRM by a part of their name
input:
  schema:
    document:
      type: object
      properties:
        body:
          type: object
          required: [name]
          properties:
            name: { type: string, minLength: 2, description: A part of the name, examples: [Smith] }
do:
  - search:
      call: http
      with:
        method: get
        endpoint: https://crm.example.com/customers
        query: { q: '\${ .body.name }', limit: 5 }
  - answer:
      set: { customers: '\${ [ .items[] | { id, name, city } ] }' }
`

export const GALLERY: readonly FlowExample[] = [
  { value: 'price', label: 'Price lookup', about: 'Two calls, a decision, an error and a mapping.', text: PRICE },
  {
    value: 'order-sync',
    label: 'Order sync',
    about: 'An order of the shop goes into the ERP, line by line.',
    text: ORDER_SYNC
  },
  { value: 'paging', label: 'Paging through an API', about: 'Reads a list page by page until it ends.', text: PAGING },
  { value: 'xml', label: 'Webhook to ERP by XML', about: 'JSON comes in, XML goes out.', text: XML },
  { value: 'oauth', label: 'OAuth call', about: 'Client credentials, then a call.', text: OAUTH },
  { value: 'approval', label: 'Approval', about: 'Asks somebody, and waits until it is decided.', text: APPROVAL },
  { value: 'report', label: 'Daily report', about: 'Starts by itself and posts the figures.', text: REPORT },
  { value: 'backoff', label: 'Retry with backoff', about: 'Tries again, longer and longer apart.', text: BACKOFF },
  { value: 'fan-out', label: 'Fan-out', about: 'Three systems at the same time; the best answer wins.', text: FAN_OUT },
  { value: 'file', label: 'File pass-through', about: 'A file comes from elsewhere and goes on as it is.', text: FILE },
  {
    value: 'signed',
    label: 'Signed webhook',
    about: 'What to do with the events of a payment provider.',
    text: SIGNED
  },
  { value: 'mcp', label: 'MCP tool', about: 'A tool that assistants can call.', text: MCP }
]
