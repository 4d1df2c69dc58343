import {
  asObject,
  filledAt,
  type JsonObject,
  type JsonValue,
  objectsAt,
  readJson,
  valueAt,
} from '#connectors/json.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

const MAX_STEPS = 1000

export type Step = {
  readonly number: string
  readonly order: string | null
  readonly action: string
  readonly time: string
  readonly place: string | null
  readonly words: string | null
}

/**
 * The steps of a push or a kept query. Of the push's envelope nothing is documented; what the query answers is read wherever it can
 * stand: `mailno` with `steps`, or with the fields of one step, at the top or in `data`, alone or in a list. Refused with
 * `yunda.unreadable`, `yunda.incomplete` (a number, a step or an action is missing), `yunda.too_many_nodes` (above 1,000).
 */
export function parseSteps(body: Uint8Array | string): Result<readonly Step[]> {
  const json = readJson(body)
  if (!json.ok) return refuse('yunda.unreadable', json.refusal.detail)
  const steps: Step[] = []
  for (const entry of entriesOf(json.value)) {
    const number = filledAt(entry, 'mailno')
    if (number === null) return refuse('yunda.incomplete', 'an entry names no mailno')
    const quoted = filledAt(entry, 'orderid')
    // A subscription must name an order; ours names the number again.
    const order = quoted === number ? null : quoted
    const nodes = valueAt(entry, 'steps') === undefined ? [entry] : objectsAt(entry, 'steps')
    if (steps.length + nodes.length > MAX_STEPS)
      return refuse('yunda.too_many_nodes', `more than ${MAX_STEPS} steps`)
    for (const node of nodes) {
      const action = filledAt(node, 'action')
      if (action === null) return refuse('yunda.incomplete', 'a step has no action')
      steps.push({
        number,
        order,
        action,
        time: filledAt(node, 'time') ?? '',
        place: filledAt(node, 'station_name') ?? filledAt(node, 'city'),
        words: filledAt(node, 'description'),
      })
    }
  }
  return steps.length === 0 ? refuse('yunda.incomplete', 'the message holds no step') : ok(steps)
}

function entriesOf(value: JsonValue): readonly JsonObject[] {
  const inner = valueAt(value, 'data') ?? value
  const one = asObject(inner)
  return one === null ? objectsAt({ list: inner }, 'list') : [one]
}
