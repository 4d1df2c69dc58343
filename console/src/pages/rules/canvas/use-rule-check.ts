import { useEffect, useState } from 'react'
import { write } from '#/api/client.ts'
import type { RuleCheck, RuleModel } from '#/api/rule-model-types.ts'

const WAIT_MS = 600
export type CheckState = {
  readonly check: RuleCheck | null
  readonly running: boolean
  readonly error: unknown
}

/** The hub's check of what stands on the canvas, 600 ms after the last change. Moving a node asks nothing. */
export function useRuleCheck(kind: string, model: RuleModel, enabled: boolean): CheckState {
  const [state, setState] = useState<CheckState>({ check: null, running: enabled, error: null })
  const [content, setContent] = useState({ model, text: '' })
  // Where nodes stand is no part of what they say.
  const text = contentOf(model)
  if (text !== content.text) setContent({ model, text })
  const asked = content.model
  useEffect(() => {
    if (!enabled) return
    let over = false
    setState((old) => ({ ...old, running: true }))
    const timer = window.setTimeout(() => {
      write<RuleCheck>('POST', '/api/rules/check', { kind, model: asked }).then(
        (check) => over || setState({ check, running: false, error: null }),
        (error: unknown) => over || setState((old) => ({ ...old, running: false, error })),
      )
    }, WAIT_MS)
    return () => {
      over = true
      window.clearTimeout(timer)
    }
  }, [kind, asked, enabled])
  return state
}

const KNOWN = new WeakMap<RuleModel, string>()
function contentOf(model: RuleModel): string {
  const known = KNOWN.get(model)
  if (known !== undefined) return known
  const nodes = model.nodes.map(({ at: _, ...node }) => node)
  const text = JSON.stringify({ ...model, nodes })
  KNOWN.set(model, text)
  return text
}
