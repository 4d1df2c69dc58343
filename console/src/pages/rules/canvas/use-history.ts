import { useCallback, useEffect, useReducer, useRef } from 'react'
import type { RuleModel } from '#/api/rule-model-types.ts'
import { applyHistory, openHistory } from './history.ts'

/** The model with its steps back and forth. Another model from outside begins anew; our own coming back does not. */
export function useHistory(outside: RuleModel, onChange: (model: RuleModel) => void) {
  const [history, step] = useReducer(applyHistory, outside, openHistory)
  const told = useRef(outside)
  const seen = useRef(outside)
  const tell = useRef(onChange)
  tell.current = onChange
  const { present } = history
  useEffect(() => {
    if (outside === seen.current) return
    seen.current = outside
    if (outside === told.current || JSON.stringify(outside) === JSON.stringify(told.current)) return
    told.current = outside
    step({ do: 'load', model: outside })
  }, [outside])
  useEffect(() => {
    if (present === told.current) return
    told.current = present
    tell.current(present)
  }, [present])
  return {
    model: present,
    canUndo: history.past.length > 0,
    canRedo: history.future.length > 0,
    change: useCallback(
      (model: RuleModel, key?: string | null) => step({ do: 'change', model, key: key ?? null }),
      [],
    ),
    undo: useCallback(() => step({ do: 'undo' }), []),
    redo: useCallback(() => step({ do: 'redo' }), []),
    pause: useCallback(() => step({ do: 'pause' }), []),
  }
}
