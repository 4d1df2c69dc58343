import { Link } from '@tanstack/react-router'
import { INTENT_STATES, type OutboxSummary } from '#/api/intake-types.ts'
import { useWording } from '#/i18n/language.tsx'

/** Null is the tab of everything. */
export const STATE_TABS = [null, ...INTENT_STATES] as const
const URGENT: readonly string[] = ['unknown', 'refused', 'dead']

/** The states as tabs with their counts; those that want a person draw the eye. Done and moot count the last 24 hours. */
export function OutboxTabs({
  summary,
  active,
}: {
  readonly summary: OutboxSummary | undefined
  readonly active: string | undefined
}) {
  const { t, word, count } = useWording()
  return (
    <nav className="hf-views" aria-label={t('outbox.states')}>
      <ul className="hf-views-flat">
        {STATE_TABS.map((state) => {
          const n = state === null ? undefined : summary?.states[state]
          const urgent = state !== null && URGENT.includes(state) && (n ?? 0) > 0
          return (
            <li key={state ?? 'all'}>
              <Link
                from="/outbox"
                to="/outbox"
                search={({ effect, connection }) => ({
                  ...(effect ? { effect } : {}),
                  ...(connection ? { connection } : {}),
                  ...(state === null ? {} : { state }),
                })}
                preload={false}
                className="hf-view"
                activeProps={{}}
                aria-current={(state ?? undefined) === active ? 'page' : undefined}
              >
                {state === null ? t('common.all') : word('intent', state)}
                {n === undefined ? null : (
                  <span className={`hf-view-count ${urgent ? 'hf-view-urgent' : ''}`}>{count(n)}</span>
                )}
              </Link>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}
