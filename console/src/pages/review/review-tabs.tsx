import { Link } from '@tanstack/react-router'
import type { ReviewSummary } from '#/api/review-types.ts'
import type { ReviewFilter, ReviewPlace } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'

type Quick = {
  readonly key: 'all' | 'mine' | 'unowned' | 'overdue' | 'snoozed' | 'resolved'
  readonly filter: ReviewFilter
  readonly count: keyof Pick<
    ReviewSummary,
    'open' | 'mine' | 'unowned' | 'overdue' | 'snoozed' | 'resolvedToday'
  >
}

/** In the order of the keys 1 to 6. */
export const QUICK: readonly Quick[] = [
  { key: 'all', filter: {}, count: 'open' },
  { key: 'mine', filter: { owner: 'me' }, count: 'mine' },
  { key: 'unowned', filter: { owner: 'none' }, count: 'unowned' },
  { key: 'overdue', filter: { overdue: '1' }, count: 'overdue' },
  { key: 'snoozed', filter: { state: 'snoozed' }, count: 'snoozed' },
  { key: 'resolved', filter: { resolvedToday: '1' }, count: 'resolvedToday' },
]

const QUICK_PARTS = ['owner', 'overdue', 'state', 'resolvedToday'] as const

function isQuick(place: ReviewPlace, quick: Quick): boolean {
  return place.tab === undefined && QUICK_PARTS.every((part) => place[part] === quick.filter[part])
}

/** Quick filters on the first line, kinds of trouble on the second; both combine. */
export function ReviewTabs({
  place,
  summary,
}: {
  readonly place: ReviewPlace
  readonly summary: ReviewSummary | undefined
}) {
  const { t } = useWording()
  const { rule } = place
  return (
    <nav className="hf-views" aria-label={t('review.quick')}>
      <ul className="hf-views-flat">
        {QUICK.map((quick) => (
          <li key={quick.key}>
            <Link
              to="/review"
              search={{ ...quick.filter, ...(rule ? { rule } : {}) }}
              preload={false}
              className="hf-view"
              activeOptions={{ exact: true, includeSearch: true }}
              activeProps={{}}
              aria-current={isQuick(place, quick) ? 'page' : undefined}
            >
              {t(`review.tab.${quick.key}`)}
              <Count n={summary?.[quick.count]} urgent={quick.key === 'overdue'} />
            </Link>
          </li>
        ))}
        <li>
          <Link
            to="/review"
            search={{ tab: 'rules' }}
            preload={false}
            className="hf-view"
            activeOptions={{ exact: true, includeSearch: true }}
            activeProps={{}}
            aria-current={place.tab === 'rules' ? 'page' : undefined}
          >
            {t('review.tab.rules')}
          </Link>
        </li>
      </ul>
      {place.tab === 'rules' ? null : <RuleTabs place={place} summary={summary} />}
    </nav>
  )
}

function RuleTabs({
  place,
  summary,
}: {
  readonly place: ReviewPlace
  readonly summary: ReviewSummary | undefined
}) {
  const { t, pick } = useWording()
  const quick = Object.fromEntries(
    QUICK_PARTS.flatMap((part) => (place[part] === undefined ? [] : [[part, place[part]]])),
  ) as ReviewFilter
  const all = (summary?.rules ?? []).filter((rule) => rule.open + rule.snoozed > 0 || rule.id === place.rule)
  if (all.length === 0) return null
  return (
    <ul className="hf-views-flat" aria-label={t('review.rules')}>
      <li>
        <Link
          to="/review"
          search={quick}
          preload={false}
          className="hf-view"
          activeOptions={{ exact: true, includeSearch: true }}
          activeProps={{}}
          aria-current={place.rule === undefined ? 'page' : undefined}
        >
          {t('review.allRules')}
        </Link>
      </li>
      {all.map((rule) => (
        <li key={rule.id}>
          <Link
            to="/review"
            search={{ ...quick, rule: rule.id }}
            preload={false}
            className="hf-view"
            activeOptions={{ exact: true, includeSearch: true }}
            activeProps={{}}
            aria-current={place.rule === rule.id ? 'page' : undefined}
          >
            {pick(rule)}
            <Count n={rule.open} urgent={rule.overdue > 0} />
          </Link>
        </li>
      ))}
    </ul>
  )
}

function Count({ n, urgent }: { readonly n: number | undefined; readonly urgent: boolean }) {
  const { count } = useWording()
  if (n === undefined) return null
  return <span className={`hf-view-count ${urgent && n > 0 ? 'hf-view-urgent' : ''}`}>{count(n)}</span>
}
