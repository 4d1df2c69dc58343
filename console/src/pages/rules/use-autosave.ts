import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useReducer, useRef } from 'react'
import { get, write } from '#/api/client.ts'
import { problemOf } from '#/api/problem.ts'
import type { RuleModel } from '#/api/rule-model-types.ts'
import type { RuleVersion, SavedVersion } from '#/api/rule-types.ts'
import { RULES } from '#/api/rules.ts'
import { applyAutosave, isDue, opened, type SaveState, saveState } from './autosave.ts'
import { setKey } from './rule-queries.ts'

/** How long a person may pause before what they changed is saved. */
const PAUSE_MS = 900

export type DraftSaving = {
  readonly model: RuleModel
  readonly state: SaveState
  readonly error: unknown
  readonly answer: SavedVersion | null
  readonly edit: (model: RuleModel) => void
  /** What the other person saved, instead of ours. */
  readonly loadTheirs: () => Promise<void>
  /** Ours over theirs. */
  readonly insist: () => Promise<void>
  readonly retry: () => void
}

/** Keeps a draft saved while it is being edited; never loses what is on the screen. */
export function useAutosave(
  setId: string,
  version: RuleVersion,
  onAnswer: (answer: SavedVersion) => void,
): DraftSaving {
  const client = useQueryClient()
  const [state, dispatch] = useReducer(applyAutosave, null, () => opened(version.model, version.revision))
  const answer = useRef<SavedVersion | null>(null)
  const listener = useRef(onAnswer)
  const latest = useRef(state)
  useEffect(() => {
    listener.current = onAnswer
    latest.current = state
  })

  // Somebody else saved while nothing of ours waits: their content comes up by itself.
  useEffect(() => {
    const { model, saved, saving, revision } = latest.current
    if (version.revision > revision && model === saved && saving === null)
      dispatch({ is: 'loaded', model: version.model, revision: version.revision })
  }, [version])

  useEffect(() => {
    if (!isDue(state)) return
    const timer = window.setTimeout(async () => {
      const { model, revision } = state
      dispatch({ is: 'sent' })
      try {
        const saved = await write<SavedVersion>('PUT', `${RULES}/versions/${version.id}`, {
          model,
          note: version.note,
          revision,
        })
        answer.current = saved
        listener.current(saved)
        dispatch({ is: 'stored', revision: saved.version.revision })
        void client.invalidateQueries({ queryKey: setKey(setId) })
      } catch (error) {
        const conflict = problemOf(error).code === 'rulebook.changed_conflict'
        dispatch({ is: 'refused', error, conflict })
      }
    }, PAUSE_MS)
    return () => window.clearTimeout(timer)
  }, [state, version.id, version.note, setId, client])

  const theirs = () => get<RuleVersion>(`${RULES}/versions/${version.id}`)
  return {
    model: state.model,
    state: saveState(state),
    error: state.error,
    answer: answer.current,
    edit: (model) => dispatch({ is: 'edited', model }),
    loadTheirs: async () => {
      const { model, revision } = await theirs()
      dispatch({ is: 'loaded', model, revision })
    },
    insist: async () => dispatch({ is: 'insisted', revision: (await theirs()).revision }),
    retry: () => dispatch({ is: 'edited', model: { ...state.model } }),
  }
}
