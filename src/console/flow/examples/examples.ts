import type { FlowExample } from './example.ts'
import { GALLERY } from './gallery.ts'

const BLANK = `document:
  dsl: 1.0.3
  namespace: default
  name: my-flow
  version: 1.0.0
do:
  - answer:
      set:
        hello: \${ .query.name // "world" }
`

const CALL = `# Asks another system and answers with a part of what it says.
document:
  dsl: 1.0.3
  namespace: default
  name: look-up
  version: 1.0.0
input:
  schema:
    document:
      type: object
      required: [query]
      properties:
        query:
          type: object
          required: [id]
          properties:
            id: { type: string, minLength: 1, examples: ['7'] }
do:
  - getItem:
      call: http
      with:
        method: get
        endpoint: \${ "https://api.example.com/items/" + .query.id }
  - answer:
      set:
        id: \${ .id }
        name: \${ .name }
`

const DECISION = `# Continues in one way or another, depending on its input.
document:
  dsl: 1.0.3
  namespace: default
  name: route-order
  version: 1.0.0
do:
  - howMuch:
      switch:
        - large:
            when: \${ (.body.total // 0) >= 1000 }
            then: review
        - small:
            then: accept
  - review:
      set: { status: in review }
      then: end
  - accept:
      set: { status: accepted }
`

const RETRY = `# Tries again where the other system is busy, and says so in the end.
document:
  dsl: 1.0.3
  namespace: default
  name: patient-call
  version: 1.0.0
do:
  - ask:
      try:
        - callIt:
            call: http
            with:
              method: get
              endpoint: https://api.example.com/status
      catch:
        errors:
          with:
            status: 503
        retry:
          delay: { seconds: 1 }
          limit:
            attempt:
              count: 3
`

const NIGHTLY = `# Starts by itself every night at three. Its listener, if it has one, starts it as well.
document:
  dsl: 1.0.3
  namespace: default
  name: nightly
  version: 1.0.0
schedule:
  cron: '0 3 * * *'
do:
  - answer:
      set:
        done: true
`

export const BLANK_FLOW = BLANK

export const FLOW_EXAMPLES: readonly FlowExample[] = [
  {
    value: 'call',
    label: 'Call an API',
    about: 'Asks another system and answers with a part of what it says.',
    text: CALL
  },
  {
    value: 'decision',
    label: 'Decide',
    about: 'Continues in one way or another, depending on its input.',
    text: DECISION
  },
  { value: 'retry', label: 'Try again', about: 'Repeats a call while the other system is busy.', text: RETRY },
  { value: 'nightly', label: 'Every night', about: 'Starts by itself at three.', text: NIGHTLY },
  ...GALLERY
]
