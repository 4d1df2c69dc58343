import type { RuleModel } from '../../../api/rule-model-types.ts'

export const STEPS_KEPT = 200

/** What was done on the canvas, to go back and forth in. */
export type History = {
  readonly past: readonly RuleModel[]
  readonly present: RuleModel
  readonly future: readonly RuleModel[]
  /** Changes of one key in a row (letters of one field, steps of one move) are one step. */
  readonly key: string | null
}

export type HistoryStep =
  | { readonly do: 'change'; readonly model: RuleModel; readonly key?: string | null }
  | { readonly do: 'undo' }
  | { readonly do: 'redo' }
  | { readonly do: 'load'; readonly model: RuleModel }
  /** The next change is a step of its own, whatever its key. */
  | { readonly do: 'pause' }

export function openHistory(model: RuleModel): History {
  return { past: [], present: model, future: [], key: null }
}

export function applyHistory(history: History, step: HistoryStep): History {
  const { past, present, future } = history
  switch (step.do) {
    case 'load':
      return openHistory(step.model)
    case 'pause':
      return history.key === null ? history : { ...history, key: null }
    case 'change': {
      if (step.model === present) return history
      const key = step.key ?? null
      if (key !== null && key === history.key) return { past, present: step.model, future: [], key }
      return { past: [...past, present].slice(-STEPS_KEPT), present: step.model, future: [], key }
    }
    case 'undo': {
      const before = past.at(-1)
      if (before === undefined) return history
      return { past: past.slice(0, -1), present: before, future: [present, ...future], key: null }
    }
    case 'redo': {
      const [after, ...rest] = future
      if (after === undefined) return history
      return { past: [...past, present].slice(-STEPS_KEPT), present: after, future: rest, key: null }
    }
  }
}
