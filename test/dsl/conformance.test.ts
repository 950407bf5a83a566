import t from 'tap'
import { createEngine } from '../../scripts/conformance/engine.ts'
import { readFeature } from '../../scripts/conformance/gherkin.ts'
import { startStandIns } from '../../scripts/conformance/stand-ins.ts'
import { play } from '../../scripts/conformance/steps.ts'
import { createExpressions } from '../../src/dsl/expressions/expressions.ts'

const FENCE = '"""'
const feature = (output: string, extra = ''): string => `
Feature: Reader
  Words that are no steps

  # a comment
  Scenario: One
    Given a workflow with definition:
    ${FENCE}yaml
    document: { dsl: '1.0.3', namespace: test, name: one, version: '1.0.0' }
    do:
      - outer:
          do:
            - find: { call: http, with: { method: get, endpoint: 'https://petstore.swagger.io/v2/pet/{id}' }, output: {
                  as: '{ name, tags }' } }
      - last: { set: { pet: '\${ . }', list: [1, 2] } }
    ${FENCE}
    And given the workflow input is:
    ${FENCE}yaml
    id: 1
    ${FENCE}
    When the workflow is executed
    Then the workflow should complete with output:
    ${FENCE}yaml
    ${output}
    ${FENCE}
    And the workflow output should have properties 'pet', 'pet.name'
    And the workflow output should have a 'list' property containing 2 items
    And outer should run first
    And find should run after outer
    And find should run before last
    And last should run last
    And find should complete
    ${extra}
`

const expressions = createExpressions()
const standIns = await startStandIns()
t.teardown(async () => {
  await standIns.close()
  await expressions.close()
})
const engine = createEngine(expressions, standIns)
const playText = async (text: string): Promise<void> => {
  for (const scenario of readFeature(text)) await play(scenario, engine)
}

t.test('a scenario is read and played', async (t) => {
  const [scenario, ...others] = readFeature(feature('{ pet: { name: Rex, tags: [] }, list: [1, 2] }'))
  t.equal(others.length, 0)
  t.match(scenario, { feature: 'Reader', name: 'One' })
  t.equal(scenario?.steps.length, 11)
  await t.resolves(playText(feature('{ pet: { name: Rex, tags: [] }, list: [1, 2] }')))
})

t.test('a scenario with a wrong expectation fails, and so does one with an unknown step', async (t) => {
  await t.rejects(playText(feature('{ pet: other }')), { message: /complete with output: but found/ })
  const right = '{ pet: { name: Rex, tags: [] }, list: [1, 2] }'
  for (const wrong of [
    'And last should run first',
    'And last should run before find',
    'And find should fault',
    'And gone should complete',
    "And the workflow output should have properties 'gone'",
    "And the workflow output should have a 'list' property containing 3 items",
    'And the workflow should fault'
  ]) {
    await t.rejects(playText(feature(right, wrong)), wrong)
  }
  await t.rejects(playText(feature(right, 'And something else happens')), { message: /no meaning is known/ })
})

t.test('unknown syntax is an error, not skipped', async (t) => {
  t.throws(() => readFeature('Feature: x\n  Scenario: y\n    Given a\n    | table |\n'), /line 4 is not read here/)
  t.throws(() => readFeature(`Feature: x\n  Scenario: y\n    Given a\n    ${FENCE}\n    open\n`), /no end/)
})
